namespace Cora.Imaging;

/// <summary>What a heart crop leaves.</summary>
public enum HeartCropMode
{
    /// <summary>The whole box.</summary>
    Box,

    /// <summary>Outside of the mask grown by the margin, voxels are set to air.</summary>
    BoxAndMask,
}

/// <summary>The box round a heart. Coronaries lie in the fat at the mask's surface, so the box is wider than the mask.</summary>
public static class HeartCrop
{
    /// <summary>The margin round the heart, millimetres on each side.</summary>
    public const double MarginMm = 10;

    /// <summary>What a network with three halvings divides sides by.</summary>
    public const int Multiple = 8;

    /// <summary>The box on <paramref name="grid"/> that holds the mask and a margin, its sides grown to a multiple. It may reach outside of the grid.</summary>
    /// <param name="heart">The heart as 0 and 1; it may lie on another grid, of any orientation.</param>
    /// <param name="grid">The grid that the box counts on.</param>
    /// <param name="marginMm">Millimetres on each side.</param>
    /// <param name="multiple">What each side is grown to a multiple of.</param>
    /// <exception cref="CoraException">The mask is empty, or the heart lies outside of the grid.</exception>
    public static Box3 BoxOn(Volume<byte> heart, Geometry grid, double marginMm = MarginMm, int multiple = Multiple)
    {
        ArgumentNullException.ThrowIfNull(heart);
        ArgumentNullException.ThrowIfNull(grid);
        if (Bounds.Of(heart) is not { } around) throw new CoraException("The heart mask is empty.", "The segmenter found no heart: check its input, or go without the heart crop.");
        double[] low = [double.MaxValue, double.MaxValue, double.MaxValue], high = [double.MinValue, double.MinValue, double.MinValue];
        for (var corner = 0; corner < 8; corner++)
        {
            double At(int from, int count, int bit) => (corner & (1 << bit)) == 0 ? from - 0.5 : from + count - 0.5;      // voxels have an extent
            var index = grid.ToIndex(heart.Geometry.ToPatient(new(At(around.X, around.Size.X, 0), At(around.Y, around.Size.Y, 1), At(around.Z, around.Size.Z, 2))));
            for (var axis = 0; axis < 3; axis++)
            {
                low[axis] = Math.Min(low[axis], index[axis] - marginMm / grid.Spacing[axis]);
                high[axis] = Math.Max(high[axis], index[axis] + marginMm / grid.Spacing[axis]);
            }
        }

        // The voxels whose centres lie between; nine digits, since a margin of whole voxels must not become one more by rounding.
        int From(int axis) => (int)Math.Ceiling(Math.Round(low[axis], 9));
        int Count(int axis) => (int)Math.Floor(Math.Round(high[axis], 9)) - From(axis) + 1;
        var box = Crop.GrownToMultiple(new(From(0), From(1), From(2), new(Count(0), Count(1), Count(2))), multiple);
        if (box.Within(grid.Size).Size.Count == 0)
            throw new CoraException($"The heart mask ({heart.Geometry}) does not meet the scan ({grid}).", "The mask belongs to another scan, or its geometry was lost: make it again from this scan.");
        return box;
    }
}
