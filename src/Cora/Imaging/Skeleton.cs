using System.Numerics;

namespace Cora.Imaging;

/// <summary>The centre lines of a mask, one voxel thin.</summary>
/// <remarks>
/// Topological thinning of Lee, Kashyap and Chu (Building skeleton models via 3-D medial surface/axis thinning algorithms, CVGIP 1994): one after another
/// the six sides of the object are peeled. A voxel goes when it has a free face on that side, is not the end of a line, and its removal changes neither the
/// Euler number nor the number of pieces of its neighbourhood; the last is asked again just before each removal. What is left depends on the order of the
/// sides and of the voxels, which the method leaves open; here it is that of the common Python tools with arrays in index order x, y, z, so that numbers can
/// be compared. As there, a solid piece of even sides may vanish whole: its last voxels have no neighbours that a removal could separate.
/// </remarks>
public static class Skeleton
{
    private const byte Inner = 1;
    private const byte Outer = 2;

    /// <summary>Thins the voxels that are not 0. What lies outside of the volume is background.</summary>
    /// <returns>A mask of 0 and 1 on the same grid: a subset of the given one.</returns>
    public static Volume<byte> Of(Volume<byte> mask)
    {
        ArgumentNullException.ThrowIfNull(mask);
        var thin = new byte[mask.Voxels.Length];
        if (Bounds.Of(mask.Voxels, mask.Geometry.Size) is { } box)
        {
            var block = new Block(mask, box);
            block.Thin();
            block.CopyTo(thin, mask.Geometry.Size, box);
        }

        return new(mask.Geometry, thin);
    }

    /// <summary>The box around the object with a rim of background. Memory is x, y, z with z fastest: voxels are visited in that order.</summary>
    private sealed class Block
    {
        private readonly byte[] voxels;
        private readonly int strideX;
        private readonly int strideY;
        private readonly int[] neighbours = new int[26];
        private readonly int[] sides;
        private readonly List<int> outer = [];

        public Block(Volume<byte> mask, Box3 box)
        {
            var (nx, ny, nz) = (box.Size.X + 2, box.Size.Y + 2, box.Size.Z + 2);
            (strideX, strideY) = (ny * nz, nz);
            voxels = new byte[checked(nx * ny * nz)];
            for (int n = 0, i = 0; n < 27; n++)
            {
                if (n != 13) neighbours[i++] = (n / 9 - 1) * strideX + (n / 3 % 3 - 1) * strideY + n % 3 - 1;
            }

            sides = [-strideY, strideY, 1, -1, strideX, -strideX];
            CopyFrom(mask, box);
        }

        /// <summary>Peels side after side until none has anything to give.</summary>
        public void Thin()
        {
            for (var changed = true; changed;)
            {
                changed = false;
                foreach (var side in sides) changed |= Peel(side);
            }
        }

        public void CopyTo(Span<byte> thin, Size3 size, Box3 box)
        {
            for (var z = 0; z < box.Size.Z; z++)
            {
                for (var y = 0; y < box.Size.Y; y++)
                {
                    var row = thin.Slice(((box.Z + z) * size.Y + box.Y + y) * size.X + box.X, box.Size.X);
                    for (var x = 0; x < row.Length; x++) row[x] = voxels[Index(x, y, z)] != 0 ? (byte)1 : (byte)0;
                }
            }
        }

        private void CopyFrom(Volume<byte> mask, Box3 box)
        {
            var size = mask.Geometry.Size;
            for (var z = 0; z < box.Size.Z; z++)
            {
                for (var y = 0; y < box.Size.Y; y++)
                {
                    var row = mask.Voxels.Slice(((box.Z + z) * size.Y + box.Y + y) * size.X + box.X, box.Size.X);
                    for (var x = 0; x < row.Length; x++) voxels[Index(x, y, z)] = row[x] != 0 ? Inner : (byte)0;
                }
            }

            for (var at = 0; at < voxels.Length; at++)
            {
                if (voxels[at] == 0 || !sides.Any(side => voxels[at + side] == 0)) continue;
                voxels[at] = Outer;
                outer.Add(at);
            }
        }

        private int Index(int x, int y, int z) => (x + 1) * strideX + (y + 1) * strideY + z + 1;

        /// <summary>One sub-iteration: marks on the object as it is, then removes one by one in memory order.</summary>
        private bool Peel(int side)
        {
            var marked = new List<int>();
            foreach (var at in outer)
            {
                if (voxels[at + side] != 0) continue;
                var around = Around(at);
                if (BitOperations.PopCount(around) != 1 && Neighbourhood.KeepsEulerNumber(around) && Neighbourhood.HoldsTogether(around)) marked.Add(at);
            }

            marked.Sort();
            var removed = false;
            foreach (var at in marked)
            {
                if (!Neighbourhood.HoldsTogether(Around(at))) continue;
                voxels[at] = 0;
                removed = true;
                Uncover(at);
            }

            if (removed) outer.RemoveAll(at => voxels[at] == 0);
            return removed;
        }

        private void Uncover(int at)
        {
            foreach (var side in sides)
            {
                if (voxels[at + side] != Inner) continue;
                voxels[at + side] = Outer;
                outer.Add(at + side);
            }
        }

        /// <summary>The 26 voxels around one, a bit each.</summary>
        private uint Around(int at)
        {
            var around = 0u;
            for (var n = 0; n < 26; n++)
            {
                if (voxels[at + neighbours[n]] != 0) around |= 1u << n;
            }

            return around;
        }
    }
}
