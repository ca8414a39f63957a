using System.Collections.Concurrent;
using Cora.Networks;
using static TorchSharp.torch;

namespace Cora.Tasks;

/// <summary>
/// What frozen encoders see of scans. Models and runs of one process that share encoder, scans and windows compute it once, and the heads that are told beforehand are pooled
/// in the same pass: a pass costs a second, a head nothing. Nothing of it is written.
/// </summary>
/// <param name="heads">The heads that runs of this process will ask for.</param>
public sealed class FrozenFeatures(params IReadOnlyList<PoolingConfig> heads)
{
    private readonly ConcurrentDictionary<string, ConcurrentDictionary<(PoolingConfig Head, string Case), float[]>> known = [];

    /// <summary>How often a scan was seen by an encoder.</summary>
    public int Passes => known.Values.Sum(k => k.Keys.Select(key => key.Case).Distinct().Count());

    /// <summary>The features of an encoder, known and to be computed.</summary>
    /// <param name="scans">What the encoder is shown: cohort, spacing, windows.</param>
    /// <param name="encoder">Hash of the encoder's weights.</param>
    /// <param name="head">The head that asks.</param>
    /// <param name="arteryMarginMm">The margin of the artery masks that lie beside the scans; null = there are none, and heads within the arteries wait.</param>
    internal FeaturePass Of(string scans, string encoder, PoolingConfig head, double? arteryMarginMm) =>
        new(known.GetOrAdd($"{scans} {encoder}", _ => []), head, [.. heads.Append(head).Distinct().Where(h => h.Within == PooledPlace.Scan || h.MarginMm == arteryMarginMm)]);

    /// <summary>The margin with which artery masks are to be read for one of the heads; null where none needs them, or where cases have none.</summary>
    /// <param name="head">The head that asks; what it needs must be read.</param>
    /// <param name="haveArteries">Whether every case has an artery mask.</param>
    public double? MarginMm(PoolingConfig head, bool haveArteries)
    {
        ArgumentNullException.ThrowIfNull(head);
        return head.Within == PooledPlace.Arteries ? head.MarginMm : haveArteries ? heads.FirstOrDefault(h => h.Within == PooledPlace.Arteries)?.MarginMm : null;
    }
}

/// <summary>Features of cases for one head, and in the same pass for those that other runs will ask for.</summary>
internal sealed class FeaturePass(ConcurrentDictionary<(PoolingConfig Head, string Case), float[]> known, PoolingConfig own, IReadOnlyList<PoolingConfig> heads)
{
    /// <summary>Whether a head pools within the arteries.</summary>
    public bool NeedsPlace => heads.Any(h => h.Within == PooledPlace.Arteries);

    /// <summary>What the own head sees of a case; null when it is to be computed.</summary>
    public float[]? Find(string caseId) => known.GetValueOrDefault((own, caseId));

    /// <summary>Keeps what every head sees of one scan.</summary>
    /// <param name="caseId">The case.</param>
    /// <param name="stages">The encoder's stages, one scan.</param>
    /// <param name="place">Where the arteries are, [1, 1, D, H, W]; null where no head asks.</param>
    /// <returns>Of the own head.</returns>
    public float[] Keep(string caseId, IReadOnlyList<Tensor> stages, Tensor? place)
    {
        foreach (var head in heads)
            known[(head, caseId)] = StagePooling.Of(head, stages, head.Within == PooledPlace.Arteries ? place : null).cpu().contiguous().data<float>().ToArray();
        return known[(own, caseId)];
    }
}
