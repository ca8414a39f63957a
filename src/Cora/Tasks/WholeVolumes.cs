using Cora.Cohorts;
using Cora.Imaging;

namespace Cora.Tasks;

/// <summary>Whole scans for volume-level tasks, read when they are needed. Uncompressed images are mapped, packed ones are held in memory.</summary>
public sealed class WholeVolumes : IDisposable
{
    private const short Air = -1024;
    private readonly Dictionary<string, VoxelFile<short>> files = [];
    private readonly Dictionary<string, SparseMask> places = [];

    private WholeVolumes()
    {
    }

    /// <summary>The margin of the artery masks that were read beside the scans; null = none were.</summary>
    public double? ArteryMarginMm { get; private init; }

    /// <summary>Opens the scans of some cases.</summary>
    /// <exception cref="CoraException">A scan is refused, or has another spacing than the first; all such cases are told at once.</exception>
    /// <param name="cohort">Their cohort.</param>
    /// <param name="cases">The cases.</param>
    /// <param name="spacingMm">The spacing that every scan must have; null takes that of the first.</param>
    /// <param name="arteryMarginMm">Room round the arteries, where the artery masks are wanted too; null = they are not.</param>
    /// <param name="progress">Told after every case.</param>
    /// <param name="stop">Stops between cases.</param>
    public static WholeVolumes Open(Cohort cohort, IEnumerable<CaseRow> cases, Vec3? spacingMm, double? arteryMarginMm, IProgress<RunEvent>? progress, CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(cohort);
        var volumes = new WholeVolumes { ArteryMarginMm = arteryMarginMm };
        var problems = new List<string>();
        var all = cases.ToArray();
        foreach (var (i, row) in all.Index())
        {
            stop.ThrowIfCancellationRequested();
            try
            {
                var file = VolumeFile.Open<short>(cohort.PathOf(row.Image));
                volumes.files.Add(row.CaseId, file);
                spacingMm ??= file.Geometry.Spacing;
                if (arteryMarginMm is { } margin) volumes.places.Add(row.CaseId, PlaceOf(cohort, row, file.Geometry, margin));
                if ((file.Geometry.Spacing - spacingMm.Value).Length > 1e-3) problems.Add($"Case {row.CaseId} has voxels of {file.Geometry.Spacing} mm, expected {spacingMm}.");
            }
            catch (CoraException problem)
            {
                problems.Add($"{problem.Message} {problem.Remedy}");
            }

            progress?.Report(new Progressed("opening scans", i + 1, all.Length, "cases"));
        }

        if (problems.Count == 0) return volumes;
        volumes.Dispose();
        throw new CoraException($"{problems.Count} of {all.Length} cases cannot be used:\n  {string.Join("\n  ", problems.Take(20))}", "Mend these cases, or bring the cohort to one spacing with `cora preprocess`.");
    }

    /// <summary>The grid of a case's scan.</summary>
    public Geometry GridOf(string caseId) => files[caseId].Geometry;

    /// <summary>The sides that hold all of the scans, each a multiple of the network's divisor.</summary>
    public Size3 SizeFor(IEnumerable<string> caseIds, int divisor)
    {
        var sizes = caseIds.Select(c => files[c].Geometry.Size).ToArray();
        int Side(Func<Size3, int> of) => (sizes.Max(of) + divisor - 1) / divisor * divisor;
        return new(Side(s => s.X), Side(s => s.Y), Side(s => s.Z));
    }

    /// <summary>Several scans, one after another, each in the middle of a box that holds them all; and where the arteries are, if that is asked for.</summary>
    /// <param name="caseIds">The cases.</param>
    /// <param name="divisor">Each side of the box is a multiple of it.</param>
    /// <param name="flips">Drawn for each case: whether x, y, z run backwards.</param>
    /// <param name="withPlace">Whether the arteries and their margin are told.</param>
    public (float[] Hu, float[]? Place, Size3 Size) Stacked(IReadOnlyList<string> caseIds, int divisor, Func<(bool X, bool Y, bool Z)> flips, bool withPlace)
    {
        ArgumentNullException.ThrowIfNull(caseIds);
        ArgumentNullException.ThrowIfNull(flips);
        var size = SizeFor(caseIds, divisor);
        var hu = new float[caseIds.Count * size.Count];
        var place = withPlace ? new float[hu.Length] : null;
        foreach (var (i, id) in caseIds.Index())
        {
            var mirror = flips();
            Copy(id, size, mirror, hu.AsSpan((int)(i * size.Count), (int)size.Count));
            if (place is not null) CopyPlace(id, size, mirror, place.AsSpan((int)(i * size.Count), (int)size.Count));
        }

        return (hu, place, size);
    }

    /// <summary>Copies a scan into the middle of a box of air, mirrored along the axes asked for.</summary>
    /// <param name="caseId">The case.</param>
    /// <param name="size">The box; holds the scan.</param>
    /// <param name="flips">Whether x, y, z run backwards.</param>
    /// <param name="into">HU, x fastest.</param>
    public void Copy(string caseId, Size3 size, (bool X, bool Y, bool Z) flips, Span<float> into)
    {
        var file = files[caseId];
        var own = file.Geometry.Size;
        var voxels = new short[own.Count];
        file.CopyBox(Box3.Whole(own), voxels);
        into.Fill(Air);
        var (fromX, fromY, fromZ) = ((size.X - own.X) / 2, (size.Y - own.Y) / 2, (size.Z - own.Z) / 2);
        for (var z = 0; z < own.Z; z++)
        {
            for (var y = 0; y < own.Y; y++)
            {
                var row = voxels.AsSpan(((flips.Z ? own.Z - 1 - z : z) * own.Y + (flips.Y ? own.Y - 1 - y : y)) * own.X, own.X);
                var to = into.Slice(((fromZ + z) * size.Y + fromY + y) * size.X + fromX, own.X);
                for (var x = 0; x < own.X; x++) to[x] = row[flips.X ? own.X - 1 - x : x];
            }
        }
    }

    /// <summary>Copies where the arteries and their margin lie, 0 and 1, as <see cref="Copy"/> copies the scan.</summary>
    /// <exception cref="KeyNotFoundException">The volumes were opened without artery masks.</exception>
    public void CopyPlace(string caseId, Size3 size, (bool X, bool Y, bool Z) flips, Span<float> into)
    {
        var place = places[caseId];
        var own = place.Size;
        into.Clear();
        var (fromX, fromY, fromZ) = ((size.X - own.X) / 2, (size.Y - own.Y) / 2, (size.Z - own.Z) / 2);
        for (var i = 0; i < place.Count; i++)
        {
            var p = place[i];
            var (x, y, z) = ((int)p.X, (int)p.Y, (int)p.Z);
            into[((fromZ + (flips.Z ? own.Z - 1 - z : z)) * size.Y + fromY + (flips.Y ? own.Y - 1 - y : y)) * size.X + fromX + (flips.X ? own.X - 1 - x : x)] = 1;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var file in files.Values) file.Dispose();
    }

    private static SparseMask PlaceOf(Cohort cohort, CaseRow row, Geometry grid, double marginMm)
    {
        if (row.Arteries is null) throw new CoraException($"Case {row.CaseId} has no artery mask.", "Pooling within the arteries needs one for every scan: `cora predict` with an artery model writes them.");
        var mask = VolumeFile.Read<byte>(cohort.PathOf(row.Arteries));
        if (!mask.Geometry.Matches(grid))
            throw new CoraException($"Case {row.CaseId}: the artery mask {row.Arteries} lies on another grid ({mask.Geometry}) than the image {row.Image} ({grid}).", "Give a mask on the image's own grid.");
        return SparseMask.Of(MaskMargin.Grown(mask, marginMm).Select(v => (ushort)v).Voxels, grid.Size, _ => true);
    }
}
