using System.Globalization;
using Cora.Imaging;

namespace Cora.Reporting;

/// <summary>A scan and what a network says of each voxel, in three planes and as projections (Fig. S3 of the paper).</summary>
public static class ResponseSheet
{
    private const double SlabMm = 10;
    private const float Shown = 0.3f;
    private static readonly HuWindow Viewing = new(-200, 800);

    /// <summary>The sheet, cut through the voxel of the highest response.</summary>
    /// <param name="title">Title.</param>
    /// <param name="subtitle">Where scan and weights come from.</param>
    /// <param name="scan">HU.</param>
    /// <param name="response">Probability of each voxel, on the same grid.</param>
    /// <param name="quantity">What the map's numbers are.</param>
    /// <exception cref="ArgumentException">The grids differ.</exception>
    public static Sheet Of(string title, string subtitle, Volume<short> scan, Volume<float> response, string quantity = "probability")
    {
        ArgumentNullException.ThrowIfNull(scan);
        ArgumentNullException.ThrowIfNull(response);
        if (!scan.Geometry.Matches(response.Geometry)) throw new ArgumentException("Scan and response lie on different grids.", nameof(response));
        var hu = Reorient.To(scan, Slices.Letters);
        var map = Reorient.To(response, Slices.Letters);
        var (at, highest) = Highest(map);
        var patient = hu.Geometry.ToPatient(at);
        var sheet = new Sheet(
            title,
            string.Create(CultureInfo.InvariantCulture, $"{subtitle} Gray: {Viewing.Low:0} to {Viewing.High:0} HU. Red to yellow: {quantity} {Shown} to 1. Planes through the highest {quantity}, {highest:0.00}, at {patient} mm LPS."),
            tilePixels: 300);
        Plane[] planes = [Plane.Axial, Plane.Coronal, Plane.Sagittal];
        sheet.Add("Scan", [.. planes.Select(p => Tile.Of(Slices.Cut(hu, p, Index(at, p)), Viewing, Name(p)))]);
        sheet.Add("With the map over it", [.. planes.Select(p => Tile.Of(Slices.Cut(hu, p, Index(at, p)), Viewing, Name(p)).Heated(Slices.Cut(map, p, Index(at, p)), Shown))]);
        sheet.Add($"Highest values: scan over {2 * SlabMm:0} mm, map over the whole scan", [.. planes.Select(p =>
        {
            var axis = Slices.AxisAcross(p);
            var reach = (int)Math.Round(SlabMm / hu.Geometry.Spacing[axis]);
            var from = Math.Max(0, Index(at, p) - reach);
            var count = Math.Min(hu.Geometry.Size[axis], Index(at, p) + reach + 1) - from;
            return Tile.Of(Slices.Highest(hu, p, from, count), Viewing, Name(p) + " projection").Heated(Slices.Highest(map, p, 0, map.Geometry.Size[axis]), Shown);
        })]);
        return sheet;
    }

    private static string Name(Plane plane) => plane switch { Plane.Axial => "axial", Plane.Coronal => "coronal", _ => "sagittal" };

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
