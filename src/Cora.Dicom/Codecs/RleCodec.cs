using System.Buffers.Binary;

namespace Cora.Dicom.Codecs;

/// <summary>Run lengths, one segment a byte of a sample, high bytes first (PS3.5 annex G).</summary>
internal sealed class RleCodec : IPixelCodec
{
    private const int HeaderBytes = 64;

    public int[] Decode(byte[] frame, DicomPixels pixels)
    {
        var bytesPerSample = pixels.BitsAllocated / 8;
        if (pixels.BitsAllocated % 8 != 0) throw new DicomException($"RLE with {pixels.BitsAllocated} bits a sample is not possible.", "Export the image again.");
        if (frame.Length < HeaderBytes) throw PixelCodecs.Damaged("RLE", $"{frame.Length} bytes hold no header");
        var segments = BinaryPrimitives.ReadInt32LittleEndian(frame);
        if (segments != pixels.Samples * bytesPerSample)
            throw PixelCodecs.Damaged("RLE", $"it has {segments} segments, expected {pixels.Samples * bytesPerSample}");
        var count = pixels.Rows * pixels.Columns;

        // Two bytes make 128 at most: a header that promises more asks for memory in vain.
        if ((long)count * segments > (long)frame.Length * 64) throw PixelCodecs.Damaged("RLE", $"{frame.Length} bytes cannot hold {count} pixels");
        var values = new int[pixels.FrameSamples];
        var plane = new byte[count];
        for (var segment = 0; segment < segments; segment++)
        {
            var start = BinaryPrimitives.ReadUInt32LittleEndian(frame.AsSpan(4 + 4 * segment));
            var end = segment + 1 < segments ? BinaryPrimitives.ReadUInt32LittleEndian(frame.AsSpan(8 + 4 * segment)) : (uint)frame.Length;
            if (start < HeaderBytes || start > end || end > frame.Length) throw PixelCodecs.Damaged("RLE", $"segment {segment} lies from byte {start} to {end} of {frame.Length}");
            Unpack(frame.AsSpan((int)start..(int)end), plane);
            var (sample, shift) = (segment / bytesPerSample, 8 * (bytesPerSample - 1 - segment % bytesPerSample));
            for (var i = 0; i < count; i++) values[i * pixels.Samples + sample] |= plane[i] << shift;
        }

        return values;
    }

    private static void Unpack(ReadOnlySpan<byte> packed, Span<byte> plane)
    {
        var (from, to) = (0, 0);
        while (to < plane.Length)
        {
            if (from >= packed.Length) throw PixelCodecs.Damaged("RLE", $"a segment ends after {to} of {plane.Length} pixels");
            var control = (sbyte)packed[from++];
            if (control == -128) continue;
            var count = Math.Min(control >= 0 ? control + 1 : 1 - control, plane.Length - to);
            if (from + (control >= 0 ? count : 1) > packed.Length) throw PixelCodecs.Damaged("RLE", $"a run reaches beyond its segment at pixel {to}");
            if (control >= 0)
            {
                packed.Slice(from, count).CopyTo(plane[to..]);
                from += control + 1;
            }
            else
            {
                plane.Slice(to, count).Fill(packed[from++]);
            }

            to += count;
        }
    }
}
