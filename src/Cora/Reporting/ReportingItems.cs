using System.Globalization;
using Cora.Cohorts;

namespace Cora.Reporting;

/// <summary>What a run can say to an item.</summary>
/// <param name="Words">In words.</param>
/// <param name="Left">What is left for the authors to say; null where the item is answered.</param>
internal sealed record ReportingAnswer(string Words, string? Left = null)
{
    /// <summary>A whole answer.</summary>
    public static implicit operator ReportingAnswer?(string? words) => words is null ? null : new(words);
}

/// <summary>An item of a reporting guideline in our own short words.</summary>
/// <param name="Number">Its number in the guideline.</param>
/// <param name="Words">What it asks for, in our words.</param>
/// <param name="Answer">What the run can say; null where only the authors can.</param>
internal sealed record ReportingItem(string Number, string Words, ReportingAnswer? Answer = null)
{
    /// <summary>Whether nothing is left for the authors to say.</summary>
    public bool IsFilled => Answer is { Left: null };

    /// <summary>What stands beside it.</summary>
    public string Said => Answer switch { null => "for the authors", { Left: null } => "filled by the run: " + Answer.Words, _ => $"for the authors: {Answer.Left}; the run knows: {Answer.Words}" };
}

/// <summary>
/// TRIPOD+AI (Collins et al., BMJ 2024;385:e078378) and CLAIM, 2024 update (Tejani et al., Radiology: Artificial Intelligence 2024;6:e240300), as far as a run can fill them.
/// The wording is ours and shorter; a study answers the guidelines themselves.
/// </summary>
internal static class ReportingItems
{
    public static void Add(ReproductionPage report)
    {
        var page = report.Page.Section("Reporting checklists");
        page.Paragraph("Numbers are those of the guidelines, the short wording is ours; a manuscript answers the guidelines themselves. What a run knows is filled in; all else is for the authors, and an item of which the run knows but a part counts as open.");
        foreach (var (name, items) in new[] { ("TRIPOD+AI (2024)", Tripod(new(report))), ("CLAIM (2024 update)", Claim(new(report))) })
        {
            var filled = items.Count(i => i.IsFilled);
            page.Folded(string.Create(CultureInfo.InvariantCulture, $"{name}: {filled} of {items.Length} items filled by the run"), p => p.Table(name, ["item", "what it asks for", "answer"],
                items.Select(i => (IReadOnlyList<string>)[i.Number, i.Words, i.Said])), isPrinted: true);
        }
    }

    private static ReportingItem[] Tripod(Facts f) =>
    [
        new("1", "title names development or evaluation, population, outcome"), new("2", "abstract"), new("3a", "clinical context and why a model"), new("3b", "population, purpose, users"), new("3c", "known inequalities of health"),
        new("4", "aims: development, evaluation or both", f.Aims), new("5a", "sources of data and how representative", f.Source), new("5b", "dates of accrual and follow-up"), new("6a", "setting, number and place of centres", f.Sites),
        new("6b", "who was eligible", f.Flow), new("6c", "treatments"), new("7", "preparation and checks of the data", f.Preparation), new("8a", "outcome, horizon, how assessed", f.Outcome), new("8b", "who assessed it, if it needs judgement"),
        new("8c", "blinding of the assessment"), new("9a", "choice of predictors", f.Predictors), new("9b", "definition of predictors", f.Predictors), new("9c", "who read predictors that need judgement"), new("10", "sample size and why", f.Sizes),
        new("11", "missing data", f.Missing), new("12a", "use and partition of the data", f.Partition), new("12b", "handling of predictors", f.Windows), new("12c", "model, steps of building, tuning, internal validation", f.Model),
        new("12d", "differences between clusters, how measured", f.Strata), new("12e", "measures and plots, comparison of models", f.Measures), new("12f", "updating of the model", f.Has("no model was updated or recalibrated after it was scored")),
        new("12g", "how predictions were made for evaluation", f.Predicted), new("13", "imbalance of classes", f.Imbalance), new("14", "fairness", f.Strata),
        new("15", "output and thresholds", f.Thresholds), new("16", "differences between development and evaluation data", f.Shift), new("17", "ethics approval", f.Ethics), new("18a", "funding"), new("18b", "conflicts of interest"), new("18c", "protocol"),
        new("18d", "registration"), new("18e", "sharing of data", f.Sharing), new("18f", "sharing of code", Left(f.Code, "where the code can be had")), new("19", "patients and public"), new("20a", "flow of participants, with and without the outcome", f.FlowByOutcome),
        new("20b", "characteristics, events, missing values", f.TableOne), new("20c", "evaluation data against development data", f.TableOne), new("21", "participants and events in each analysis", f.Analysed),
        new("22", "the whole model, so that others can use it", f.Weights), new("23a", "performance with intervals, also of key groups", f.Measures), new("23b", "heterogeneity between clusters", f.Strata), new("24", "results of updating", f.Has("none")),
        new("25", "interpretation"), new("26", "limitations", f.Limits), new("27a", "poor or absent input in use"), new("27b", "users' part in use and their expertise"), new("27c", "next steps, applicability"),
    ];

    private static ReportingItem[] Claim(Facts f) =>
    [
        new("1", "title names AI and its kind"), new("2", "abstract"), new("3", "background, intended use"), new("4", "aims and hypotheses", f.Aims), new("5", "prospective or retrospective"), new("6", "goal of the study", f.Aims),
        new("7", "sources of data", f.Source), new("8", "who was included and excluded", f.Flow), new("9", "preprocessing", f.Preparation), new("10", "selection of parts of the data", f.Selection), new("11", "de-identification", f.Deidentified),
        new("12", "missing data", f.Missing), new("13", "image acquisition", f.Acquisition), new("14", "reference standard", f.Outcome), new("15", "why this standard"), new("16", "source of the annotations", f.Annotation),
        new("17", "annotation of the test set", f.Annotation), new("18", "variability of annotators", f.Agreement), new("19", "partition and its shares", f.Partition), new("20", "level at which partitions are disjoint", f.Disjoint),
        new("21", "intended sample size", f.Sizes), new("22", "the model", f.Model), new("23", "software and packages", f.Code), new("24", "initial weights", f.Starts), new("25", "training in detail, number of models", f.Model),
        new("26", "choice of the final model", f.Choice), new("27", "ensembles", f.Ensembles), new("28", "measures of performance", f.Measures),
        new("29", "significance and uncertainty", f.Statistics), new("30", "robustness and sensitivity", f.Sensitivity), new("31", "explanation and how validated", f.Explanation), new("32", "evaluation on internal data", f.On("internal_test")),
        new("33", "testing on external data", f.On("external_test")), new("34", "registration"), new("35", "numbers included and excluded, flow diagram", f.Flow), new("36", "characteristics by partition", f.TableOne), new("37", "performance and uncertainty", f.Measures),
        new("38", "precision of the estimates", f.Statistics), new("39", "analysis of failures", Left(f.Failures, "what the failures have in common")), new("40", "limitations", f.Limits), new("41", "implications for practice"), new("42", "full protocol, technical details", f.Weights),
        new("43", "availability of software, model, data", Left(f.Code, "where software, weights and data can be had")), new("44", "funding and conflicts"),
    ];

    private static ReportingAnswer? Left(string? known, string left) => known is null ? null : new(known, left);

    /// <summary>What the run knows, in words; null where it does not.</summary>
    private sealed class Facts
    {
        // Classifiers read whole scans.
        private static readonly string[] Cropped = ["stenosis", "arteries"];

        private readonly ReproductionPage report;
        private readonly Cohort? cohort;

        public Facts(ReproductionPage report)
        {
            this.report = report;
            cohort = report.Cohort;
        }

        public string? Aims => report.Tasks.Count == 0 ? null : "development of several models and their evaluation on held-back cases: a comparison of pretraining methods";

        public ReportingAnswer? Source => cohort is null ? null : report.Files.IsPhantom ? "digital phantoms, made by this program; they represent no population"
            : new ReportingAnswer($"cohort {cohort.Description.Name}, content {cohort.Description.ContentHash ?? "not hashed"}", "where the data come from and how representative they are");

        public ReportingAnswer? Sites => cohort is null ? null : string.Create(CultureInfo.InvariantCulture, $"{cohort.Cases.Select(c => c.Site).Distinct().Count()} sites (pseudonyms in cases.csv)") is var words && report.Files.IsPhantom ? words + ", none of them a place" : new ReportingAnswer(words, "setting and place");

        public ReportingAnswer? Flow => cohort is null ? null : File.Exists(cohort.PathOf("flowchart.json")) ? "Fig. S1, with reasons" : new ReportingAnswer("Fig. S1 from the splits", "who was eligible, and who was left out before");

        public ReportingAnswer? FlowByOutcome => Flow is null ? null : Flow with { Left = "those with and without the outcome" + (Flow.Left is { } left ? "; " + left : "") };

        public string? Preparation => cohort is null ? null : cohort.Description.SpacingMm is { } mm ? string.Create(CultureInfo.InvariantCulture, $"grids of {string.Join(" x ", mm)} mm; made by {cohort.Description.MadeBy}") : $"made by {cohort.Description.MadeBy}; settings in experiment.toml";

        public string? Outcome => cohort is null ? null : report.Files.IsPhantom ? "labels are the phantoms' truth by construction; MACE is drawn from a model of the plaques and clinical values" : null;

        public string? Predictors => cohort is null ? null : "the scan in windows of HU" + (report.Tasks.ContainsKey("mace") ? "; for MACE also the clinical variables of Table 1 before imaging findings" : "") + "; the outcome is never among them";

        public string? Counts => cohort is null ? null : string.Join(", ", Enum.GetValues<Split>().Where(s => s != Split.None && cohort.Of(s).Count > 0).Select(s => string.Create(CultureInfo.InvariantCulture, $"{CohortFiles.WordOf(s).Replace('_', ' ')} {cohort.Of(s).Count} cases")));

        public ReportingAnswer? Sizes => cohort is null ? null : report.Files.IsPhantom ? Counts + "; as many as the preset says, without a calculation" : new ReportingAnswer(Counts!, "why so many");

        public string? Analysed => report.Tasks.Count == 0 ? null : "cases and events head every table of scores";

        public string? Missing => cohort is null ? null : "counts in Table 1; missing clinical values are told to the model as not recorded, cases without a label are left out of that target";

        public string? Partition => cohort is null ? null : Counts + "; disjoint by patient";

        public string? Disjoint => cohort is null ? null : "patients: none stands in two splits; " + (cohort.Of(Split.ExternalTest).Select(c => c.Site).Distinct().ToArray() is not { Length: > 0 } external ? "there is no external test"
            : string.Join("; ", Enum.GetValues<Split>().Where(s => s is not (Split.None or Split.ExternalTest)).Select(s => (Split: s, Sites: cohort.Of(s).Select(c => c.Site).Intersect(external).Order(StringComparer.Ordinal).ToArray())).Where(s => s.Sites.Length > 0)
                .Select(s => $"sites of external test that also give other patients to {CohortFiles.WordOf(s.Split).Replace('_', ' ')}: {string.Join(", ", s.Sites)}")) is { Length: > 0 } shared ? shared : "sites of external test give no patients to any other split");

        public string? Selection => report.Tasks.Count == 0 ? null
            : "splits as under partition" + (Cropped.Where(t => Read("data.heart_crop", t).Contains("true")).Select(Telling.Plain).ToArray() is { Length: > 0 } cut ? $"; for {string.Join(" and ", cut)} scans are cut to the heart and a margin, where there is a mask of it" : "")
            + (Read("stenosis.only_with_lesions", "stenosis").Contains("true") ? "; stenosis detection leaves cases without a stenosis out" : "");

        public string? Windows => Has("HU windows as settings say, clipped and scaled" + (report.Tasks.ContainsKey("mace") ? "; clinical values in a fixed template" : ""));

        public ReportingAnswer? Model => report.Tasks.Count == 0 ? null
            : string.Create(CultureInfo.InvariantCulture, $"{report.Tasks.Values.Sum(t => t.Cards.Count)} trainings of tasks, settings folded below, the same for every start; weights{(report.Tasks.ContainsKey("stenosis") ? " and the threshold of stenoses" : "")} are chosen on cases held back from training") is var words && report.Files.IsPhantom
                ? words + ". Before this run the rate of pretraining was tuned for each method alike, three trials on pretraining patients held back (decisions 0015 and 0016), and patch, network, loss and order of lesions were explored for CORA; nothing was tuned within the run"
                : new ReportingAnswer(words, "how the settings were arrived at");

        public string? Predicted => Has("each test case is predicted once by each trained model; predictions/*.csv" + (InFolds ? "; with folds by the one network that has not seen the patient" : ""));

        public string? Choice => Has("weights that did best on cases held back from training (a linear probe is solved for and has no such choice)" + (report.Tasks.ContainsKey("stenosis") && Read("stenosis.threshold", "stenosis").Any(t => Zero(t)) ? "; the threshold of stenoses likewise" : "") + "; every other threshold is fixed; test cases choose nothing");

        public string? Ensembles => Has((InFolds ? "stenosis: the networks of all folds together on external cases; else none" : "none") + "; trainings with several seeds are averaged in their measures, not in their predictions");

        public string? Starts => report.Tasks.Count == 0 ? null : string.Join(", ", report.Tasks.Keys.SelectMany(report.Files.RunsOf).Select(m => m.Name).Distinct()) + "; the encoder is taken over, for stenosis also the decoder where a method has one";

        public string? Strata => Classified ? "AUROC by site, sex and age group (strata figures); no method to improve fairness is applied" : null;

        public string? Measures => report.Tasks.Count == 0 ? null : "AUROC, average precision, accuracy, sensitivity, specificity, F1, calibration, net benefit; precision, recall, F1 and FROC of lesions; Dice, clDice, surface distances: as far as the tasks above are there";

        public string? Statistics => report.Tasks.Count == 0 ? null : string.Create(CultureInfo.InvariantCulture, $"percentile intervals of {report.Tasks.Values.SelectMany(t => t.Cells).Max(c => c.Resamples.Count)} bootstrap resamples of cases, none with fewer than {Evaluation.Estimate.LeastForInterval} of a kind; paired bootstrap tests with Holm's correction within a table; claims by intervals without correction; spread over trainings of fine-tuning, each method being pretrained once");

        public string? Imbalance
        {
            get
            {
                List<string> told = [];
                if (Claims.PlaqueOf(report.Tasks) is not null) told.Add("plaque: no weights, no resampling");
                if (report.Tasks.ContainsKey("mace"))
                    told.Add(Read("mace.balanced", "mace") switch { var b when b.Count == 0 => "MACE: not recorded", var b when b.All(x => x == "true") => "MACE: events weigh as much as all other cases together (mace.balanced)", var b when b.All(x => x != "true") => "MACE: no weights, no resampling (mace.balanced is off)", _ => "MACE: in some trainings events weigh as much as all other cases together (mace.balanced)" });
                if (report.Tasks.ContainsKey("stenosis")) told.Add("stenosis: more patches with lesions than chance would cut (data.foreground_share), and a loss that weighs missed voxels more (loss.fn_weight)");
                if (report.Tasks.ContainsKey("arteries")) told.Add("arteries: more patches with arteries than chance would cut, Dice loss");
                return told.Count == 0 ? null : string.Join("; ", told) + "; shares of positives in every table";
            }
        }

        public string? Thresholds => report.Tasks.Count == 0 ? null : string.Join("; ", new[]
        {
            Classified ? "probabilities, and 0.5 for classes" : "",
            report.Tasks.ContainsKey("arteries") ? $"arteries from {string.Join(" or ", Read("arteries.threshold", "arteries").DefaultIfEmpty("a fixed probability"))} on" : "",
            !report.Tasks.ContainsKey("stenosis") ? "" : Read("stenosis.threshold", "stenosis") is { Count: > 0 } set && !set.Any(Zero) ? $"stenoses from {string.Join(" or ", set)} on, by the settings" : "stenoses from the threshold with the highest F1 on cases held back from training",
        }.Where(w => w.Length > 0));

        public string? Shift => TableOne is null ? null : (report.Files.IsPhantom ? "external sites differ in contrast, noise and kernel; " : "") + "Table 1 with standardised differences";

        public string? Ethics => report.Files.IsPhantom ? "not needed: no human data" : null;

        public string? Sharing => report.Files.IsPhantom ? "the phantoms can be made again from the settings below" : null;

        public string? Code => ClosingSections.Runs(report.Files).Select(r => ReproductionFolder.Read(Path.Combine(r, "provenance.json"))).FirstOrDefault(p => p is not null) is { } p
            ? $"CORA {(p.TryGetProperty("version", out var v) ? v.ToString() : "")}, commit {(p.TryGetProperty("commit", out var c) && c.ValueKind == System.Text.Json.JsonValueKind.String ? c.GetString() : "not known")}; packages under provenance" : null;

        public string? TableOne => cohort is null || new BaselineTable(cohort).IsEmpty ? null : "Table 1" + (cohort.Of(Split.Pretrain).Count > 0 ? "; pretraining cases are not in it" : "");

        public string? Weights => report.Tasks.Count == 0 ? null : "checkpoints/ (safetensors) and experiment.toml of every training; model cards above";

        public string? Limits => report.Files.IsPhantom ? "under 'What phantoms cannot tell' and in the model cards" : null;

        public string? Deidentified => report.Files.IsPhantom ? "no persons" : null;

        public string? Acquisition => report.Files.IsPhantom ? "simulated: noise, blur and contrast differ by site" : null;

        public string? Annotation => report.Files.IsPhantom ? "truth by construction, test set included" + (cohort?.Description.ArteryOrigin is { } origin && origin != "truth" ? $"; artery masks in use are of {origin}" : "") : null;

        public string? Agreement => report.Files.IsPhantom ? "none: no annotator" : null;

        public string? Sensitivity => report.Tasks.ContainsKey("stenosis") ? "detection against threshold, connectivity and smallest piece; several heads for plaques where they are there" : null;

        public string? Explanation => GradCamSection.HeadOf(report.Files) is not null ? "Grad-CAM, with its mass on arteries and plaque measured against the truth" : null;

        public string? Failures => report.Tasks.Count == 0 ? null : (report.Files.Steps.Any(s => s.State == "failed") ? "steps that failed are listed under costs; " : "") + "wrongly classified cases stand in predictions/*.csv";

        private bool InFolds => Read("stenosis.folds", "stenosis").Any(f => !Zero(f));

        private bool Classified => Claims.PlaqueOf(report.Tasks) is not null || report.Tasks.ContainsKey("mace");

        public string? Has(string words) => report.Tasks.Count == 0 ? null : words;

        /// <summary>The different values of a setting over the trainings, of one task or of all.</summary>
        private IReadOnlyList<string> Read(string setting, string? task = null) =>
            [.. report.Tasks.Where(t => task is null || t.Key == task).SelectMany(t => t.Value.Cards).Select(c => RunSettings.Of(c.Folder)?[setting]).OfType<string>().Distinct()];

        private static bool Zero(string number) => double.TryParse(number, CultureInfo.InvariantCulture, out var value) && value == 0;

        public string? On(string split) => report.Tasks.Where(t => t.Value.Cells.Any(c => c.Split == split)).Select(t => Telling.Plain(t.Key)).ToArray() is { Length: > 0 } tasks ? string.Join(", ", tasks) : null;
    }
}
