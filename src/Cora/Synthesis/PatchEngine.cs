using System.Collections.Immutable;
using Cora.Imaging;

namespace Cora.Synthesis;

/// <summary>
/// The data engine (Methods, "Data engine"): cuts a patch round an artery voxel, rotates, zooms and flips it, paints synthetic plaques, adds CT noise.
/// A pure function of a seed, whatever the thread. Drawing (<see cref="DrawRecipe"/>) holds all chance, making (<see cref="Make(PatchRecipe, PatchBuffers, bool)"/>) none.
/// </summary>
public sealed class PatchEngine
{
    private const int NaturalCalciumHu = 500;
    private const int RedrawPatch = 10;
    private const int RedrawLesion = 20;

    private readonly SamplerConfig sampler;
    private readonly LesionConfig lesion;
    private readonly AugmentationConfig augmentation;
    private readonly NoiseConfig noise;
    private readonly CtNoise ctNoise;
    private readonly PatchSampler patches;
    private readonly Dictionary<string, PatchStudy> studies;

    /// <summary>An engine over some studies.</summary>
    /// <exception cref="CoraException">There is no study, or one is smaller than the patch and patches are to lie inside.</exception>
    public PatchEngine(
        IReadOnlyList<PatchStudy> studies, int side, SamplerConfig? sampler = null, LesionConfig? lesion = null,
        AugmentationConfig? augmentation = null, NoiseConfig? noise = null)
    {
        ArgumentNullException.ThrowIfNull(studies);
        ArgumentOutOfRangeException.ThrowIfLessThan(side, 8);
        if (studies.Count == 0) throw new CoraException("There is no study to cut patches from.", "Give a cohort with cases of split pretrain that have artery masks.");
        (this.sampler, this.lesion, this.augmentation, this.noise) = (sampler ?? new(), lesion ?? new(), augmentation ?? new(), noise ?? new());
        foreach (var study in studies)
        {
            var size = study.Image.Geometry.Size;
            if (size != study.Arteries.Size)
                throw new CoraException($"Case {study.CaseId}: the image has {size} voxels, the artery mask {study.Arteries.Size}.", "Give a mask on the image's own grid.");
            if (this.sampler.Border == PatchBorder.Shift && Math.Min(size.X, Math.Min(size.Y, size.Z)) < side)
                throw new CoraException($"Case {study.CaseId} has {size} voxels, fewer than a patch of {side}.", "Choose a smaller data.patch, or sampler.border = pad.");
        }

        Side = side;
        patches = new(this.sampler, studies, side);
        this.studies = studies.ToDictionary(s => s.CaseId);
        ctNoise = new(this.noise);
    }

    /// <summary>Voxels along a side of the patch.</summary>
    public int Side { get; }

    /// <summary>One patch of a seed. <paramref name="progress"/> is the share of the training that is done, for the curriculum.</summary>
    public SyntheticPatch Make(Seed seed, double progress, PatchBuffers? buffers = null, bool keepBefore = false)
    {
        buffers ??= new();
        var (recipe, calcium) = DrawRecipe(seed, progress, buffers);
        return Make(recipe, buffers, keepBefore) with { NaturalCalcium = calcium };
    }

    /// <summary>Draws all that chance decides about a patch.</summary>
    public (PatchRecipe Recipe, int NaturalCalcium) DrawRecipe(Seed seed, double progress, PatchBuffers buffers)
    {
        var random = seed.Random();
        var (study, centre, isNegative, calcium) = DrawPlace(random);
        var recipe = new PatchRecipe
        {
            CaseId = study.CaseId,
            Centre = centre,
            Side = Side,
            IsNegative = isNegative,
            Affine = PatchAffine.Draw(augmentation, random),
            Order = augmentation.Order,
            Lesions = [],
            Support = lesion.Support,
            Dilation = lesion.Dilation,
            LabelThreshold = lesion.LabelThreshold,
            NoiseSeed = random.Chance(noise.Probability) ? random.NextBits() : null,
        };

        // Lesions have a branch of their own: another number of them shifts nothing else.
        return (isNegative ? recipe : recipe with { Lesions = DrawLesions(study, recipe, BlendAt(progress), buffers, seed.Derive("lesions").Random()) }, calcium);
    }

    /// <summary>Makes the patch of a recipe; no chance is left.</summary>
    /// <exception cref="CoraException">The recipe is of a study that is not here.</exception>
    public SyntheticPatch Make(PatchRecipe recipe, PatchBuffers? buffers = null, bool keepBefore = false)
    {
        ArgumentNullException.ThrowIfNull(recipe);
        if (!studies.TryGetValue(recipe.CaseId, out var study))
            throw new CoraException($"The recipe is of case {recipe.CaseId}, which is not among the studies.", "Give the cohort that the recipe was made with.");
        buffers ??= new();
        var side = Size3.Cube(recipe.Side);
        var hu = new float[side.Count];
        var types = new byte[side.Count];
        var (matrix, offset) = PullBack(recipe);
        var (box, inBox) = ReadBox(study, matrix, offset, side, buffers);
        float[]? before = null;
        if (recipe.Order == AugmentationOrder.InsertFirst)
        {
            if (keepBefore) AffineKernel.Trilinear(buffers.Box(box.Size.Count), box.Size, matrix, inBox, before = new float[side.Count], side);
            PaintInBox(study, recipe, box, matrix, offset, buffers, types, inBox);
            AffineKernel.Trilinear(buffers.Box(box.Size.Count), box.Size, matrix, inBox, hu, side);
        }
        else
        {
            AffineKernel.Trilinear(buffers.Box(box.Size.Count), box.Size, matrix, inBox, hu, side);
            if (keepBefore) before = [.. hu];
            Paint(recipe, new(study.Arteries, matrix, offset, recipe, buffers), side, hu, types, buffers);
        }

        if (recipe.NoiseSeed is { } noiseSeed) ctNoise.Apply(hu, new(noiseSeed));
        return new(hu, types, recipe, 0) { Before = before };
    }

    /// <summary>Where the voxels of a recipe's patch lie in the patient.</summary>
    public Geometry GeometryOf(PatchRecipe recipe)
    {
        ArgumentNullException.ThrowIfNull(recipe);
        var grid = studies[recipe.CaseId].Image.Geometry;
        var (matrix, offset) = PullBack(recipe);
        var linear = grid.Direction * Mat3.Diagonal(grid.Spacing) * matrix;
        var spacing = new Vec3(linear.Column(0).Length, linear.Column(1).Length, linear.Column(2).Length);
        return new(Size3.Cube(recipe.Side), spacing, grid.ToPatient(offset), linear * Mat3.Diagonal(new(1 / spacing.X, 1 / spacing.Y, 1 / spacing.Z)));
    }

    /// <summary>How lesions are laid over the patch at a point of the training: hard in the curriculum's first phase.</summary>
    public LesionBlend BlendAt(double progress) => progress < lesion.Curriculum ? LesionBlend.Hard : lesion.Blend;

    private (PatchStudy Study, Vec3 Centre, bool IsNegative, int Calcium) DrawPlace(Rng random)
    {
        for (var attempt = 1; ; attempt++)
        {
            var (study, centre, isNegative) = patches.Draw(random);
            var calcium = CountNaturalCalcium(study, centre);
            if (calcium == 0 || !sampler.SkipNaturalCalcium || attempt == RedrawPatch) return (study, centre, isNegative, calcium);
        }
    }

    /// <summary>Artery voxels above 500 HU within the unrotated patch.</summary>
    private int CountNaturalCalcium(PatchStudy study, Vec3 centre)
    {
        var (low, count) = (Side / 2, 0);
        Span<short> one = stackalloc short[1];
        for (var i = 0; i < study.Arteries.Count; i++)
        {
            var p = study.Arteries[i];
            var d = p - centre;
            if (d.X < -low || d.X >= Side - low || d.Y < -low || d.Y >= Side - low || d.Z < -low || d.Z >= Side - low) continue;
            study.Image.CopyBox(new((int)p.X, (int)p.Y, (int)p.Z, new(1, 1, 1)), one);
            if (one[0] > NaturalCalciumHu) count++;
        }

        return count;
    }

    private ImmutableArray<Lesion> DrawLesions(PatchStudy study, PatchRecipe recipe, LesionBlend blend, PatchBuffers buffers, Rng random)
    {
        if (!random.Chance(lesion.Prob)) return [];
        var candidates = ArteriesIn(study.Arteries, recipe);
        if (candidates.Count == 0) return [];
        var (matrix, offset) = PullBack(recipe);
        var region = new LesionRegion(study.Arteries, matrix, offset, recipe, buffers);
        var painter = buffers.Painter ??= new(lesion.LabelThreshold);
        var drawn = ImmutableArray.CreateBuilder<Lesion>();
        var count = random.Integer(lesion.Count);
        for (var i = 0; i < count; i++)
        {
            for (var attempt = 0; attempt < RedrawLesion; attempt++)
            {
                var candidate = LesionTypes.Draw(lesion, blend, candidates, random);
                if (painter.Weigh(candidate, Size3.Cube(Side), region.Of) < lesion.MinVoxels) continue;
                drawn.Add(candidate);
                break;
            }
        }

        return drawn.ToImmutable();
    }

    /// <summary>The artery voxels that come to lie inside of the patch, at the nearest voxel of the patch.</summary>
    private static List<Vec3> ArteriesIn(ArteryIndex arteries, PatchRecipe recipe)
    {
        var (matrix, offset) = PullBack(recipe);
        var push = matrix.Inverse();
        var found = new List<Vec3>();
        var last = recipe.Side - 1;
        for (var i = 0; i < arteries.Count; i++)
        {
            var p = push * (arteries[i] - offset);
            var (x, y, z) = (Math.Round(p.X), Math.Round(p.Y), Math.Round(p.Z));
            if (x >= 0 && y >= 0 && z >= 0 && x <= last && y <= last && z <= last) found.Add(new(x, y, z));
        }

        return found;
    }

    private static (Mat3 Matrix, Vec3 Offset) PullBack(PatchRecipe recipe) => PatchCut.PullBack(recipe.Affine, recipe.Centre, recipe.Side);

    /// <summary>Reads the voxels that the map needs, and no more; where it reaches outside, the volume's border will be repeated.</summary>
    private static (Box3 Box, Vec3 Offset) ReadBox(PatchStudy study, Mat3 matrix, Vec3 offset, Size3 side, PatchBuffers buffers)
    {
        var box = PatchCut.Reach(matrix, offset, side, study.Image.Geometry.Size);
        study.Image.CopyBox(box, buffers.Box(box.Size.Count));
        return (box, offset - new Vec3(box.X, box.Y, box.Z));
    }

    private static void Paint(PatchRecipe recipe, LesionRegion region, Size3 size, Span<float> hu, Span<byte> types, PatchBuffers buffers)
    {
        var painter = buffers.Painter ??= new(recipe.LabelThreshold);
        foreach (var lesion in recipe.Lesions)
        {
            painter.Weigh(lesion, size, region.Of);
            painter.Paint(lesion, size, hu, types);
        }
    }

    /// <summary>Insertion before the rotation: lesions are drawn in the patch's voxels, moved to the study's, painted, and pulled through with the image.</summary>
    private static void PaintInBox(
        PatchStudy study, PatchRecipe recipe, Box3 box, Mat3 matrix, Vec3 offset, PatchBuffers buffers, byte[] types, Vec3 inBox)
    {
        var corner = new Vec3(box.X, box.Y, box.Z);
        var voxels = buffers.Box(box.Size.Count)[..(int)box.Size.Count];
        var hu = new float[voxels.Length];
        var labels = new byte[voxels.Length];
        for (var i = 0; i < hu.Length; i++) hu[i] = voxels[i];
        var moved = recipe with { Lesions = [.. recipe.Lesions.Select(l => l with { Blobs = [.. l.Blobs.Select(b => b with { Centre = matrix * b.Centre + offset - corner })] })] };
        Paint(moved, new(study.Arteries, Mat3.Identity, corner, recipe, buffers), box.Size, hu, labels, buffers);
        for (var i = 0; i < hu.Length; i++) voxels[i] = (short)Math.Clamp(MathF.Round(hu[i]), short.MinValue, short.MaxValue);
        AffineKernel.Nearest(labels, box.Size, matrix, inBox, types, Size3.Cube(recipe.Side));
    }
}
