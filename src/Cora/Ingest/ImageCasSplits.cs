using System.Globalization;
using Cora.Cohorts;

namespace Cora.Ingest;

/// <summary>A split of ImageCAS by case number, and the lists that are written beside the tables.</summary>
internal sealed record ImageCasSplits(IReadOnlyDictionary<int, Split> Of, IReadOnlyDictionary<string, string> Lists)
{
    /// <summary>Test cases of the paper (Adaptation, artery segmentation).</summary>
    public const int Tests = 60;

    /// <summary>Validation cases of the paper.</summary>
    public const int Validations = 40;

    /// <summary>Training cases of the paper's curve.</summary>
    public static readonly int[] Trainings = [50, 100, 200, 400, 800];

    private const long Seed2026 = 2026;

    /// <summary>
    /// The paper names sizes and no lists. Here sorted numbers are shuffled (seed 2026): the first 60 are test, the next 40 validation, then come nested prefixes
    /// of 50 to 800 for training; of a thousand a hundred stay unused.
    /// </summary>
    /// <exception cref="CoraException">Fewer cases than test, validation and the shortest training list need (exit code 2).</exception>
    public static ImageCasSplits Paper(IReadOnlyCollection<int> numbers)
    {
        if (numbers.Count < Tests + Validations + Trainings[0])
        {
            throw new CoraException(
                $"{numbers.Count} cases are too few for the paper's split: {Tests} test, {Validations} validation and at least {Trainings[0]} training cases.",
                "Unpack more of the archive, or take --split none or --split official.", ExitCode.Usage);
        }

        int[] shuffled = [.. numbers.Order()];
        Seed.Root(Seed2026).Derive("imagecas").Random().Shuffle(shuffled.AsSpan());
        var pool = shuffled[(Tests + Validations)..];
        var splits = new Dictionary<int, Split>();
        var lists = new Dictionary<string, string>();
        Take("test", shuffled[..Tests], Split.InternalTest);
        Take("validation", shuffled[Tests..(Tests + Validations)], Split.Validation);
        foreach (var size in Trainings.Where(size => size <= pool.Length)) Take(string.Create(CultureInfo.InvariantCulture, $"train-{size}"), pool[..size], Split.Train);
        return new(splits, lists);

        void Take(string name, int[] taken, Split split)
        {
            foreach (var n in taken) splits[n] = split;
            lists[$"splits/{name}.txt"] = string.Concat(taken.Select(n => ImageCasArchive.IdOf(n) + "\n"));
        }
    }

    /// <summary>One of the four folds of the workbook that comes with the data.</summary>
    /// <exception cref="CoraException">The workbook is not as expected, or its ids are not the files' numbers and nobody asked for the order of rows.</exception>
    public static ImageCasSplits Official(string path, string column, IReadOnlyCollection<int> numbers, bool mapByRowOrder, List<string> warnings)
    {
        var rows = path.EndsWith(".xlsx", StringComparison.OrdinalIgnoreCase) ? Workbook.Read(path) : [.. CsvRows(path)];
        var at = rows.Index().FirstOrDefault(r => r.Item.Contains("FileName", StringComparer.OrdinalIgnoreCase)).Index;
        var header = rows.Count > 0 ? rows[at] : [];
        var name = Array.FindIndex(header, h => h.Equals("FileName", StringComparison.OrdinalIgnoreCase));
        var place = Array.FindIndex(header, h => h.Equals(column, StringComparison.OrdinalIgnoreCase));
        if (name < 0 || place < 0)
            throw new CoraException($"{path} has no row of names with FileName and {column}.", "Give the workbook of ImageCAS as it is distributed, and --split-column Split-1 to Split-4.");
        var entries = rows.Skip(at + 1).Where(r => r.Length > Math.Max(name, place)).Select((r, i) => (Id: NumberOf(r[name]), Word: r[place], Row: i + 1)).ToArray();
        var isByNumber = entries.Length > 0 && entries.All(e => e.Id is >= 1 and <= 9999);
        if (!isByNumber && !mapByRowOrder)
        {
            throw new CoraException(
                $"{path} names cases as {entries.FirstOrDefault().Id?.ToString(CultureInfo.InvariantCulture) ?? "text"}, the files are numbered {numbers.Min()} to {numbers.Max()}: they cannot be joined by name.",
                "If row k of the workbook is case k, which nobody has confirmed, ask for it with --map-by-row-order; or take --split paper.", ExitCode.Usage);
        }

        if (!isByNumber) warnings.Add($"Row k of {path} is taken as case k, as you asked. Nothing in the data confirms it: the split may be another one than its authors'.");
        var splits = new Dictionary<int, Split>();
        foreach (var entry in entries)
        {
            var number = isByNumber ? (int)entry.Id!.Value : entry.Row;
            if (!splits.TryAdd(number, SplitOf(entry.Word, path, number))) throw new CoraException($"{path}: case {number} stands twice.", "Give the workbook as it is distributed.");
        }

        var without = numbers.Where(n => !splits.ContainsKey(n)).ToArray();
        if (without.Length > 0) warnings.Add($"{without.Length} cases have no row in {path} and stay without a split: {string.Join(", ", without.Take(8))}{(without.Length > 8 ? ", …" : "")}.");
        var lists = splits.Where(s => numbers.Contains(s.Key)).GroupBy(s => s.Value).ToDictionary(
            g => $"splits/{column.ToLowerInvariant()}-{CohortFiles.WordOf(g.Key)}.txt", g => string.Concat(g.Select(s => s.Key).Order().Select(n => ImageCasArchive.IdOf(n) + "\n")));
        return new(splits, lists);
    }

    private static IEnumerable<string[]> CsvRows(string path)
    {
        var table = Table.Read(path);
        return table.Rows.Prepend([.. table.Header]);
    }

    /// <summary>A number as a workbook stores it (10016975, 10016975.0, 1.0016975E7) or a file name that begins with it.</summary>
    private static long? NumberOf(string text)
    {
        var stem = text.Split(".img")[0].Split(".nii")[0];
        return double.TryParse(stem, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && value == Math.Floor(value) && Math.Abs(value) < 1e15 ? (long)value : null;
    }

    private static Split SplitOf(string word, string path, int number) => word.Trim().ToUpperInvariant() switch
    {
        "TRAINING" or "TRAIN" => Split.Train,
        "VAL" or "VALIDATION" => Split.Validation,
        "TESTING" or "TEST" => Split.InternalTest,
        _ => throw new CoraException($"{path}: case {number} has the split \"{word}\", expected Training, Val or Testing.", "Give the workbook as it is distributed."),
    };
}
