using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;

namespace Cora.Imaging;

/// <summary>Where a field stands in headers of version 1 and 2, and its kind: h, i, l = signed 16, 32, 64 bits; f, d = single, double; b = byte.</summary>
internal readonly record struct NiftiField(int Offset1, char Kind1, int Offset2, char Kind2);

/// <summary>The bytes of a NIfTI header of either version and byte order, read and written by field.</summary>
internal sealed class NiftiFields(byte[] bytes, int version, bool isBigEndian)
{
    public const int Version1Bytes = 348;
    public const int Version2Bytes = 540;

    public static readonly NiftiField HeaderBytes = new(0, 'i', 0, 'i');
    public static readonly NiftiField Dim = new(40, 'h', 16, 'l');
    public static readonly NiftiField IntentCode = new(68, 'h', 504, 'i');
    public static readonly NiftiField DataType = new(70, 'h', 12, 'h');
    public static readonly NiftiField BitsPerVoxel = new(72, 'h', 14, 'h');
    public static readonly NiftiField PixDim = new(76, 'f', 104, 'd');
    public static readonly NiftiField VoxelOffset = new(108, 'f', 168, 'l');
    public static readonly NiftiField Slope = new(112, 'f', 176, 'd');
    public static readonly NiftiField Intercept = new(116, 'f', 184, 'd');
    public static readonly NiftiField Units = new(123, 'b', 500, 'i');
    public static readonly NiftiField QformCode = new(252, 'h', 344, 'i');
    public static readonly NiftiField SformCode = new(254, 'h', 348, 'i');
    public static readonly NiftiField Quaternion = new(256, 'f', 352, 'd');
    public static readonly NiftiField QformOffset = new(268, 'f', 376, 'd');
    public static readonly NiftiField SformRows = new(280, 'f', 400, 'd');

    /// <summary>Where text fields begin, and how long they are.</summary>
    private static readonly (int Offset1, int Offset2, int Length) DescriptionPlace = (148, 240, 80);
    private static readonly (int Offset1, int Offset2, int Length) IntentNamePlace = (328, 508, 16);
    private static readonly (int Offset1, int Offset2) MagicPlace = (344, 4);

    public static NiftiFields Create(int version)
    {
        var fields = new NiftiFields(new byte[version == 1 ? Version1Bytes : Version2Bytes], version, !BitConverter.IsLittleEndian);
        fields.Set(HeaderBytes, fields.Bytes.Length);
        MagicOf(version).CopyTo(fields.Bytes.AsSpan(version == 1 ? MagicPlace.Offset1 : MagicPlace.Offset2));
        return fields;
    }

    public byte[] Bytes => bytes;

    public int Version => version;

    public bool IsBigEndian => isBigEndian;

    public string Description { get => Text(DescriptionPlace); set => SetText(DescriptionPlace, value); }

    public string IntentName { get => Text(IntentNamePlace); set => SetText(IntentNamePlace, value); }

    /// <summary>The magic bytes: 4 in version 1, 8 in version 2.</summary>
    public ReadOnlySpan<byte> Magic => version == 1 ? bytes.AsSpan(MagicPlace.Offset1, 4) : bytes.AsSpan(MagicPlace.Offset2, 8);

    /// <summary>The magic of a single file with header and voxels.</summary>
    public static ReadOnlySpan<byte> MagicOf(int version) => version == 1 ? "n+1\0"u8 : "n+2\0\r\n\x1A\n"u8;

    /// <summary>A whole-number field, or member <paramref name="index"/> of a row of them.</summary>
    public long Integer(NiftiField field, int index = 0)
    {
        var place = Place(field, index, out var kind);
        return kind switch
        {
            'b' => place[0],
            'h' => isBigEndian ? BinaryPrimitives.ReadInt16BigEndian(place) : BinaryPrimitives.ReadInt16LittleEndian(place),
            'i' => isBigEndian ? BinaryPrimitives.ReadInt32BigEndian(place) : BinaryPrimitives.ReadInt32LittleEndian(place),
            'l' => isBigEndian ? BinaryPrimitives.ReadInt64BigEndian(place) : BinaryPrimitives.ReadInt64LittleEndian(place),
            _ => throw new ArgumentException("This field holds a real number.", nameof(field)),
        };
    }

    /// <summary>A field as a real number; whole numbers beyond 2^53 lose their last digits.</summary>
    public double Real(NiftiField field, int index = 0)
    {
        var place = Place(field, index, out var kind);
        return kind switch
        {
            'f' => isBigEndian ? BinaryPrimitives.ReadSingleBigEndian(place) : BinaryPrimitives.ReadSingleLittleEndian(place),
            'd' => isBigEndian ? BinaryPrimitives.ReadDoubleBigEndian(place) : BinaryPrimitives.ReadDoubleLittleEndian(place),
            _ => Integer(field, index),
        };
    }

    /// <summary>Stores a number; only in headers of this machine's byte order, as <see cref="Create"/> makes them.</summary>
    public void Set(NiftiField field, double value, int index = 0)
    {
        var place = Place(field, index, out var kind);
        switch (kind)
        {
            case 'b': place[0] = checked((byte)value); break;
            case 'h': MemoryMarshal.Write(place, checked((short)value)); break;
            case 'i': MemoryMarshal.Write(place, checked((int)value)); break;
            case 'l': MemoryMarshal.Write(place, checked((long)value)); break;
            case 'f': MemoryMarshal.Write(place, (float)value); break;
            default: MemoryMarshal.Write(place, value); break;
        }
    }

    private Span<byte> Place(NiftiField field, int index, out char kind)
    {
        kind = version == 1 ? field.Kind1 : field.Kind2;
        var length = kind switch { 'b' => 1, 'h' => 2, 'i' or 'f' => 4, _ => 8 };
        return bytes.AsSpan((version == 1 ? field.Offset1 : field.Offset2) + index * length, length);
    }

    private string Text((int Offset1, int Offset2, int Length) place)
    {
        var text = bytes.AsSpan(version == 1 ? place.Offset1 : place.Offset2, place.Length);
        var end = text.IndexOf((byte)0);
        return Encoding.Latin1.GetString(end < 0 ? text : text[..end]);
    }

    private void SetText((int Offset1, int Offset2, int Length) place, string value)
    {
        var latin = Encoding.Latin1.GetBytes(value);
        latin.AsSpan(0, Math.Min(latin.Length, place.Length - 1)).CopyTo(bytes.AsSpan(version == 1 ? place.Offset1 : place.Offset2));
    }
}
