using System.Buffers.Binary;

namespace Cora.Dicom.Codecs;

/// <summary>Uncompressed pixels: whole bytes, or 1 and 12 bits packed without gaps.</summary>
internal static class NativePixels
{
    /// <summary>Bytes of one frame, the last one perhaps shared with the next.</summary>
    public static long FrameBytes(DicomPixels pixels) => ((long)pixels.FrameSamples * pixels.BitsAllocated + 7) / 8;

    /// <summary>Reads the raw words of a frame.</summary>
    public static int[] Read(DicomPixels pixels, DicomElement element, int frame)
    {
        var frameBits = (long)pixels.FrameSamples * pixels.BitsAllocated;
        var needed = (frameBits * pixels.Frames + 7) / 8;
        var data = element.Data ?? throw new DicomException($"Element {element.Tag} is a sequence, pixels were expected.", "Export the image again.");
        if (data.Length < needed)
        {
            throw DicomException.CutShort(
                $"The pixel data has {data.Length} bytes; {pixels.Frames} frames of {pixels.Rows} x {pixels.Columns} x {pixels.Samples} at {pixels.BitsAllocated} bits need {needed}{(element.DeclaredLength is { } d ? $", and {d} are declared" : "")}.");
        }

        var firstBit = frameBits * frame;
        var bytes = new byte[(firstBit % 8 + frameBits + 7) / 8];
        data.Read(firstBit / 8, bytes);
        var values = new int[pixels.FrameSamples];
        switch (pixels.BitsAllocated)
        {
            case 8:
                for (var i = 0; i < values.Length; i++) values[i] = bytes[i];
                break;
            case 16:
                for (var i = 0; i < values.Length; i++) values[i] = BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(2 * i));
                break;
            case 32:
                for (var i = 0; i < values.Length; i++) values[i] = BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(4 * i));
                break;
            default:
                for (var i = 0; i < values.Length; i++) values[i] = Bits(bytes, firstBit % 8 + (long)i * pixels.BitsAllocated, pixels.BitsAllocated);
                break;
        }

        if (pixels is { IsPlanar: true, Samples: > 1 }) Interleave(values, pixels.Samples);
        return values;
    }

    /// <summary>Turns planes of samples into samples that lie together.</summary>
    private static void Interleave(Span<int> values, int samples)
    {
        var planes = values.ToArray();
        var count = values.Length / samples;
        for (var i = 0; i < count; i++)
            for (var s = 0; s < samples; s++) values[i * samples + s] = planes[s * count + i];
    }

    private static int Bits(ReadOnlySpan<byte> bytes, long at, int count)
    {
        var result = 0;
        for (var i = 0; i < count; i++)
        {
            var bit = at + i;
            result |= ((bytes[(int)(bit >> 3)] >> (int)(bit & 7)) & 1) << i;
        }

        return result;
    }
}
