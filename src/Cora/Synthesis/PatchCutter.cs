using Cora.Imaging;

namespace Cora.Synthesis;

/// <summary>Cuts turned, scaled and mirrored patches: HU linearly, labels by the nearest voxel. Outside of the volume is air without a label, as at inference.</summary>
public static class PatchCutter
{
    private const short Air = -1024;

    /// <summary>Reads a box of labels that lies within the volume.</summary>
    public delegate void ReadLabels(Box3 box, Span<byte> destination);

    /// <summary>Fills a patch. Without turn and scale it is copied voxel by voxel.</summary>
    /// <param name="image">HU.</param>
    /// <param name="labels">Labels on the same grid; null leaves them out.</param>
    /// <param name="corner">First voxel of the unturned patch; the patch turns about its middle.</param>
    /// <param name="patch">Size.</param>
    /// <param name="affine">How it is turned.</param>
    /// <param name="hu">The patch, x fastest.</param>
    /// <param name="labelled">Its labels.</param>
    public static void Cut(IVoxels<short> image, ReadLabels? labels, (int X, int Y, int Z) corner, Size3 patch, PatchAffine affine, Span<float> hu, Span<byte> labelled)
    {
        ArgumentNullException.ThrowIfNull(image);
        ArgumentNullException.ThrowIfNull(affine);
        var matrix = affine.Matrix;
        var middle = new Vec3((patch.X - 1) / 2.0, (patch.Y - 1) / 2.0, (patch.Z - 1) / 2.0);
        var offset = new Vec3(corner.X, corner.Y, corner.Z) + middle - matrix * middle;
        var box = Reach(matrix, offset, patch);
        var inBox = offset - new Vec3(box.X, box.Y, box.Z);
        var size = image.Geometry.Size;
        var inside = Common(box, size);

        var voxels = new short[box.Size.Count + 1];          // the kernel reads in pairs
        Array.Fill(voxels, Air);
        if (inside is { } part)
        {
            var cut = new short[part.Size.Count];
            image.CopyBox(part, cut);
            Lay(cut, part, voxels, box);
        }

        AffineKernel.Trilinear(voxels, box.Size, matrix, inBox, hu, patch);
        if (labels is null) return;
        var map = new byte[box.Size.Count];
        if (inside is { } there)
        {
            var cut = new byte[there.Size.Count];
            labels(there, cut);
            Lay(cut, there, map, box);
        }

        AffineKernel.Nearest(map, box.Size, matrix, inBox, labelled, patch);
    }

    /// <summary>The box that the map reaches, also outside of the volume.</summary>
    private static Box3 Reach(Mat3 matrix, Vec3 offset, Size3 patch)
    {
        Span<int> low = stackalloc int[3], count = stackalloc int[3];
        for (var axis = 0; axis < 3; axis++)
        {
            var (from, to) = (offset[axis], offset[axis]);
            for (var c = 0; c < 3; c++)
            {
                var reach = matrix[axis, c] * (patch[c] - 1);
                if (reach < 0) from += reach;
                else to += reach;
            }

            low[axis] = (int)Math.Floor(from);
            count[axis] = (int)Math.Ceiling(to) - low[axis] + 1;
        }

        return new(low[0], low[1], low[2], new(count[0], count[1], count[2]));
    }

    private static Box3? Common(Box3 box, Size3 size)
    {
        var (x, y, z) = (Math.Max(box.X, 0), Math.Max(box.Y, 0), Math.Max(box.Z, 0));
        var common = new Size3(Math.Min(box.X + box.Size.X, size.X) - x, Math.Min(box.Y + box.Size.Y, size.Y) - y, Math.Min(box.Z + box.Size.Z, size.Z) - z);
        return common is { X: > 0, Y: > 0, Z: > 0 } ? new Box3(x, y, z, common) : null;
    }

    private static void Lay<T>(T[] part, Box3 at, T[] into, Box3 box)
    {
        for (var z = 0; z < at.Size.Z; z++)
        {
            for (var y = 0; y < at.Size.Y; y++)
            {
                var to = ((at.Z - box.Z + z) * box.Size.Y + at.Y - box.Y + y) * box.Size.X + at.X - box.X;
                part.AsSpan((z * at.Size.Y + y) * at.Size.X, at.Size.X).CopyTo(into.AsSpan(to));
            }
        }
    }
}
