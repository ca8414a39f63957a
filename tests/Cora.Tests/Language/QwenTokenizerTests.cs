using System.Text.Json.Nodes;
using Cora.Language;
using CsCheck;

namespace Cora.Tests.Language;

public sealed class QwenTokenizerTests
{
    [Theory]
    [InlineData("tokenizer_sentences.json", 170)]
    [InlineData("tokenizer_fuzz.json", 300)]
    public void Ids_are_those_of_the_original_tokenizer(string file, int count)
    {
        using var folder = new TemporaryFolder();
        TokenizerFixture.UnpackWhole(folder.Path);
        var tokenizer = QwenTokenizer.Load(folder.Path);

        Assert.Equal(151_668, tokenizer.HighestId);
        var cases = TokenizerFixture.Cases(file);
        Assert.Equal(count, cases.Count);
        Assert.All(cases, c => Assert.Equal(c.Ids, tokenizer.Encode(c.Text)));
    }

    [Fact]
    public void A_folder_with_the_older_files_gives_the_same_ids()
    {
        using var folder = new TemporaryFolder();
        TokenizerFixture.UnpackParts(folder.Path);
        var tokenizer = QwenTokenizer.Load(folder.Path);

        Assert.All(TokenizerFixture.Cases("tokenizer_sentences.json").Concat(TokenizerFixture.Cases("tokenizer_fuzz.json")), c => Assert.Equal(c.Ids, tokenizer.Encode(c.Text)));
    }

    [Fact]
    public void Merges_are_done_within_pieces_and_bytes_are_the_last_resort()
    {
        var tokenizer = Small();

        Assert.Equal([257, 3 + 'a' - 36], tokenizer.Encode("abca"));
        Assert.Equal([256, 220, 256], tokenizer.Encode("ab ab"));                  // a space is the 33rd byte without a sign of its own
        Assert.Equal([257, 258, 256], tokenizer.Encode("abc<|end|>ab"));
        Assert.Empty(tokenizer.Encode(""));
    }

    [Fact]
    public void A_combining_mark_after_a_special_token_does_not_hide_it() =>
        Assert.Equal(258, Small().Encode("<|end|>\u0338")[0]);

    [Fact]
    public void The_template_of_an_embedding_model_ends_each_text()
    {
        var tokenizer = Small(json => json["post_processor"] = JsonNode.Parse("""
            {"type":"Sequence","processors":[{"type":"ByteLevel"},{"type":"TemplateProcessing",
             "single":[{"Sequence":{"id":"A","type_id":0}},{"SpecialToken":{"id":"<|end|>","type_id":0}}],
             "special_tokens":{"<|end|>":{"id":"<|end|>","ids":[258],"tokens":["<|end|>"]}}}]}
            """));

        Assert.Equal([256, 258], tokenizer.Encode("ab"));
    }

    [Theory]
    [InlineData("𝐚b", 1)]               // a mathematical letter and a letter: one word
    [InlineData("𝟏𝟐", 2)]               // mathematical digits: one piece each
    [InlineData("𝐚𝟏", 2)]
    [InlineData("😀😀", 1)]
    [InlineData("a'ſb", 3)]              // the long s is an s when case is folded
    [InlineData("ſ", 1)]
    public void Characters_beyond_the_BMP_split_by_what_they_are(string text, int pieces)
    {
        var split = new SplitPattern(@"(?i:'s)|\p{L}+|\p{N}|\s+|[^\s\p{L}\p{N}]+").PreTokenize(text).ToArray();

        Assert.Equal(pieces, split.Length);
        Assert.Equal(text, string.Concat(split.Select(p => text.Substring(p.Offset, p.Length))));
    }

    [Fact]
    public void Pieces_put_together_are_the_text() =>
        Gen.Char.Array[0, 40].Select(c => new string(c)).Sample(text =>
        {
            var clean = string.Concat(text.EnumerateRunes().Select(r => r.ToString()));
            var split = new SplitPattern(@"'s|\p{L}{2}|\p{N}").PreTokenize(clean);
            return string.Concat(split.Select(p => clean.Substring(p.Offset, p.Length))) == clean;
        });

    [Fact]
    public void Half_a_surrogate_pair_becomes_the_replacement_character() =>
        Assert.Equal(Small().Encode("a\uFFFDb"), Small().Encode("a\uD835b"));

    [Theory]
    [InlineData("model.type", "\"WordPiece\"", "WordPiece")]
    [InlineData("model.dropout", "0.1", "dropout")]
    [InlineData("model.byte_fallback", "true", "byte_fallback")]
    [InlineData("model.end_of_word_suffix", "\"</w>\"", "end_of_word_suffix")]
    [InlineData("normalizer.type", "\"NFKC\"", "NFKC")]
    [InlineData("pre_tokenizer.behavior", "\"Removed\"", "Removed")]
    [InlineData("pre_tokenizer", "{\"type\":\"ByteLevel\",\"use_regex\":true}", "use_regex")]
    [InlineData("pre_tokenizer.pattern.Regex", "\"(\"", "fit together")]
    [InlineData("post_processor", "{\"type\":\"BertProcessing\"}", "BertProcessing")]
    [InlineData("model.merges", "[\"x yz\"]", "fit together")]
    [InlineData("model.merges", "7", "damaged")]
    [InlineData("model.vocab", "{\"a\":\"b\"}", "damaged")]
    [InlineData("added_tokens", "[{\"id\":258,\"content\":\"<x>\",\"lstrip\":true}]", "lstrip")]
    public void What_would_give_other_ids_is_refused_by_name(string key, string value, string why)
    {
        var refusal = Assert.Throws<CoraException>(() => Small(json =>
        {
            JsonNode at = json;
            var path = key.Split('.');
            foreach (var step in path[..^1]) at = at[step]!;
            at[path[^1]] = JsonNode.Parse(value);
        }));

        Assert.Contains(why, refusal.Message);
    }

    [Fact]
    public void Missing_or_cut_files_are_refused()
    {
        using var folder = new TemporaryFolder();

        Assert.Contains("vocab.json", Assert.Throws<CoraException>(() => QwenTokenizer.Load(folder.Path)).Message);
        File.WriteAllText(folder["tokenizer.json"], "{\"model\":");
        Assert.Contains("damaged", Assert.Throws<CoraException>(() => QwenTokenizer.Load(folder.Path)).Message);
    }

    private static QwenTokenizer Small(Action<JsonObject>? change = null)
    {
        using var folder = new TemporaryFolder();
        var json = TokenizerFixture.Small();
        change?.Invoke(json);
        File.WriteAllText(folder["tokenizer.json"], json.ToJsonString());
        return QwenTokenizer.Load(folder.Path);
    }
}
