using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Cora;

/// <summary>An array from a NumPy file, in C order. Numbers of any stored type are given as doubles (exact up to 2^53).</summary>
public sealed partial record NpyArray(string DataType, int[] Shape, double[] Values)
{
    /// <summary>The values as single precision.</summary>
    public float[] ToSingles() => Array.ConvertAll(Values, v => (float)v);

    /// <summary>The values as bytes, for masks.</summary>
    public byte[] ToBytes() => Array.ConvertAll(Values, v => (byte)v);

    /// <summary>Reads version 1 to 3 of the format: little endian, C order, real numbers or booleans.</summary>
    /// <exception cref="CoraException">The file is not such an array, or is cut short.</exception>
    public static NpyArray Read(string path)
    {
        var bytes = File.ReadAllBytes(path);
        CoraException Refuse(string why) => new($"{path}: {why}", "Save it with numpy.save as a little-endian array of real numbers in C order.");
        if (bytes.Length < 12 || bytes[0] != 0x93 || !bytes.AsSpan(1, 5).SequenceEqual("NUMPY"u8)) throw Refuse("this is not a NumPy .npy file.");
        var version = bytes[6];
        var (headerStart, headerLength) = version == 1
            ? (10, BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(8)))
            : (12, (int)BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(8)));
        if (headerLength < 0 || headerStart + (long)headerLength > bytes.Length) throw Refuse("the header is cut short.");
        var header = Encoding.UTF8.GetString(bytes, headerStart, headerLength);
        var type = DescrPattern().Match(header).Groups[1].Value;
        if (header.Contains("'fortran_order': True", StringComparison.Ordinal)) throw Refuse("the array is in Fortran order.");
        var shape = ShapePattern().Match(header).Groups[1].Value
            .Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            .Select(s => int.Parse(s, CultureInfo.InvariantCulture)).ToArray();
        var count = shape.Aggregate(1L, (a, b) => a * b);
        var (size, read) = Reader(type) ?? throw Refuse($"numbers of type {type} are not read.");
        var data = bytes.AsSpan(headerStart + headerLength);
        if (data.Length < count * size) throw Refuse("the data are cut short.");
        var values = new double[count];
        for (var i = 0; i < values.Length; i++) values[i] = read(bytes, headerStart + headerLength + i * size);
        return new(type, shape, values);
    }

    private static (int Size, Func<byte[], int, double> Read)? Reader(string type) => type switch
    {
        "|u1" or "|b1" => (1, (b, i) => b[i]),
        "|i1" => (1, (b, i) => (sbyte)b[i]),
        "<u2" => (2, (b, i) => BitConverter.ToUInt16(b, i)),
        "<i2" => (2, (b, i) => BitConverter.ToInt16(b, i)),
        "<u4" => (4, (b, i) => BitConverter.ToUInt32(b, i)),
        "<i4" => (4, (b, i) => BitConverter.ToInt32(b, i)),
        "<u8" => (8, (b, i) => BitConverter.ToUInt64(b, i)),
        "<i8" => (8, (b, i) => BitConverter.ToInt64(b, i)),
        "<f4" => (4, (b, i) => BitConverter.ToSingle(b, i)),
        "<f8" => (8, (b, i) => BitConverter.ToDouble(b, i)),
        _ => null,
    };

    [GeneratedRegex("'descr':\\s*'([^']*)'")]
    private static partial Regex DescrPattern();

    [GeneratedRegex("'shape':\\s*\\(([^)]*)\\)")]
    private static partial Regex ShapePattern();
}
