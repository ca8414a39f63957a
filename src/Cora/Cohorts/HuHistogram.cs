namespace Cora.Cohorts;

/// <summary>Counts of whole HU, one bin a value of int16: half a megabyte however many voxels, exact statistics, and any order gives the same.</summary>
public sealed class HuHistogram
{
    private readonly long[] counts = new long[ushort.MaxValue + 1];

    /// <summary>Voxels counted.</summary>
    public long Count { get; private set; }

    /// <summary>Counts the HU of a piece of scan whose label is above 0.</summary>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public void Add(ReadOnlySpan<short> hu, ReadOnlySpan<byte> labels)
    {
        if (hu.Length != labels.Length) throw new ArgumentException("HU and labels differ in number.", nameof(labels));
        for (var i = 0; i < hu.Length; i++)
        {
            if (labels[i] == 0) continue;
            counts[hu[i] - short.MinValue]++;
            Count++;
        }
    }

    /// <summary>Statistics of all that was counted.</summary>
    /// <exception cref="InvalidOperationException">Nothing was.</exception>
    public ForegroundIntensity Statistics()
    {
        if (Count == 0) throw new InvalidOperationException("No voxel was counted.");
        Int128 sum = 0;
        for (var bin = 0; bin < counts.Length; bin++) sum += (Int128)counts[bin] * (bin + short.MinValue);
        var mean = (double)sum / Count;
        var squares = 0.0;
        for (var bin = 0; bin < counts.Length; bin++)
        {
            var difference = bin + short.MinValue - mean;
            squares += counts[bin] * difference * difference;
        }

        return new(Count, mean, Percentile(50), Math.Sqrt(squares / Count), At(0), At(Count - 1), Percentile(0.5), Percentile(99.5));
    }

    /// <summary>Between the two values nearest in order, linearly, as NumPy has it.</summary>
    private double Percentile(double percent)
    {
        var position = percent / 100 * (Count - 1);
        var low = (long)Math.Floor(position);
        var (from, to) = (At(low), At(Math.Min(low + 1, Count - 1)));
        return from + (position - low) * (to - from);
    }

    /// <summary>The value of a rank, counted from 0.</summary>
    private int At(long rank)
    {
        var bin = 0;
        for (var below = counts[0]; below <= rank; below += counts[bin]) bin++;
        return bin + short.MinValue;
    }
}
