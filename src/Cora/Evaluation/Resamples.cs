using System.Globalization;

namespace Cora.Evaluation;

/// <summary>
/// Resamples of cases with replacement, as positions into the order of the cases. Drawn once and used for every measure and every model, so that all
/// intervals and tests speak of the same patients.
/// </summary>
public sealed class Resamples
{
    /// <summary>The number of resamples of the paper.</summary>
    public const int Standard = 500;

    private readonly int[][] rows;

    private Resamples(int[][] rows, int cases, int redrawn, bool areGiven)
    {
        this.rows = rows;
        Cases = cases;
        Redrawn = redrawn;
        AreGiven = areGiven;
    }

    /// <summary>Number of resamples.</summary>
    public int Count => rows.Length;

    /// <summary>Number of cases that are resampled.</summary>
    public int Cases { get; }

    /// <summary>Draws thrown away because they held one class alone.</summary>
    public int Redrawn { get; }

    /// <summary>Whether the positions came from outside. Then a resample with one class alone is left out, not redrawn.</summary>
    public bool AreGiven { get; }

    /// <summary>The positions of one resample.</summary>
    public ReadOnlySpan<int> this[int resample] => rows[resample];

    /// <summary>Draws as many cases as there are, each as likely, whatever their truth.</summary>
    /// <param name="cases">Number of cases.</param>
    /// <param name="count">Number of resamples.</param>
    /// <param name="seed">Root of the draws; resample b depends on the seed and on b alone.</param>
    public static Resamples Draw(int cases, int count, Seed seed)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(cases, 1);
        return Drawn(cases, count, seed, (random, row) => Fill(row, random, cases), _ => true);
    }

    /// <summary>
    /// Draws as many cases as there are, each as likely. A draw with one class alone is made again and counted, unless the cases themselves have one class.
    /// </summary>
    /// <inheritdoc cref="Draw(int, int, Seed)"/>
    public static Resamples Draw(ScoredCases cases, int count, Seed seed)
    {
        ArgumentNullException.ThrowIfNull(cases);
        var truth = cases.Truth.ToArray();
        return Drawn(truth.Length, count, seed, (random, row) => Fill(row, random, truth.Length), row => !cases.HasBothClasses || HoldsBoth(row, truth));
    }

    /// <summary>Draws positives from the positives and negatives from the negatives, so that every resample has as many of each as the cases.</summary>
    /// <inheritdoc cref="Draw(int, int, Seed)"/>
    public static Resamples DrawStratified(ScoredCases cases, int count, Seed seed)
    {
        ArgumentNullException.ThrowIfNull(cases);
        var truth = cases.Truth.ToArray();
        var positives = Enumerable.Range(0, truth.Length).Where(i => truth[i]).ToArray();
        var negatives = Enumerable.Range(0, truth.Length).Where(i => !truth[i]).ToArray();
        return Drawn(truth.Length, count, seed, (random, row) =>
        {
            for (var i = 0; i < row.Length; i++)
            {
                var stratum = i < positives.Length ? positives : negatives;
                row[i] = stratum[(int)random.Index(stratum.Length)];
            }
        }, _ => true);
    }

    /// <summary>
    /// The same resamples for cases that stand several times, one list after the other, as the predictions of several trainings do: whoever is drawn is drawn
    /// with all copies.
    /// </summary>
    public Resamples ForCopies(int copies)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(copies, 1);
        var longer = Array.ConvertAll(rows, row => Enumerable.Range(0, copies).SelectMany(c => row.Select(i => i + c * Cases)).ToArray());
        return new(longer, copies * Cases, Redrawn, AreGiven);
    }

    /// <summary>Resamples that another program drew.</summary>
    /// <param name="positions">[resamples, cases] in one row after the other: positions from 0.</param>
    /// <param name="cases">Number of cases, the length of a row.</param>
    /// <exception cref="CoraException">There is no whole row, or a position is not that of a case.</exception>
    public static Resamples Given(ReadOnlySpan<int> positions, int cases)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(cases, 1);
        if (positions.Length == 0 || positions.Length % cases != 0)
        {
            throw Refuse(string.Create(CultureInfo.InvariantCulture, $"{positions.Length} positions are not whole resamples of {cases} cases."));
        }

        var rows = new int[positions.Length / cases][];
        for (var b = 0; b < rows.Length; b++)
        {
            rows[b] = positions.Slice(b * cases, cases).ToArray();
            foreach (var i in rows[b])
            {
                if (i < 0 || i >= cases) throw Refuse(string.Create(CultureInfo.InvariantCulture, $"Resample {b} names position {i}, but there are {cases} cases, 0 to {cases - 1}."));
            }
        }

        return new(rows, cases, 0, areGiven: true);
    }

    /// <summary>Reads resamples from a NumPy file of whole numbers, [resamples, cases].</summary>
    /// <exception cref="CoraException">The file is not such an array, or does not fit the number of cases.</exception>
    public static Resamples Read(string path, int cases)
    {
        try
        {
            var array = NpyArray.Read(path);
            if (array.Shape.Length != 2 || array.Shape[1] != cases)
                throw Refuse(string.Create(CultureInfo.InvariantCulture, $"{path} has the shape [{string.Join(", ", array.Shape)}], expected [resamples, {cases}]."));
            if (Array.Exists(array.Values, v => v != Math.Floor(v) || Math.Abs(v) > int.MaxValue)) throw Refuse($"{path} holds numbers that are not whole.");
            return Given(Array.ConvertAll(array.Values, v => (int)v), cases);
        }
        catch (IOException problem)
        {
            throw new CoraException($"{path} cannot be read: {problem.Message}", "Check the path and its permissions.", inner: problem);
        }
    }

    private static Resamples Drawn(int cases, int count, Seed seed, Action<Rng, int[]> draw, Func<int[], bool> isUsable)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        var rows = new int[count][];
        var redrawn = 0;
        for (var b = 0; b < count; b++)
        {
            var random = seed.Derive(b).Random();
            rows[b] = new int[cases];
            for (draw(random, rows[b]); !isUsable(rows[b]); draw(random, rows[b])) redrawn++;
        }

        return new(rows, cases, redrawn, areGiven: false);
    }

    private static void Fill(int[] row, Rng random, int cases)
    {
        for (var i = 0; i < row.Length; i++) row[i] = (int)random.Index(cases);
    }

    private static bool HoldsBoth(int[] row, bool[] truth)
    {
        var first = truth[row[0]];
        return Array.Exists(row, i => truth[i] != first);
    }

    private static CoraException Refuse(string why) =>
        new(why, "Give whole numbers in [resamples, cases], each row the positions of the drawn cases in table order, counted from 0.");
}
