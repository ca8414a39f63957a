using Cora.Imaging;

namespace Cora.Evaluation;

/// <summary>How pieces that overlap become matches.</summary>
public enum MatchRule
{
    /// <summary>A lesion is found when some predicted piece overlaps it enough; a piece is right when it overlaps some lesion enough.</summary>
    ManyToMany,

    /// <summary>Each piece and each lesion is used once, the largest overlaps first.</summary>
    OneToOne,

    /// <summary>As many-to-many, with the overlap of a lesion counted over all pieces together, and of a piece over all lesions together.</summary>
    Aggregate,
}

/// <summary>When a predicted lesion meets a reference lesion (Methods, "Stenosis detection": more than 10 voxels).</summary>
public sealed record LesionMatchConfig
{
    /// <summary>Voxels that two pieces must share more than.</summary>
    public int MinOverlap { get; init; } = 10;

    /// <summary>Which voxels touch, alike for both masks.</summary>
    public Connectivity Connectivity { get; init; } = Connectivity.TwentySix;

    /// <summary>How overlaps become matches.</summary>
    public MatchRule Rule { get; init; } = MatchRule.ManyToMany;
}

/// <summary>Counts of lesions; those of several volumes are added before ratios are taken.</summary>
/// <param name="Reference">Lesions that are there.</param>
/// <param name="Predicted">Pieces that were predicted.</param>
/// <param name="MatchedReference">Lesions that were found.</param>
/// <param name="MatchedPredicted">Pieces that are right.</param>
public readonly record struct LesionCounts(int Reference, int Predicted, int MatchedReference, int MatchedPredicted)
{
    /// <summary>Share of predicted pieces that are right; NaN when nothing was predicted.</summary>
    public double Precision => Predicted == 0 ? double.NaN : (double)MatchedPredicted / Predicted;

    /// <summary>Share of lesions that were found; NaN when there are none.</summary>
    public double Recall => Reference == 0 ? double.NaN : (double)MatchedReference / Reference;

    /// <summary>Harmonic mean of both; 0 when one of them is 0 or nothing was predicted, NaN when there is neither lesion nor prediction.</summary>
    public double F1 => Reference == 0 && Predicted == 0 ? double.NaN
        : double.IsNaN(Precision) || double.IsNaN(Recall) || Precision + Recall == 0 ? 0 : 2 * Precision * Recall / (Precision + Recall);

    /// <summary>2 TP / (2 TP + FP + FN) with TP = lesions found, FP = wrong pieces, FN = missed lesions: another common F1, which many-to-many matches pull apart.</summary>
    public double F1OfCounts => Reference == 0 && Predicted == 0 ? double.NaN
        : 2.0 * MatchedReference / (2 * MatchedReference + (Predicted - MatchedPredicted) + (Reference - MatchedReference));

    /// <summary>Added.</summary>
    public static LesionCounts operator +(LesionCounts a, LesionCounts b) =>
        new(a.Reference + b.Reference, a.Predicted + b.Predicted, a.MatchedReference + b.MatchedReference, a.MatchedPredicted + b.MatchedPredicted);
}

/// <summary>The pieces of two masks and which of them match.</summary>
/// <param name="Prediction">Pieces of the prediction.</param>
/// <param name="Reference">Pieces of the reference, the lesions.</param>
/// <param name="IsRight">For each predicted piece whether it matches; entry 0 is piece 1.</param>
/// <param name="IsFound">For each lesion whether it is matched.</param>
public sealed record LesionMatch(Components Prediction, Components Reference, bool[] IsRight, bool[] IsFound)
{
    /// <summary>The counts of this volume.</summary>
    public LesionCounts Counts => new(IsFound.Length, IsRight.Length, IsFound.Count(f => f), IsRight.Count(r => r));

    /// <summary>Matches two masks on one grid.</summary>
    public static LesionMatch Of(Volume<byte> prediction, Volume<byte> reference, LesionMatchConfig? config = null)
    {
        ArgumentNullException.ThrowIfNull(prediction);
        ArgumentNullException.ThrowIfNull(reference);
        Overlap.RefuseOtherSize(prediction, reference);
        config ??= new();
        var (predicted, lesions) = (ConnectedComponents.Of(prediction, config.Connectivity), ConnectedComponents.Of(reference, config.Connectivity));
        var overlaps = new Dictionary<(int Predicted, int Lesion), int>();
        for (var i = 0; i < predicted.Labels.Length; i++)
        {
            if (predicted.Labels[i] == 0 || lesions.Labels[i] == 0) continue;
            var pair = (predicted.Labels[i], lesions.Labels[i]);
            overlaps[pair] = overlaps.GetValueOrDefault(pair) + 1;
        }

        var (isRight, isFound) = (new bool[predicted.Count], new bool[lesions.Count]);
        if (config.Rule == MatchRule.Aggregate)
        {
            foreach (var piece in overlaps.GroupBy(o => o.Key.Predicted)) isRight[piece.Key - 1] = piece.Sum(o => o.Value) > config.MinOverlap;
            foreach (var lesion in overlaps.GroupBy(o => o.Key.Lesion)) isFound[lesion.Key - 1] = lesion.Sum(o => o.Value) > config.MinOverlap;
            return new(predicted, lesions, isRight, isFound);
        }

        // Largest first, equals in memory order: the one-to-one rule then depends on the masks alone.
        foreach (var ((p, g), _) in overlaps.Where(o => o.Value > config.MinOverlap).OrderByDescending(o => o.Value).ThenBy(o => o.Key.Predicted).ThenBy(o => o.Key.Lesion))
        {
            if (config.Rule == MatchRule.OneToOne && (isRight[p - 1] || isFound[g - 1])) continue;
            (isRight[p - 1], isFound[g - 1]) = (true, true);
        }

        return new(predicted, lesions, isRight, isFound);
    }
}

/// <summary>One point of a free-response curve.</summary>
/// <param name="Threshold">Probability above which a voxel is predicted.</param>
/// <param name="Recall">Share of all lesions that are found.</param>
/// <param name="FalsePositivesAVolume">Wrong pieces a volume.</param>
public readonly record struct FrocPoint(double Threshold, double Recall, double FalsePositivesAVolume);

/// <summary>Free-response receiver operating characteristic: recall against wrong pieces, over thresholds of probability maps.</summary>
public static class Froc
{
    /// <summary>The points at the thresholds, in their order.</summary>
    /// <param name="volumes">Probability maps and reference masks, pairwise on one grid.</param>
    /// <param name="thresholds">Probabilities.</param>
    /// <param name="config">The match rule.</param>
    public static IReadOnlyList<FrocPoint> Of(IReadOnlyList<(Volume<float> Probability, Volume<byte> Reference)> volumes, IReadOnlyList<double> thresholds, LesionMatchConfig? config = null)
    {
        ArgumentNullException.ThrowIfNull(volumes);
        ArgumentNullException.ThrowIfNull(thresholds);
        return [.. thresholds.Select(t =>
        {
            var counts = volumes.Select(v => LesionMatch.Of(v.Probability.Select(p => (byte)(p > t ? 1 : 0)), v.Reference, config).Counts).Aggregate(default(LesionCounts), (a, b) => a + b);
            return new FrocPoint(t, counts.Recall, (counts.Predicted - counts.MatchedPredicted) / (double)volumes.Count);
        })];
    }
}
