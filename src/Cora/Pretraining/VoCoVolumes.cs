using Cora.Imaging;
using Cora.Synthesis;

namespace Cora.Pretraining;

/// <summary>How one crop is changed: mirrored, then turned by quarters in the x-y plane; its windows, once made, are shifted.</summary>
internal readonly record struct CropView(bool FlipX, bool FlipY, bool FlipZ, int Quarters, float Shift)
{
    public static CropView Draw(VoCoConfig config, Rng random)
    {
        // Every number is drawn whether it is used or not, so that another chance shifts nothing else.
        var (x, y, z) = (random.Chance(config.Flip), random.Chance(config.Flip), random.Chance(config.Flip));
        var (isTurned, quarters) = (random.Chance(config.QuarterTurn), random.Integer(1, 3));
        var (isShifted, shift) = (random.Chance(config.Shift), random.Uniform(-config.ShiftShare, config.ShiftShare));
        return new(x, y, z, isTurned ? quarters : 0, isShifted ? (float)shift : 0);
    }
}

/// <summary>All that chance decided about one volume: whose it is, where it lies, where its random crops lie, and how each crop is changed, base crops first.</summary>
internal sealed record VoCoDraw(PatchStudy Study, Box3 Place, IReadOnlyList<(int X, int Y, int Z)> Corners, IReadOnlyList<CropView> Views);

/// <summary>Cuts volumes out of studies, and crops out of volumes. Draw and apply stay apart: <see cref="Draw"/> holds all chance.</summary>
internal sealed class VoCoVolumes
{
    private readonly IReadOnlyList<PatchStudy> studies;
    private readonly VoCoConfig config;
    private readonly Size3 shrink;
    private readonly Size3 cut;
    private readonly PatchBorder border;

    /// <param name="studies">Where volumes are cut.</param>
    /// <param name="config">Settings.</param>
    /// <param name="grid">The base crops.</param>
    /// <param name="shrink">Voxels of a study that one voxel of a volume averages.</param>
    /// <param name="border">Whether a volume may reach outside of its study.</param>
    /// <exception cref="CoraException">Studies are smaller than a volume, and volumes are to lie inside; all are named.</exception>
    public VoCoVolumes(IReadOnlyList<PatchStudy> studies, VoCoConfig config, VoCoGrid grid, Size3 shrink, PatchBorder border)
    {
        (this.studies, this.config, Grid, this.shrink, this.border) = (studies, config, grid, shrink, border);
        cut = new(grid.Size.X * shrink.X, grid.Size.Y * shrink.Y, grid.Size.Z * shrink.Z);
        if (border == PatchBorder.Pad) return;
        const int NamesTold = 20;
        var small = studies.Where(s => s.Image.Geometry.Size is var size && (size.X < cut.X || size.Y < cut.Y || size.Z < cut.Z)).Select(s => $"{s.CaseId} ({s.Image.Geometry.Size})").ToArray();
        if (small.Length > 0)
            throw new CoraException(
                $"{small.Length} of {studies.Count} cases are smaller than a volume of {grid.Counts} crops of {grid.Side} voxels, which takes {cut} of their voxels: {string.Join(", ", small.Take(NamesTold))}.",
                "Choose a smaller data.patch, voco.grid or voco.spacing_mm, or sampler.border = \"pad\".");
    }

    public VoCoGrid Grid { get; }

    /// <summary>Volumes of different studies, as far as there are that many.</summary>
    public VoCoDraw[] Draw(Seed seed, int count)
    {
        var random = seed.Random();
        var chosen = new List<PatchStudy>();
        while (chosen.Count < count)
        {
            var study = random.Pick(studies);
            if (studies.Count < count || !chosen.Contains(study)) chosen.Add(study);
        }

        return [.. chosen.Select((study, i) => DrawOne(study, seed.Derive(i)))];
    }

    /// <summary>The voxels of a volume, HU, x fastest.</summary>
    public float[] Read(VoCoDraw draw)
    {
        var inside = draw.Place.Within(draw.Study.Image.Geometry.Size);
        var hu = new short[inside.Size.Count];
        draw.Study.Image.CopyBox(inside, hu);
        var size = Grid.Size;
        var volume = new float[size.Count];
        var (i, share) = (0, 1f / shrink.Count);
        for (var z = 0; z < size.Z; z++)
        {
            for (var y = 0; y < size.Y; y++)
            {
                for (var x = 0; x < size.X; x++) volume[i++] = share * SumOfBlock(hu, inside.Size, draw.Place.X - inside.X + x * shrink.X, draw.Place.Y - inside.Y + y * shrink.Y, draw.Place.Z - inside.Z + z * shrink.Z);
            }
        }

        return volume;
    }

    /// <summary>One crop of a volume, HU, x fastest.</summary>
    public void Cut(float[] volume, (int X, int Y, int Z) corner, CropView view, Span<float> crop)
    {
        var (side, last, size, i) = (Grid.Side, Grid.Side - 1, Grid.Size, 0);
        for (var z = 0; z < side; z++)
        {
            for (var y = 0; y < side; y++)
            {
                for (var x = 0; x < side; x++)
                {
                    var (u, v, w) = (x, y, view.FlipZ ? last - z : z);
                    for (var quarter = 0; quarter < view.Quarters; quarter++) (u, v) = (v, last - u);
                    if (view.FlipX) u = last - u;
                    if (view.FlipY) v = last - v;
                    crop[i++] = volume[((corner.Z + w) * size.Y + corner.Y + v) * size.X + corner.X + u];
                }
            }
        }
    }

    private VoCoDraw DrawOne(PatchStudy study, Seed seed)
    {
        var random = seed.Random();
        var place = PlaceIn(study, random);
        var corners = Enumerable.Range(0, config.RandomCrops).Select(_ => Grid.Draw(random)).ToArray();
        return new(study, place, corners, [.. Enumerable.Range(0, config.CropsAVolume).Select(_ => CropView.Draw(config, random))]);
    }

    /// <summary>Inside of the heart's box, or round it where the box is the smaller one; inside of the study as far as that can be.</summary>
    private Box3 PlaceIn(PatchStudy study, Rng random)
    {
        var size = study.Image.Geometry.Size;
        var region = study.Heart?.Within(size) ?? Box3.Whole(size);
        int At(int from, int axis)
        {
            var (room, most) = (region.Size[axis] - cut[axis], size[axis] - cut[axis]);
            var at = random.Integer(Math.Min(from, from + room), Math.Max(from, from + room));
            return most >= 0 ? Math.Clamp(at, 0, most) : border == PatchBorder.Pad ? most / 2 : 0;
        }

        return new(At(region.X, 0), At(region.Y, 1), At(region.Z, 2), cut);
    }

    /// <summary>The block's voxels together; the border is repeated outward.</summary>
    private float SumOfBlock(short[] hu, Size3 size, int x0, int y0, int z0)
    {
        var sum = 0f;
        for (var z = z0; z < z0 + shrink.Z; z++)
        {
            var plane = Math.Clamp(z, 0, size.Z - 1) * size.Y;
            for (var y = y0; y < y0 + shrink.Y; y++)
            {
                var row = (plane + Math.Clamp(y, 0, size.Y - 1)) * size.X;
                for (var x = x0; x < x0 + shrink.X; x++) sum += hu[row + Math.Clamp(x, 0, size.X - 1)];
            }
        }

        return sum;
    }
}
