using Cora.Imaging;
using Cora.Synthesis;

namespace Cora.Tasks;

/// <summary>Which patches are cut from labelled scans.</summary>
public sealed record PatchConfig : ISettings
{
    /// <summary>Patch side in voxels.</summary>
    public int Patch { get; init; } = 96;

    /// <summary>Share of patches with a labelled voxel in their middle; the others lie anywhere in the scan's box. Lesions fill too little of a scan to be met by chance.</summary>
    public double ForegroundShare { get; init; } = 0.5;

    /// <summary>Whether scans are looked at within the heart's box alone, where a heart mask is there (Adaptation, "Stenosis detection").</summary>
    public bool HeartCrop { get; init; } = true;

    /// <summary>Room round the heart on each side, millimetres.</summary>
    public double HeartMarginMm { get; init; } = Imaging.HeartCrop.MarginMm;

    /// <inheritdoc/>
    public IEnumerable<Problem> Check()
    {
        if (Patch is not (>= 8 and <= 512)) yield return new("patch", Patch, "8 to 512");
        if (ForegroundShare is not (>= 0 and <= 1)) yield return new("foreground_share", ForegroundShare, "0 to 1");
        if (!(HeartMarginMm >= 0)) yield return new("heart_margin_mm", HeartMarginMm, "0 or more");
    }
}

/// <summary>A batch: HU and masks of 0 and 1, both [B, 1, n, n, n] with x fastest.</summary>
public sealed record PatchBatch(float[] Hu, float[] Mask, int Side)
{
    /// <summary>Patches in the batch.</summary>
    public int Count => Hu.Length / (Side * Side * Side);
}

/// <summary>Cuts labelled patches: turned, zoomed and flipped as in pretraining, the mask with the image. A pure function of a seed, whatever the thread.</summary>
public sealed class LabelledPatches(PatchConfig config, AugmentationConfig augmentation)
{
    /// <summary>A batch of random cases.</summary>
    public PatchBatch Draw(IReadOnlyList<LabelledVolume> volumes, int count, Seed seed)
    {
        ArgumentNullException.ThrowIfNull(volumes);
        var voxels = config.Patch * config.Patch * config.Patch;
        var batch = new PatchBatch(new float[count * voxels], new float[count * voxels], config.Patch);
        for (var i = 0; i < count; i++)
        {
            var random = seed.Derive(i).Random();
            var volume = random.Pick(volumes);
            var centre = CentreIn(volume, random.Chance(config.ForegroundShare), random);
            Cut(volume, centre, PatchAffine.Draw(augmentation, random), batch.Hu.AsSpan(i * voxels, voxels), batch.Mask.AsSpan(i * voxels, voxels));
        }

        return batch;
    }

    /// <summary>Two patches of a case as they are, one with a labelled voxel in its middle where there is one, one from anywhere: what held-back cases are judged on.</summary>
    public PatchBatch Judge(LabelledVolume volume, Seed seed)
    {
        ArgumentNullException.ThrowIfNull(volume);
        var voxels = config.Patch * config.Patch * config.Patch;
        var batch = new PatchBatch(new float[2 * voxels], new float[2 * voxels], config.Patch);
        var random = seed.Random();
        for (var i = 0; i < 2; i++) Cut(volume, CentreIn(volume, i == 0, random), PatchAffine.Identity, batch.Hu.AsSpan(i * voxels, voxels), batch.Mask.AsSpan(i * voxels, voxels));
        return batch;
    }

    private Vec3 CentreIn(LabelledVolume volume, bool isOnLabel, Rng random)
    {
        var box = volume.Box;
        var centre = isOnLabel && volume.Mask is { Count: > 0 } mask ? mask[(int)random.Index(mask.Count)]
            : new(box.X + random.Integer(0, box.Size.X - 1), box.Y + random.Integer(0, box.Size.Y - 1), box.Z + random.Integer(0, box.Size.Z - 1));

        // The unturned patch lies inside of the box where the box is large enough, else in its middle.
        double Inside(int axis, int from) => box.Size[axis] <= config.Patch ? from + box.Size[axis] / 2 : Math.Clamp(centre[axis], from + config.Patch / 2, from + box.Size[axis] - config.Patch + config.Patch / 2);
        return new(Inside(0, box.X), Inside(1, box.Y), Inside(2, box.Z));
    }

    private void Cut(LabelledVolume volume, Vec3 centre, PatchAffine affine, Span<float> hu, Span<float> mask)
    {
        var side = Size3.Cube(config.Patch);
        var (matrix, offset) = PatchCut.PullBack(affine, centre, config.Patch);
        var box = PatchCut.Reach(matrix, offset, side, volume.Image.Geometry.Size);
        var inBox = offset - new Vec3(box.X, box.Y, box.Z);
        var voxels = new short[box.Size.Count + 1];                  // the kernel reads in pairs
        volume.Image.CopyBox(box, voxels);
        AffineKernel.Trilinear(voxels, box.Size, matrix, inBox, hu, side);
        if (volume.Mask is null) return;
        var (labels, turned) = (new byte[box.Size.Count], new byte[side.Count]);
        volume.Mask.CopyBox(box, labels);
        AffineKernel.Nearest(labels, box.Size, matrix, inBox, turned, side);
        for (var i = 0; i < turned.Length; i++) mask[i] = turned[i];
    }
}
