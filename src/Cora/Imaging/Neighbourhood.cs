using System.Numerics;

namespace Cora.Imaging;

/// <summary>
/// What the removal of a voxel does to the object near it. The 26 voxels around it are bits: number 9 (x + 1) + 3 (y + 1) + (z + 1) of the offset, less one
/// past the centre. The object is 26-connected, the background 6-connected.
/// </summary>
internal static class Neighbourhood
{
    /// <summary>The neighbours that touch each neighbour.</summary>
    private static readonly uint[] Touching = Table((a, b) => (a - b) is { X: >= -1 and <= 1, Y: >= -1 and <= 1, Z: >= -1 and <= 1 });

    /// <summary>For each of the voxel's 8 corners, 12 edges and 6 faces, the neighbours that share it.</summary>
    private static readonly (uint[] Corners, uint[] Edges, uint[] Faces) Sharing = (Parts(3), Parts(2), Parts(1));

    /// <summary>Whether removing the voxel leaves the Euler number of the object as it is.</summary>
    /// <remarks>
    /// Voxels are closed cubes, so the voxel takes with it those of its corners, edges and faces that no neighbour shares: corners - edges + faces - 1
    /// is what the Euler number loses.
    /// </remarks>
    public static bool KeepsEulerNumber(uint around) => Free(Sharing.Corners, around) - Free(Sharing.Edges, around) + Free(Sharing.Faces, around) == 1;

    /// <summary>Whether the neighbours are in one piece without the voxel, or there are none.</summary>
    public static bool HoldsTogether(uint around)
    {
        var piece = around & (uint)-(int)around;
        for (var grown = piece; grown != 0;)
        {
            var reached = 0u;
            for (; grown != 0; grown &= grown - 1) reached |= Touching[BitOperations.TrailingZeroCount(grown)];
            grown = reached & around & ~piece;
            piece |= grown;
        }

        return piece == around;
    }

    private static int Free(uint[] parts, uint around)
    {
        var free = 0;
        foreach (var part in parts) free += (around & part) == 0 ? 1 : 0;
        return free;
    }

    /// <summary>The parts of the cube whose direction from its centre has so many components other than 0.</summary>
    private static uint[] Parts(int components) =>
        [.. Offsets().Where(d => Math.Abs(d.X) + Math.Abs(d.Y) + Math.Abs(d.Z) == components).Select(d => Bits(o => Shares(o.X, d.X) && Shares(o.Y, d.Y) && Shares(o.Z, d.Z)))];

    /// <summary>A cube at offset o has the part in direction d too when o is 0 or d there, along every axis that d has; along the others o must be 0.</summary>
    private static bool Shares(double o, double d) => o == 0 || (d != 0 && o == d);

    private static uint[] Table(Func<Vec3, Vec3, bool> isTouching) => [.. Offsets().Select(a => Bits(b => isTouching(a, b)))];

    private static uint Bits(Func<Vec3, bool> isWanted)
    {
        var bits = 0u;
        foreach (var (i, offset) in Offsets().Index())
        {
            if (isWanted(offset)) bits |= 1u << i;
        }

        return bits;
    }

    private static IEnumerable<Vec3> Offsets() => Enumerable.Range(0, 27).Where(n => n != 13).Select(n => new Vec3(n / 9 - 1, n / 3 % 3 - 1, n % 3 - 1));
}
