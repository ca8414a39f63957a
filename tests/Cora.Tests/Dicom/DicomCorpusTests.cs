using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using Cora.Cohorts;
using Cora.Dicom;

namespace Cora.Tests.Dicom;

/// <summary>Awkward files of other projects, with what pydicom and GDCM found in them.</summary>
public sealed class DicomCorpusTests
{
    private const string Corpus = "data/dicom-corpus";

    private static readonly Table? Expected = Fixture.Shared is { } shared && File.Exists(Path.Combine(shared, Corpus, "expected.tsv")) ? ReadExpected(shared) : null;

    public static TheoryData<string> Hashed => Names(row => Field(row, "hu_sha1").Length > 0);

    public static TheoryData<string> Unhashed => Names(row => Field(row, "hu_sha1").Length == 0 && Field(row, "mean").Length > 0);

    public static TheoryData<string> WithoutPixels => Names(row => Field(row, "mean").Length == 0);

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Hashed))]
    public void Values_are_those_that_an_independent_reader_found(string name)
    {
        var values = Values(name);

        Assert.Equal(Field(Row(name), "hu_sha1"), Sha1(values));
    }

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Unhashed))]
    public void Lossy_and_wide_values_have_the_range_and_mean_of_an_independent_reader(string name)
    {
        var values = Values(name);

        // Another decoder may round each value the other way, which a slope of 32 (8-bit file) makes 32 HU.
        var row = Row(name);
        var tolerance = 1.5 * (double.TryParse(Field(row, "RescaleSlope"), CultureInfo.InvariantCulture, out var slope) ? slope : 1);
        Assert.Equal(Number(row, "mean"), values.Average(), tolerance / 20);
        Assert.Equal(Number(row, "min"), values.Min(), tolerance);
        Assert.Equal(Number(row, "max"), values.Max(), tolerance);
    }

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(WithoutPixels))]
    public void Files_that_cannot_be_decoded_are_refused_with_a_remedy_or_read(string name)
    {
        var refused = Record.Exception(() => Values(name));

        // Two files that other programs cannot read; DCMTK and we can.
        if (name is "fodicom-be-undefined-length.dcm" or "pydicom-badvr.dcm") Assert.Null(refused);
        else Assert.NotEmpty(Assert.IsType<DicomException>(refused).Remedy);
    }

    [Theory]
    [InlineData("ct-jpeg-retired53.dcm", "1.2.840.10008.1.2.4.53")]
    [InlineData("pydicom-no-meta.dcm", "not a DICOM file")]
    [InlineData("pydicom-meta-missing-tsyntax.dcm", "transfer syntax")]
    [InlineData("pydicom-mr-truncated.dcm", "8130 bytes; 1 frames of 64 x 64 x 1 at 16 bits need 8192")]
    [InlineData("pydicom-rtplan-truncated.dcm", "(300A,00B0) says 976 bytes at byte 1418, 7")]
    [InlineData("pydicom-sr-no-pixels.dcm", "no pixel data")]
    public void A_refusal_names_what_is_wrong(string name, string words) =>
        Assert.Contains(words, Assert.Throws<DicomException>(() => Values(name)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("ct-j2k-lossy.dcm", "ct-explicit-le.dcm", 5)]
    [InlineData("ct-jpegls-lossy.dcm", "ct-explicit-le.dcm", 1)]
    [InlineData("ct-jpeg-extended12.dcm", "ct-explicit-le.dcm", 36)]
    [InlineData("ct-jpeg-baseline8.dcm", "ct-explicit-le.dcm", 65)]
    [InlineData("wg04-ct2-jpegls-near-lossless", "wg04-ct2-jpegll", 4)]
    public void A_lossy_file_stays_as_near_to_its_original_as_the_corpus_says(string lossy, string original, double most)
    {
        var (a, b) = (Values(lossy), Values(original));

        Assert.InRange(a.Zip(b, (x, y) => Math.Abs(x - y)).Max(), 0, most + 0.5);
    }

    /// <summary>Real values of a file; slope and intercept of enhanced files come from their functional groups.</summary>
    private static double[] Values(string name)
    {
        var path = Fixture.SharedPath($"{Corpus}/{name}");
        var file = DicomFile.Read(path);
        var groups = file.Dataset.FirstItem(Tags.SharedFunctionalGroups)?.FirstItem(Tags.PixelValueTransformationSequence);
        var slope = (groups ?? file.Dataset).Number(Tags.RescaleSlope) ?? 1;
        var intercept = (groups ?? file.Dataset).Number(Tags.RescaleIntercept) ?? 0;
        var pixels = file.Pixels();
        return [.. Enumerable.Range(0, pixels.Frames).SelectMany(f => Array.ConvertAll(pixels.Frame(f), v => v * slope + intercept))];
    }

    private static string Sha1(double[] values)
    {
        var bytes = new byte[2 * values.Length];
        for (var i = 0; i < values.Length; i++) BinaryPrimitives.WriteInt16LittleEndian(bytes.AsSpan(2 * i), (short)Math.Round(values[i]));
#pragma warning disable CA5350 // The corpus names its values by SHA-1; nothing is kept secret by it.
        return Convert.ToHexStringLower(SHA1.HashData(bytes));
#pragma warning restore CA5350
    }

    private static TheoryData<string> Names(Func<string[], bool> which) => Expected is null ? [] : [.. Expected.Rows.Where(which).Select(r => Field(r, "file"))];

    private static string[] Row(string name) => Expected!.Rows.Single(r => Field(r, "file") == name);

    private static string Field(string[] row, string column) => Expected!.Field(row, column);

    private static double Number(string[] row, string column) => double.Parse(Field(row, column), CultureInfo.InvariantCulture);

    /// <summary>The table stands in a tab-separated file; the reader of tables wants commas.</summary>
    private static Table ReadExpected(string shared)
    {
        using var folder = new TemporaryFolder();
        var lines = File.ReadLines(Path.Combine(shared, Corpus, "expected.tsv"))
            .Select(line => string.Join(',', line.Split('\t').Select(f => f.StartsWith('"') ? f : $"\"{f}\"")));
        File.WriteAllLines(folder["expected.csv"], lines);
        return Table.Read(folder["expected.csv"]);
    }
}
