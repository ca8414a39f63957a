using Cora.Imaging;

namespace Cora.Synthesis;

/// <summary>The artery voxels of a study as a sorted list of places in memory: some hundred kilobytes instead of a volume.</summary>
public sealed class ArteryIndex
{
    private readonly int[] places;
    private readonly Lazy<double[]> lengthWeights;
    private readonly Lazy<int[][]> components;

    private ArteryIndex(Size3 size, int[] places)
    {
        Size = size;
        this.places = places;
        lengthWeights = new(InverseCrowding);
        components = new(Components);
    }

    /// <summary>Size of the volume.</summary>
    public Size3 Size { get; }

    /// <summary>Number of artery voxels.</summary>
    public int Count => places.Length;

    /// <summary>The voxels above 0 of a mask.</summary>
    /// <param name="mask">The mask, x fastest.</param>
    /// <param name="size">Its size; fewer than 2^31 voxels.</param>
    /// <param name="caseId">Pseudonym for the message.</param>
    /// <exception cref="CoraException">The mask is empty.</exception>
    public static ArteryIndex Of(ReadOnlySpan<byte> mask, Size3 size, string caseId)
    {
        if (mask.Length != size.Count) throw new ArgumentException("The mask and its size do not agree.", nameof(mask));
        var count = mask.Length - mask.Count((byte)0);
        if (count == 0)
        {
            throw new CoraException(
                $"The artery mask of case {caseId} is empty: there is no voxel to anchor a patch on.",
                "Leave the case out of the split, or segment its arteries again.");
        }

        var places = new int[count];
        var found = 0;
        for (var i = 0; i < mask.Length; i++)
        {
            if (mask[i] > 0) places[found++] = i;
        }

        return new(size, places);
    }

    /// <summary>Whether a voxel is artery; outside of the volume nothing is.</summary>
    public bool Contains(int x, int y, int z) =>
        (uint)x < (uint)Size.X && (uint)y < (uint)Size.Y && (uint)z < (uint)Size.Z && Array.BinarySearch(places, (z * Size.Y + y) * Size.X + x) >= 0;

    /// <summary>The index x, y, z of artery voxel <paramref name="i"/>.</summary>
    public Vec3 this[int i] => IndexOf(places[i]);

    /// <summary>An artery voxel, weighed as asked.</summary>
    public Vec3 Draw(ArteryWeight weight, Rng random)
    {
        ArgumentNullException.ThrowIfNull(random);
        switch (weight)
        {
            case ArteryWeight.Centerline:
                var target = random.Uniform() * lengthWeights.Value[^1];
                var found = Array.BinarySearch(lengthWeights.Value, target);
                return this[Math.Min(found < 0 ? ~found : found + 1, Count - 1)];
            case ArteryWeight.Component:
                return IndexOf(random.Pick(random.Pick(components.Value)));
            default:
                return this[(int)random.Index(Count)];
        }
    }

    /// <summary>A voxel anywhere in the arteries' bounding box, which is the heart and what lies around it.</summary>
    public Vec3 DrawAround(Rng random)
    {
        ArgumentNullException.ThrowIfNull(random);
        var (low, high) = (IndexOf(places[0]), IndexOf(places[0]));
        foreach (var place in places)
        {
            var p = IndexOf(place);
            low = new(Math.Min(low.X, p.X), Math.Min(low.Y, p.Y), Math.Min(low.Z, p.Z));
            high = new(Math.Max(high.X, p.X), Math.Max(high.Y, p.Y), Math.Max(high.Z, p.Z));
        }

        return new(random.Integer((int)low.X, (int)high.X), random.Integer((int)low.Y, (int)high.Y), random.Integer((int)low.Z, (int)high.Z));
    }

    private Vec3 IndexOf(int place) => new(place % Size.X, place / Size.X % Size.Y, place / (Size.X * Size.Y));

    /// <summary>Cumulative weights: one over the artery voxels within three voxels, so that a thick stretch weighs no more than a thin one.</summary>
    private double[] InverseCrowding()
    {
        const int radius = 3;
        var set = places.ToHashSet();
        var weights = new double[Count];
        Parallel.For(0, Count, i =>
        {
            var p = this[i];
            var crowd = 0;
            for (var z = Math.Max(0, (int)p.Z - radius); z <= Math.Min(Size.Z - 1, (int)p.Z + radius); z++)
            {
                for (var y = Math.Max(0, (int)p.Y - radius); y <= Math.Min(Size.Y - 1, (int)p.Y + radius); y++)
                {
                    for (var x = Math.Max(0, (int)p.X - radius); x <= Math.Min(Size.X - 1, (int)p.X + radius); x++) crowd += set.Contains((z * Size.Y + y) * Size.X + x) ? 1 : 0;
                }
            }

            weights[i] = 1.0 / crowd;
        });
        for (var i = 1; i < weights.Length; i++) weights[i] += weights[i - 1];
        return weights;
    }

    /// <summary>The trees: artery voxels that touch by face, edge or corner, by flooding.</summary>
    private int[][] Components()
    {
        var left = places.ToHashSet();
        var trees = new List<int[]>();
        foreach (var seed in places)
        {
            if (!left.Remove(seed)) continue;
            var tree = new List<int> { seed };
            for (var next = 0; next < tree.Count; next++)
            {
                var p = IndexOf(tree[next]);
                for (var n = 0; n < 27; n++)
                {
                    var (x, y, z) = ((int)p.X + n % 3 - 1, (int)p.Y + n / 3 % 3 - 1, (int)p.Z + n / 9 - 1);
                    if (x < 0 || y < 0 || z < 0 || x >= Size.X || y >= Size.Y || z >= Size.Z) continue;
                    var place = (z * Size.Y + y) * Size.X + x;
                    if (left.Remove(place)) tree.Add(place);
                }
            }

            trees.Add([.. tree]);
        }

        return [.. trees];
    }
}
