using System.Collections.Immutable;
using Cora.Imaging;

namespace Cora.Synthesis;

/// <summary>One kind of plaque and how chance shapes it. A new kind is a new implementation and a line in <see cref="LesionTypes.All"/>.</summary>
public interface ILesionType
{
    /// <summary>Name in recipes and reports.</summary>
    string Name { get; }

    /// <summary>Number in type maps.</summary>
    byte Label { get; }

    /// <summary>Share of all lesions that are of this kind.</summary>
    double Share(LesionConfig config);

    /// <summary>Range of attenuation in HU, and standard deviation of the texture in HU.</summary>
    (Interval<double> Hu, double TextureHu) Attenuation(LesionConfig config);
}

/// <summary>Calcified plaque: 800 to 1500 HU in the paper.</summary>
public sealed class CalcifiedPlaque : ILesionType
{
    /// <inheritdoc/>
    public string Name => "calcified";

    /// <inheritdoc/>
    public byte Label => 1;

    /// <inheritdoc/>
    public double Share(LesionConfig config) => config.Mix;

    /// <inheritdoc/>
    public (Interval<double> Hu, double TextureHu) Attenuation(LesionConfig config) => (config.CalcifiedHu, config.CalcifiedTextureHu);
}

/// <summary>Soft (non-calcified) plaque: 30 to 90 HU in the paper.</summary>
public sealed class SoftPlaque : ILesionType
{
    /// <inheritdoc/>
    public string Name => "soft";

    /// <inheritdoc/>
    public byte Label => 2;

    /// <inheritdoc/>
    public double Share(LesionConfig config) => 1 - config.Mix;

    /// <inheritdoc/>
    public (Interval<double> Hu, double TextureHu) Attenuation(LesionConfig config) => (config.SoftHu, config.SoftTextureHu);
}

/// <summary>The kinds of plaque that the engine paints.</summary>
public static class LesionTypes
{
    /// <summary>All kinds.</summary>
    public static ImmutableArray<ILesionType> All { get; } = [new CalcifiedPlaque(), new SoftPlaque()];

    /// <summary>Draws a lesion on artery voxels of a patch: all of chance, no voxel is changed.</summary>
    /// <param name="config">Settings.</param>
    /// <param name="blend">Blending, which the curriculum may have chosen.</param>
    /// <param name="arteries">Artery voxels of the patch, in voxels of the patch; at least one.</param>
    /// <param name="random">Chance.</param>
    internal static Lesion Draw(LesionConfig config, LesionBlend blend, IReadOnlyList<Vec3> arteries, Rng random)
    {
        var shares = new double[All.Length];
        for (var i = 0; i < shares.Length; i++) shares[i] = All[i].Share(config);
        var type = All[random.Weighted(shares)];
        var (range, texture) = type.Attenuation(config);
        var hu = random.Uniform(range);
        var isPerVoxel = config.Hu == LesionHu.PerVoxel;
        var isPsf = blend == LesionBlend.Psf;
        return new()
        {
            Type = type.Name,
            Label = type.Label,
            Hu = isPerVoxel ? (range.Low + range.High) / 2 : hu,
            HuRange = isPerVoxel ? range : null,
            TextureHu = isPsf ? random.Uniform(config.PsfTextureHu) : texture,
            TextureSeed = random.NextBits(),
            Blend = blend,
            PsfSigmaVoxels = isPsf ? random.Uniform(config.PsfSigmaVoxels) : 0,
            PsfGrainVoxels = isPsf ? random.Uniform(config.PsfGrainVoxels) : 0,
            Blobs = DrawBlobs(config, isPsf, arteries, random),
        };
    }

    /// <summary>
    /// The first centre is any artery voxel, the next within 1.5 sigma of the one before, all on artery voxels (ALGORITHMS 8, item 8). Psf blending
    /// scatters centres round artery voxels instead (PHANTOM 4.3), since a blurred plaque lies in the wall as well.
    /// </summary>
    private static ImmutableArray<Blob> DrawBlobs(LesionConfig config, bool isScattered, IReadOnlyList<Vec3> arteries, Rng random)
    {
        var blobs = ImmutableArray.CreateBuilder<Blob>();
        var count = random.Integer(config.Blobs);
        var voxel = random.Pick(arteries);
        for (var i = 0; i < count; i++)
        {
            var sigma = new Vec3(random.Uniform(config.SigmaVoxels), random.Uniform(config.SigmaVoxels), random.Uniform(config.SigmaVoxels));
            if (i > 0)
            {
                var last = blobs[^1].Sigma;
                var reach = 1.5 * (last.X + last.Y + last.Z) / 3;
                var from = voxel;
                var near = arteries.Where(a => (a - from).Length <= reach).ToArray();      // holds the voxel itself
                voxel = random.Pick(near);
            }

            var centre = isScattered ? voxel + new Vec3(random.Normal(), random.Normal(), random.Normal()) : voxel;
            blobs.Add(new(centre, sigma));
        }

        return blobs.ToImmutable();
    }
}
