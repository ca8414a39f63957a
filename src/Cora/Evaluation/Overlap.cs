using Cora.Imaging;

namespace Cora.Evaluation;

/// <summary>Overlap of the centre lines of two masks (Shit et al. 2021).</summary>
/// <param name="Precision">Share of the prediction's centre line that lies in the reference.</param>
/// <param name="Sensitivity">Share of the reference's centre line that lies in the prediction.</param>
public readonly record struct CenterlineDice(double Precision, double Sensitivity)
{
    /// <summary>Their harmonic mean, 0 when both are 0; NaN when thinning has left a mask without a centre line.</summary>
    public double Value => Precision + Sensitivity == 0 ? 0 : 2 * Precision * Sensitivity / (Precision + Sensitivity);

    /// <summary>Why the value is NaN; null when it is not.</summary>
    public string? Reason => double.IsNaN(Value) ? "thinning leaves no centre line of a mask" : null;

    /// <summary>Measures two masks on one grid; both empty counts as 1, one empty as 0.</summary>
    public static CenterlineDice Of(Volume<byte> prediction, Volume<byte> reference)
    {
        ArgumentNullException.ThrowIfNull(prediction);
        ArgumentNullException.ThrowIfNull(reference);
        Overlap.RefuseOtherSize(prediction, reference);
        var (isPredicted, isThere) = (prediction.Voxels.ContainsAnyExcept((byte)0), reference.Voxels.ContainsAnyExcept((byte)0));
        if (!isPredicted || !isThere) return isPredicted == isThere ? new(1, 1) : new(0, 0);
        return new(Share(Skeleton.Of(prediction), reference), Share(Skeleton.Of(reference), prediction));
    }

    private static double Share(Volume<byte> line, Volume<byte> mask)
    {
        var (count, inside) = (0L, 0L);
        for (var i = 0; i < line.Voxels.Length; i++)
        {
            if (line.Voxels[i] == 0) continue;
            count++;
            if (mask.Voxels[i] != 0) inside++;
        }

        return count == 0 ? double.NaN : (double)inside / count;
    }
}

/// <summary>Overlap of two masks.</summary>
public static class Overlap
{
    /// <summary>2 |P and G| / (|P| + |G|): 1 when both are empty, 0 when one is.</summary>
    public static double Dice(Volume<byte> prediction, Volume<byte> reference)
    {
        ArgumentNullException.ThrowIfNull(prediction);
        ArgumentNullException.ThrowIfNull(reference);
        RefuseOtherSize(prediction, reference);
        var (both, sum) = (0L, 0L);
        for (var i = 0; i < prediction.Voxels.Length; i++)
        {
            var (p, g) = (prediction.Voxels[i] != 0, reference.Voxels[i] != 0);
            if (p && g) both++;
            sum += (p ? 1 : 0) + (g ? 1 : 0);
        }

        return sum == 0 ? 1 : 2.0 * both / sum;
    }

    internal static void RefuseOtherSize(Volume<byte> prediction, Volume<byte> reference)
    {
        if (prediction.Geometry.Size != reference.Geometry.Size)
            throw new ArgumentException($"Masks of {prediction.Geometry.Size} and {reference.Geometry.Size} voxels.", nameof(reference));
    }
}
