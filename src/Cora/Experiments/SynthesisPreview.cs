using System.Globalization;
using System.Text.Json;
using Cora.Cohorts;
using Cora.Imaging;
using Cora.Pretraining;
using Cora.Reporting;
using Cora.Synthesis;

namespace Cora.Experiments;

/// <summary>What a preview showed; the counts that the paper leaves open (ALGORITHMS section 8, items 4 and 8).</summary>
public sealed record SynthesisSummary
{
    /// <summary>Patches made.</summary>
    public required int Patches { get; init; }

    /// <summary>Patches without any lesion.</summary>
    public required int WithoutLesion { get; init; }

    /// <summary>Lesions by type.</summary>
    public required IReadOnlyDictionary<string, int> Lesions { get; init; }

    /// <summary>Labelled voxels of a patch with lesions: fewest, median, most.</summary>
    public required IReadOnlyList<int> LabelledVoxels { get; init; }

    /// <summary>Share of patches whose arteries already hold voxels above 500 HU: real plaque that stays without label.</summary>
    public required double NaturalCalciumShare { get; init; }

    /// <summary>Patches a second on one thread, drawing and making.</summary>
    public required double PatchesPerSecond { get; init; }

    /// <summary>What the folder holds.</summary>
    public required IReadOnlyList<string> Files { get; init; }
}

/// <summary>Shows the lesion engine at work: patches as the network would get them, with everything that made them.</summary>
public static class SynthesisPreview
{
    private const int RowsASheet = 12;
    private const int StudiesOpened = 32;
    private const int ComparedPatches = 6;

    /// <summary>Writes a folder with patches, recipes and sheets.</summary>
    /// <param name="experiment">Settings of a pretraining; the same patches would come of it.</param>
    /// <param name="cohort">Where the scans are.</param>
    /// <param name="caseId">One case; null takes those of the splits that are learnt from.</param>
    /// <param name="count">Patches.</param>
    /// <param name="folder">Written whole or not at all.</param>
    /// <param name="clock">For the rate.</param>
    /// <param name="progress">Told after every patch.</param>
    /// <param name="stop">Stops between patches.</param>
    public static SynthesisSummary Write(
        PretrainExperiment experiment, Cohort cohort, string? caseId, int count, string folder, TimeProvider clock, IProgress<RunEvent>? progress, CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(experiment);
        ArgumentNullException.ThrowIfNull(cohort);
        using var open = OpenStudies.Open(cohort, CasesOf(experiment, cohort, caseId, progress), null, progress, withHearts: false, stop);
        var studies = open.Studies.Select(s => s.Study).ToArray();
        var engine = new PatchEngine(studies, SideFor(experiment, studies, progress), experiment.Sampler, experiment.Lesion, experiment.Augmentation, experiment.Noise);
        var seed = Cora.Seed.Root(experiment.Seed).Derive("synthesize");
        var buffers = new PatchBuffers();
        var patches = new List<(SyntheticPatch Patch, Geometry Grid)>();
        var began = clock.GetTimestamp();
        for (var i = 0; i < count; i++)
        {
            stop.ThrowIfCancellationRequested();
            var patch = engine.Make(seed.Derive(i), progress: 1, buffers, keepBefore: true);
            patches.Add((patch, engine.GeometryOf(patch.Recipe)));
            progress?.Report(new Progressed("painting lesions", i + 1, count, "patches"));
        }

        var seconds = clock.GetElapsedTime(began).TotalSeconds;
        IReadOnlyList<string> files = [];
        Atomically.WriteFolder(folder, aside => files = WriteAll(aside, experiment, cohort, patches));
        return Summarise(patches.Select(p => p.Patch).ToArray(), count / seconds, files);
    }

    private static CaseRow[] CasesOf(PretrainExperiment experiment, Cohort cohort, string? caseId, IProgress<RunEvent>? progress)
    {
        if (caseId is not null)
        {
            return [cohort.Cases.FirstOrDefault(c => c.CaseId == caseId)
                ?? throw new CoraException($"Cohort {cohort.Folder} has no case {caseId}.", "Choose a case_id of its cases.csv.")];
        }

        var splits = experiment.Data.Splits.ToHashSet();
        var cases = cohort.Cases.Where(c => splits.Contains(CohortFiles.WordOf(c.Split))).ToArray();
        if (cases.Length == 0)
        {
            progress?.Report(new Note($"No case is of split {string.Join(", ", splits)}: all cases with an artery mask are shown."));
            cases = [.. cohort.Cases.Where(c => c.Arteries is not null)];
        }

        // An archive need not be opened whole to look at some patches: some studies, evenly through the table.
        return cases.Length <= StudiesOpened ? cases : [.. Enumerable.Range(0, StudiesOpened).Select(i => cases[i * cases.Length / StudiesOpened])];
    }

    private static int SideFor(PretrainExperiment experiment, PatchStudy[] studies, IProgress<RunEvent>? progress)
    {
        var smallest = studies.Min(s => Math.Min(s.Image.Geometry.Size.X, Math.Min(s.Image.Geometry.Size.Y, s.Image.Geometry.Size.Z)));
        if (smallest >= experiment.Data.Patch || experiment.Sampler.Border == PatchBorder.Pad) return experiment.Data.Patch;
        var side = smallest / 8 * 8;
        if (side < 8) throw new CoraException($"The smallest scan has {smallest} voxels along one axis, a patch needs 8.", "Set sampler.border = pad, or choose other cases.");
        progress?.Report(new Note(string.Create(CultureInfo.InvariantCulture, $"The smallest scan has {smallest} voxels along one axis: patches of {side} voxels are shown, not of {experiment.Data.Patch}."), IsWarning: true));
        return side;
    }

    private static List<string> WriteAll(string folder, PretrainExperiment experiment, Cohort cohort, List<(SyntheticPatch Patch, Geometry Grid)> patches)
    {
        var files = new List<string>();
        var windows = experiment.Windows.Windows;
        var shown = new List<ShownPatch>();
        foreach (var (i, (patch, grid)) in patches.Index())
        {
            var name = string.Create(CultureInfo.InvariantCulture, $"patch-{i + 1:000}");
            files.Add(name + "/");
            var view = new ShownPatch(Describe(i, patch), Hu(patch.Before!, grid), Hu(patch.Hu, grid), new(grid, patch.Types));
            shown.Add(view);
            string In(string file) => Path.Combine(folder, name, file);
            Nifti.Write(In("before.nii.gz"), view.Before!);
            Nifti.Write(In("after.nii.gz"), view.After);
            Nifti.Write(In("mask.nii.gz"), view.Labels);
            var channels = new float[windows.Length * patch.Hu.Length];
            experiment.Windows.Apply(patch.Hu, channels);
            for (var w = 0; w < windows.Length; w++)
            {
                var file = string.Create(CultureInfo.InvariantCulture, $"window-{w + 1}.nii.gz");
                Nifti.Write(In(file), new Volume<float>(grid, channels[(w * patch.Hu.Length)..((w + 1) * patch.Hu.Length)]));
            }

            Atomically.WriteText(In("recipe.json"), JsonSerializer.Serialize(patch.Recipe, PatchRecipe.Json) + "\n");
        }

        var origin = cohort.Description.IsPhantom ? " Digital phantom, no patient." : "";
        foreach (var (i, some) in shown.Chunk(RowsASheet).Index())
        {
            var file = string.Create(CultureInfo.InvariantCulture, $"contact-sheet-{i + 1}.png");
            LesionSheet.Of("Synthetic plaques", $"Each row is one training patch, cut where it holds most of its lesions.{origin} Gray: -200 to 800 HU; then the network's windows.", some, windows).Save(Path.Combine(folder, file));
            files.Add(file);
        }

        if (Annotated(cohort, patches[0].Grid.Size.X) is { Length: > 0 } annotated)
        {
            Compare(Path.Combine(folder, "own-and-synthetic.png"), origin, shown, annotated);
            files.Add("own-and-synthetic.png");
        }

        return files;
    }

    private static Volume<short> Hu(float[] hu, Geometry grid) => new(grid, [.. hu.Select(v => (short)Math.Clamp(MathF.Round(v), short.MinValue, short.MaxValue))]);

    private static string Describe(int i, SyntheticPatch patch)
    {
        var lesions = patch.Recipe.Lesions.Length == 0 ? (patch.Recipe.IsNegative ? "a natural negative" : "no lesion")
            : string.Join(", ", patch.Recipe.Lesions.Select(l => string.Create(CultureInfo.InvariantCulture, $"{l.Type} {l.Hu:0} HU")));
        return string.Create(CultureInfo.InvariantCulture, $"{i + 1:000} · case {patch.Recipe.CaseId} · {lesions} · {patch.Types.Count(t => t > 0)} labelled voxels{(patch.Recipe.NoiseSeed is null ? "" : " · noise added")}");
    }

    /// <summary>Patches round the cohort's own plaques, where it has labels: what the synthetic ones are to be compared with.</summary>
    private static ShownPatch[] Annotated(Cohort cohort, int side)
    {
        var shown = new List<ShownPatch>();
        foreach (var row in cohort.Cases.Where(c => c.Plaques is not null))
        {
            var labels = VolumeFile.Read<byte>(cohort.PathOf(row.Plaques!));
            if (Bounds.Of(labels) is null) continue;
            using var image = VolumeFile.Open<short>(cohort.PathOf(row.Image));
            foreach (byte label in new byte[] { 1, 2 })
            {
                if (shown.Count(s => s.Name.StartsWith(NameOf(label), StringComparison.Ordinal)) >= ComparedPatches) continue;
                var only = labels.Select(v => (byte)(v == label ? 1 : 0));
                if (Bounds.Of(ConnectedComponents.LargestOf(only)) is not { } around) continue;
                Box3 box = new(around.X + around.Size.X / 2 - side / 2, around.Y + around.Size.Y / 2 - side / 2, around.Z + around.Size.Z / 2 - side / 2, Size3.Cube(side));
                shown.Add(new(NameOf(label), null, Crop.To(image, box, (short)-1024), Crop.To(only.Select(v => (byte)(v * label)), box, (byte)0)));
            }

            if (shown.Count == 2 * ComparedPatches) break;
        }

        return [.. shown];
    }

    private static string NameOf(byte label) => label == 1 ? "calcified" : "soft";

    private static void Compare(string path, string origin, List<ShownPatch> synthetic, ShownPatch[] annotated)
    {
        ShownPatch[] Of(IEnumerable<ShownPatch> all, byte label) =>
            [.. all.Where(p => p.Labels.Voxels.Contains(label)).Take(ComparedPatches).Select(p => p with { Name = NameOf(label) })];
        var kinds = new (string Kind, IReadOnlyList<ShownPatch> Patches)[]
        {
            ("Calcified, the cohort's own plaques", Of(annotated, 1)), ("Calcified, synthetic", Of(synthetic, 1)),
            ("Soft, the cohort's own plaques", Of(annotated, 2)), ("Soft, synthetic", Of(synthetic, 2)),
        };
        LesionSheet.Compared("The cohort's own plaques and synthetic ones", $"Gray: -200 to 800 HU.{origin}", kinds.Where(k => k.Patches.Count > 0)).Save(path);
    }

    private static SynthesisSummary Summarise(SyntheticPatch[] patches, double rate, IReadOnlyList<string> files)
    {
        var labelled = patches.Where(p => p.Recipe.Lesions.Length > 0).Select(p => p.Types.Count(t => t > 0)).Order().ToArray();
        return new()
        {
            Patches = patches.Length,
            WithoutLesion = patches.Count(p => p.Recipe.Lesions.Length == 0),
            Lesions = LesionTypes.All.ToDictionary(t => t.Name, t => patches.Sum(p => p.Recipe.Lesions.Count(l => l.Type == t.Name))),
            LabelledVoxels = labelled.Length == 0 ? [] : [labelled[0], labelled[labelled.Length / 2], labelled[^1]],
            NaturalCalciumShare = patches.Count(p => p.NaturalCalcium > 0) / (double)patches.Length,
            PatchesPerSecond = rate,
            Files = files,
        };
    }
}
