namespace Cora.Imaging;

/// <summary>Reads the header of a MetaImage file, with its voxels (.mha) or beside them (.mhd). Positions are LPS.</summary>
internal static class MetaImageParser
{
    public static VolumeLayout Read(string path)
    {
        var header = TextHeader.Read(path, "MetaImage", ParseLine, line => ParseLine(line)?.Name.Trim().Equals("ElementDataFile", StringComparison.OrdinalIgnoreCase) == true);
        var dataName = header.Require("ElementDataFile");
        var isLocal = dataName.Equals("LOCAL", StringComparison.OrdinalIgnoreCase);
        if (dataName.StartsWith("LIST", StringComparison.OrdinalIgnoreCase) || dataName.Contains('%', StringComparison.Ordinal))
            throw header.Refuse($"the voxels are spread over several files (\"{dataName}\"), one was expected.", "Export the volume to one file.");
        if (header.Find("ElementNumberOfChannels") is { } channels && header.Whole("ElementNumberOfChannels", channels, 1, int.MaxValue) > 1)
            throw header.Refuse($"there are {channels} values a voxel, one was expected.", "Split the channels and give one scalar volume.");
        var isCompressed = IsTrue(header, "CompressedData", otherwise: false);
        var isBinary = IsTrue(header, "BinaryData", otherwise: true);
        var dataFile = isLocal ? path : header.Neighbour(dataName);
        var layout = new VolumeLayout
        {
            File = path,
            DataFile = dataFile,
            Format = "MetaImage",
            Geometry = Grid(header),
            Type = Type(header),
            IsBigEndian = isBinary ? IsTrue(header, "BinaryDataByteOrderMSB", IsTrue(header, "ElementByteOrderMSB", otherwise: false)) : !BitConverter.IsLittleEndian,
            Encoding = isCompressed ? DataEncoding.Zlib : isBinary ? DataEncoding.Raw : DataEncoding.Text,
            Start = isLocal ? header.DataStart : 0,
        };
        return WithHeaderSize(header, layout).Checked();
    }

    private static (string Name, string Value)? ParseLine(string line)
    {
        var equals = line.IndexOf('=', StringComparison.Ordinal);
        return equals < 1 || line[0] == '#' ? null : (line[..equals], line[(equals + 1)..]);
    }

    private static Geometry Grid(TextHeader header)
    {
        var dimensions = (int)header.Whole("NDims", header.Require("NDims"), 1, 16);
        var sizes = header.Lengths("DimSize", dimensions);
        if (dimensions < 3) throw header.Refuse($"NDims is {dimensions}, expected 3.", "Give one three-dimensional volume.");
        if (sizes.Skip(3).Any(n => n > 1)) throw header.Refuse($"DimSize is {string.Join(' ', sizes)}, expected one volume of three dimensions.", "Split the series and give one volume.");
        var spacing = header.Numbers("ElementSpacing", header.Require("ElementSpacing", "ElementSize"), dimensions);
        if (spacing.Take(3).Any(s => s <= 0)) throw header.Refuse($"ElementSpacing is {string.Join(' ', spacing)}, expected numbers above 0.", "Repair the header, or export the file again.");

        // The matrix lists the direction of index x, then y, then z: its rows are the columns of a direction matrix.
        var matrix = header.Find("TransformMatrix", "Rotation", "Orientation") is { } m ? header.Numbers("TransformMatrix", m, dimensions * dimensions) : null;
        var origin = header.Find("Offset", "Position", "Origin") is { } o ? header.Numbers("Offset", o, dimensions) : new double[dimensions];
        Vec3 Axis(int axis) => matrix is null
            ? spacing[axis] * Mat3.Identity.Column(axis)
            : spacing[axis] * new Vec3(matrix[axis * dimensions], matrix[axis * dimensions + 1], matrix[axis * dimensions + 2]);
        return header.Grid(new(sizes[0], sizes[1], sizes[2]), Mat3.FromColumns(Axis(0), Axis(1), Axis(2)), new(origin[0], origin[1], origin[2]), new(-1, -1, 1));
    }

    private static StoredType Type(TextHeader header)
    {
        var name = header.Require("ElementType");
        return name.ToUpperInvariant() switch
        {
            "MET_CHAR" => StoredType.Int8,
            "MET_UCHAR" => StoredType.UInt8,
            "MET_SHORT" => StoredType.Int16,
            "MET_USHORT" => StoredType.UInt16,
            "MET_INT" or "MET_LONG" => StoredType.Int32,             // the format's long has 4 bytes on every system
            "MET_UINT" or "MET_ULONG" => StoredType.UInt32,
            "MET_LONG_LONG" => StoredType.Int64,
            "MET_ULONG_LONG" => StoredType.UInt64,
            "MET_FLOAT" => StoredType.Float32,
            "MET_DOUBLE" => StoredType.Float64,
            _ => throw header.Refuse($"ElementType is {name}, expected a scalar type such as MET_SHORT.", "Convert the volume to a scalar type."),
        };
    }

    private static bool IsTrue(TextHeader header, string name, bool otherwise) => header.Find(name)?.ToUpperInvariant() switch
    {
        null => otherwise,
        "TRUE" or "1" or "T" or "YES" => true,
        "FALSE" or "0" or "F" or "NO" => false,
        var other => throw header.Refuse($"{name} is \"{other}\", expected True or False.", "Repair the header, or export the file again."),
    };

    private static VolumeLayout WithHeaderSize(TextHeader header, VolumeLayout layout)
    {
        var bytes = header.Find("HeaderSize") is { } text ? header.Whole("HeaderSize", text, -1, long.MaxValue / 2) : 0;
        if (bytes >= 0) return layout with { Start = layout.Start + bytes };
        if (layout.Encoding != DataEncoding.Raw) throw header.Refuse("HeaderSize is -1, which only raw data may have.", "Repair the header, or export the file again.");
        return layout.AtEnd();
    }
}
