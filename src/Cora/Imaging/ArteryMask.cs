using System.Globalization;

namespace Cora.Imaging;

/// <summary>What a predicted artery mask must be before lesions are painted onto it.</summary>
public sealed record ArteryMaskConfig : ISettings
{
    /// <summary>Most pieces that stay, the largest: the left and the right tree, and a third since a tree may be broken.</summary>
    public int MostPieces { get; init; } = 3;

    /// <summary>A piece of this many voxels or fewer goes.</summary>
    public int Voxels { get; init; } = 200;

    /// <summary>Volume that arteries may have in all, in cubic millimetres: 1 to 40 mL of an adult.</summary>
    public Interval<double> VolumeMm3 { get; init; } = new(1_000, 40_000);

    /// <inheritdoc/>
    public IEnumerable<Problem> Check()
    {
        if (MostPieces < 1) yield return new("most_pieces", MostPieces, "1 or more");
        if (Voxels < 0) yield return new("voxels", Voxels, "0 or more");
        if (!(VolumeMm3.Low >= 0)) yield return new("volume_mm3", VolumeMm3, "two rising numbers of 0 or more");
    }
}

/// <summary>A mask that was put in order.</summary>
/// <param name="Mask">The pieces that stay, 0 and 1.</param>
/// <param name="KeptVoxels">Voxels of each, the largest first.</param>
/// <param name="DroppedPieces">Pieces that went.</param>
/// <param name="DroppedVoxels">Their voxels.</param>
/// <param name="VolumeMm3">Volume of what stays.</param>
/// <param name="Refusal">Why the mask should not be used; null when it may be.</param>
public sealed record OrderedArteryMask(Volume<byte> Mask, IReadOnlyList<long> KeptVoxels, int DroppedPieces, long DroppedVoxels, double VolumeMm3, string? Refusal)
{
    /// <summary>One line for a log.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{KeptVoxels.Count} pieces of {string.Join(", ", KeptVoxels)} voxels stay ({VolumeMm3:0} mm3), {DroppedPieces} of {DroppedVoxels} voxels go{(Refusal is null ? "" : $"; refused: {Refusal}")}");
}

/// <summary>Post-processing of artery masks for the data engine (ALGORITHMS 4.7): the trees without the crumbs, and no mask that cannot be a coronary tree.</summary>
public static class ArteryMask
{
    /// <summary>Keeps the largest pieces (26-connected) and judges their volume. The caller tells a refusal and leaves the case out.</summary>
    public static OrderedArteryMask Ordered(Volume<byte> mask, ArteryMaskConfig config)
    {
        ArgumentNullException.ThrowIfNull(mask);
        ArgumentNullException.ThrowIfNull(config);
        var found = ConnectedComponents.Of(mask);
        var kept = found.Sizes.Index().Where(p => p.Item > config.Voxels).OrderByDescending(p => p.Item).ThenBy(p => p.Index).Take(config.MostPieces).ToArray();
        var numbers = kept.Select(p => p.Index + 1).ToHashSet();
        var voxels = new byte[mask.Voxels.Length];
        for (var i = 0; i < voxels.Length; i++) voxels[i] = (byte)(numbers.Contains(found.Labels[i]) ? 1 : 0);
        var count = kept.Sum(p => p.Item);
        var volume = count * mask.Geometry.VoxelMm3;
        return new(new(mask.Geometry, voxels), [.. kept.Select(p => p.Item)], found.Count - kept.Length, found.Sizes.Sum() - count, volume, RefusalOf(found.Count, kept.Length, volume, config));
    }

    private static string? RefusalOf(int found, int kept, double volume, ArteryMaskConfig config) => string.Create(CultureInfo.InvariantCulture, $"{volume:0} mm3") switch
    {
        _ when found == 0 => "the mask is empty",
        _ when kept == 0 => string.Create(CultureInfo.InvariantCulture, $"none of its {found} pieces has more than {config.Voxels} voxels"),
        var text when !config.VolumeMm3.Contains(volume) => string.Create(CultureInfo.InvariantCulture, $"arteries of {text}, expected {config.VolumeMm3.Low:0} to {config.VolumeMm3.High:0} mm3"),
        _ => null,
    };
}
