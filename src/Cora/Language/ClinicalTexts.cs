namespace Cora.Language;

/// <summary>Vectors of clinical texts with the encoder that made them.</summary>
/// <param name="Encoder">Which encoder: name, weights hash, pooling, dimension.</param>
/// <param name="Vectors">One a text, in order.</param>
public sealed record TextVectors(EncoderIdentity Encoder, float[][] Vectors);

/// <summary>Encodes the texts of a run by the encoder of its settings, each text once.</summary>
public static class ClinicalTexts
{
    /// <summary>The vectors of texts of <see cref="ClinicalPrompt.Write"/>.</summary>
    /// <param name="config">Which encoder.</param>
    /// <param name="texts">The texts.</param>
    /// <param name="cacheFolder">Where vectors are kept unless the settings name another place.</param>
    /// <param name="progress">Told which encoder it is.</param>
    /// <param name="cancel">Stops.</param>
    /// <exception cref="CoraException">A model is missing, incomplete or damaged, or a server does not answer, and the cache does not hold all vectors.</exception>
    public static TextVectors Encode(TextConfig config, IReadOnlyList<string> texts, string cacheFolder, IProgress<RunEvent>? progress, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(config);
        if (config.Encoder == TextEncoderKind.ClinicalFeatures)
        {
            var features = new ClinicalFeatureEncoder();
            return new(EncoderIdentity.Of(features), features.Encode(texts, cancel));
        }

        var cache = new EmbeddingCache(config.Cache ?? cacheFolder);
        var source = config.Encoder == TextEncoderKind.Qwen ? Path.GetFullPath(config.Model!) : $"{config.Address} {config.Model}";
        if (config.Encoder == TextEncoderKind.Qwen && !Directory.Exists(config.Model))
        {
            var pool = config.Pool == TextPooling.Last ? "last" : "mean";
            var known = cache.KnownOf(source, pool) ?? throw new CoraException($"There is no model folder {config.Model}, and no vectors of it are kept.", "Give the folder of a Qwen model as it is published (text.model), or another text.encoder.");
            return new(known, cache.Encode(texts, known, source, () => throw new CoraException($"There is no model folder {config.Model}, and some texts have no vector in the cache.", "Put the model back, or use the cohort that the cache was made of."), cancel));
        }

        using var opened = new Opened(config);
        var identity = EncoderIdentity.Of(opened.Encoder);
        progress?.Report(new Note($"Text encoder: {identity.Name}, weights {identity.WeightsHash[..Math.Min(12, identity.WeightsHash.Length)]}, pooling {identity.Pooling}, {identity.Dimension} numbers a text."));
        return new(identity, cache.Encode(texts, identity, source, () => opened.Encoder, cancel));
    }

    private sealed class Opened(TextConfig config) : IDisposable
    {
        public ITextEncoder Encoder { get; } = config.Encoder == TextEncoderKind.Qwen
            ? QwenTextEncoder.Open(config.Model!, config.Pool, config.Precision)
            : new EmbeddingServerEncoder(new(config.Address!), config.Model!, config.KeyFile);

        public void Dispose() => (Encoder as IDisposable)?.Dispose();
    }
}
