namespace Cora.Imaging;

/// <summary>
/// Where voxels lie in the patient: millimetres, LPS (x to the patient's left, y to the back, z to the head). The only holder of
/// spacing, origin and direction.
/// </summary>
/// <param name="Size">Voxels along index x, y, z.</param>
/// <param name="Spacing">Millimetres between voxel centres along index x, y, z; all above 0.</param>
/// <param name="Origin">Position of the centre of voxel (0, 0, 0), LPS millimetres.</param>
/// <param name="Direction">Columns are the LPS unit vectors of index x, y, z. Usually a rotation, possibly with a reflection; shears are kept.</param>
public sealed record Geometry(Size3 Size, Vec3 Spacing, Vec3 Origin, Mat3 Direction)
{
    // Set once: the matrices below are made of these, and a copy that changed one of them would keep the old matrices.
    /// <summary>Voxels along index x, y, z.</summary>
    public Size3 Size { get; } = Size;

    /// <summary>Millimetres between voxel centres along index x, y, z; all above 0.</summary>
    public Vec3 Spacing { get; } = Spacing;

    /// <summary>Position of the centre of voxel (0, 0, 0), LPS millimetres.</summary>
    public Vec3 Origin { get; } = Origin;

    /// <summary>Columns are the LPS unit vectors of index x, y, z.</summary>
    public Mat3 Direction { get; } = Direction;

    private readonly Mat3 toPatient = Direction * Mat3.Diagonal(Spacing);
    private readonly Mat3 toIndex = (Direction * Mat3.Diagonal(Spacing)).Inverse();

    /// <summary>A grid along the LPS axes; its first voxel lies at <paramref name="origin"/>, or at 0.</summary>
    public static Geometry Isotropic(Size3 size, double spacingMm, Vec3 origin = default) => new(size, new(spacingMm, spacingMm, spacingMm), origin, Mat3.Identity);

    /// <summary>The grid of a voxel-to-RAS affine (NIfTI); rows 0 to 2 of the 4 by 4 matrix.</summary>
    /// <exception cref="ArgumentException">The affine is singular or not finite.</exception>
    public static Geometry FromRasAffine(Size3 size, Mat3 linear, Vec3 translation)
    {
        var flip = new Vec3(-1, -1, 1);
        var columns = new Vec3[3];
        var spacing = new double[3];
        for (var axis = 0; axis < 3; axis++)
        {
            var column = flip * linear.Column(axis);
            spacing[axis] = column.Length;
            if (!(spacing[axis] > 0) || !double.IsFinite(spacing[axis])) throw new ArgumentException("The affine is singular or not finite.");
            columns[axis] = (1 / spacing[axis]) * column;
        }

        var direction = Mat3.FromColumns(columns[0], columns[1], columns[2]);
        if (!(Math.Abs(direction.Determinant) > 1e-6)) throw new ArgumentException("The affine is singular or not finite.");
        return new(size, new(spacing[0], spacing[1], spacing[2]), flip * translation, direction);
    }

    /// <summary>The voxel-to-RAS affine (NIfTI): linear part and translation.</summary>
    public (Mat3 Linear, Vec3 Translation) ToRasAffine()
    {
        var flip = new Vec3(-1, -1, 1);
        return (Mat3.Diagonal(flip) * toPatient, flip * Origin);
    }

    /// <summary>LPS millimetres of a (fractional) index.</summary>
    public Vec3 ToPatient(Vec3 index) => toPatient * index + Origin;

    /// <summary>The (fractional) index of a point in LPS millimetres.</summary>
    public Vec3 ToIndex(Vec3 patient) => toIndex * (patient - Origin);

    /// <summary>Volume of a voxel in cubic millimetres.</summary>
    public double VoxelMm3 => Math.Abs(toPatient.Determinant);

    /// <summary>
    /// The same box with other spacing, as SimpleITK users expect it: the centre of voxel 0 and the directions stay, the size is
    /// floor(size * spacing / new + 0.5), at least 1.
    /// </summary>
    public Geometry WithSpacing(Vec3 spacingMm)
    {
        int Resized(int axis) => Math.Max(1, (int)Math.Floor(Size[axis] * Spacing[axis] / spacingMm[axis] + 0.5));
        return new(new(Resized(0), Resized(1), Resized(2)), spacingMm, Origin, Direction);
    }

    /// <summary>
    /// A grid along the patient's own axes (x right, y front, z head: RAS) that spans the same voxel centres: it begins at the least
    /// coordinates and has ceil(extent / spacing) + 1 voxels, as nibabel's resample_to_output has it.
    /// </summary>
    public Geometry AlongPatientAxes(Vec3 spacingMm)
    {
        double[] low = [double.MaxValue, double.MaxValue, double.MaxValue], high = [double.MinValue, double.MinValue, double.MinValue];
        for (var corner = 0; corner < 8; corner++)
        {
            var at = new Vec3(-1, -1, 1) * ToPatient(new((corner & 1) * (Size.X - 1), ((corner >> 1) & 1) * (Size.Y - 1), (corner >> 2) * (Size.Z - 1)));
            for (var axis = 0; axis < 3; axis++)
            {
                low[axis] = Math.Min(low[axis], at[axis]);
                high[axis] = Math.Max(high[axis], at[axis]);
            }
        }

        // Nine digits: an extent of exactly three steps must not become four by the rounding of a sum.
        int Voxels(int axis) => (int)Math.Ceiling(Math.Round((high[axis] - low[axis]) / spacingMm[axis], 9)) + 1;
        return FromRasAffine(new(Voxels(0), Voxels(1), Voxels(2)), Mat3.Diagonal(spacingMm), new(low[0], low[1], low[2]));
    }

    /// <summary>The grid of a box of this one; the box may reach outside.</summary>
    public Geometry Crop(Box3 box) => new(box.Size, Spacing, ToPatient(new(box.X, box.Y, box.Z)), Direction);

    /// <summary>Three letters: the anatomical direction nearest to each index axis, as nibabel and ITK-SNAP write them for RAS ("RAS", "LPS", …).</summary>
    public string Orientation => Orientations.Of(this);

    /// <summary>Whether two grids are the same: equal sizes, and every corner voxel within <paramref name="toleranceMm"/>.</summary>
    public bool Matches(Geometry other, double toleranceMm = 1e-3)
    {
        ArgumentNullException.ThrowIfNull(other);
        if (Size != other.Size) return false;
        for (var corner = 0; corner < 8; corner++)
        {
            var index = new Vec3((corner & 1) * (Size.X - 1), ((corner >> 1) & 1) * (Size.Y - 1), (corner >> 2) * (Size.Z - 1));
            if (!((ToPatient(index) - other.ToPatient(index)).Length <= toleranceMm)) return false;
        }

        return true;
    }

    /// <summary>Two grids are equal when size, spacing, origin and direction are.</summary>
    public bool Equals(Geometry? other) =>
        other is not null && Size == other.Size && Spacing == other.Spacing && Origin == other.Origin && Direction == other.Direction;

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Size, Spacing, Origin, Direction);

    /// <summary>One line for messages, with sizes, spacing and origin.</summary>
    public override string ToString() => $"{Size} voxels of {Spacing} mm, first voxel at {Origin} mm LPS, axes {Orientation}";
}
