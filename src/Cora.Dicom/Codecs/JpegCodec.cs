using JpegLibrary;

namespace Cora.Dicom.Codecs;

/// <summary>JPEG baseline, and extended with 8 or 12 bits, by JpegLibrary behind checks of our own.</summary>
internal sealed class JpegCodec : IPixelCodec
{
    /// <summary>A frame needs as many scans as colours; a stream with thousands would only keep the machine busy.</summary>
    private const int MostScans = 8;

    public int[] Decode(byte[] frame, DicomPixels pixels)
    {
        if (Count(frame, 0xDA) > MostScans) throw PixelCodecs.Damaged("JPEG", $"it has more than {MostScans} scans");
        var decoder = new JpegDecoder();
        try
        {
            decoder.SetInput(frame);
            decoder.Identify(loadQuantizationTables: false);
            if (decoder.Width != pixels.Columns || decoder.Height != pixels.Rows || decoder.NumberOfComponents != pixels.Samples)
            {
                throw PixelCodecs.Damaged(
                    "JPEG", $"it holds {decoder.Height} x {decoder.Width} x {decoder.NumberOfComponents} samples, the header says {pixels.Rows} x {pixels.Columns} x {pixels.Samples}");
            }

            // A block of 64 samples takes two bits at least.
            if (decoder.StartOfFrame is not (JpegMarker.StartOfFrame0 or JpegMarker.StartOfFrame1))
                throw PixelCodecs.Damaged("JPEG", "it is coded by a process that its transfer syntax does not allow");
            if (pixels.FrameSamples > (long)frame.Length * 256) throw PixelCodecs.Damaged("JPEG", $"{frame.Length} bytes cannot hold the frame");
            if (decoder.Precision is not (8 or 12)) throw PixelCodecs.Damaged("JPEG", $"its samples have {decoder.Precision} bits");
            var values = new int[pixels.FrameSamples];
            decoder.SetOutputWriter(new Blocks(values, pixels, (1 << decoder.Precision) - 1));
            decoder.Decode();
            return values;
        }
        catch (Exception problem) when (problem is not (DicomException or OutOfMemoryException))
        {
            throw PixelCodecs.Damaged("JPEG", "the decoder cannot follow it", problem);
        }
    }

    private static int Count(ReadOnlySpan<byte> bytes, byte marker)
    {
        var count = 0;
        for (var i = 0; i + 1 < bytes.Length; i++)
            if (bytes[i] == 0xFF && bytes[i + 1] == marker) count++;
        return count;
    }

    /// <summary>Takes blocks of 8 by 8 as they are decoded; those at the right and lower edge reach beyond the frame.</summary>
    private sealed class Blocks(int[] values, DicomPixels pixels, int most) : JpegBlockOutputWriter
    {
        public override void WriteBlock(ref short blockRef, int componentIndex, int x, int y)
        {
            var block = System.Runtime.InteropServices.MemoryMarshal.CreateReadOnlySpan(ref blockRef, 64);
            var (width, height) = (Math.Min(8, pixels.Columns - x), Math.Min(8, pixels.Rows - y));
            for (var row = 0; row < height; row++)
            {
                for (var column = 0; column < width; column++)
                {
                    var value = block[8 * row + column];
                    values[((y + row) * pixels.Columns + x + column) * pixels.Samples + componentIndex] = Math.Clamp((int)value, 0, most);
                }
            }
        }
    }
}
