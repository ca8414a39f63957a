using System.Text.Json;
using Cora.Cohorts;
using Cora.Evaluation;
using Cora.Language;
using Cora.Networks;
using Cora.Tasks;

namespace Cora.Experiments;

/// <summary>MACE risk as a run: Fig. 5. Image, clinical and multimodal models, one after another, on the same cases with the same steps.</summary>
internal static class FinetuneMace
{
    private const double Threshold = 0.5;

    public static bool Go(FinetuneWork work)
    {
        var config = work.Experiment.Mace;
        var (learnt, held) = CasesOf(work);
        var tested = FinetuneWork.Tested.SelectMany(s => work.Cohort.Of(s)).Where(c => c.Mace30d is not null).ToArray();
        CaseRow[] all = [.. learnt.Concat(held).Concat(tested).DistinctBy(c => c.CaseId)];
        var texts = config.Variants.Any(v => v != RiskVariant.Image) ? TextsOf(work, all) : null;
        var vectors = texts is null ? [] : all.Zip(texts.Vectors).ToDictionary(p => p.First.CaseId, p => p.Second);
        using var volumes = config.Variants.Any(v => v != RiskVariant.Clinical)
            ? WholeVolumes.Open(work.Cohort, all, work.SpacingMm, work.ArteryMarginMm(config.Head, all), work.Progress, work.Stop) : null;
        work.Begin();
        work.Progress?.Report(new Note($"{learnt.Length} cases are learnt from ({learnt.Count(c => c.Mace30d == true)} events), {held.Length} choose the best weights, {tested.Length} are tested."));
        foreach (var variant in config.Variants)
        {
            var name = WordOf(variant);
            work.Progress?.Report(new Note($"Model: {name}."));
            using var task = new MaceRisk(variant, config, work.Experiment.Trainer, work.Network, work.Windows, volumes, variant == RiskVariant.Image ? new Dictionary<string, float[]>() : vectors, learnt, held, work.Seed);
            var spacing = work.SpacingMm ?? volumes?.GridOf(learnt[0].CaseId).Spacing ?? default;
            var model = work.Describe("mace", [MaceRisk.Target], spacing, patch: 0, config.Head);
            var folder = Path.Combine(work.Run.Folder, "variants", name);
            work.Take(task.Network, folder, variant == RiskVariant.Clinical ? [] : config.Transfer);
            task.ComputeFeatures(all, work.Features, work.ScansOf(model), work.Device, work.Progress, work.Stop);
            if (!work.Fit(task, folder, model, work.Seed)) return false;
            ClassificationCard.WriteTables(work, $"mace-{name}-", tested.Select(c => (c.CaseId, c.Site, c.Split, MaceRisk.Target, c.Mace30d, task.Predict(c, work.Device))));
        }

        Write(work, learnt.Length, held.Length, texts?.Encoder);
        return true;
    }

    private static string WordOf(RiskVariant variant) => JsonNamingPolicy.SnakeCaseLower.ConvertName(variant.ToString());

    private static (CaseRow[] Learnt, CaseRow[] Held) CasesOf(FinetuneWork work)
    {
        var problems = new List<string>();
        if (work.Experiment.Mace.Variants.Any(v => v != RiskVariant.Image) && !work.Cohort.Clinical.Any())
            problems.Add("clinical.csv is missing or empty, which the clinical and the multimodal model read");
        var known = work.Cohort.Of(Split.Train).Where(c => c.Mace30d is not null).ToArray();
        var events = known.Count(c => c.Mace30d == true);
        if (events == 0 || events == known.Length) problems.Add($"the training cases hold {events} with and {known.Length - events} without an event (mace_30d), and both are needed");
        if (problems.Count > 0)
            throw new CoraException($"The cohort {work.Cohort.Folder} cannot be learnt from: {string.Join("; ", problems)}.", "Add what is missing, or train fewer models (mace.variants = [\"image\"]).");
        return FinetuneCases.Of(work.Experiment, work.Cohort, c => c.Mace30d is not null);
    }

    /// <summary>The text of a case, made of Table 1's variables alone.</summary>
    public static string TextOf(Cohort cohort, CaseRow row) =>
        ClinicalPrompt.Write(ClinicalVariable.Table1.Select(v => ClinicalValue.Of(v.Name, cohort.ClinicalOf(row) is { } known ? v.Get(known) : null)));

    /// <summary>The folder of vectors within a run, where the settings name no other.</summary>
    public static string CacheOf(string run) => Path.Combine(run, "embeddings");

    private static TextVectors TextsOf(FinetuneWork work, CaseRow[] cases) =>
        ClinicalTexts.Encode(work.Experiment.Text, [.. cases.Select(c => TextOf(work.Cohort, c))], CacheOf(work.Run.Folder), work.Progress, work.Stop);

    private static void Write(FinetuneWork work, int learnt, int held, EncoderIdentity? encoder)
    {
        var config = work.Experiment.Mace;
        var variants = config.Variants.Select(WordOf).ToArray();
        var scores = variants.ToDictionary(v => v, v => ClassificationCard.Of(work, $"mace-{v}-", Threshold));
        var splits = FinetuneWork.Tested.Select(CohortFiles.WordOf).Where(s => scores.Values.Any(v => v.ContainsKey(s))).ToDictionary(s => s, s => (object)new
        {
            Variants = variants.ToDictionary(v => v, v => scores[v].GetValueOrDefault(s)), Comparisons = ComparisonsOf(work, variants, s),
        });
        Scorecard.Write(work, learnt, held, splits, new { TextEncoder = encoder, TextEncoderIsLanguageModel = encoder is null ? (bool?)null : work.Experiment.Text.Encoder != TextEncoderKind.ClinicalFeatures, config.Head, config.Mode, config.Hidden, config.Projected });
    }

    /// <summary>Multimodal less image and less clinical on the same patients, with Holm's correction over both.</summary>
    private static object[] ComparisonsOf(FinetuneWork work, string[] variants, string split)
    {
        const string first = "multimodal";
        if (!variants.Contains(first)) return [];
        ScoredCases? CasesOf(string variant)
        {
            var path = Path.Combine(work.Run.Folder, "predictions", $"mace-{variant}-{split}.csv");
            return File.Exists(path) ? PredictionTable.Read(path).Targets.Single().Cases : null;
        }

        var mine = CasesOf(first);
        if (mine is not { HasBothClasses: true }) return [];
        var resamples = Resamples.Draw(mine, work.Experiment.Statistics.Resamples, Seed.Root(work.Experiment.Seed).Derive("bootstrap").Derive(MaceRisk.Target));
        var others = variants.Where(v => v != first).Select(v => (Name: v, Comparison: AreaComparison.Of(mine, CasesOf(v)!, resamples), DeLong: DeLong.Compare(mine, CasesOf(v)!))).ToArray();
        var adjusted = Holm.Adjust([.. others.Select(o => o.Comparison.PValue)]);
        return [.. others.Select((o, i) => new
        {
            First = first, Second = o.Name, Difference = Scorecard.Number(o.Comparison.Difference), Z = Scorecard.Number(o.Comparison.Z), PValue = Scorecard.Number(o.Comparison.PValue),
            PValueHolm = Scorecard.Number(adjusted[i]), PValuePercentile = Scorecard.Number(o.Comparison.PValuePercentile), o.Comparison.PValueFloor, DelongPValue = Scorecard.Number(o.DeLong.PValue),
        })];
    }
}
