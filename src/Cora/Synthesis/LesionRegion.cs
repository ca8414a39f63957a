using Cora.Imaging;

namespace Cora.Synthesis;

/// <summary>For a box of the patch: which voxels a lesion may touch. The artery mask is pulled back voxel by voxel and grown by a ball.</summary>
internal sealed class LesionRegion
{
    private readonly ArteryIndex arteries;
    private readonly Mat3 matrix;
    private readonly Vec3 offset;
    private readonly LesionSupport support;
    private readonly PatchBuffers buffers;
    private readonly (int X, int Y, int Z)[] ball;
    private readonly int radius;

    /// <param name="arteries">The study's artery voxels.</param>
    /// <param name="matrix">Pull-back matrix from patch to study voxels.</param>
    /// <param name="offset">The study voxel of patch voxel (0, 0, 0).</param>
    /// <param name="recipe">Support and dilation.</param>
    /// <param name="buffers">Memory of this thread.</param>
    public LesionRegion(ArteryIndex arteries, Mat3 matrix, Vec3 offset, PatchRecipe recipe, PatchBuffers buffers)
    {
        (this.arteries, this.matrix, this.offset, this.buffers) = (arteries, matrix, offset, buffers);
        support = recipe.Support;
        radius = (int)Math.Floor(recipe.Dilation);
        ball = [.. from z in Enumerable.Range(-radius, 2 * radius + 1)
                   from y in Enumerable.Range(-radius, 2 * radius + 1)
                   from x in Enumerable.Range(-radius, 2 * radius + 1)
                   where x * x + y * y + z * z <= recipe.Dilation * recipe.Dilation
                   select (x, y, z)];
    }

    /// <summary>1 where a lesion may lie, 0 elsewhere; x fastest; valid until the next call.</summary>
    public ReadOnlySpan<byte> Of(Box3 box)
    {
        var outer = new Box3(box.X - radius, box.Y - radius, box.Z - radius, new(box.Size.X + 2 * radius, box.Size.Y + 2 * radius, box.Size.Z + 2 * radius));
        buffers.SizeSupport(box.Size, outer.Size);
        var allowed = buffers.Support.AsSpan(0, (int)box.Size.Count);
        if (support == LesionSupport.Free)
        {
            allowed.Fill(1);
            return allowed;
        }

        PullArteries(outer);
        Grow(box, outer, allowed);
        return allowed;
    }

    private void PullArteries(Box3 outer)
    {
        var i = 0;
        for (var z = 0; z < outer.Size.Z; z++)
        {
            for (var y = 0; y < outer.Size.Y; y++)
            {
                for (var x = 0; x < outer.Size.X; x++)
                {
                    var source = matrix * new Vec3(outer.X + x, outer.Y + y, outer.Z + z) + offset;
                    buffers.Near[i++] = arteries.Contains(Near(source.X), Near(source.Y), Near(source.Z)) ? (byte)1 : (byte)0;
                }
            }
        }

        static int Near(double position) => (int)Math.Floor(position + 0.5);
    }

    private void Grow(Box3 box, Box3 outer, Span<byte> allowed)
    {
        var near = buffers.Near;
        var (strideY, strideZ) = (outer.Size.X, outer.Size.X * outer.Size.Y);
        var i = 0;
        for (var z = 0; z < box.Size.Z; z++)
        {
            for (var y = 0; y < box.Size.Y; y++)
            {
                for (var x = 0; x < box.Size.X; x++, i++)
                {
                    var here = (z + radius) * strideZ + (y + radius) * strideY + x + radius;
                    var (hasArtery, hasOther) = (false, false);
                    foreach (var (bx, by, bz) in ball)
                    {
                        if (near[here + bz * strideZ + by * strideY + bx] > 0) hasArtery = true;
                        else hasOther = true;
                    }

                    // The wall is where a ball reaches both artery and surroundings.
                    allowed[i] = hasArtery && (support == LesionSupport.ArteryDilated || hasOther) ? (byte)1 : (byte)0;
                }
            }
        }
    }
}
