using System.Globalization;
using Cora.Experiments;
using Cora.Imaging;

namespace Cora.Analysis;

/// <summary>How one thing that an analysis needs stands.</summary>
public enum CheckState
{
    /// <summary>As it should be.</summary>
    Ok,

    /// <summary>The analysis goes on, and its answers are worth less.</summary>
    Warning,

    /// <summary>The scan is not one that the models can read.</summary>
    Refused,
}

/// <summary>One check of a scan.</summary>
/// <param name="Check">What was looked at: <c>contrast</c>, <c>coverage</c> …</param>
/// <param name="State">How it stands.</param>
/// <param name="Found">What was found, in words and numbers.</param>
/// <param name="Expected">What was expected.</param>
public sealed record QualityCheck(string Check, CheckState State, string Found, string Expected);

/// <summary>
/// Whether a scan is a contrast-enhanced CT of a whole heart, fine and quiet enough. Limits are rules of thumb of ours, not of a guideline; they keep scans away
/// on which every answer would be noise. Whether a scan was gated cannot be told from voxels.
/// </summary>
public static class ScanCheck
{
    private const double CoarseMm = 4;
    private const short MetalHu = 2800;
    private const double ShareOfPool = 0.9;

    /// <summary>All checks, in the order of the report.</summary>
    /// <param name="scan">HU, on any grid.</param>
    /// <param name="heart">Where the heart was found; null when there is no localiser and no mask.</param>
    /// <param name="isGiven">Whether the heart mask came with the scan, so that its size is not judged.</param>
    public static IReadOnlyList<QualityCheck> Of(Volume<short> scan, HeartFound? heart, bool isGiven)
    {
        ArgumentNullException.ThrowIfNull(scan);
        var coarse = heart is not null && heart.Mask.Geometry.Matches(CoarseGrid.Over(scan.Geometry, CoarseMm)) ? CoarseGrid.Of(scan, CoarseMm) : CoarseGrid.Of(scan, heart?.Mask.Geometry.Spacing.X ?? CoarseMm);
        var usable = heart is { Refusal: null } ? heart.Mask : null;
        var pool = Pool(coarse, usable);
        var enhancement = pool.Length == 0 ? double.NaN : Quantile(pool, ShareOfPool);
        return
        [
            Values(scan),
            Resolution(scan.Geometry),
            Field(scan.Geometry),
            Heart(heart, isGiven),
            .. usable is null ? (QualityCheck[])[] : [Coverage(usable)],
            Contrast(enhancement),
            Noise(scan, coarse, usable, enhancement),
            Metal(scan, usable),
        ];
    }

    private static QualityCheck Values(Volume<short> scan)
    {
        var (low, high) = (short.MaxValue, short.MinValue);
        foreach (var v in scan.Voxels) (low, high) = (Math.Min(low, v), Math.Max(high, v));
        var isRaw = low >= 0 && high > 1000;
        return new("values", high - low < 300 || isRaw ? CheckState.Refused : CheckState.Ok,
            Text($"{low} to {high} HU{(isRaw ? ": they look like stored values, whose intercept was lost" : "")}"), "HU of a CT, from air or fat to contrast");
    }

    private static QualityCheck Resolution(Geometry grid)
    {
        var coarsest = Math.Max(grid.Spacing.X, Math.Max(grid.Spacing.Y, grid.Spacing.Z));
        return new("resolution", coarsest > 3 ? CheckState.Refused : coarsest > 1 ? CheckState.Warning : CheckState.Ok,
            Text($"voxels of {grid.Spacing.X:0.##} x {grid.Spacing.Y:0.##} x {grid.Spacing.Z:0.##} mm{(coarsest > 1 ? "; a coronary artery is 2 to 4 mm wide" : "")}"), "1 mm or less on every axis, never above 3 mm");
    }

    private static QualityCheck Field(Geometry grid)
    {
        var over = CoarseGrid.Over(grid, 1).Size;
        var least = Math.Min(over.X, Math.Min(over.Y, over.Z));
        return new("field_of_view", least < 80 ? CheckState.Refused : least < 100 ? CheckState.Warning : CheckState.Ok, Text($"{over.X} x {over.Y} x {over.Z} mm (left, back, head)"), "100 mm or more along every axis, a heart with its arteries");
    }

    private static QualityCheck Heart(HeartFound? heart, bool isGiven) => heart switch
    {
        null => new("heart", CheckState.Warning, "not looked for: the bundle has no heart model and no mask is given", "a heart of an adult's size"),
        { Refusal: { } reason } => new("heart", CheckState.Refused, $"none that can be relied on: {reason}", "a heart of an adult's size"),
        _ => new("heart", CheckState.Ok, Text($"{(isGiven ? "mask given, " : "")}{heart.VolumeMl:0} mL, {heart.ExtentMm.X:0} x {heart.ExtentMm.Y:0} x {heart.ExtentMm.Z:0} mm"), "a heart of an adult's size"),
    };

    /// <summary>A heart whose outermost slices are wide is cut off there.</summary>
    private static QualityCheck Coverage(Volume<byte> heart)
    {
        var size = heart.Geometry.Size;
        var areas = new long[size.Z];
        for (var i = 0; i < heart.Voxels.Length; i++) areas[i / (size.X * size.Y)] += heart.Voxels[i];
        double Share(int z) => (double)areas[z] / areas.Max();
        var (feet, head) = (Share(0), Share(size.Z - 1));
        var worst = Math.Max(feet, head);
        return new("coverage", worst > 0.6 ? CheckState.Refused : worst > 0.1 ? CheckState.Warning : CheckState.Ok,
            Text($"the first slice has {100 * feet:0} % and the last {100 * head:0} % of the heart's widest section"), "the whole heart: under 10 % at either end");
    }

    private static QualityCheck Contrast(double enhancement) => new(
        "contrast", !(enhancement >= 180) ? CheckState.Refused : enhancement < 250 ? CheckState.Warning : CheckState.Ok,
        double.IsNaN(enhancement) ? "no soft tissue found" : Text($"a tenth of the heart's region is above {enhancement:0} HU{(enhancement < 180 ? ": no contrast medium, or too little" : "")}"), "above 250 HU; blood without contrast has 30 to 60 HU");

    /// <summary>Spread of neighbouring voxels where the blood is even: the lower quartile over places, for edges raise it elsewhere.</summary>
    private static QualityCheck Noise(Volume<short> scan, Volume<short> coarse, Volume<byte>? heart, double enhancement)
    {
        var spreads = new List<double>();
        var size = coarse.Geometry.Size;
        for (int z = 0, i = 0; z < size.Z; z++)
        {
            for (var y = 0; y < size.Y; y++)
            {
                for (var x = 0; x < size.X; x++, i++)
                {
                    if (!IsInside(heart, size, x, y, z) || !(coarse.Voxels[i] > 0.75 * enhancement && coarse.Voxels[i] < 1.25 * enhancement)) continue;
                    if (SpreadAt(scan, coarse.Geometry.ToPatient(new(x, y, z))) is { } spread) spreads.Add(spread);
                }
            }
        }

        if (spreads.Count < 20) return new("noise", CheckState.Warning, "could not be measured: no even blood pool", "a standard deviation under 40 HU");
        var noise = Quantile([.. spreads], 0.25);
        return new("noise", noise > 120 ? CheckState.Refused : noise > 40 ? CheckState.Warning : CheckState.Ok, Text($"standard deviation of {noise:0} HU in the blood"), "under 40 HU, never above 120");
    }

    private static QualityCheck Metal(Volume<short> scan, Volume<byte>? heart)
    {
        var count = 0L;
        var box = heart is null ? Box3.Whole(scan.Geometry.Size) : HeartCrop.BoxOn(heart, scan.Geometry).Within(scan.Geometry.Size);
        for (var z = box.Z; z < box.Z + box.Size.Z; z++)
            for (var y = box.Y; y < box.Y + box.Size.Y; y++)
                for (var x = box.X; x < box.X + box.Size.X; x++) if (scan[x, y, z] >= MetalHu) count++;
        var volume = count * scan.Geometry.VoxelMm3;
        return new("metal", volume > 2000 ? CheckState.Refused : volume > 5 ? CheckState.Warning : CheckState.Ok, Text($"{volume:0} mm3 at or above {MetalHu} HU round the heart"), "under 5 mm3; stents, valves and leads throw streaks over the arteries");
    }

    /// <summary>Soft tissue of the heart, or of the middle of the scan where no heart is known.</summary>
    private static double[] Pool(Volume<short> coarse, Volume<byte>? heart)
    {
        var size = coarse.Geometry.Size;
        var pool = new List<double>();
        for (int z = 0, i = 0; z < size.Z; z++)
            for (var y = 0; y < size.Y; y++)
                for (var x = 0; x < size.X; x++, i++) if (coarse.Voxels[i] > -50 && IsInside(heart, size, x, y, z)) pool.Add(coarse.Voxels[i]);
        return [.. pool];
    }

    private static bool IsInside(Volume<byte>? heart, Size3 size, int x, int y, int z)
    {
        if (heart is not null) return heart[x, y, z] != 0;
        bool Middle(int at, int count) => at >= 0.25 * count && at < 0.75 * count;
        return Middle(x, size.X) && Middle(y, size.Y) && Middle(z, size.Z);
    }

    /// <summary>Standard deviation of 5 x 5 voxels in the scan's own plane; null at its edge.</summary>
    private static double? SpreadAt(Volume<short> scan, Vec3 patient)
    {
        var index = scan.Geometry.ToIndex(patient);
        var (x, y, z) = ((int)Math.Round(index.X), (int)Math.Round(index.Y), (int)Math.Round(index.Z));
        var size = scan.Geometry.Size;
        if (x < 2 || y < 2 || z < 0 || x + 2 >= size.X || y + 2 >= size.Y || z >= size.Z) return null;
        var (sum, squares) = (0.0, 0.0);
        for (var j = -2; j <= 2; j++)
        {
            for (var i = -2; i <= 2; i++)
            {
                double v = scan[x + i, y + j, z];
                (sum, squares) = (sum + v, squares + v * v);
            }
        }

        return Math.Sqrt(Math.Max(0, (squares - sum * sum / 25) / 24));
    }

    private static double Quantile(double[] values, double share)
    {
        Array.Sort(values);
        return values[(int)Math.Min(values.Length - 1, share * values.Length)];
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
