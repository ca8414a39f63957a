using System.Globalization;

namespace Cora.Imaging;

/// <summary>Three numbers: an index x, y, z in voxels, or a point in the patient in millimetres. The variable's name says which.</summary>
public readonly record struct Vec3(double X, double Y, double Z)
{
    /// <summary>Length in the unit of the components.</summary>
    public double Length => Math.Sqrt(X * X + Y * Y + Z * Z);

    /// <summary>Component 0, 1 or 2.</summary>
    public double this[int axis] => axis switch { 0 => X, 1 => Y, 2 => Z, _ => throw new ArgumentOutOfRangeException(nameof(axis)) };

    /// <summary>Sum.</summary>
    public static Vec3 operator +(Vec3 a, Vec3 b) => new(a.X + b.X, a.Y + b.Y, a.Z + b.Z);

    /// <summary>Difference.</summary>
    public static Vec3 operator -(Vec3 a, Vec3 b) => new(a.X - b.X, a.Y - b.Y, a.Z - b.Z);

    /// <summary>Component by component.</summary>
    public static Vec3 operator *(Vec3 a, Vec3 b) => new(a.X * b.X, a.Y * b.Y, a.Z * b.Z);

    /// <summary>Component by component.</summary>
    public static Vec3 operator /(Vec3 a, Vec3 b) => new(a.X / b.X, a.Y / b.Y, a.Z / b.Z);

    /// <summary>Scaled.</summary>
    public static Vec3 operator *(double s, Vec3 a) => new(s * a.X, s * a.Y, s * a.Z);

    /// <summary>Inner product.</summary>
    public double Dot(Vec3 other) => X * other.X + Y * other.Y + Z * other.Z;

    /// <summary>Outer product.</summary>
    public Vec3 Cross(Vec3 o) => new(Y * o.Z - Z * o.Y, Z * o.X - X * o.Z, X * o.Y - Y * o.X);

    /// <summary>The same direction with length 1.</summary>
    public Vec3 Unit() => (1 / Length) * this;

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"({X:0.####}, {Y:0.####}, {Z:0.####})");
}

/// <summary>A 3 by 3 matrix, given by rows.</summary>
public readonly record struct Mat3(Vec3 Row0, Vec3 Row1, Vec3 Row2)
{
    /// <summary>The identity.</summary>
    public static Mat3 Identity { get; } = new(new(1, 0, 0), new(0, 1, 0), new(0, 0, 1));

    /// <summary>Row r, column c.</summary>
    public double this[int r, int c] => (r switch { 0 => Row0, 1 => Row1, 2 => Row2, _ => throw new ArgumentOutOfRangeException(nameof(r)) })[c];

    /// <summary>The matrix whose columns are given.</summary>
    public static Mat3 FromColumns(Vec3 a, Vec3 b, Vec3 c) => new(new(a.X, b.X, c.X), new(a.Y, b.Y, c.Y), new(a.Z, b.Z, c.Z));

    /// <summary>A diagonal matrix.</summary>
    public static Mat3 Diagonal(Vec3 d) => new(new(d.X, 0, 0), new(0, d.Y, 0), new(0, 0, d.Z));

    /// <summary>Column c.</summary>
    public Vec3 Column(int c) => new(Row0[c], Row1[c], Row2[c]);

    /// <summary>Matrix times vector.</summary>
    public static Vec3 operator *(Mat3 m, Vec3 v) => new(m.Row0.Dot(v), m.Row1.Dot(v), m.Row2.Dot(v));

    /// <summary>Matrix times matrix.</summary>
    public static Mat3 operator *(Mat3 a, Mat3 b) => FromColumns(a * b.Column(0), a * b.Column(1), a * b.Column(2));

    /// <summary>Scaled.</summary>
    public static Mat3 operator *(double s, Mat3 m) => new(s * m.Row0, s * m.Row1, s * m.Row2);

    /// <summary>Determinant.</summary>
    public double Determinant => Row0.Dot(Row1.Cross(Row2));

    /// <summary>Rows and columns exchanged.</summary>
    public Mat3 Transposed() => FromColumns(Row0, Row1, Row2);

    /// <summary>The inverse.</summary>
    /// <exception cref="InvalidOperationException">The matrix is singular.</exception>
    public Mat3 Inverse()
    {
        var det = Determinant;
        if (!double.IsFinite(1 / det)) throw new InvalidOperationException("The matrix is singular.");
        return (1 / det) * FromColumns(Row1.Cross(Row2), Row2.Cross(Row0), Row0.Cross(Row1));
    }
}

/// <summary>Numbers of voxels along x, y, z.</summary>
public readonly record struct Size3(int X, int Y, int Z)
{
    /// <summary>Voxels in all; 64 bits, since three ints may overflow one.</summary>
    public long Count => (long)X * Y * Z;

    /// <summary>A cube.</summary>
    public static Size3 Cube(int side) => new(side, side, side);

    /// <summary>Component 0, 1 or 2.</summary>
    public int this[int axis] => axis switch { 0 => X, 1 => Y, 2 => Z, _ => throw new ArgumentOutOfRangeException(nameof(axis)) };

    /// <summary>As a vector.</summary>
    public Vec3 ToVec3() => new(X, Y, Z);

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{X}x{Y}x{Z}");
}

/// <summary>A box of voxels: first index and size, along x, y, z. It may reach outside of a volume; readers say how they fill that.</summary>
public readonly record struct Box3(int X, int Y, int Z, Size3 Size)
{
    /// <summary>The box of a whole volume.</summary>
    public static Box3 Whole(Size3 size) => new(0, 0, 0, size);

    /// <summary>Whether the box lies within a volume of the given size.</summary>
    public bool IsWithin(Size3 size) =>
        X >= 0 && Y >= 0 && Z >= 0 && Size.X >= 0 && Size.Y >= 0 && Size.Z >= 0
        && (long)X + Size.X <= size.X && (long)Y + Size.Y <= size.Y && (long)Z + Size.Z <= size.Z;

    /// <summary>The part of the box that lies within a volume of the given size; of size 0 where they do not meet.</summary>
    public Box3 Within(Size3 size)
    {
        static (int From, int Count) Part(int from, int count, int voxels)
        {
            var start = Math.Clamp(from, 0, voxels);
            return (start, Math.Max(0, (int)Math.Clamp((long)from + count, 0, voxels) - start));
        }

        var (x, nx) = Part(X, Size.X, size.X);
        var (y, ny) = Part(Y, Size.Y, size.Y);
        var (z, nz) = Part(Z, Size.Z, size.Z);
        return new(x, y, z, new(nx, ny, nz));
    }

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"[{X}, {Y}, {Z}] + {Size}");
}
