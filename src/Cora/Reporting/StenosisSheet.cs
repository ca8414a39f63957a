using System.Globalization;
using Cora.Cohorts;
using Cora.Imaging;
using SkiaSharp;

namespace Cora.Reporting;

/// <summary>
/// "Representative axial CCTA images illustrating the target pathologies: magnified insets detail a low-contrast non-calcified stenosis and a calcified stenosis" (Fig. 3a), from the cohort's test cases.
/// </summary>
internal static class StenosisSheet
{
    /// <summary>What the picture is made of: a lesion, its case, and its voxels.</summary>
    /// <param name="Row">The case.</param>
    /// <param name="Lesion">The lesion.</param>
    /// <param name="Mask">1 = this lesion, on the scan's grid.</param>
    public sealed record Example(CaseRow Row, LesionRow Lesion, Volume<byte> Mask);

    private const int MildGrade = 2;          // "mild or greater severity" (Methods): less is no stenosis
    private const double InsetMm = 20;
    private const double MarginMm = 5;

    // The paper's colours of this figure: blue for non-calcified, red for calcified.
    private static readonly (Composition Composition, string Words, SKColor Colour)[] Kinds = [(Composition.NonCalcified, "non-calcified", Palette.Soft), (Composition.Calcified, "calcified", new(0xF0, 0x3E, 0x3E))];

    /// <summary>Of each kind the stenosis of the highest grade, then of the most percent, among test cases whose scan and lesion mask are there; in the cohort's order among equals.</summary>
    public static IReadOnlyList<Example> Choose(Cohort cohort)
    {
        bool IsThere(string? path) => path is not null && File.Exists(cohort.PathOf(path));
        var lesions = cohort.Of(Split.InternalTest, Split.ExternalTest).Where(row => IsThere(row.Image) && IsThere(row.Stenoses)).SelectMany(row => cohort.LesionsOf(row).Select(l => (Row: row, Lesion: l)))
            .Where(l => l.Lesion.StenosisGrade is null or >= MildGrade).OrderByDescending(l => l.Lesion.StenosisGrade ?? -1).ThenByDescending(l => l.Lesion.StenosisPercent ?? -1).ToArray();
        var chosen = new List<Example>();
        foreach (var kind in Kinds)
        {
            // A lesion of the table that the mask does not hold cannot be shown: the next one is.
            var example = lesions.Where(l => l.Lesion.Composition == kind.Composition).Select(l => new Example(l.Row, l.Lesion, MaskOf(cohort, l.Row, l.Lesion))).FirstOrDefault(e => e.Mask.Voxels.IndexOf((byte)1) >= 0);
            if (example is not null) chosen.Add(example);
        }

        return chosen;
    }

    /// <summary>A row for each: the axial slice that holds most of the lesion, what its frame holds magnified, and the same with the lesion's outline.</summary>
    public static Sheet Of(Cohort cohort, IReadOnlyList<Example> examples)
    {
        var sheet = new Sheet("Stenoses to be found", string.Create(CultureInfo.InvariantCulture, $"Axial slices of test cases, through most of the lesion. Gray: {Slices.Viewing.Low:0} to {Slices.Viewing.High:0} HU."), tilePixels: 300);
        foreach (var kind in Kinds.Where(k => examples.Any(e => e.Lesion.Composition == k.Composition))) sheet.Explain($"{kind.Words} stenosis", kind.Colour);
        foreach (var example in examples) sheet.Add(Words(example), Tiles(VolumeFile.Read<short>(cohort.PathOf(example.Row.Image)), example));
        return sheet;
    }

    /// <summary>A lesion in words.</summary>
    public static string Words(Example example)
    {
        var (lesion, row) = (example.Lesion, example.Row);
        var grade = lesion.StenosisGrade is { } g ? string.Create(CultureInfo.InvariantCulture, $"CAD-RADS grade {g}") : "grade unknown";
        var percent = lesion.StenosisPercent is { } p ? string.Create(CultureInfo.InvariantCulture, $", {p:0} % of the diameter") : "";
        return string.Create(CultureInfo.InvariantCulture, $"{Telling.Capital(KindOf(lesion).Words)} stenosis, {grade}{percent}: case {row.CaseId}, {Telling.Split(CohortFiles.WordOf(row.Split)).ToLowerInvariant()}, lesion {lesion.Lesion}");
    }

    private static Tile[] Tiles(Volume<short> scan, Example example)
    {
        var (hu, mask) = (Reorient.To(scan, Slices.Letters), Reorient.To(example.Mask, Slices.Letters));
        var index = Fullest(mask);
        var (slice, lesion) = (Slices.Cut(hu, Plane.Axial, index), Slices.Cut(mask, Plane.Axial, index));
        var (left, top, columns, rows) = Inset(lesion);
        var colour = KindOf(example.Lesion).Colour;
        var (inset, within) = (slice.Part(left, top, columns, rows), lesion.Part(left, top, columns, rows));
        var magnified = string.Create(CultureInfo.InvariantCulture, $"magnified, {columns * slice.MmWide:0} mm wide");
        return [Tile.Of(slice, Slices.Viewing, "axial, framed: what is magnified").Framed(left, top, columns, rows, colour), Tile.Of(inset, Slices.Viewing, magnified), Tile.Of(inset, Slices.Viewing, "the lesion outlined").Outlined(within, 1, colour, isCased: true)];
    }

    /// <summary>A square round the lesion, as far as the slice reaches: first column and row, columns and rows.</summary>
    private static (int Left, int Top, int Columns, int Rows) Inset(Slice<byte> lesion)
    {
        var voxels = Enumerable.Range(0, lesion.Values.Length).Where(i => lesion.Values[i] == 1).Select(i => (X: i % lesion.Width, Y: i / lesion.Width)).ToArray();
        var (minX, maxX, minY, maxY) = (voxels.Min(v => v.X), voxels.Max(v => v.X), voxels.Min(v => v.Y), voxels.Max(v => v.Y));
        var mm = Math.Max(InsetMm, Math.Max((maxX - minX + 1) * lesion.MmWide, (maxY - minY + 1) * lesion.MmHigh) + 2 * MarginMm);
        var (left, columns) = Within(minX + maxX, mm / lesion.MmWide, lesion.Width);
        var (top, rows) = Within(minY + maxY, mm / lesion.MmHigh, lesion.Height);
        return (left, top, columns, rows);

        static (int From, int Count) Within(int twiceTheMiddle, double length, int size)
        {
            var count = Math.Clamp((int)Math.Round(length), 1, size);
            return (Math.Clamp((twiceTheMiddle + 1 - count) / 2, 0, size - count), count);
        }
    }

    /// <summary>The axial slice with most of the lesion.</summary>
    private static int Fullest(Volume<byte> mask)
    {
        var size = mask.Geometry.Size;
        return Enumerable.Range(0, size.Z).MaxBy(z => mask.Voxels.Slice(z * size.X * size.Y, size.X * size.Y).Count((byte)1));
    }

    private static Volume<byte> MaskOf(Cohort cohort, CaseRow row, LesionRow lesion) => VolumeFile.Read<ushort>(cohort.PathOf(row.Stenoses!)).Select(v => (byte)(v == lesion.Lesion ? 1 : 0));

    private static (Composition Composition, string Words, SKColor Colour) KindOf(LesionRow lesion) => Kinds.First(k => k.Composition == lesion.Composition);
}
