using Cora.Imaging;

namespace Cora.Synthesis;

/// <summary>Where a turned patch lies in its volume; the same for pretraining patches and for labelled ones.</summary>
internal static class PatchCut
{
    /// <summary>The map from patch to volume voxels. Even patches have no middle voxel: the centre is patch index n/2, so that an unrotated patch needs no interpolation.</summary>
    public static (Mat3 Matrix, Vec3 Offset) PullBack(PatchAffine affine, Vec3 centre, int side)
    {
        var matrix = affine.Matrix;
        var c = (side - 1) / 2.0;
        var half = side % 2 == 0 ? 0.5 : 0;
        var middle = centre - new Vec3(half, half, half);
        return (matrix, middle - matrix * new Vec3(c, c, c));
    }

    /// <summary>The voxels of the volume that the map needs, and no more.</summary>
    public static Box3 Reach(Mat3 matrix, Vec3 offset, Size3 side, Size3 volume)
    {
        (int Low, int High) Range(int axis)
        {
            var (low, high) = (offset[axis], offset[axis]);
            for (var c = 0; c < 3; c++)
            {
                var reach = matrix[axis, c] * (side[c] - 1);
                if (reach < 0) low += reach;
                else high += reach;
            }

            return (Math.Clamp((int)Math.Floor(low), 0, volume[axis] - 1), Math.Clamp((int)Math.Ceiling(high), 0, volume[axis] - 1));
        }

        var (x, y, z) = (Range(0), Range(1), Range(2));
        return new(x.Low, y.Low, z.Low, new(x.High - x.Low + 1, y.High - y.Low + 1, z.High - z.Low + 1));
    }
}
