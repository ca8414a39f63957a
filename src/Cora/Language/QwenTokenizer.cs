using System.Text;
using System.Text.RegularExpressions;
using Microsoft.ML.Tokenizers;

namespace Cora.Language;

/// <summary>The byte-level BPE tokenizer of Qwen2, Qwen2.5 and Qwen3, from the files of a Hugging Face folder. Gives the same ids as the original.</summary>
public sealed class QwenTokenizer
{
    private readonly BpeTokenizer merger;
    private readonly TokenizerFiles files;
    private readonly Regex? added;

    private QwenTokenizer(string folder, TokenizerFiles files)
    {
        this.files = files;
        if (files.Normalizes && "e\u0301".Normalize(NormalizationForm.FormC) != "\u00E9")
            throw new CoraException("This .NET runs without Unicode's tables, so texts would get wrong tokens.", "Install ICU, and do not switch to invariant globalisation.");
        var longestFirst = files.Added.Keys.OrderByDescending(t => t.Length).ThenBy(t => t, StringComparer.Ordinal).Select(Regex.Escape).ToArray();
        added = longestFirst.Length == 0 ? null : new($"({string.Join('|', longestFirst)})", RegexOptions.CultureInvariant);
        try
        {
            merger = BpeTokenizer.Create(new BpeOptions(files.Vocabulary) { Merges = files.Merges, ByteLevel = true, PreTokenizer = new SplitPattern(files.Pattern) });
        }
        catch (Exception problem) when (problem is ArgumentException or InvalidOperationException or FormatException)
        {
            throw new CoraException($"The tokenizer files of {folder} do not fit together: {problem.Message}", "Copy or download the model's folder again.", inner: problem);
        }
    }

    /// <summary>The highest id that a text can become.</summary>
    public int HighestId => Math.Max(files.Vocabulary.Values.Max(), files.Added.Values.DefaultIfEmpty(0).Max());

    /// <summary>Reads the tokenizer of a model folder; takes about half a second.</summary>
    /// <exception cref="CoraException">A file is missing or damaged, or asks for something that is not read.</exception>
    public static QwenTokenizer Load(string folder) => new(folder, TokenizerFiles.Read(folder));

    /// <summary>The ids of a text. Special tokens inside of it are recognised; where the model's template adds some around a text, they are added.</summary>
    /// <remarks>Half a surrogate pair, which no other encoding can hold, becomes U+FFFD.</remarks>
    public int[] Encode(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var ids = new List<int>(files.Before);
        foreach (var piece in added?.Split(text) ?? [text])
        {
            if (piece.Length == 0) continue;
            if (files.Added.TryGetValue(piece, out var id)) ids.Add(id);
            else ids.AddRange(merger.EncodeToIds(Normal(piece)));
        }

        ids.AddRange(files.After);
        return [.. ids];
    }

    // Only what lies between special tokens is normalised: a combining stroke after "<|im_end|>" would otherwise change its last character.
    private string Normal(string text)
    {
        if (text.Any(char.IsSurrogate)) text = string.Concat(text.EnumerateRunes().Select(r => r.ToString()));
        return files.Normalizes ? text.Normalize(NormalizationForm.FormC) : text;
    }
}
