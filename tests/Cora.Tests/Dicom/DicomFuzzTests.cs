using Cora.Dicom;
using Cora.Dicom.Codecs.Jpeg2000;
using CsCheck;

namespace Cora.Tests.Dicom;

/// <summary>Broken files end in a refusal: no crash, no hang, no memory eaten, and no file is too broken for that.</summary>
public sealed class DicomFuzzTests
{
    /// <summary>What one small broken file may take: a frame of the size that its header claims, and the decoder's copies.</summary>
    private const long MostBytes = 600L << 20;

    private static readonly byte[][] Seeds = [.. Own(), .. OfTheCorpus()];

    [Fact]
    public void Mutated_and_truncated_files_are_read_or_refused()
    {
        var greediest = 0L;
        Gen.Select(Gen.Int[0, Seeds.Length - 1], Gen.Select(Gen.Int[0, 1 << 20], Gen.Byte).Array[1, 8], Gen.Int[0, 3], Gen.Double[0, 1]).Sample((which, changes, kind, cut) =>
        {
            var bytes = (byte[])Seeds[which].Clone();
            foreach (var (at, value) in changes) bytes[at % (kind < 2 ? Math.Min(bytes.Length, 2000) : bytes.Length)] = value;
            if (kind == 3) bytes = bytes[..(int)(cut * bytes.Length)];
            var before = GC.GetAllocatedBytesForCurrentThread();

            ReadAll(bytes);

            greediest = Math.Max(greediest, GC.GetAllocatedBytesForCurrentThread() - before);
        }, iter: 200, threads: 1);

        Assert.InRange(greediest, 0, MostBytes);
    }

    [Fact]
    public void Any_bytes_are_read_or_refused() => Gen.Byte.Array[0, 600].Sample(bytes => ReadAll([8, 0, .. bytes]), iter: 2000);

    [Fact]
    public void Deep_nesting_is_refused_and_not_a_stack_overflow()
    {
        var item = new DicomDataset();
        item.Set(Tags.Modality, DicomVr.CS, "CT");
        for (var depth = 0; depth < 60; depth++)
        {
            var outer = new DicomDataset();
            outer.Set(Tags.Modality, DicomVr.CS, "CT");
            outer.Set(new DicomElement(Tags.SharedFunctionalGroups, [item]));
            item = outer;
        }

        foreach (var undefined in new[] { true, false })
        {
            var bytes = DicomWriter.ToBytes(new(item, TransferSyntax.ExplicitLittle), new() { UndefinedLengths = undefined });
            var refused = Record.Exception(() => DicomFile.Read(bytes));

            // With lengths the outermost sequence can be stepped over.
            if (undefined) Assert.Contains("nested", Assert.IsType<DicomException>(refused).Message, StringComparison.Ordinal);
            else Assert.Null(refused);
        }
    }

    [Fact]
    public void A_frame_that_its_bytes_cannot_hold_is_refused_before_memory_is_taken()
    {
        foreach (var syntax in new[] { TransferSyntax.ExplicitLittle, TransferSyntax.Rle, TransferSyntax.JpegLosslessFirst })
        {
            var image = DicomSamples.Image(syntax, 4, 4, new int[16]);
            image.Dataset.Set(Tags.Rows, DicomVr.US, 8000);
            image.Dataset.Set(Tags.Columns, DicomVr.US, 8000);
            var before = GC.GetAllocatedBytesForCurrentThread();

            Assert.Throws<DicomException>(() => image.Pixels().Frame(0));

            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
        }
    }

    [Fact]
    public void A_deflated_bomb_is_refused()
    {
        using var bomb = new MemoryStream();
        using (var deflate = new System.IO.Compression.DeflateStream(bomb, System.IO.Compression.CompressionLevel.Fastest, leaveOpen: true)) deflate.Write(new byte[5 << 20]);

        var refused = Assert.Throws<DicomException>(() => DicomFile.Inflate(new MemorySource(bomb.ToArray()), 0, most: 4 << 20));

        Assert.Contains("more than 4 MiB", refused.Message, StringComparison.Ordinal);
    }

    private static void ReadAll(byte[] bytes)
    {
        try
        {
            var file = DicomFile.Read(bytes);
            foreach (var element in file.Dataset.Elements) _ = (file.Dataset.Texts(element.Tag), file.Dataset.Numbers(element.Tag));
            var pixels = file.Pixels();
            if (pixels.Samples > 1 || NeedsConverter(file)) return;
            for (var frame = 0; frame < Math.Min(2, pixels.Frames); frame++) pixels.Frame(frame);
        }
        catch (DicomException problem)
        {
            Assert.NotEmpty(problem.Remedy);
        }
    }

    /// <summary>Rare features of JPEG 2000 go to another program, whose crashes are not ours.</summary>
    private static bool NeedsConverter(DicomFile file) =>
        file.Syntax.Uid is "1.2.840.10008.1.2.4.90" or "1.2.840.10008.1.2.4.91" && file.Dataset[Tags.PixelData]?.Fragments is [_, var frame, ..] && Jpeg2000Header.Read(frame.Read()).Header is null;

    private static IEnumerable<byte[]> Own()
    {
        var values = Enumerable.Range(0, 2 * 16 * 16).Select(i => i * 7 % 900 - 300).ToArray();
        foreach (var syntax in DicomSamples.Plain.Append(TransferSyntax.Rle).Append(TransferSyntax.JpegLosslessFirst))
            yield return DicomWriter.ToBytes(DicomSamples.Image(syntax, 16, 16, values, frames: 2));
    }

    private static IEnumerable<byte[]> OfTheCorpus()
    {
        if (Fixture.Shared is null) yield break;
        foreach (var name in new[] { "pydicom-bad-sequence.dcm", "pydicom-badvr.dcm", "ct-jpeg-baseline8.dcm", "ct-jpeg-extended12.dcm", "wg04-ct2-jpegls-near-lossless", "ct-fragmented-no-bot.dcm", "ct-j2k-lossless.dcm", "pydicom-dicom-seg.dcm" })
        {
            var path = Path.Combine(Fixture.Shared, "data/dicom-corpus", name);
            if (File.Exists(path)) yield return File.ReadAllBytes(path);
        }
    }
}
