using System.Globalization;

namespace Cora.Imaging;

/// <summary>NIfTI's three ways to say where voxels lie, to and from a grid.</summary>
internal static class NiftiGeometry
{
    /// <summary>How far a corner may be moved by storing directions as a quaternion; beyond it only the sform is written.</summary>
    private const double QformToleranceMm = 0.01;

    private const string Remedy = "Set the orientation again from the source images, with the program that wrote the file.";

    /// <summary>The grid: sform when its code is above 0, else qform, else voxel sizes along RAS from 0.</summary>
    public static (Geometry Geometry, NiftiAffine From) Read(string path, NiftiFields fields, Size3 size)
    {
        var unitMm = (fields.Integer(NiftiFields.Units) & 7) switch { 1 => 1000.0, 3 => 0.001, _ => 1.0 };      // metres, microns, mm or unsaid
        var (linear, translation, from) =
            fields.Integer(NiftiFields.SformCode) > 0 ? Sform(fields)
            : fields.Integer(NiftiFields.QformCode) > 0 ? Qform(path, fields, size)
            : (Mat3.Diagonal(VoxelSizes(path, fields, size)), default, NiftiAffine.PixDim);
        return (PatientGrid.FromRasAffine(path, size, unitMm * linear, unitMm * translation, Remedy), from);
    }

    /// <summary>Writes sform, voxel sizes, and the qform when the axes are at right angles.</summary>
    public static void Write(NiftiFields fields, Geometry geometry)
    {
        var (linear, translation) = geometry.ToRasAffine();
        for (var row = 0; row < 3; row++)
        {
            for (var column = 0; column < 3; column++) fields.Set(NiftiFields.SformRows, linear[row, column], row * 4 + column);
            fields.Set(NiftiFields.SformRows, translation[row], row * 4 + 3);
            fields.Set(NiftiFields.PixDim, geometry.Spacing[row], row + 1);
            fields.Set(NiftiFields.QformOffset, translation[row], row);
        }

        const int scannerAnatomy = 1;
        fields.Set(NiftiFields.SformCode, scannerAnatomy);
        var rotation = Mat3.Diagonal(new(-1, -1, 1)) * geometry.Direction;
        var qfac = rotation.Determinant < 0 ? -1 : 1;
        fields.Set(NiftiFields.PixDim, qfac, 0);
        var quaternion = Quaternion(Mat3.FromColumns(rotation.Column(0), rotation.Column(1), qfac * rotation.Column(2)));
        for (var i = 0; i < 3; i++) fields.Set(NiftiFields.Quaternion, quaternion[i], i);
        var (asRead, offset, _) = Qform("", fields, geometry.Size);
        if (Geometry.FromRasAffine(geometry.Size, asRead, offset).Matches(geometry, QformToleranceMm)) fields.Set(NiftiFields.QformCode, scannerAnatomy);
        else for (var i = 0; i < 3; i++) fields.Set(NiftiFields.Quaternion, 0, i);
    }

    private static (Mat3 Linear, Vec3 Translation, NiftiAffine From) Sform(NiftiFields fields)
    {
        Vec3 Row(int r) => new(fields.Real(NiftiFields.SformRows, 4 * r), fields.Real(NiftiFields.SformRows, 4 * r + 1), fields.Real(NiftiFields.SformRows, 4 * r + 2));
        var translation = new Vec3(fields.Real(NiftiFields.SformRows, 3), fields.Real(NiftiFields.SformRows, 7), fields.Real(NiftiFields.SformRows, 11));
        return (new(Row(0), Row(1), Row(2)), translation, NiftiAffine.Sform);
    }

    private static (Mat3 Linear, Vec3 Translation, NiftiAffine From) Qform(string path, NiftiFields fields, Size3 size)
    {
        var sizes = VoxelSizes(path, fields, size);
        var qfac = fields.Real(NiftiFields.PixDim) < 0 ? -1 : 1;
        var v = Triple(fields, NiftiFields.Quaternion);
        var squared = v.Dot(v);
        if (!(squared <= 1.001)) throw Refusal.Of(path, $"the quaternion {v} is no rotation: its length was expected to be 1 at most.", Remedy);

        // Half turns leave nothing for the real part; what rounding pretends to leave is dropped, as the reference library does.
        var a = 1 - squared;
        if (a < 1e-7) (a, v) = (0, v.Unit());
        a = Math.Sqrt(a);
        var (b, c, d) = (v.X, v.Y, v.Z);
        var rotation = new Mat3(
            new(a * a + b * b - c * c - d * d, 2 * (b * c - a * d), 2 * (b * d + a * c)),
            new(2 * (b * c + a * d), a * a + c * c - b * b - d * d, 2 * (c * d - a * b)),
            new(2 * (b * d - a * c), 2 * (c * d + a * b), a * a + d * d - b * b - c * c));
        return (rotation * Mat3.Diagonal(new(sizes.X, sizes.Y, qfac * sizes.Z)), Triple(fields, NiftiFields.QformOffset), NiftiAffine.Qform);
    }

    /// <summary>Voxel sizes without their sign; an axis of one voxel that the file does not count may leave its size out.</summary>
    private static Vec3 VoxelSizes(string path, NiftiFields fields, Size3 size)
    {
        double Length(int axis)
        {
            var length = Math.Abs(fields.Real(NiftiFields.PixDim, axis + 1));
            if (axis >= fields.Integer(NiftiFields.Dim) && length == 0) return 1;
            if (length > 0 && double.IsFinite(length)) return length;
            throw Refusal.Of(path, string.Create(CultureInfo.InvariantCulture, $"voxels are {length} mm along axis {axis} of {size}, expected more than 0."), Remedy);
        }

        return new(Length(0), Length(1), Length(2));
    }

    private static Vec3 Triple(NiftiFields fields, NiftiField field) => new(fields.Real(field), fields.Real(field, 1), fields.Real(field, 2));

    /// <summary>The last three parts of the unit quaternion of a rotation, the first being 0 or more (Shepperd 1978).</summary>
    private static Vec3 Quaternion(Mat3 r)
    {
        var (xx, yy, zz) = (r[0, 0], r[1, 1], r[2, 2]);
        var trace = xx + yy + zz;
        double a;
        Vec3 v;
        if (trace >= xx && trace >= yy && trace >= zz)
        {
            a = 1 + trace;
            v = new(r[2, 1] - r[1, 2], r[0, 2] - r[2, 0], r[1, 0] - r[0, 1]);
        }
        else if (xx >= yy && xx >= zz)
        {
            a = r[2, 1] - r[1, 2];
            v = new(1 + xx - yy - zz, r[0, 1] + r[1, 0], r[0, 2] + r[2, 0]);
        }
        else if (yy >= zz)
        {
            a = r[0, 2] - r[2, 0];
            v = new(r[0, 1] + r[1, 0], 1 + yy - xx - zz, r[1, 2] + r[2, 1]);
        }
        else
        {
            a = r[1, 0] - r[0, 1];
            v = new(r[0, 2] + r[2, 0], r[1, 2] + r[2, 1], 1 + zz - xx - yy);
        }

        return (a < 0 ? -1 : 1) / Math.Sqrt(a * a + v.Dot(v)) * v;
    }
}
