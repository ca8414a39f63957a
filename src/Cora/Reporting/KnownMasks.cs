using Cora.Cohorts;
using Cora.Imaging;

namespace Cora.Reporting;

/// <summary>What is known to be where in a scan, to be outlined over a map: a reader then sees whether the map lies on it.</summary>
/// <param name="Arteries">1 = artery; null = unknown.</param>
/// <param name="Plaques">1 = calcified, 2 = non-calcified; null = unknown.</param>
public sealed record KnownMasks(Volume<byte>? Arteries, Volume<byte>? Plaques)
{
    private const byte Calcified = 1;
    private const byte Soft = 2;

    /// <summary>Nothing is known.</summary>
    public static KnownMasks None { get; } = new(null, null);

    /// <summary>The masks that a cohort has of a case.</summary>
    /// <exception cref="CoraException">A file is missing or damaged.</exception>
    public static KnownMasks Of(Cohort cohort, CaseRow row)
    {
        ArgumentNullException.ThrowIfNull(cohort);
        ArgumentNullException.ThrowIfNull(row);
        Volume<byte>? Mask(string? path) => path is null ? null : VolumeFile.Read<byte>(cohort.PathOf(path));
        return new(Mask(row.Arteries), Mask(row.Plaques));
    }

    /// <summary>The masks as pictures are cut from them: their axes run as <see cref="Slices.Letters"/>.</summary>
    /// <exception cref="ArgumentException">A mask lies on another grid than the scan.</exception>
    internal KnownMasks On(Geometry scan)
    {
        Volume<byte>? Turned(Volume<byte>? mask) => mask is null ? null
            : mask.Geometry.Matches(scan) ? Reorient.To(mask, Slices.Letters)
            : throw new ArgumentException("Scan and mask lie on different grids.", nameof(scan));
        return new(Turned(Arteries), Turned(Plaques));
    }

    /// <summary>Says on a sheet what the outlines mean.</summary>
    internal void Explain(Sheet sheet)
    {
        if (Arteries is not null) sheet.Explain("coronary artery", Palette.Artery);
        if (Plaques is not null) sheet.Explain("calcified plaque", Palette.Calcified).Explain("non-calcified plaque", Palette.Soft);
    }

    /// <summary>Outlines what a plane cuts.</summary>
    internal Tile Outline(Tile tile, Plane plane, int index) => Outlined(tile, mask => Slices.Cut(mask, plane, index));

    /// <summary>Outlines everything, seen through the whole scan; where kinds of plaque hide one another the non-calcified is in front.</summary>
    internal Tile OutlineAll(Tile tile, Plane plane) => Outlined(tile, mask => Slices.Highest(mask, plane, 0, mask.Geometry.Size[Slices.AxisAcross(plane)]));

    /// <summary>The voxel of the largest plaque that is nearest to its centre; null where there is no plaque.</summary>
    /// <param name="label">Of one kind alone; 0 = of either.</param>
    internal Vec3? MiddleOfPlaque(byte label = 0)
    {
        if (Plaques is null) return null;
        var pieces = ConnectedComponents.Of(Plaques.Select(p => (byte)(label == 0 ? p > 0 ? 1 : 0 : p == label ? 1 : 0)), Connectivity.TwentySix);
        if (pieces.Count == 0) return null;
        var largest = pieces.Largest;
        var size = Plaques.Geometry.Size;
        var places = pieces.Labels.Index().Where(v => v.Item == largest).Select(v => new Vec3(v.Index % size.X, v.Index / size.X % size.Y, v.Index / (size.X * size.Y))).ToArray();
        var centre = new Vec3(places.Average(p => p.X), places.Average(p => p.Y), places.Average(p => p.Z));
        return places.MinBy(p => (p - centre).Length);
    }

    private Tile Outlined(Tile tile, Func<Volume<byte>, Slice<byte>> seen)
    {
        if (Arteries is not null) tile.Outlined(seen(Arteries), 1, Palette.Artery, isCased: true);
        if (Plaques is null) return tile;
        var plaques = seen(Plaques);
        return tile.Outlined(plaques, Calcified, Palette.Calcified, isCased: true).Outlined(plaques, Soft, Palette.Soft, isCased: true);
    }
}
