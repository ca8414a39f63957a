using Cora.Imaging;

namespace Cora.Synthesis;

/// <summary>Lays a drawn lesion over a patch. No chance is left here: the same lesion on the same patch gives the same voxels.</summary>
internal sealed class LesionPainter(double labelThreshold)
{
    private float[] weight = [];
    private float[] scratch = [];
    private float[] texture = [];

    /// <summary>Where the last call to <see cref="Weigh"/> found labelled voxels.</summary>
    private Box3 box;

    /// <summary>Works out a lesion's weights and labels, without changing the patch, and returns the number of labelled voxels.</summary>
    /// <param name="lesion">The lesion.</param>
    /// <param name="size">Size of the patch.</param>
    /// <param name="support">For a box of the patch, which voxels a lesion may touch; x fastest.</param>
    public int Weigh(Lesion lesion, Size3 size, Func<Box3, ReadOnlySpan<byte>> support)
    {
        box = lesion.Bounds(size);
        var count = (int)box.Size.Count;
        if (weight.Length < count) (weight, scratch, texture) = (new float[count], new float[count], new float[count]);
        if (count == 0) return 0;
        var allowed = support(box);
        Blobs(lesion);
        for (var i = 0; i < count; i++) weight[i] *= allowed[i];
        if (lesion.Blend == LesionBlend.Psf) Blur(count, lesion);
        var labelled = 0;
        for (var i = 0; i < count; i++) labelled += IsLabelled(lesion, i) ? 1 : 0;
        return labelled;
    }

    /// <summary>Paints the lesion that was weighed last.</summary>
    /// <param name="lesion">The same lesion.</param>
    /// <param name="size">Size of the patch.</param>
    /// <param name="hu">The patch's HU, changed.</param>
    /// <param name="types">The patch's type map, changed: labelled voxels become the lesion's number.</param>
    public void Paint(Lesion lesion, Size3 size, Span<float> hu, Span<byte> types)
    {
        var values = Values(lesion);
        var i = 0;
        for (var z = 0; z < box.Size.Z; z++)
        {
            for (var y = 0; y < box.Size.Y; y++)
            {
                var row = ((box.Z + z) * size.Y + box.Y + y) * size.X + box.X;
                for (var x = 0; x < box.Size.X; x++, i++)
                {
                    var isLabelled = IsLabelled(lesion, i);
                    var w = lesion.Blend == LesionBlend.Hard ? (isLabelled ? 1 : 0) : weight[i];
                    if (w > 0) hu[row + x] += w * (values[i] - hu[row + x]);
                    if (isLabelled) types[row + x] = lesion.Label;
                }
            }
        }
    }

    /// <summary>The clamped sum of the blobs; for psf blending 1 where the strongest blob is above one half.</summary>
    private void Blobs(Lesion lesion)
    {
        var size = box.Size;
        var isPsf = lesion.Blend == LesionBlend.Psf;
        Array.Clear(weight, 0, (int)size.Count);
        Span<float> ex = new float[size.X], ey = new float[size.Y], ez = new float[size.Z];
        foreach (var blob in lesion.Blobs)
        {
            Profile(ex, box.X - blob.Centre.X, blob.Sigma.X);
            Profile(ey, box.Y - blob.Centre.Y, blob.Sigma.Y);
            Profile(ez, box.Z - blob.Centre.Z, blob.Sigma.Z);
            var i = 0;
            for (var z = 0; z < size.Z; z++)
            {
                for (var y = 0; y < size.Y; y++)
                {
                    var rowWeight = ez[z] * ey[y];
                    for (var x = 0; x < size.X; x++, i++)
                    {
                        var w = rowWeight * ex[x];
                        weight[i] = isPsf ? Math.Max(weight[i], w) : Math.Min(1, weight[i] + w);
                    }
                }
            }
        }

        if (!isPsf) return;
        for (var i = 0; i < size.Count; i++) weight[i] = weight[i] > 0.5f ? 1 : 0;

        static void Profile(Span<float> profile, double from, double sigma)
        {
            for (var i = 0; i < profile.Length; i++)
            {
                var t = (from + i) / sigma;
                profile[i] = Math.Abs(t) > Blob.Reach ? 0 : (float)Math.Exp(-0.5 * t * t);
            }
        }
    }

    /// <summary>Blurs the occupancy; the sharp one stays in <see cref="scratch"/> for the label rule.</summary>
    private void Blur(int count, Lesion lesion)
    {
        weight.AsSpan(0, count).CopyTo(scratch);
        SmallGaussian.Blur(weight, texture, box.Size, lesion.PsfSigmaVoxels);
        highest = 0;
        for (var i = 0; i < count; i++) highest = Math.Max(highest, weight[i]);
    }

    private float highest;

    private bool IsLabelled(Lesion lesion, int i) => lesion.Blend == LesionBlend.Psf
        ? weight[i] > 0 && ((scratch[i] > 0 && weight[i] > 0.3f) || weight[i] > 0.6f * highest)
        : weight[i] > labelThreshold;

    /// <summary>The lesion's HU in its box: its value, or one a voxel, plus texture.</summary>
    private ReadOnlySpan<float> Values(Lesion lesion)
    {
        var random = new Seed(lesion.TextureSeed).Random();
        var count = (int)box.Size.Count;
        var values = texture.AsSpan(0, count);
        for (var i = 0; i < count; i++) values[i] = (float)random.Normal();
        var scale = lesion.TextureHu;
        if (lesion.Blend == LesionBlend.Psf)
        {
            // White noise made coarser keeps its mean but not its deviation; it is scaled back to the asked one.
            SmallGaussian.Blur(texture, new float[count], box.Size, lesion.PsfGrainVoxels);
            scale /= SmallGaussian.NoiseGain(lesion.PsfGrainVoxels);
        }

        for (var i = 0; i < count; i++)
        {
            var hu = lesion.HuRange is { } range ? random.Uniform(range) : lesion.Hu;
            values[i] = (float)(hu + scale * values[i]);
        }

        return values;
    }
}
