using Cora.Imaging;

namespace Cora.Pretraining;

/// <summary>Base crops that tile a volume, and how much of each a crop at another place shares with them (VoCo, "position labels").</summary>
/// <param name="Counts">Base crops along x, y, z.</param>
/// <param name="Side">Voxels a side of every crop.</param>
public sealed record VoCoGrid(Size3 Counts, int Side)
{
    /// <summary>Base crops in all.</summary>
    public int Bases => checked((int)Counts.Count);

    /// <summary>Voxels of the volume.</summary>
    public Size3 Size => new(Counts.X * Side, Counts.Y * Side, Counts.Z * Side);

    /// <summary>First voxel of a base crop; they are numbered x fastest.</summary>
    public (int X, int Y, int Z) CornerOf(int index) => (index % Counts.X * Side, index / Counts.X % Counts.Y * Side, index / (Counts.X * Counts.Y) * Side);

    /// <summary>First voxel of a random crop: along an axis with one base crop it is fixed, along others any but the very last place, as in the authors' code.</summary>
    public (int X, int Y, int Z) Draw(Rng random)
    {
        ArgumentNullException.ThrowIfNull(random);
        int At(int count) => count == 1 ? 0 : random.Integer(0, (count - 1) * Side - 1);
        return (At(Counts.X), At(Counts.Y), At(Counts.Z));
    }

    /// <summary>Share of a crop's voxels that lies in each base crop; the shares add up to 1.</summary>
    /// <param name="corner">First voxel of the crop, which lies within the volume.</param>
    /// <param name="shares">One a base crop.</param>
    /// <exception cref="ArgumentException">The crop reaches outside, or there is not one place a base crop.</exception>
    public void Overlaps((int X, int Y, int Z) corner, Span<float> shares)
    {
        if (!new Box3(corner.X, corner.Y, corner.Z, Size3.Cube(Side)).IsWithin(Size)) throw new ArgumentException($"A crop from {corner} on reaches outside of {Size}.", nameof(corner));
        if (shares.Length != Bases) throw new ArgumentException($"{shares.Length} places for {Bases} base crops.", nameof(shares));
        for (var i = 0; i < Bases; i++)
        {
            var at = CornerOf(i);
            shares[i] = (float)(Along(corner.X - at.X) * Along(corner.Y - at.Y) * Along(corner.Z - at.Z));
        }
    }

    private double Along(int apart) => Math.Max(0, Side - Math.Abs(apart)) / (double)Side;
}
