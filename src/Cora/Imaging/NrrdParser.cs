using System.Text.RegularExpressions;

namespace Cora.Imaging;

/// <summary>Reads the header of an NRRD file, attached (.nrrd) or detached (.nhdr with a data file beside it).</summary>
/// <remarks>A file with voxel sizes but no space says nothing about the patient; like other readers we take its axes as LPS from 0.</remarks>
internal static partial class NrrdParser
{
    public static ReadOnlySpan<byte> Magic => "NRRD000"u8;

    public static VolumeLayout Read(string path)
    {
        var header = TextHeader.Read(path, "NRRD", ParseLine, line => line.Length == 0);
        var type = Type(header);
        var encoding = Encoding(header);
        var geometry = Grid(header);
        var dataName = header.Find("data file", "datafile");
        var dataFile = path;
        if (dataName is not null)
        {
            if (dataName.StartsWith("LIST", StringComparison.Ordinal) || dataName.Contains('%', StringComparison.Ordinal))
                throw header.Refuse($"the voxels are spread over several files (\"{dataName}\"), one was expected.", "Export the volume to one file.");
            dataFile = header.Neighbour(dataName);
        }

        var layout = new VolumeLayout
        {
            File = path,
            DataFile = dataFile,
            Format = "NRRD",
            Geometry = geometry,
            Type = type,
            IsBigEndian = encoding == DataEncoding.Text ? !BitConverter.IsLittleEndian : IsBigEndian(header, type),
            Encoding = encoding,
            Start = SkipLines(header, dataFile, dataName is null ? header.DataStart : 0),
        };
        return WithByteSkip(header, layout).Checked();
    }

    private static (string Name, string Value)? ParseLine(string line)
    {
        // "name: value" is a field, "key:=value" somebody's note, "#" a comment.
        var colon = line.IndexOf(':', StringComparison.Ordinal);
        return colon < 1 || line[0] == '#' || (colon + 1 < line.Length && line[colon + 1] == '=') ? null : (line[..colon], line[(colon + 1)..]);
    }

    private static StoredType Type(TextHeader header)
    {
        var name = header.Require("type");
        return name.ToUpperInvariant() switch
        {
            "SIGNED CHAR" or "INT8" or "INT8_T" => StoredType.Int8,
            "UCHAR" or "UNSIGNED CHAR" or "UINT8" or "UINT8_T" => StoredType.UInt8,
            "SHORT" or "SHORT INT" or "SIGNED SHORT" or "SIGNED SHORT INT" or "INT16" or "INT16_T" => StoredType.Int16,
            "USHORT" or "UNSIGNED SHORT" or "UNSIGNED SHORT INT" or "UINT16" or "UINT16_T" => StoredType.UInt16,
            "INT" or "SIGNED INT" or "INT32" or "INT32_T" => StoredType.Int32,
            "UINT" or "UNSIGNED INT" or "UINT32" or "UINT32_T" => StoredType.UInt32,
            "LONGLONG" or "LONG LONG" or "LONG LONG INT" or "SIGNED LONG LONG" or "SIGNED LONG LONG INT" or "INT64" or "INT64_T" => StoredType.Int64,
            "ULONGLONG" or "UNSIGNED LONG LONG" or "UNSIGNED LONG LONG INT" or "UINT64" or "UINT64_T" => StoredType.UInt64,
            "FLOAT" => StoredType.Float32,
            "DOUBLE" => StoredType.Float64,
            _ => throw header.Refuse($"voxels are of type \"{name}\", expected whole or real numbers of 8 to 64 bits.", "Convert the volume to a scalar type, for example short."),
        };
    }

    private static DataEncoding Encoding(TextHeader header)
    {
        var name = header.Require("encoding");
        return name.ToUpperInvariant() switch
        {
            "RAW" => DataEncoding.Raw,
            "GZIP" or "GZ" => DataEncoding.Gzip,
            "ASCII" or "TEXT" or "TXT" => DataEncoding.Text,
            _ => throw header.Refuse($"the encoding is \"{name}\", expected raw, gzip or ascii.", "Save the volume again with gzip compression or none."),
        };
    }

    private static bool IsBigEndian(TextHeader header, StoredType type)
    {
        if (type.Bytes() == 1) return false;
        var order = header.Require("endian");
        return order.ToUpperInvariant() switch
        {
            "LITTLE" => false,
            "BIG" => true,
            _ => throw header.Refuse($"endian is \"{order}\", expected little or big.", "Repair the header, or export the file again."),
        };
    }

    private static Geometry Grid(TextHeader header)
    {
        var dimension = (int)header.Whole("dimension", header.Require("dimension"), 1, 16);
        var sizes = header.Lengths("sizes", dimension);
        var space = header.Find("space");
        var directions = header.Find("space directions");
        if (space is null && directions is null) return GridOfSpacings(header, sizes);
        if (space is null || directions is null) throw header.Refuse("\"space\" and \"space directions\" must both be there.", "Export the file again with its orientation.");
        var signs = space.ToUpperInvariant() switch
        {
            "RIGHT-ANTERIOR-SUPERIOR" or "RAS" => new Vec3(1, 1, 1),
            "LEFT-ANTERIOR-SUPERIOR" or "LAS" => new(-1, 1, 1),
            "LEFT-POSTERIOR-SUPERIOR" or "LPS" => new(-1, -1, 1),
            _ => throw header.Refuse($"the space is \"{space}\", expected RAS, LAS or LPS.", "Export the file again in patient space."),
        };
        if (header.Find("space units") is { } units && UnitPattern().Matches(units).Any(u => u.Groups[1].Value is not "mm"))
            throw header.Refuse($"the space units are {units}, expected mm.", "Export the file again in millimetres.");

        var vectors = VectorPattern().Matches(directions).Select(m => m.Value).ToArray();
        if (vectors.Length != dimension) throw header.Refuse($"\"space directions\" holds {vectors.Length} axes, expected {dimension}.", "Repair the header, or export the file again.");
        var axes = Enumerable.Range(0, dimension).Where(axis => vectors[axis][0] == '(').ToArray();
        foreach (var axis in Enumerable.Range(0, dimension).Except(axes)) RefuseVectors(header, axis, sizes[axis]);
        if (axes.Length != 3) throw header.Refuse($"{axes.Length} axes lie in space, expected 3.", "Give one three-dimensional volume.");
        Vec3 Parse(string text)
        {
            var numbers = header.Numbers("space directions, space origin", text.Trim('(', ')'), 3);
            return new(numbers[0], numbers[1], numbers[2]);
        }

        var columns = axes.Select(axis => Parse(vectors[axis])).ToArray();
        var origin = header.Find("space origin") is { } text ? Parse(text.Trim()) : default;
        return header.Grid(new(sizes[axes[0]], sizes[axes[1]], sizes[axes[2]]), Mat3.FromColumns(columns[0], columns[1], columns[2]), origin, signs);
    }

    private static Geometry GridOfSpacings(TextHeader header, int[] sizes)
    {
        if (sizes.Length < 3) throw header.Refuse($"the file has {sizes.Length} dimensions, expected 3.", "Give one three-dimensional volume.");
        for (var axis = 3; axis < sizes.Length; axis++) RefuseVectors(header, axis, sizes[axis]);
        var parts = header.Require("spacings").Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
        var spacing = header.Numbers("spacings", string.Join(' ', parts.Take(3)), 3);
        return header.Grid(new(sizes[0], sizes[1], sizes[2]), Mat3.Diagonal(new(spacing[0], spacing[1], spacing[2])), default, new(-1, -1, 1));
    }

    private static void RefuseVectors(TextHeader header, int axis, int length)
    {
        if (length > 1)
            throw header.Refuse($"axis {axis} holds {length} values a voxel (vectors, colours or time points), one was expected.", "Split the channels and give one scalar volume.");
    }

    private static VolumeLayout WithByteSkip(TextHeader header, VolumeLayout layout)
    {
        var bytes = header.Find("byte skip", "byteskip") is { } text ? header.Whole("byte skip", text, -1, long.MaxValue) : 0;
        if (bytes >= 0 && layout.Encoding != DataEncoding.Text) return layout with { Skip = bytes };
        if (bytes <= 0 && layout.Encoding == DataEncoding.Text) return layout;
        if (layout.Encoding != DataEncoding.Raw) throw header.Refuse($"byte skip is {bytes}, which only raw data may have.", "Repair the header, or export the file again.");
        return layout.AtEnd();
    }

    private static long SkipLines(TextHeader header, string dataFile, long start)
    {
        var lines = header.Find("line skip", "lineskip") is { } text ? header.Whole("line skip", text, 0, int.MaxValue) : 0;
        if (lines == 0) return start;
        using var file = Refusal.OpenFile(dataFile, 1 << 16);
        file.Position = start;
        while (lines > 0)
        {
            var next = file.ReadByte();
            if (next < 0) throw header.Refuse("the file ends before all the lines to skip.", "Repair the header, or export the file again.");
            if (next == '\n') lines--;
        }

        return file.Position;
    }

    [GeneratedRegex(@"\([^)]*\)|[^\s()]+")]
    private static partial Regex VectorPattern();

    [GeneratedRegex("\"([^\"]*)\"")]
    private static partial Regex UnitPattern();
}
