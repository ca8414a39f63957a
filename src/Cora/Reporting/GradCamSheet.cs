using System.Globalization;
using Cora.Imaging;

namespace Cora.Reporting;

/// <summary>Where classifiers from several starting points look in one case, side by side, in the planes through the plaque that is looked for.</summary>
internal static class GradCamSheet
{
    private const float Shown = 0.3f;

    /// <summary>Three planes in rows, the scan and every method in columns; a last row with each map's highest weights through the whole scan.</summary>
    /// <param name="title">Title.</param>
    /// <param name="subtitle">Which case, which trainings.</param>
    /// <param name="scan">HU.</param>
    /// <param name="truth">Masks on the same grid.</param>
    /// <param name="label">The kind of plaque that is looked for: 1 calcified, 2 non-calcified.</param>
    /// <param name="maps">What stands below a column, and relative weights on the same grid.</param>
    public static Sheet Of(string title, string subtitle, Volume<short> scan, KnownMasks truth, byte label, IReadOnlyList<(string Caption, Volume<float> Weights)> maps)
    {
        var hu = Reorient.To(scan, Slices.Letters);
        var known = truth.On(scan.Geometry);
        var size = hu.Geometry.Size;
        var at = known.MiddleOfPlaque(label) ?? new Vec3(size.X / 2, size.Y / 2, size.Z / 2);
        var turned = maps.Select(m => (m.Caption, Weights: Reorient.To(m.Weights, Slices.Letters))).ToArray();
        var sheet = new Sheet(title, string.Create(CultureInfo.InvariantCulture, $"{subtitle} Gray: {Slices.Viewing.Low:0} to {Slices.Viewing.High:0} HU. Red to yellow: weight relative to each map's highest, {Shown} to 1."));
        known.Explain(sheet);
        foreach (var plane in Slices.Planes)
        {
            var index = (int)at[Slices.AxisAcross(plane)];
            var cut = Slices.Cut(hu, plane, index);
            Tile Drawn(string caption, Volume<float>? weights) => known.Outline(weights is null ? Tile.Of(cut, Slices.Viewing, caption) : Tile.Of(cut, Slices.Viewing, caption).Heated(Slices.Cut(weights, plane, index), Shown), plane, index);
            sheet.Add($"{Slices.Name(plane)}, through the largest plaque of the kind", [Drawn("scan", null), .. turned.Select(m => Drawn(m.Caption, m.Weights))]);
        }

        var whole = Slices.Highest(hu, Plane.Axial, 0, size.Z);
        sheet.Add("axial projection: highest values of scan and map through the whole scan",
            [known.OutlineAll(Tile.Of(whole, Slices.Viewing, "scan"), Plane.Axial), .. turned.Select(m => known.OutlineAll(Tile.Of(whole, Slices.Viewing, m.Caption).Heated(Slices.Highest(m.Weights, Plane.Axial, 0, size.Z), Shown), Plane.Axial))]);
        return sheet;
    }
}
