using System.Globalization;
using Cora.Imaging;

namespace Cora.Analysis;

/// <summary>One connected piece of the artery mask.</summary>
/// <param name="Name"><c>left tree</c>, <c>right tree</c>, or <c>segment n</c> where position does not tell.</param>
/// <param name="Number">Its number in the labelled mask, 1 for the largest.</param>
/// <param name="Voxels">Voxels.</param>
/// <param name="VolumeMm3">Volume.</param>
/// <param name="CentreLineMm">Length of its centre lines, about: thinned voxels times the mean spacing.</param>
/// <param name="CentreMm">Centre of gravity, LPS millimetres.</param>
public sealed record Vessel(string Name, int Number, long Voxels, double VolumeMm3, double CentreLineMm, Vec3 CentreMm);

/// <summary>The pieces of an artery mask with numbers, and names where they can be told honestly.</summary>
/// <param name="Labels">0 = no artery, n = vessel n.</param>
/// <param name="Vessels">The largest first.</param>
/// <param name="DroppedPieces">Crumbs that are left away.</param>
public sealed record CoronaryVessels(Volume<byte> Labels, IReadOnlyList<Vessel> Vessels, int DroppedPieces)
{
    private const int MostVessels = 12;
    private const double LeastMm3 = 40;

    // The trees lie some 40 mm apart and on either side of the heart's middle; nearer than this nobody could tell.
    private const double ApartMm = 20;
    private const double LeastTreeMm3 = 300;

    /// <summary>Takes a mask apart.</summary>
    /// <param name="arteries">Arteries as 0 and 1, on any grid.</param>
    /// <param name="heartCentreMm">Middle of the heart, LPS millimetres; without it no tree is named.</param>
    public static CoronaryVessels Of(Volume<byte> arteries, Vec3? heartCentreMm)
    {
        ArgumentNullException.ThrowIfNull(arteries);
        var found = ConnectedComponents.Of(arteries);
        var voxel = arteries.Geometry.VoxelMm3;
        var kept = found.Sizes.Index().Where(p => p.Item * voxel >= LeastMm3).OrderByDescending(p => p.Item).ThenBy(p => p.Index).Take(MostVessels).ToArray();
        var numberOf = new byte[found.Count + 1];
        foreach (var (rank, piece) in kept.Index()) numberOf[piece.Index + 1] = (byte)(rank + 1);
        var labels = new byte[arteries.Voxels.Length];
        for (var i = 0; i < labels.Length; i++) labels[i] = numberOf[found.Labels[i]];
        var volume = new Volume<byte>(arteries.Geometry, labels);
        var centres = Centres(volume, kept.Length);
        var lines = new long[kept.Length + 1];
        var thin = Skeleton.Of(volume.Select(l => (byte)(l > 0 ? 1 : 0)));
        for (var i = 0; i < labels.Length; i++) if (thin.Voxels[i] != 0) lines[labels[i]]++;
        var spacing = arteries.Geometry.Spacing;
        var step = (spacing.X + spacing.Y + spacing.Z) / 3;
        var vessels = kept.Select((p, rank) => new Vessel("", rank + 1, p.Item, p.Item * voxel, lines[rank + 1] * step, centres[rank])).ToArray();
        return new(volume, Named(vessels, heartCentreMm), found.Count - kept.Length);
    }

    /// <summary>
    /// Two large pieces on either side of the heart's middle are the left and the right tree. One alone, or two on one side, stay without a name: a vein or a broken
    /// tree would be called an artery.
    /// </summary>
    private static Vessel[] Named(Vessel[] vessels, Vec3? heartCentreMm)
    {
        var names = vessels.Select((_, i) => string.Create(CultureInfo.InvariantCulture, $"segment {i + 1}")).ToArray();
        if (heartCentreMm is { } middle && vessels.Length >= 2 && vessels[1].VolumeMm3 >= LeastTreeMm3)
        {
            var (first, second) = (vessels[0].CentreMm.X - middle.X, vessels[1].CentreMm.X - middle.X);
            if (Math.Abs(first - second) >= ApartMm && first * second < 0)
                (names[0], names[1]) = first > 0 ? ("left tree", "right tree") : ("right tree", "left tree");
        }

        return [.. vessels.Select((v, i) => v with { Name = names[i] })];
    }

    private static Vec3[] Centres(Volume<byte> labels, int count)
    {
        var (sums, counts) = (new Vec3[count], new long[count]);
        var size = labels.Geometry.Size;
        for (int z = 0, i = 0; z < size.Z; z++)
        {
            for (var y = 0; y < size.Y; y++)
            {
                for (var x = 0; x < size.X; x++, i++)
                {
                    if (labels.Voxels[i] == 0) continue;
                    sums[labels.Voxels[i] - 1] += new Vec3(x, y, z);
                    counts[labels.Voxels[i] - 1]++;
                }
            }
        }

        return [.. sums.Select((s, n) => labels.Geometry.ToPatient((1.0 / counts[n]) * s))];
    }
}
