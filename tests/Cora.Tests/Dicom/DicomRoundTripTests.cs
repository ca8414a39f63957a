using Cora.Dicom;
using CsCheck;

namespace Cora.Tests.Dicom;

public sealed class DicomRoundTripTests
{
    private static readonly (DicomTag Tag, DicomVr Vr)[] Known =
    [
        (Tags.ImageType, DicomVr.CS), (Tags.StudyDate, DicomVr.DA), (Tags.SeriesDescription, DicomVr.LO), (Tags.PatientName, DicomVr.PN), (Tags.PatientId, DicomVr.LO),
        (Tags.SliceThickness, DicomVr.DS), (Tags.InstanceNumber, DicomVr.IS), (Tags.Rows, DicomVr.US), (Tags.ImageComments, DicomVr.LT), (new(0x0018, 0x9345), DicomVr.FD),
        (new(0x0018, 0x9324), DicomVr.FD), (new(0x0008, 0x1030), DicomVr.LO), (new(0x0009, 0x0010), DicomVr.LO), (new(0x0009, 0x1001), DicomVr.UN), (new(0x0028, 0x1201), DicomVr.OW),
    ];

    private static readonly Gen<DicomElement> Leaf = Gen.Select(Gen.Int[0, Known.Length - 1], Gen.Byte.Array[0, 20]).Select((which, bytes) =>
    {
        var (tag, vr) = Known[which];
        var unit = vr.UnitBytes();
        if (vr.IsText()) bytes = [.. bytes.Select(b => (byte)('A' + b % 26))];
        return new DicomElement(tag, vr, new DicomData(bytes[..(bytes.Length / (2 * unit) * 2 * unit)]));
    });

    private static Gen<DicomDataset> Dataset(int depth) =>
        Gen.Select(Leaf.Array[0, 6], depth == 0 ? Gen.Const(Array.Empty<DicomDataset>()) : Dataset(depth - 1).Array[0, 2]).Select((leaves, items) =>
        {
            var set = new DicomDataset();
            set.Set(Tags.Modality, DicomVr.CS, "CT");
            foreach (var leaf in leaves) set.Set(leaf);
            if (items.Length > 0) set.Set(new DicomElement(Tags.SharedFunctionalGroups, items));
            return set;
        });

    [Fact]
    public void What_is_written_is_read_again_in_every_plain_syntax() =>
        Gen.Select(Dataset(3), Gen.Int[0, 3], Gen.Bool, Gen.Bool).Sample((set, syntax, undefined, preamble) =>
        {
            var file = new DicomFile(set, DicomSamples.Plain[syntax]);
            var hasPreamble = preamble || file.Syntax.IsDeflated;

            var bytes = DicomWriter.ToBytes(file, new() { UndefinedLengths = undefined, HasPreamble = hasPreamble });
            var read = DicomFile.Read(bytes);

            Assert.Equal(file.Syntax, read.Syntax);
            AssertSame(set, read.Dataset);
        }, iter: 300);

    [Theory]
    [InlineData(8, 8, false)]
    [InlineData(8, 7, true)]
    [InlineData(16, 12, false)]
    [InlineData(16, 12, true)]
    [InlineData(16, 16, false)]
    [InlineData(16, 16, true)]
    [InlineData(32, 32, true)]
    [InlineData(12, 12, false)]
    [InlineData(1, 1, false)]
    public void Pixels_of_every_depth_and_sign_come_back(int allocated, int stored, bool isSigned)
    {
        var (low, high) = isSigned ? (-(1 << (stored - 1)), (int)((1L << (stored - 1)) - 1)) : (0, (1 << stored) - 1);
        var syntaxes = DicomSamples.Plain.AsEnumerable();
        if (allocated is 8 or 16) syntaxes = syntaxes.Append(TransferSyntax.Rle);
        if (allocated is 8 or 16) syntaxes = syntaxes.Append(TransferSyntax.JpegLosslessFirst);
        foreach (var syntax in syntaxes)
        {
            Gen.Int[low, high].Array[2 * 5 * 7].Sample(values =>
            {
                var file = DicomFile.Read(DicomWriter.ToBytes(DicomSamples.Image(syntax, 5, 7, values, allocated, stored, isSigned, frames: 2)));
                var pixels = file.Pixels();

                Assert.Equal(values, pixels.Frame(0).Concat(pixels.Frame(1)));
            }, iter: 20);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    public void Every_predictor_of_lossless_JPEG_is_followed_with_and_without_restarts(int predictor) =>
        Gen.Select(Gen.Int[0, 65535].Array[6 * 4], Gen.Int[0, 3]).Sample((values, restartRows) =>
        {
            var image = DicomSamples.Image(TransferSyntax.JpegLossless, 6, 4, values, isSigned: false);
            image.Dataset.Set(new DicomElement(Tags.PixelData, DicomVr.OB, [new DicomData([]), new DicomData(DicomSamples.LosslessJpeg(values, 6, 4, 16, predictor, restartRows))]));

            Assert.Equal(values, DicomFile.Read(DicomWriter.ToBytes(image)).Pixels().Frame(0));
        }, iter: 30);

    [Fact]
    public void Overlay_bits_above_the_stored_ones_are_no_values()
    {
        var image = DicomSamples.Image(TransferSyntax.ExplicitLittle, 1, 2, [0, 0], 16, 12);
        image.Dataset.Set(new DicomElement(Tags.PixelData, DicomVr.OW, new DicomData([0xFF, 0x1F, 0x01, 0xF8])));

        Assert.Equal([-1, -2047], image.Pixels().Frame(0));
    }

    [Fact]
    public void Large_values_stay_in_their_file_until_they_are_asked_for()
    {
        using var folder = new TemporaryFolder();
        var values = Enumerable.Range(0, 300 * 300).ToArray();
        foreach (var syntax in new[] { TransferSyntax.ExplicitLittle, TransferSyntax.ExplicitBig })
        {
            File.WriteAllBytes(folder["a.dcm"], DicomWriter.ToBytes(DicomSamples.Image(syntax, 300, 300, values, isSigned: false)));

            var file = DicomFile.Read(folder["a.dcm"]);

            Assert.True(file.Dataset[Tags.PixelData]!.Data!.IsLazy);
            Assert.Equal(values.Select(v => v & 0xFFFF), file.Pixels().Frame(0));
        }
    }

    [Fact]
    public void Frames_are_put_together_from_fragments_by_the_offset_table_and_without_one()
    {
        var values = Enumerable.Range(0, 3 * 64).Select(i => i * 37 % 4096).ToArray();
        var frames = values.Chunk(64).Select(f => DicomSamples.LosslessJpeg(f, 8, 8, 16, 1)).ToArray();
        var parts = frames.SelectMany(f => new[] { f[..40], f[40..] }).Select(p => p.Length % 2 == 0 ? p : [.. p, 0]).ToArray();
        var offsets = new List<byte>();
        for (int i = 0, at = 0; i < parts.Length; at += 8 + parts[i++].Length)
            if (i % 2 == 0) offsets.AddRange(BitConverter.GetBytes(at));
        foreach (var table in new[] { offsets.ToArray(), [] })
        {
            var image = DicomSamples.Image(TransferSyntax.JpegLosslessFirst, 8, 8, values, isSigned: false, frames: 3);
            image.Dataset.Set(new DicomElement(Tags.PixelData, DicomVr.OB, [new DicomData(table), .. parts.Select(p => new DicomData(p))]));

            var pixels = DicomFile.Read(DicomWriter.ToBytes(image)).Pixels();

            Assert.Equal(values, Enumerable.Range(0, 3).SelectMany(pixels.Frame));
        }
    }

    private static void AssertSame(DicomDataset a, DicomDataset b)
    {
        Assert.Equal(a.Elements.Count, b.Elements.Count);
        foreach (var (x, y) in a.Elements.OrderBy(e => e.Tag).Zip(b.Elements))
        {
            Assert.Equal((x.Tag, x.Vr), (y.Tag, y.Vr));
            if (x.Items is { } items)
            {
                Assert.Equal(items.Length, y.Items!.Value.Length);
                foreach (var (one, other) in items.Zip(y.Items.Value)) AssertSame(one, other);
            }
            else
            {
                Assert.Equal(x.Data!.Read(), y.Data!.Read());
            }
        }
    }
}
