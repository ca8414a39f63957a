namespace Cora.Imaging;

/// <summary>The real number types in which volume files store their voxels.</summary>
public enum StoredType
{
    /// <summary>0 to 255.</summary>
    UInt8,

    /// <summary>-128 to 127.</summary>
    Int8,

    /// <summary>-32768 to 32767, the usual type of CT.</summary>
    Int16,

    /// <summary>0 to 65535.</summary>
    UInt16,

    /// <summary>Signed, 32 bits.</summary>
    Int32,

    /// <summary>Unsigned, 32 bits.</summary>
    UInt32,

    /// <summary>Signed, 64 bits; read through doubles, exact up to 2^53.</summary>
    Int64,

    /// <summary>Unsigned, 64 bits; read through doubles, exact up to 2^53.</summary>
    UInt64,

    /// <summary>Single precision.</summary>
    Float32,

    /// <summary>Double precision.</summary>
    Float64,
}

/// <summary>What is known about each <see cref="StoredType"/>.</summary>
public static class StoredTypes
{
    /// <summary>Bytes one voxel takes.</summary>
    public static int Bytes(this StoredType type) => type switch
    {
        StoredType.UInt8 or StoredType.Int8 => 1,
        StoredType.Int16 or StoredType.UInt16 => 2,
        StoredType.Int32 or StoredType.UInt32 or StoredType.Float32 => 4,
        _ => 8,
    };

    /// <summary>NumPy's name of the type, for example "int16".</summary>
    public static string NumPyName(this StoredType type) => type switch
    {
        StoredType.UInt8 => "uint8",
        StoredType.Int8 => "int8",
        StoredType.Int16 => "int16",
        StoredType.UInt16 => "uint16",
        StoredType.Int32 => "int32",
        StoredType.UInt32 => "uint32",
        StoredType.Int64 => "int64",
        StoredType.UInt64 => "uint64",
        StoredType.Float32 => "float32",
        _ => "float64",
    };

    /// <summary>The type that stores a T as it is.</summary>
    /// <exception cref="ArgumentException">T is none of byte, short, ushort, float and double.</exception>
    internal static StoredType Of<T>() where T : unmanaged =>
        typeof(T) == typeof(short) ? StoredType.Int16
        : typeof(T) == typeof(byte) ? StoredType.UInt8
        : typeof(T) == typeof(ushort) ? StoredType.UInt16
        : typeof(T) == typeof(float) ? StoredType.Float32
        : typeof(T) == typeof(double) ? StoredType.Float64
        : throw new ArgumentException($"Volumes of files are read as byte, short, ushort, float or double, not as {typeof(T).Name}.");
}
