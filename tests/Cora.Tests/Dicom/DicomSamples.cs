using System.Buffers.Binary;
using Cora.Dicom;

namespace Cora.Tests.Dicom;

/// <summary>DICOM files that the tests write themselves, and encoders of the simple codecs.</summary>
internal static class DicomSamples
{
    public static readonly TransferSyntax[] Plain = [TransferSyntax.ImplicitLittle, TransferSyntax.ExplicitLittle, TransferSyntax.ExplicitBig, TransferSyntax.Deflated];

    /// <summary>A CT slice with the given stored values.</summary>
    public static DicomFile Image(TransferSyntax syntax, int rows, int columns, int[] stored, int bitsAllocated = 16, int bitsStored = 16, bool isSigned = true, int samples = 1, int frames = 1)
    {
        var set = new DicomDataset();
        set.Set(Tags.SopClassUid, DicomVr.UI, "1.2.840.10008.5.1.4.1.1.2");
        set.Set(Tags.SopInstanceUid, DicomVr.UI, "2.25.4711");
        set.Set(Tags.Modality, DicomVr.CS, "CT");
        set.Set(Tags.SamplesPerPixel, DicomVr.US, samples);
        set.Set(Tags.PhotometricInterpretation, DicomVr.CS, samples == 1 ? "MONOCHROME2" : "RGB");
        if (frames > 1) set.Set(Tags.NumberOfFrames, DicomVr.IS, frames);
        set.Set(Tags.Rows, DicomVr.US, rows);
        set.Set(Tags.Columns, DicomVr.US, columns);
        set.Set(Tags.BitsAllocated, DicomVr.US, bitsAllocated);
        set.Set(Tags.BitsStored, DicomVr.US, bitsStored);
        set.Set(Tags.HighBit, DicomVr.US, bitsStored - 1);
        set.Set(Tags.PixelRepresentation, DicomVr.US, isSigned ? 1 : 0);
        var element = syntax.IsEncapsulated
            ? new DicomElement(Tags.PixelData, DicomVr.OB, [new DicomData([]), .. stored.Chunk(rows * columns * samples).Select(f => new DicomData(Packed(syntax, f, rows, columns, samples, bitsAllocated, bitsStored)))])
            : new DicomElement(Tags.PixelData, bitsAllocated == 8 ? DicomVr.OB : DicomVr.OW, new DicomData(Raw(stored, bitsAllocated, bitsStored)));
        set.Set(element);
        return new(set, syntax);
    }

    /// <summary>The stored values as little-endian words, or as packed bits.</summary>
    public static byte[] Raw(int[] stored, int bitsAllocated, int bitsStored)
    {
        var mask = bitsStored == 32 ? -1 : (1 << bitsStored) - 1;
        var bytes = new byte[((long)stored.Length * bitsAllocated + 15) / 16 * 2];
        for (var i = 0; i < stored.Length; i++)
            for (var bit = 0; bit < bitsStored; bit++)
                if (((stored[i] & mask) >> bit & 1) == 1) bytes[(i * bitsAllocated + bit) / 8] |= (byte)(1 << ((i * bitsAllocated + bit) % 8));
        return bytes;
    }

    private static byte[] Packed(TransferSyntax syntax, int[] frame, int rows, int columns, int samples, int bitsAllocated, int bitsStored) =>
        syntax == TransferSyntax.Rle ? Rle(frame, samples, bitsAllocated, bitsStored) : LosslessJpeg(frame, rows, columns, bitsStored, predictor: 1);

    /// <summary>Run lengths: every run of equal bytes as a run, everything else as it is.</summary>
    public static byte[] Rle(int[] frame, int samples, int bitsAllocated, int bitsStored)
    {
        var result = new MemoryStream();
        var header = new byte[64];
        var count = samples * bitsAllocated / 8;
        BinaryPrimitives.WriteInt32LittleEndian(header, count);
        result.Write(header);
        for (var segment = 0; segment < count; segment++)
        {
            BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(4 + 4 * segment), (int)result.Length);
            var (sample, shift) = (segment / (bitsAllocated / 8), bitsAllocated - 8 - 8 * (segment % (bitsAllocated / 8)));
            var plane = frame.Where((_, i) => i % samples == sample).Select(v => (byte)((v & ((1L << bitsStored) - 1)) >> shift)).ToArray();
            for (var i = 0; i < plane.Length;)
            {
                var run = 1;
                while (i + run < plane.Length && run < 128 && plane[i + run] == plane[i]) run++;
                if (run > 1) result.Write([(byte)(1 - run), plane[i]]);
                else result.Write([0, plane[i]]);
                i += run;
            }

            if (result.Length % 2 == 1) result.WriteByte(0);
        }

        var bytes = result.ToArray();
        header.CopyTo(bytes, 0);
        return bytes;
    }

    /// <summary>Lossless JPEG of one component with any predictor; each size of difference has a code of five bits.</summary>
    public static byte[] LosslessJpeg(int[] frame, int rows, int columns, int bits, int predictor, int restartRows = 0)
    {
        var result = new List<byte> { 0xFF, 0xD8, 0xFF, 0xC3, 0, 11, (byte)bits, (byte)(rows >> 8), (byte)rows, (byte)(columns >> 8), (byte)columns, 1, 1, 0x11, 0 };
        result.AddRange([0xFF, 0xC4, 0, 19 + 17, 0, 0, 0, 0, 0, 17, .. new byte[11], .. Enumerable.Range(0, 17).Select(i => (byte)i)]);
        var restart = restartRows * columns;
        if (restart > 0) result.AddRange([0xFF, 0xDD, 0, 4, (byte)(restart >> 8), (byte)restart]);
        result.AddRange([0xFF, 0xDA, 0, 8, 1, 1, 0, (byte)predictor, 0, 0]);
        var (hold, held, restarts) = (0, 0, 0);
        void Put(int value, int count)
        {
            for (var i = count - 1; i >= 0; i--)
            {
                hold = (hold << 1) | ((value >> i) & 1);
                if (++held < 8) continue;
                result.Add((byte)hold);
                if ((byte)hold == 0xFF) result.Add(0);
                (hold, held) = (0, 0);
            }
        }

        var mask = (1 << bits) - 1;
        for (var row = 0; row < rows; row++)
        {
            var isFirst = row == 0 || (restartRows > 0 && row % restartRows == 0);
            if (isFirst && row > 0)
            {
                while (held > 0) Put(1, 1);
                result.AddRange([0xFF, (byte)(0xD0 + restarts++ % 8)]);
            }

            for (var x = 0; x < columns; x++)
            {
                int At(int dx, int dy) => frame[(row + dy) * columns + x + dx] & mask;
                var predicted = isFirst ? x == 0 ? 1 << (bits - 1) : At(-1, 0) : x == 0 ? At(0, -1) : predictor switch
                {
                    1 => At(-1, 0), 2 => At(0, -1), 3 => At(-1, -1), 4 => At(-1, 0) + At(0, -1) - At(-1, -1),
                    5 => At(-1, 0) + ((At(0, -1) - At(-1, -1)) >> 1), 6 => At(0, -1) + ((At(-1, 0) - At(-1, -1)) >> 1), _ => (At(-1, 0) + At(0, -1)) >> 1,
                };
                int difference = (short)(At(0, 0) - predicted);
                var size = difference == short.MinValue ? 16 : 32 - int.LeadingZeroCount(Math.Abs(difference));
                Put(size, 5);
                if (size < 16) Put(difference < 0 ? difference - 1 : difference, size);
            }
        }

        while (held > 0) Put(1, 1);
        return [.. result, 0xFF, 0xD9];
    }
}
