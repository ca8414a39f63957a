using System.Collections.Concurrent;

namespace Cora.Tasks;

/// <summary>What frozen encoders see of scans. Models and runs of one process that share encoder, scans, windows and head compute it once; nothing of it is written.</summary>
public sealed class FrozenFeatures
{
    private readonly ConcurrentDictionary<string, ConcurrentDictionary<string, float[]>> known = [];

    /// <summary>The features by case that are known of an encoder, to be added to.</summary>
    /// <param name="scans">What the encoder is shown: cohort, spacing, windows, head.</param>
    /// <param name="encoder">Hash of the encoder's weights.</param>
    public IDictionary<string, float[]> Of(string scans, string encoder) => known.GetOrAdd($"{scans} {encoder}", _ => []);
}
