using Cora.Evaluation;
using Cora.Experiments;
using Cora.Networks;
using Cora.Phantom;
using Cora.Pretraining;
using Cora.Reporting;
using Cora.Training;

namespace Cora.Tests.Pretraining;

/// <summary>A handful of phantoms for all tests of a class.</summary>
public sealed class SixPhantoms : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public SixPhantoms() => PhantomCohort.Write(new() { Cases = 6, Sites = 1, Size = 32, Seed = 3 }, Cohort, null, 2, false, CancellationToken.None);

    public string Cohort => folder["cohort"];

    public void Dispose() => folder.Dispose();
}

/// <summary>The peers as whole runs on a handful of phantoms.</summary>
public sealed class PeerRunTests(SixPhantoms phantoms) : IClassFixture<SixPhantoms>
{
    private static readonly PretrainExperiment Mae = new() { Method = PretrainMethod.Mae, Mae = new() { Block = 8 } };

    public static TheoryData<string> Runs => ["mae", "mae sparse", "mae hu token", "volumefusion", "volumefusion grid hu"];

    [Theory]
    [MemberData(nameof(Runs))]
    public void A_resumed_run_is_the_same_run_and_workers_change_nothing(string name)
    {
        using var folder = new TemporaryFolder();
        var experiment = Named(name) with { Cohort = phantoms.Cohort };

        Assert.True(Go(experiment, folder["whole"]));
        Assert.False(Go(experiment, folder["parts"], stopAfter: 10));
        Assert.True(Go(experiment with { Trainer = experiment.Trainer with { Workers = 3 } }, folder["parts"]));

        Assert.Equal(20, Checkpoint.ReadState(folder["parts/checkpoints/last"]).Step);
        Assert.Equal(Checkpoint.WeightsHash(folder["whole/checkpoints/last"]), Checkpoint.WeightsHash(folder["parts/checkpoints/last"]));
        Assert.Equal(File.ReadAllText(folder["whole/validation.csv"]), File.ReadAllText(folder["parts/validation.csv"]));

        // What a fine-tuning takes: both parts whole, into a network of one output.
        var model = Checkpoint.ReadState(folder["whole/checkpoints/last"]).Model;
        Assert.Equal(name.Split(' ')[0], model.Method);
        Assert.Equal(model.Labels.Count, model.Network.OutChannels);
        using var network = new ResUNet(model.Network with { OutChannels = 1 }, Seed.Root(0));
        var report = Checkpoint.Transfer(folder["whole/checkpoints/last"], network, "encoder.", "decoder.");
        Assert.Equal(["head.bias", "head.weight"], report.New.Order());
        Assert.All(report.Taken, part => Assert.True(part.StartsWith("encoder.", StringComparison.Ordinal) || part.StartsWith("decoder.", StringComparison.Ordinal), part));

        var examples = PretextExamples.Read(folder["whole/examples"]);
        Assert.Equal((6, 3), (examples.Rows.Count, examples.Columns.Count));
        Assert.Contains("pretraining-validation.svg", Directory.GetFiles(Path.Combine(Path.GetDirectoryName(RunReport.Write(folder["whole"]))!, "figures")).Select(Path.GetFileName));
    }

    [Fact]
    public void A_pretraining_that_finds_no_abnormality_is_not_explained_as_if_it_did()
    {
        using var folder = new TemporaryFolder();
        var experiment = Named("mae") with { Cohort = phantoms.Cohort };
        Go(experiment with { Trainer = experiment.Trainer with { Steps = 1 } }, folder["run"]);

        var refused = Assert.Throws<CoraException>(() => new ExplainRun(new(folder["run"], "none.nii")));

        Assert.Contains("mae, which knows of no abnormality", refused.Message, StringComparison.Ordinal);
    }

    private static PretrainExperiment Named(string name) => Small(name switch
    {
        "mae" => Mae,
        "mae sparse" => Mae with { Mae = Mae.Mae with { Form = MaeForm.Sparse } },
        "mae hu token" => Mae with { Mae = Mae.Mae with { Target = MaeTarget.Hu, Fill = MaeFill.LearnedToken } },
        "volumefusion" => new() { Method = PretrainMethod.Volumefusion },
        _ => new() { Method = PretrainMethod.Volumefusion, VolumeFusion = new() { Layout = FusionLayout.Grid, GridBlock = new(3, 6), Pairing = FusionPairing.SameVolume, FuseDomain = FuseDomain.Hu } },
    });

    private static PretrainExperiment Small(PretrainExperiment experiment) => experiment with
    {
        Device = "cpu", Threads = 1, Data = new() { SpacingMm = [1.7], Patch = 16, Splits = ["pretrain", "train"] },
        Network = new() { Channels = [4, 8], Blocks = [1, 1] },
        VolumeFusion = experiment.VolumeFusion with { BoxLeast = 2 },
        Trainer = new() { Steps = 20, BatchSize = 2, Workers = 0, Optimizer = OptimizerKind.Adamw, LearningRate = 1e-3, LogEvery = 5, ValidateEvery = 10, CheckpointEvery = 50 },
    };

    private static bool Go(PretrainExperiment experiment, string folder, int stopAfter = int.MaxValue)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        return PretrainRun.Go(experiment, folder, false, TimeProvider.System, new On(e => { if (e is StepDone done && done.Step == stopAfter) stop.Cancel(); }), stop.Token);
    }

    private sealed class On(Action<RunEvent> tell) : IProgress<RunEvent>
    {
        public void Report(RunEvent value) => tell(value);
    }
}
