using System.Globalization;
using Cora.Imaging;

namespace Cora.Reporting;

/// <summary>A patch to be shown: HU before and after insertion, and the labels (1 calcified, 2 soft).</summary>
/// <param name="Name">Heading of its row.</param>
/// <param name="Before">HU before lesions and noise; null where there is no before, as in a plaque that grew by itself.</param>
/// <param name="After">HU as the network sees it.</param>
/// <param name="Labels">0 nothing, 1 calcified, 2 soft, on the same grid.</param>
public sealed record ShownPatch(string Name, Volume<short>? Before, Volume<short> After, Volume<byte> Labels);

/// <summary>Contact sheets of lesions: each row a patch, cut through the slice that holds most of the lesion.</summary>
public static class LesionSheet
{
    /// <summary>Names of the paper's four windows in their order.</summary>
    public static IReadOnlyList<string> WindowNames { get; } = ["fat", "soft tissue", "angiographic", "calcification"];


    /// <summary>Before, after, labels, and one picture a window.</summary>
    public static Sheet Of(string title, string subtitle, IReadOnlyList<ShownPatch> patches, IReadOnlyList<HuWindow> windows)
    {
        ArgumentNullException.ThrowIfNull(patches);
        ArgumentNullException.ThrowIfNull(windows);
        var sheet = WithLegend(new(title, subtitle, tilePixels: 132));
        foreach (var patch in patches)
        {
            var (before, after, labels) = Cut(patch);
            List<Tile> tiles = [];
            if (before is not null) tiles.Add(Tile.Of(before, Slices.Viewing, "before"));
            tiles.Add(Tile.Of(after, Slices.Viewing, "after"));
            tiles.Add(Outlined(after, labels, "labels"));
            tiles.AddRange(windows.Select((w, i) => Tile.Of(after, w, string.Create(CultureInfo.InvariantCulture, $"{Name(i, windows.Count)} {w.Low:0}{(w.Low < 0 ? " to " : "-")}{w.High:0}"))));
            sheet.Add(patch.Name, [.. tiles]);
        }

        return sheet;
    }

    /// <summary>Patches in rows of six pairs, each without and with its labels: to see whether two kinds of lesion look alike.</summary>
    public static Sheet Compared(string title, string subtitle, IEnumerable<(string Kind, IReadOnlyList<ShownPatch> Patches)> kinds)
    {
        ArgumentNullException.ThrowIfNull(kinds);
        var sheet = WithLegend(new(title, subtitle, tilePixels: 132));
        foreach (var (kind, patches) in kinds)
        {
            var cuts = patches.Select(Cut).ToArray();
            sheet.Add(kind, [.. cuts.Select((c, i) => Tile.Of(c.After, Slices.Viewing, patches[i].Name))]);
            sheet.Add("", [.. cuts.Select((c, i) => Outlined(c.After, c.Labels, "labels"))]);
        }

        return sheet;
    }

    private static string Name(int window, int count) => count == WindowNames.Count ? WindowNames[window] : "window";

    private static Sheet WithLegend(Sheet sheet) => sheet.Explain("calcified plaque", Palette.Calcified).Explain("soft (non-calcified) plaque", Palette.Soft);

    private static Tile Outlined(Slice<short> hu, Slice<byte> labels, string caption) =>
        Tile.Of(hu, Slices.Viewing, caption).Outlined(labels, 1, Palette.Calcified).Outlined(labels, 2, Palette.Soft);

    /// <summary>The axial slice that holds most labelled voxels; the middle one where there are none.</summary>
    private static (Slice<short>? Before, Slice<short> After, Slice<byte> Labels) Cut(ShownPatch patch)
    {
        var labels = Reorient.To(patch.Labels, Slices.Letters);
        var size = labels.Geometry.Size;
        var perSlice = new int[size.Z];
        for (var i = 0; i < labels.Voxels.Length; i++) if (labels.Voxels[i] > 0) perSlice[i / (size.X * size.Y)]++;
        var most = perSlice.Max() == 0 ? size.Z / 2 : Array.IndexOf(perSlice, perSlice.Max());
        Slice<T> At<T>(Volume<T> volume) where T : unmanaged => Slices.Cut(Reorient.To(volume, Slices.Letters), Plane.Axial, most);
        return (patch.Before is null ? null : At(patch.Before), At(patch.After), At(patch.Labels));
    }
}
