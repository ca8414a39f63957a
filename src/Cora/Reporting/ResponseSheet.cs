using System.Globalization;
using Cora.Imaging;

namespace Cora.Reporting;

/// <summary>A scan and what a network says of each voxel, in three planes and as projections (Fig. S3 of the paper).</summary>
public static class ResponseSheet
{
    private const double SlabMm = 10;
    private const float Shown = 0.3f;

    /// <summary>The sheet, cut through the voxel of the highest response.</summary>
    /// <param name="title">Title.</param>
    /// <param name="subtitle">Where scan and weights come from.</param>
    /// <param name="scan">HU.</param>
    /// <param name="response">Probability of each voxel, on the same grid.</param>
    /// <param name="quantity">What the map's numbers are.</param>
    /// <param name="truth">Masks whose outlines are laid over every picture, and through whose largest plaque more planes are cut; null where nothing is known.</param>
    /// <exception cref="ArgumentException">The grids differ.</exception>
    public static Sheet Of(string title, string subtitle, Volume<short> scan, Volume<float> response, string quantity = "probability", KnownMasks? truth = null)
    {
        ArgumentNullException.ThrowIfNull(scan);
        ArgumentNullException.ThrowIfNull(response);
        if (!scan.Geometry.Matches(response.Geometry)) throw new ArgumentException("Scan and response lie on different grids.", nameof(response));
        var known = (truth ?? KnownMasks.None).On(scan.Geometry);
        var hu = Reorient.To(scan, Slices.Letters);
        var map = Reorient.To(response, Slices.Letters);
        var (at, highest) = Highest(map);
        var patient = hu.Geometry.ToPatient(at);
        var sheet = new Sheet(
            title,
            string.Create(CultureInfo.InvariantCulture, $"{subtitle} Gray: {Slices.Viewing.Low:0} to {Slices.Viewing.High:0} HU. Red to yellow: {quantity} {Shown} to 1. Planes through the highest {quantity}, {highest:0.00}, at {patient} mm LPS."),
            tilePixels: 300);
        known.Explain(sheet);
        Tile Scan(Plane p, Vec3 through) => Tile.Of(Slices.Cut(hu, p, Index(through, p)), Slices.Viewing, Slices.Name(p));
        Tile Both(Plane p, Vec3 through) => known.Outline(Scan(p, through).Heated(Slices.Cut(map, p, Index(through, p)), Shown), p, Index(through, p));
        sheet.Add("Scan", [.. Slices.Planes.Select(p => known.Outline(Scan(p, at), p, Index(at, p)))]);
        sheet.Add("With the map over it", [.. Slices.Planes.Select(p => Both(p, at))]);
        if (known.MiddleOfPlaque() is { } plaque) sheet.Add("With the map over it, through the largest plaque", [.. Slices.Planes.Select(p => Both(p, plaque))]);
        sheet.Add($"Highest values: scan over {2 * SlabMm:0} mm, map over the whole scan", [.. Slices.Planes.Select(p =>
        {
            var axis = Slices.AxisAcross(p);
            var reach = (int)Math.Round(SlabMm / hu.Geometry.Spacing[axis]);
            var from = Math.Max(0, Index(at, p) - reach);
            var count = Math.Min(hu.Geometry.Size[axis], Index(at, p) + reach + 1) - from;
            return known.OutlineAll(Tile.Of(Slices.Highest(hu, p, from, count), Slices.Viewing, Slices.Name(p) + " projection").Heated(Slices.Highest(map, p, 0, map.Geometry.Size[axis]), Shown), p);
        })]);
        return sheet;
    }

    private static int Index(Vec3 at, Plane plane) => (int)at[Slices.AxisAcross(plane)];

    private static (Vec3 At, float Value) Highest(Volume<float> map)
    {
        var (place, value) = (0, float.MinValue);
        var voxels = map.Voxels;
        for (var i = 0; i < voxels.Length; i++) if (voxels[i] > value) (place, value) = (i, voxels[i]);
        var size = map.Geometry.Size;
        return (new(place % size.X, place / size.X % size.Y, place / (size.X * size.Y)), value);
    }
}
