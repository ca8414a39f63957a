using System.Collections.Immutable;
using System.Globalization;

namespace Cora.Imaging;

/// <summary>Slices that lie evenly above each other: one volume. Made by <see cref="DicomStacks"/>.</summary>
public sealed record DicomStack
{
    /// <summary>The slices, from the lowest along the normal.</summary>
    public required ImmutableArray<DicomSlice> Slices { get; init; }

    /// <summary>The grid of the slices as they were scanned; its third direction leans when the gantry was tilted.</summary>
    public required Geometry Geometry { get; init; }

    /// <summary>Degrees between the table's way and the normal of the slices; 0 when they are the same.</summary>
    public required double TiltDegrees { get; init; }

    /// <summary>What was left away, in words.</summary>
    public ImmutableArray<string> Notes { get; init; } = [];

    /// <summary>What the first slice's header says.</summary>
    public DicomTraits Traits => Slices[0].Header.Traits;

    /// <summary>Thickness of a slice in millimetres; the distance where it is not given.</summary>
    public double ThicknessMm => Slices[0].ThicknessMm ?? Geometry.Spacing.Z;

    /// <summary>Millimetres from the first slice's centre to the last one's, and one slice.</summary>
    public double CoverageMm => Geometry.Spacing.Z * Slices.Length;

    /// <summary>Phase of the heart's cycle in percent; NaN when it is not told.</summary>
    public double PhasePercent => Slices[0].Time.PhasePercent;
}

/// <summary>A stack, or why the slices make none.</summary>
/// <param name="Stack">The stack; null when there is none.</param>
/// <param name="Slices">How many slices were looked at.</param>
/// <param name="Refusal">Why there is no stack; null when there is one.</param>
public sealed record DicomStackOrRefusal(DicomStack? Stack, int Slices, CoraException? Refusal);

/// <summary>
/// Sorts the slices of a series into stacks: by size, orientation and spacing, then by phase where a place is imaged more than once. Positions decide,
/// never file names or instance numbers.
/// </summary>
public static class DicomStacks
{
    /// <summary>A slice may lie this share of the distance away from its place; positions are often rounded to a tenth of a millimetre.</summary>
    private const double MostDeviation = 0.2;

    /// <summary>Below this many degrees a tilt moves no voxel of a heart by as much as a voxel (0.25 degrees over 100 mm is 0.4 mm).</summary>
    private const double LeastTiltDegrees = 0.25;

    /// <summary>Two positions within this are the same place.</summary>
    private const double SamePlaceMm = 1e-3;

    /// <summary>The stacks of one series; every slice is in one of them, or the refusal says why not.</summary>
    /// <param name="slices">Slices of one series, in any order.</param>
    public static IReadOnlyList<DicomStackOrRefusal> Of(IEnumerable<DicomSlice> slices)
    {
        ArgumentNullException.ThrowIfNull(slices);
        var distinct = new List<DicomSlice>();
        var (seen, copies) = (new HashSet<(string, int)>(), 0);
        foreach (var slice in slices)
        {
            if (slice.Header.InstanceUid.Length == 0 || seen.Add((slice.Header.InstanceUid, slice.Frame))) distinct.Add(slice);
            else copies++;
        }

        var result = new List<DicomStackOrRefusal>();
        foreach (var group in distinct.GroupBy(PlaneOf).OrderByDescending(g => g.Count()))
        {
            foreach (var phase in Phases([.. group.OrderBy(s => s.Height).ThenBy(s => s.Header.InstanceUid, StringComparer.Ordinal).ThenBy(s => s.Frame)]))
            {
                try
                {
                    var stack = Stack(phase);
                    result.Add(new(copies == 0 ? stack : stack with { Notes = [.. stack.Notes, Invariant($"{copies} copies of slices left away")] }, phase.Count, null));
                }
                catch (CoraException problem)
                {
                    result.Add(new(null, phase.Count, problem));
                }
            }
        }

        return result;
    }

    private static (int, int, double, double, double, double, double, double, double, double) PlaneOf(DicomSlice s)
    {
        static double Round(double v) => Math.Round(v, 3) + 0.0;
        return (s.Header.Size.Rows, s.Header.Size.Columns, Round(s.SpacingMm.X), Round(s.SpacingMm.Y), Round(s.AlongRow.X), Round(s.AlongRow.Y), Round(s.AlongRow.Z),
            Round(s.AlongColumn.X), Round(s.AlongColumn.Y), Round(s.AlongColumn.Z));
    }

    /// <summary>Parts slices that repeat their places: by phase, time index, trigger time or acquisition, the first of them that leaves no place twice.</summary>
    private static List<List<DicomSlice>> Phases(List<DicomSlice> sorted)
    {
        if (!Repeats(sorted)) return [sorted];
        Func<DicomSlice, double>[] keys = [s => s.Time.PhasePercent, s => s.Time.TimeIndex, s => s.Time.TriggerMs, s => s.Time.Acquisition];
        foreach (var key in keys)
        {
            var parts = sorted.GroupBy(s => double.IsNaN(key(s)) ? double.MinValue : key(s)).Select(g => g.ToList()).ToList();
            if (parts.Count > 1 && !parts.Any(Repeats)) return parts;
        }

        return [sorted];
    }

    private static bool Repeats(List<DicomSlice> sorted) => sorted.Zip(sorted.Skip(1), (a, b) => b.Height - a.Height).Any(step => step < SamePlaceMm);

    private static DicomStack Stack(List<DicomSlice> slices)
    {
        var (first, last) = (slices[0], slices[^1]);
        if (slices.Count == 1) return Single(first);
        var normal = first.Normal;
        for (var i = 1; i < slices.Count; i++)
        {
            if (normal.Dot(slices[i].Origin - slices[i - 1].Origin) < SamePlaceMm)
                throw Refused(Invariant($"two different slices lie at {slices[i].Height:0.##} mm, and no phase, time or acquisition tells them apart"), "Export phases and reconstructions as series of their own.");
        }

        var step = (1.0 / (slices.Count - 1)) * (last.Origin - first.Origin);
        var distance = normal.Dot(step);
        CheckDistances(slices, normal);
        for (var i = 1; i < slices.Count - 1; i++)
        {
            var off = slices[i].Origin - first.Origin - i * step;
            if (off.Length > Math.Max(MostDeviation * distance, 0.02))
                throw Refused(Invariant($"slice {i + 1} of {slices.Count} lies {off.Length:0.##} mm beside the line of the others"), "The table or the field was moved within the series: export its parts as series of their own.");
        }

        var tilt = Math.Acos(Math.Clamp(normal.Dot(step.Unit()), -1, 1)) * 180 / Math.PI;
        if (tilt > 60) throw Refused(Invariant($"the slices lie side by side rather than above each other ({tilt:0} degrees)"), "Leave the series out: it is a localiser or a set of views.");
        var isTilted = tilt > LeastTiltDegrees;
        var direction = Mat3.FromColumns(first.AlongRow, first.AlongColumn, isTilted ? step.Unit() : normal);
        return new()
        {
            Slices = [.. slices],
            Geometry = new(new(first.Header.Size.Columns, first.Header.Size.Rows, slices.Count), new(first.SpacingMm.X, first.SpacingMm.Y, isTilted ? step.Length : distance), first.Origin, direction),
            TiltDegrees = isTilted ? tilt : 0,
        };
    }

    private static DicomStack Single(DicomSlice slice) => new()
    {
        Slices = [slice],
        Geometry = new(new(slice.Header.Size.Columns, slice.Header.Size.Rows, 1), new(slice.SpacingMm.X, slice.SpacingMm.Y, slice.ThicknessMm ?? 1), slice.Origin, Mat3.FromColumns(slice.AlongRow, slice.AlongColumn, slice.Normal)),
        TiltDegrees = 0,
        Notes = ["a single slice; the spacing along its normal is its thickness"],
    };

    /// <summary>All distances alike, or a refusal that tells a gap from unevenness.</summary>
    private static void CheckDistances(List<DicomSlice> slices, Vec3 normal)
    {
        var distances = slices.Zip(slices.Skip(1), (a, b) => normal.Dot(b.Origin - a.Origin)).ToArray();
        var usual = distances.Order().ElementAt(distances.Length / 2);
        var worst = distances.Index().MaxBy(d => Math.Abs(d.Item - usual));
        if (Math.Abs(worst.Item - usual) <= Math.Max(MostDeviation * usual, 0.02)) return;
        var low = distances.Min();
        var missing = distances.Sum(d => Math.Round(d / low) - 1);
        var areGaps = distances.Length > 2 && distances.All(d => Math.Abs(d / low - Math.Round(d / low)) < MostDeviation / 2) && missing <= distances.Length / 2.0;
        throw Refused(
            Invariant($"the distance of slices jumps from {usual:0.##} to {worst.Item:0.##} mm after slice {worst.Index + 1} of {slices.Count}")
                + (areGaps ? Invariant($"; {missing:0} slices are missing") : "; the spacing is uneven"),
            areGaps ? "Fetch the series again from the archive, whole." : "Export one reconstruction with even spacing.");
    }

    private static CoraException Refused(string what, string remedy) => new($"The slices make no volume: {what}.", remedy);

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
