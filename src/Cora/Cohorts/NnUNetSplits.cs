using System.Text.Json;
using System.Text.Json.Nodes;

namespace Cora.Cohorts;

/// <summary>One fold: case ids that are learnt from and that choose the weights.</summary>
public sealed record Fold(IReadOnlyList<string> Train, IReadOnlyList<string> Validation);

/// <summary>splits_final.json of nnU-Net: a list of folds.</summary>
public static class NnUNetSplits
{
    /// <summary>Folds of nnU-Net.</summary>
    public const int Folds = 5;

    /// <summary>nnU-Net's seed. The number is the same, the folds are not: its shuffle is scikit-learn's, ours is of <see cref="Seed"/>.</summary>
    public const long Seed12345 = 12345;

    private const string Remedy = "Give a list of { \"train\": [ids], \"val\": [ids] } over the cases of this dataset, or remove the file to have folds made.";

    /// <summary>The folds of the file where it is there, else our own, which are written to it.</summary>
    /// <param name="path">Place of splits_final.json.</param>
    /// <param name="cases">The training cases.</param>
    /// <exception cref="CoraException">The file does not fit the cases, or there are too few patients.</exception>
    public static IReadOnlyList<Fold> ReadOrMake(string path, IReadOnlyCollection<CaseRow> cases)
    {
        if (File.Exists(path)) return Read(path, cases);
        var folds = Of(cases);
        Write(path, folds);
        return folds;
    }

    /// <summary>Folds by patient: sorted patients are shuffled and cut into runs as equal as can be, the first ones the longer; each case is held back once.</summary>
    /// <exception cref="CoraException">There are fewer patients than folds.</exception>
    public static IReadOnlyList<Fold> Of(IReadOnlyCollection<CaseRow> cases, int folds = Folds, long seed = Seed12345)
    {
        ArgumentNullException.ThrowIfNull(cases);
        ArgumentOutOfRangeException.ThrowIfLessThan(folds, 2);
        string[] patients = [.. cases.Select(c => c.PatientId).Distinct().Order(StringComparer.Ordinal)];
        if (patients.Length < folds)
            throw new CoraException($"{patients.Length} patients do not make {folds} folds.", "Take fewer folds, or label more cases.");
        Seed.Root(seed).Derive("folds").Random().Shuffle(patients.AsSpan());
        var (least, longer) = Math.DivRem(patients.Length, folds);
        var made = new List<Fold>();
        var start = 0;
        for (var fold = 0; fold < folds; fold++)
        {
            var count = least + (fold < longer ? 1 : 0);
            var held = patients.AsSpan(start, count).ToArray().ToHashSet();
            start += count;
            string[] Ids(bool isHeld) => [.. cases.Where(c => held.Contains(c.PatientId) == isHeld).Select(c => c.CaseId).Order(StringComparer.Ordinal)];
            made.Add(new(Ids(false), Ids(true)));
        }

        return made;
    }

    /// <summary>Reads folds and holds them against the cases.</summary>
    /// <exception cref="CoraException">The file is no list of folds, names a case that is not there, or has a patient on both sides of a fold.</exception>
    public static IReadOnlyList<Fold> Read(string path, IReadOnlyCollection<CaseRow> cases)
    {
        ArgumentNullException.ThrowIfNull(cases);
        var folds = new List<Fold>();
        try
        {
            foreach (var fold in JsonNode.Parse(File.ReadAllText(path))!.AsArray())
            {
                string[] Ids(string key) => [.. fold![key]!.AsArray().Select(id => id!.GetValue<string>())];
                folds.Add(new(Ids("train"), Ids("val")));
            }
        }
        catch (Exception problem) when (problem is JsonException or InvalidOperationException or NullReferenceException or IOException or UnauthorizedAccessException)
        {
            throw new CoraException($"{path} is no list of folds: {problem.Message}", Remedy, inner: problem);
        }

        if (folds.Count == 0) throw new CoraException($"{path} holds no fold.", Remedy);
        var patients = cases.ToDictionary(c => c.CaseId, c => c.PatientId);
        foreach (var (i, fold) in folds.Index())
        {
            if (fold.Train.Concat(fold.Validation).FirstOrDefault(id => !patients.ContainsKey(id)) is { } stranger)
                throw new CoraException($"{path}: fold {i} names case {stranger}, which the dataset does not have.", Remedy);
            var learnt = fold.Train.Select(id => patients[id]).ToHashSet();
            if (fold.Validation.FirstOrDefault(id => learnt.Contains(patients[id])) is { } shared)
                throw new CoraException($"{path}: fold {i} has the patient of case {shared} in train and in val.", Remedy);
        }

        return folds;
    }

    /// <summary>Writes folds.</summary>
    public static void Write(string path, IEnumerable<Fold> folds)
    {
        ArgumentNullException.ThrowIfNull(folds);
        JsonArray Listed(IEnumerable<string> ids) => new([.. ids.Select(id => JsonValue.Create(id))]);
        PlansFile.WriteJson(path, new JsonArray([.. folds.Select(f => new JsonObject { ["train"] = Listed(f.Train), ["val"] = Listed(f.Validation) })]));
    }
}
