using System.Globalization;
using Cora.Cohorts;
using Cora.Imaging;
using Cora.Networks;
using Cora.Tasks;
using Cora.Training;

namespace Cora.Experiments;

/// <summary>What nnU-Net's recipe decides before it trains: fingerprint, plans, folds. It is written into the run's folder under nnU-Net's names.</summary>
internal sealed record NnUNetPlan(DatasetFingerprint Fingerprint, Plans Plans, ResUNetConfig Network, SegmentationLossConfig Loss)
{
    private const string SplitsFile = "splits_final.json";
    private const double SpacingToleranceMm = 1e-3;

    /// <summary>How much of the fingerprint a network sees.</summary>
    public CtNormalization Normalization => Fingerprint.Foreground.Normalization;

    /// <summary>Plans for the training cases.</summary>
    /// <exception cref="CoraException">The cases do not have the planned spacing, or a mask cannot be used.</exception>
    public static NnUNetPlan Of(FinetuneWork work, CaseRow[] learnt)
    {
        var (experiment, config) = (work.Experiment, work.Experiment.Arteries.Nnunet);
        var fingerprint = DatasetFingerprint.Of(work.Cohort, learnt, work.Progress, work.Stop);
        var spacing = fingerprint.TargetSpacingMm();
        var others = fingerprint.Cases.Count(c => (c.SpacingMm - spacing).Length > SpacingToleranceMm);
        if (others > 0)
        {
            var words = string.Create(CultureInfo.InvariantCulture, $"{spacing.X:0.####} {spacing.Y:0.####} {spacing.Z:0.####}");
            throw new CoraException(
                $"{others} of {learnt.Length} training cases have other voxels than the planned ones of {words} mm.", $"Resample the cohort with `cora preprocess --spacing-mm {words}` and train on that.");
        }

        if (fingerprint.Foreground.Normalization.Check().FirstOrDefault() is { Name: not null } problem)
            throw new CoraException($"The arteries of the training cases give no normalisation: {problem}.", "Check that the masks lie on the arteries.");
        var network = experiment.Network with { InChannels = 1, OutChannels = 2, OutputBias = 0, DeepSupervision = config.DeepSupervision };
        var isFamily = network is { Form: NetworkForm.Resenc, Up: Upsampling.Transposed };
        var plans = Plans.Of(fingerprint, work.Cohort.Description.Name, Size3.Cube(experiment.Data.Patch), experiment.Trainer.BatchSize, new(
            isFamily ? "dynamic_network_architectures.architectures.unet.ResidualEncoderUNet" : "Cora.Networks.ResUNet",
            network.Channels, network.Blocks, [.. Enumerable.Repeat(1, network.Channels.Length - 1)], isFamily), spacing);
        var batchDice = config.BatchDice == BatchDice.Planned ? plans.Configurations[Plans.FullResolution].BatchDice == true : config.BatchDice == BatchDice.Batch;
        return new(fingerprint, plans, network, new() { BatchDice = batchDice });
    }

    /// <summary>Writes plans.json and dataset_fingerprint.json.</summary>
    public void Write(string folder)
    {
        PlansFile.Write(Path.Combine(folder, "plans.json"), Plans);
        PlansFile.Write(Path.Combine(folder, "dataset_fingerprint.json"), Fingerprint);
    }

    /// <summary>
    /// Who is learnt from, who chooses the weights, who is tested. With a fold: the cases of splits train and validation by the cohort's splits_final.json, or by folds
    /// of our own; those held back are tested as well, under the name of validation.
    /// </summary>
    /// <exception cref="CoraException">There is no such fold, or too few cases.</exception>
    public static (CaseRow[] Learnt, CaseRow[] Held, CaseRow[] Tested, IReadOnlyList<Fold> Folds) CasesOf(FinetuneWork work)
    {
        var fold = work.Experiment.Arteries.Nnunet.Fold;
        static bool IsMarked(CaseRow row) => row.Arteries is not null;
        if (fold < 0)
        {
            var (ownLearnt, ownHeld) = FinetuneCases.Of(work.Experiment, work.Cohort, IsMarked);
            return (ownLearnt, ownHeld, [.. FinetuneWork.Tested.SelectMany(s => work.Cohort.Of(s)).Where(IsMarked)], []);
        }

        CaseRow[] cases = [.. work.Cohort.Of(Split.Train, Split.Validation).Where(IsMarked)];
        var path = work.Cohort.PathOf(SplitsFile);
        var folds = File.Exists(path) ? NnUNetSplits.Read(path, cases) : NnUNetSplits.Of(cases);
        if (fold >= folds.Count) throw new CoraException($"Fold {fold} is asked for, there are folds 0 to {folds.Count - 1}.", "Choose another arteries.nnunet.fold.", ExitCode.Usage);
        var byId = cases.ToDictionary(c => c.CaseId);
        var learnt = FinetuneCases.Shuffled(folds[fold].Train.Select(id => byId[id]), Cora.Seed.Root(work.Experiment.Seed).Derive("cases"));
        if (work.Experiment.Cases > learnt.Length)
            throw new CoraException($"{work.Experiment.Cases} training cases are asked for, fold {fold} has {learnt.Length}.", "Ask for fewer --cases.", ExitCode.Usage);
        if (work.Experiment.Cases > 0) learnt = learnt[..work.Experiment.Cases];
        CaseRow[] held = [.. folds[fold].Validation.Select(id => byId[id] with { Split = Split.Validation })];
        return (learnt, held, [.. held, .. work.Cohort.Of(Split.InternalTest, Split.ExternalTest).Where(IsMarked)], folds);
    }

    /// <summary>Writes the folds, where folds are used.</summary>
    public static void WriteFolds(string folder, IReadOnlyList<Fold> folds)
    {
        if (folds.Count > 0) NnUNetSplits.Write(Path.Combine(folder, SplitsFile), folds);
    }

    /// <summary>Where the settings leave nnU-Net's recipe: each a line for the log and the scorecard.</summary>
    public static IReadOnlyList<string> Departures(FinetuneExperiment experiment)
    {
        var (t, n, found) = (experiment.Trainer, experiment.Arteries.Nnunet, new List<string>());
        Say(t.Optimizer != OptimizerKind.Sgd || t.Momentum != 0.99 || t.WeightDecay != 3e-5, $"optimizer {t.Optimizer}, momentum {t.Momentum}, weight decay {t.WeightDecay} instead of sgd, 0.99, 3e-5");
        Say(t.LearningRate != 1e-2 || t.Schedule != ScheduleKind.Poly || t.WarmupSteps != 0, $"learning rate {t.LearningRate}, schedule {t.Schedule}, warm-up {t.WarmupSteps} instead of 0.01, poly, 0");
        Say(t.ClipNorm != 12, $"gradients clipped at {t.ClipNorm} instead of 12");
        Say(t.Steps != 250_000, $"{t.Steps} steps instead of 250000");
        Say(t.BatchSize * t.MicroBatches < 2, $"batch 1 instead of 2 or more");
        Say(!n.DeepSupervision, $"no deep supervision");
        Say(n.BatchDice != BatchDice.Planned, $"Dice counted by {n.BatchDice}, not as planned");
        Say(n.ForegroundShare != Synthesis.ForegroundSampler.Share, $"share of forced patches {n.ForegroundShare} instead of 0.33");
        Say(n.Spatial != new Synthesis.SpatialConfig() || n.Intensity != new Synthesis.IntensityConfig(), $"another augmentation");
        Say(!experiment.Inference.Mirrors || experiment.Inference.Overlap != 0.5, $"inference {(experiment.Inference.Mirrors ? "with" : "without")} mirrors, overlap {experiment.Inference.Overlap} instead of mirrors and 0.5");
        Say(n.Fold < 0, $"the cohort's own splits instead of a fold");
        return found;

        void Say(bool differs, FormattableString what)
        {
            if (differs) found.Add(FormattableString.Invariant(what));
        }
    }
}
