using System.Buffers.Binary;

namespace Cora.Dicom.Codecs;

/// <summary>Which fragments make a frame (PS3.5 annex A.4).</summary>
internal static class FrameFragments
{
    /// <summary>The bytes of one frame, its fragments put together.</summary>
    public static byte[] Of(DicomElement element, DicomDataset dataset, int frames, int frame)
    {
        var fragments = element.Fragments!.Value;
        var count = fragments.Length - 1;
        if (element.DeclaredLength is { } declared) throw DicomException.CutShort($"A fragment of pixels says {declared} bytes, the file ends before.");
        if (count < 1) throw DicomException.CutShort("The compressed pixels have no fragment.");
        var (first, last) = frames == 1 ? (0, count) : count == frames ? (frame, frame + 1) : Range([.. fragments.Skip(1)], Offsets(fragments[0], dataset), frames, frame);
        var total = 0L;
        for (var i = first; i < last; i++) total += fragments[i + 1].Length;
        if (total > Array.MaxLength) throw new DicomException($"A frame has {total} bytes of compressed pixels.", "Leave the file out: no CT has such frames.");
        var bytes = new byte[total];
        var at = 0;
        for (var i = first; i < last; i++)
        {
            fragments[i + 1].Read(0, bytes.AsSpan(at, (int)fragments[i + 1].Length));
            at += (int)fragments[i + 1].Length;
        }

        return bytes;
    }

    private static (int First, int Last) Range(DicomData[] fragments, ulong[] offsets, int frames, int frame)
    {
        var starts = new List<int>();
        var position = 0UL;
        Span<byte> two = stackalloc byte[2];
        for (var i = 0; i < fragments.Length; i++)
        {
            // Without a table a frame begins where a fragment begins with a start of image (JPEG, JPEG-LS) or of codestream (JPEG 2000).
            if (offsets.Length == frames)
            {
                if (Array.BinarySearch(offsets, position) >= 0) starts.Add(i);
            }
            else if (fragments[i].Length >= 2)
            {
                fragments[i].Read(0, two);
                if (two is [0xFF, 0xD8] or [0xFF, 0x4F]) starts.Add(i);
            }

            position += 8 + (ulong)fragments[i].Length;
        }

        if (starts.Count != frames || starts[0] != 0)
            throw new DicomException($"{fragments.Length} fragments of pixels cannot be assigned to {frames} frames.", "Convert the file to an uncompressed transfer syntax with a DICOM tool.");
        return (starts[frame], frame + 1 < frames ? starts[frame + 1] : fragments.Length);
    }

    private static ulong[] Offsets(DicomData basic, DicomDataset dataset)
    {
        var isExtended = dataset[Tags.ExtendedOffsetTable]?.Data is { Length: > 0 };
        var bytes = (isExtended ? dataset[Tags.ExtendedOffsetTable]!.Data! : basic).Read();
        var unit = isExtended ? 8 : 4;
        var offsets = new ulong[bytes.Length / unit];
        for (var i = 0; i < offsets.Length; i++)
            offsets[i] = isExtended ? BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(8 * i)) : BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(4 * i));
        return offsets;
    }
}
