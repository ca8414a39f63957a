using Cora.Imaging;

namespace Cora.Synthesis;

/// <summary>Random voxels of each label of a case, kept so that patches can be cut round them without the label map.</summary>
/// <param name="Size">Size of the volume.</param>
/// <param name="Classes">The labels that are there.</param>
/// <param name="Places">For each of them places in memory, x fastest.</param>
public sealed record ForegroundVoxels(Size3 Size, IReadOnlyList<int> Classes, IReadOnlyList<int[]> Places)
{
    private const int Fewest = 10_000;
    private const double LeastShare = 0.01;

    /// <summary>Of each label up to 10 000 voxels, or a hundredth of them where that is more (ALGORITHMS 4.4, item 4), drawn without repetition.</summary>
    /// <param name="labels">The map, x fastest; 0 is background.</param>
    /// <param name="size">Its size.</param>
    /// <param name="seed">Which voxels.</param>
    public static ForegroundVoxels Of(ReadOnlySpan<ushort> labels, Size3 size, Seed seed)
    {
        if (labels.Length != size.Count) throw new ArgumentException("The labels and their size do not agree.", nameof(labels));
        var found = new SortedDictionary<int, List<int>>();
        for (var i = 0; i < labels.Length; i++)
        {
            if (labels[i] == 0) continue;
            if (!found.TryGetValue(labels[i], out var list)) found.Add(labels[i], list = []);
            list.Add(i);
        }

        return new(size, [.. found.Keys], [.. found.Select(f => Chosen([.. f.Value], seed.Derive(f.Key).Random()))]);
    }

    /// <summary>The same for one label, 1, whose voxels are known.</summary>
    /// <param name="places">Places in memory, x fastest.</param>
    /// <param name="size">Size of the volume.</param>
    /// <param name="seed">Which voxels.</param>
    public static ForegroundVoxels OfOne(ReadOnlySpan<int> places, Size3 size, Seed seed) =>
        places.IsEmpty ? new(size, [], []) : new(size, [1], [Chosen(places.ToArray(), seed.Derive(1).Random())]);

    private static int[] Chosen(int[] places, Rng random)
    {
        var count = Math.Max(Math.Min(Fewest, places.Length), (int)Math.Ceiling(LeastShare * places.Length));
        for (var i = 0; i < count; i++)
        {
            var j = i + (int)random.Index(places.Length - i);
            (places[i], places[j]) = (places[j], places[i]);
        }

        return places[..count];
    }
}

/// <summary>Where nnU-Net cuts its training patches (ALGORITHMS 4.5): the last third of a batch, rounded, round a labelled voxel, the others anywhere.</summary>
public static class ForegroundSampler
{
    /// <summary>nnU-Net's share of forced patches.</summary>
    public const double Share = 0.33;

    /// <summary>Whether sample <paramref name="index"/> of a batch must show foreground: from round(batch · (1 - share)) on, ties to even. Of two, the second.</summary>
    public static bool IsForced(int index, int batchSize, double share = Share) => index >= (int)Math.Round(batchSize * (1 - share), MidpointRounding.ToEven);

    /// <summary>
    /// The first voxel of a patch. Forced: a label that is there, each as likely, one of its voxels, and the patch round it, moved up to where the volume (with
    /// the padding that a patch larger than it needs) begins, but not down from where it ends. Otherwise any place inside. A case without labels is never forced.
    /// </summary>
    /// <param name="voxels">Labelled voxels of the case.</param>
    /// <param name="patch">Size of the patch.</param>
    /// <param name="isForced">Whether it must show foreground.</param>
    /// <param name="random">Chance.</param>
    public static (int X, int Y, int Z) Corner(ForegroundVoxels voxels, Size3 patch, bool isForced, Rng random)
    {
        ArgumentNullException.ThrowIfNull(voxels);
        ArgumentNullException.ThrowIfNull(random);
        var size = voxels.Size;
        if (!isForced || voxels.Classes.Count == 0)
        {
            int Anywhere(int axis) => random.Integer(Lowest(size[axis], patch[axis]), Highest(size[axis], patch[axis]));
            return (Anywhere(0), Anywhere(1), Anywhere(2));
        }

        var place = random.Pick(voxels.Places[(int)random.Index(voxels.Classes.Count)]);
        int Round(int axis, int at) => Math.Max(Lowest(size[axis], patch[axis]), at - patch[axis] / 2);
        return (Round(0, place % size.X), Round(1, place / size.X % size.Y), Round(2, place / (size.X * size.Y)));
    }

    /// <summary>Half of the padding that a patch larger than the volume needs lies before it, the larger half where it is odd.</summary>
    private static int Lowest(int size, int patch) => -((Math.Max(0, patch - size) + 1) / 2);

    private static int Highest(int size, int patch)
    {
        var padding = Math.Max(0, patch - size);
        return size + padding / 2 + padding % 2 - patch;
    }
}
