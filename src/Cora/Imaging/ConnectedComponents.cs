namespace Cora.Imaging;

/// <summary>Which voxels touch.</summary>
public enum Connectivity
{
    /// <summary>Voxels that share a face (SciPy's and SimpleITK's default).</summary>
    Six = 6,

    /// <summary>Voxels that share a face or an edge.</summary>
    Eighteen = 18,

    /// <summary>Voxels that share a face, an edge or a corner (cc3d's default, and CORA's).</summary>
    TwentySix = 26,
}

/// <summary>The connected pieces of a mask.</summary>
/// <param name="Labels">One number a voxel, x fastest: 0 = background, pieces from 1 in the order of their first voxel in memory.</param>
/// <param name="Sizes">Voxels of each piece; entry 0 is piece 1.</param>
public sealed record Components(int[] Labels, long[] Sizes)
{
    /// <summary>Number of pieces.</summary>
    public int Count => Sizes.Length;

    /// <summary>The number of the largest piece, the first of equals; 0 when there is none.</summary>
    public int Largest => Count == 0 ? 0 : Array.IndexOf(Sizes, Sizes.Max()) + 1;
}

/// <summary>
/// Connected components by runs: each row of the mask is cut into runs of set voxels, touching runs of neighbouring rows are united
/// (union-find, Rosenfeld and Pfaltz 1966), and runs are numbered. Time grows with the voxels and the runs, not with the pieces.
/// </summary>
public static class ConnectedComponents
{
    /// <summary>Finds the pieces of all voxels that are not 0.</summary>
    public static Components Of(Volume<byte> mask, Connectivity connectivity = Connectivity.TwentySix)
    {
        ArgumentNullException.ThrowIfNull(mask);
        return Of(mask.Voxels, mask.Geometry.Size, connectivity);
    }

    /// <summary>The largest piece of a mask as a mask of 0 and 1.</summary>
    public static Volume<byte> LargestOf(Volume<byte> mask, Connectivity connectivity = Connectivity.TwentySix)
    {
        var found = Of(mask, connectivity);
        var largest = found.Largest;
        var kept = new byte[found.Labels.Length];
        for (var i = 0; i < kept.Length; i++) kept[i] = (byte)(largest > 0 && found.Labels[i] == largest ? 1 : 0);
        return new(mask.Geometry, kept);
    }

    /// <inheritdoc cref="Of(Volume{byte}, Connectivity)"/>
    public static Components Of(ReadOnlySpan<byte> mask, Size3 size, Connectivity connectivity = Connectivity.TwentySix)
    {
        if (mask.Length != size.Count) throw new ArgumentException($"{mask.Length} voxels given for a grid of {size}.", nameof(mask));
        var (runs, rowStarts) = RunsOf(mask, size);
        var parents = new int[runs.Count];
        for (var i = 0; i < parents.Length; i++) parents[i] = i;
        // How far along x two runs may be apart, for rows that differ along one axis and along two.
        var (besideReach, cornerReach) = connectivity switch { Connectivity.Six => (0, -1), Connectivity.Eighteen => (1, 0), _ => (1, 1) };
        for (var z = 0; z < size.Z; z++)
        {
            for (var y = 0; y < size.Y; y++)
            {
                var row = z * size.Y + y;
                if (rowStarts[row] == rowStarts[row + 1]) continue;
                if (y > 0) Unite(runs, rowStarts, parents, row, row - 1, besideReach);
                if (z == 0) continue;
                Unite(runs, rowStarts, parents, row, row - size.Y, besideReach);
                if (cornerReach < 0) continue;
                if (y > 0) Unite(runs, rowStarts, parents, row, row - size.Y - 1, cornerReach);
                if (y < size.Y - 1) Unite(runs, rowStarts, parents, row, row - size.Y + 1, cornerReach);
            }
        }

        // A root is the first run of its piece, so numbers come in memory order.
        var numbers = new int[runs.Count];
        var sizes = new List<long>();
        var labels = new int[mask.Length];
        for (var i = 0; i < runs.Count; i++)
        {
            var root = Root(parents, i);
            if (root == i)
            {
                sizes.Add(0);
                numbers[i] = sizes.Count;
            }

            var run = runs[i];
            sizes[numbers[root] - 1] += run.Length;
            labels.AsSpan(run.Row * size.X + run.X, run.Length).Fill(numbers[root]);
        }

        return new(labels, [.. sizes]);
    }

    private static (List<Run> Runs, int[] RowStarts) RunsOf(ReadOnlySpan<byte> mask, Size3 size)
    {
        var runs = new List<Run>();
        var rowStarts = new int[size.Y * size.Z + 1];
        for (var row = 0; row < size.Y * size.Z; row++)
        {
            rowStarts[row] = runs.Count;
            var voxels = mask.Slice(row * size.X, size.X);
            for (var x = 0; x < size.X;)
            {
                var start = voxels[x..].IndexOfAnyExcept((byte)0);
                if (start < 0) break;
                x += start;
                var length = voxels[x..].IndexOf((byte)0);
                if (length < 0) length = size.X - x;
                runs.Add(new(x, length, row));
                x += length;
            }
        }

        rowStarts[^1] = runs.Count;
        return (runs, rowStarts);
    }

    /// <summary>Unites the runs of two rows that overlap along x, or with reach 1 touch at a corner. Both rows are sorted: one walk.</summary>
    private static void Unite(List<Run> runs, int[] rowStarts, int[] parents, int row, int other, int reach)
    {
        if (rowStarts[other] == rowStarts[other + 1]) return;
        var (i, j) = (rowStarts[row], rowStarts[other]);
        while (i < rowStarts[row + 1] && j < rowStarts[other + 1])
        {
            var (a, b) = (runs[i], runs[j]);
            if (a.X < b.X + b.Length + reach && b.X < a.X + a.Length + reach)
            {
                var (p, q) = (Root(parents, i), Root(parents, j));
                if (p < q) parents[q] = p;
                else parents[p] = q;
            }

            if (a.X + a.Length < b.X + b.Length) i++;
            else j++;
        }
    }

    /// <summary>Set voxels side by side in one row.</summary>
    private readonly record struct Run(int X, int Length, int Row);

    private static int Root(int[] parents, int i)
    {
        while (parents[i] != i)
        {
            parents[i] = parents[parents[i]];
            i = parents[i];
        }

        return i;
    }
}
