using Cora.Dicom.Codecs;

namespace Cora.Dicom;

/// <summary>The pixels of a file: how they are described, and their frames as stored values (before slope and intercept).</summary>
public sealed class DicomPixels
{
    /// <summary>A frame of more samples is refused, since its header alone would take the memory.</summary>
    private const long MostSamples = 1L << 26;

    private readonly DicomElement element;
    private readonly DicomDataset dataset;

    private DicomPixels(DicomElement element, DicomDataset dataset, TransferSyntax syntax) => (this.element, this.dataset, Syntax) = (element, dataset, syntax);

    /// <summary>How the pixels are coded.</summary>
    public TransferSyntax Syntax { get; }

    /// <summary>Rows of a frame.</summary>
    public required int Rows { get; init; }

    /// <summary>Columns of a frame.</summary>
    public required int Columns { get; init; }

    /// <summary>Frames in the file.</summary>
    public required int Frames { get; init; }

    /// <summary>1 for grey values, 3 for colours.</summary>
    public required int Samples { get; init; }

    /// <summary>Bits that a sample takes in the file.</summary>
    public required int BitsAllocated { get; init; }

    /// <summary>Bits of a sample that mean something.</summary>
    public required int BitsStored { get; init; }

    /// <summary>The highest of them, counted from 0.</summary>
    public required int HighBit { get; init; }

    /// <summary>Whether the stored bits are a two's complement.</summary>
    public required bool IsSigned { get; init; }

    /// <summary>Whether colours lie plane by plane in uncompressed files.</summary>
    public required bool IsPlanar { get; init; }

    /// <summary>MONOCHROME1, MONOCHROME2, RGB, PALETTE COLOR, YBR_FULL, …</summary>
    public required string Photometric { get; init; }

    /// <summary>Numbers in one frame: rows times columns times samples.</summary>
    public int FrameSamples => Rows * Columns * Samples;

    internal static DicomPixels Of(DicomFile file)
    {
        var dataset = file.Dataset;
        var element = dataset[Tags.PixelData];
        if (element is null)
        {
            throw dataset.Has(Tags.FloatPixelData) || dataset.Has(Tags.DoubleFloatPixelData)
                ? new DicomException("The pixels are floating-point numbers, which no CT scanner writes.", "Leave the file out.")
                : new DicomException("The file has no pixel data.", "Leave it out: it is a report, plan or other object without an image.");
        }

        var bits = Whole(dataset, Tags.BitsAllocated, 1, 32);
        var stored = dataset.Has(Tags.BitsStored) ? Whole(dataset, Tags.BitsStored, 1, bits) : bits;
        var pixels = new DicomPixels(element, dataset, file.Syntax)
        {
            Rows = Whole(dataset, Tags.Rows, 1, ushort.MaxValue),
            Columns = Whole(dataset, Tags.Columns, 1, ushort.MaxValue),
            Frames = dataset.Number(Tags.NumberOfFrames) is null ? 1 : Whole(dataset, Tags.NumberOfFrames, 1, 1_000_000),
            Samples = dataset.Has(Tags.SamplesPerPixel) ? Whole(dataset, Tags.SamplesPerPixel, 1, 4) : 1,
            BitsAllocated = bits,
            BitsStored = stored,
            HighBit = dataset.Has(Tags.HighBit) ? Whole(dataset, Tags.HighBit, stored - 1, bits - 1) : stored - 1,
            IsSigned = dataset.Has(Tags.PixelRepresentation) && Whole(dataset, Tags.PixelRepresentation, 0, 1) == 1,
            IsPlanar = dataset.Integer(Tags.PlanarConfiguration) == 1,
            Photometric = dataset.Text(Tags.PhotometricInterpretation) ?? "MONOCHROME2",
        };
        if (bits is not (1 or 8 or 12 or 16 or 32)) throw new DicomException($"A sample takes {bits} bits, expected 1, 8, 12, 16 or 32.", "Export the image again as CT Image Storage.");
        if ((long)pixels.Rows * pixels.Columns * pixels.Samples > MostSamples)
            throw new DicomException($"A frame has {pixels.Rows} x {pixels.Columns} x {pixels.Samples} samples, at most {MostSamples} are read.", "Leave the file out: no CT has such frames.");
        return pixels;
    }

    /// <summary>The stored values of a frame, row by row, colours together.</summary>
    /// <exception cref="DicomException">The pixels are cut short, damaged, or coded in a way that cannot be read.</exception>
    public int[] Frame(int frame)
    {
        if (frame < 0 || frame >= Frames) throw new ArgumentOutOfRangeException(nameof(frame));
        if (element.Fragments is null && Syntax.IsEncapsulated && element.Data is { } plain && plain.Length < NativePixels.FrameBytes(this))
            throw DicomException.CutShort($"{Syntax} promises compressed pixels; {plain.Length} bytes without fragments are there.");
        if (element.Fragments is null)
        {
            var values = NativePixels.Read(this, element, frame);
            Finish(values, HighBit + 1 - BitsStored);
            return values;
        }

        if (!Syntax.IsEncapsulated) throw new DicomException($"The pixels lie in fragments, which {Syntax} does not have.", "Export the image again.");
        var codec = PixelCodecs.For(Syntax);
        var bytes = FrameFragments.Of(element, dataset, Frames, frame);
        var decoded = codec.Decode(bytes, this);
        Finish(decoded, codec is RleCodec ? HighBit + 1 - BitsStored : 0);
        return decoded;
    }

    /// <summary>Leaves the stored bits alone and gives them their sign: what lies in the other bits are overlays of old scanners.</summary>
    private void Finish(Span<int> values, int shift)
    {
        if (BitsStored == 32)
        {
            if (!IsSigned && values.ContainsAnyInRange(int.MinValue, -1)) throw new DicomException("Unsigned values of 32 bits beyond 2147483647 are not read.", "Leave the file out: no CT has such values.");
            return;
        }

        var mask = (1 << BitsStored) - 1;
        var sign = IsSigned ? 1 << (BitsStored - 1) : 0;
        foreach (ref var value in values)
        {
            var bits = (value >> shift) & mask;
            value = (bits ^ sign) - sign;
        }
    }

    private static int Whole(DicomDataset dataset, DicomTag tag, int low, int high)
    {
        var value = dataset.Integer(tag) ?? throw new DicomException($"Element {tag} is missing or no whole number; it describes the pixels.", "Export the image again.");
        if (value < low || value > high) throw new DicomException($"Element {tag} is {value}, expected {low} to {high}.", "The header is damaged: export the image again.");
        return value;
    }
}
