using System.Security.Cryptography;
using Cora.Cohorts;
using Cora.Imaging;
using Cora.Phantom;

namespace Cora.Tests.Phantom;

public sealed class PhantomCohortTests
{
    private static readonly PhantomConfig Small = new() { Cases = 12, Size = 32, Seed = 3 };

    [Fact]
    public void The_same_seed_gives_the_same_bytes_with_one_thread_and_with_two()
    {
        using var one = new TemporaryFolder();
        using var two = new TemporaryFolder();

        var first = Write(Small, one["cohort"], threads: 1);
        var second = Write(Small, two["cohort"], threads: 2);

        Assert.Equal(Hashes(one["cohort"]), Hashes(two["cohort"]));
        Assert.Equal(first.Description.ContentHash, second.Description.ContentHash);
    }

    [Fact]
    public void Another_seed_gives_other_scans()
    {
        using var one = new TemporaryFolder();
        using var two = new TemporaryFolder();
        Write(Small with { Cases = 3 }, one["cohort"]);
        Write(Small with { Cases = 3, Seed = 4 }, two["cohort"]);

        var images = Hashes(one["cohort"]).Where(h => h.Key.StartsWith("images", StringComparison.Ordinal)).Select(h => h.Value);

        Assert.Empty(images.Intersect(Hashes(two["cohort"]).Values));
    }

    [Fact]
    public void A_written_cohort_loads_and_its_volumes_are_the_rendered_ones()
    {
        using var folder = new TemporaryFolder();
        Write(Small, folder["cohort"]);

        var cohort = Cohort.Load(folder["cohort"]);
        var patient = PhantomPatient.DrawAll(Small).First(p => p.Lesions.Any());
        var row = cohort.Cases.Single(c => c.CaseId == patient.CaseId);
        var rendered = patient.Render();

        Assert.Equal(12, cohort.Cases.Count);
        Assert.Equal(12, cohort.Clinical.Count());
        Assert.Equal(patient.HasCalcifiedPlaque, row.CalcifiedPlaque);
        Assert.Equal(patient.HasNonCalcifiedPlaque, row.NonCalcifiedPlaque);
        Assert.Equal(patient.Mace.IsEvent, row.Mace30d);
        Assert.Equal(patient.Lesions, cohort.LesionsOf(row));
        Assert.Equal(patient.Clinical, cohort.ClinicalOf(row));
        Assert.Equal(patient.Report.Text, File.ReadAllText(cohort.PathOf(row.Report!)));
        var image = Nifti.Read<short>(cohort.PathOf(row.Image));
        Assert.True(image.Geometry.Matches(rendered.Image.Geometry));
        Assert.Equal(rendered.Image.Voxels, image.Voxels);
        Assert.Equal(rendered.Arteries.Voxels, Nifti.Read<byte>(cohort.PathOf(row.Arteries!)).Voxels);
        Assert.Equal(rendered.Heart.Voxels, Nifti.Read<byte>(cohort.PathOf(row.Heart!)).Voxels);
        Assert.Equal(rendered.Plaques.Voxels, Nifti.Read<byte>(cohort.PathOf(row.Plaques!)).Voxels);
        Assert.Equal(rendered.Stenoses.Voxels, Nifti.Read<byte>(cohort.PathOf(row.Stenoses!)).Voxels);
    }

    [Fact]
    public void An_interrupted_run_goes_on_where_it_stopped()
    {
        using var whole = new TemporaryFolder();
        using var parts = new TemporaryFolder();
        Write(Small, whole["cohort"]);
        using var stop = new CancellationTokenSource();
        var afterFour = new Telling(progressed =>
        {
            if (progressed.Done == 4) stop.Cancel();
        });

        Assert.ThrowsAny<OperationCanceledException>(() => Write(Small, parts["cohort"], afterFour, threads: 1, cancel: stop.Token));
        Assert.False(File.Exists(parts["cohort/cohort.json"]), "an unfinished folder is no cohort");
        var made = Directory.GetFiles(parts["cohort/images"]).ToDictionary(f => f, File.GetLastWriteTimeUtc);
        Write(Small, parts["cohort"]);

        Assert.Equal(4, made.Count);
        Assert.All(made, file => Assert.Equal(file.Value, File.GetLastWriteTimeUtc(file.Key)));
        Assert.Equal(Hashes(whole["cohort"]), Hashes(parts["cohort"]));
    }

    [Fact]
    public void A_lost_mask_is_made_again()
    {
        using var folder = new TemporaryFolder();
        Write(Small, folder["cohort"]);
        var before = Hashes(folder["cohort"]);

        File.Delete(Directory.GetFiles(folder["cohort/plaques"])[5]);
        Write(Small, folder["cohort"]);

        Assert.Equal(before, Hashes(folder["cohort"]));
    }

    [Fact]
    public void A_folder_with_other_settings_is_kept_unless_it_may_be_overwritten()
    {
        using var folder = new TemporaryFolder();
        Write(Small with { Cases = 4 }, folder["cohort"]);
        var before = Hashes(folder["cohort"]);
        var other = Small with { Cases = 2, Seed = 9 };

        var problem = Assert.Throws<CoraException>(() => Write(other, folder["cohort"]));

        Assert.Contains("--overwrite", problem.Remedy);
        Assert.Equal(before, Hashes(folder["cohort"]));
        Write(other, folder["cohort"], overwrite: true);
        Assert.Equal(2, Directory.GetFiles(folder["cohort/images"]).Length);
    }

    [Fact]
    public void A_folder_with_something_else_is_never_touched()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["thesis.txt"], "years of work");

        Assert.Equal(ExitCode.Usage, Assert.Throws<CoraException>(() => Write(Small, folder.Path, overwrite: true)).Code);

        Assert.Equal("thesis.txt", Path.GetFileName(Assert.Single(Directory.GetFileSystemEntries(folder.Path))));
    }

    [Fact]
    public void All_wrong_settings_are_told_at_once_and_nothing_is_written()
    {
        using var folder = new TemporaryFolder();
        var wrong = Small with { Cases = 0, Sites = 7, MissingShare = 2, Internal = new() { Both = 0.9 }, Split = new() { Train = -1 } };

        var problem = Assert.Throws<CoraException>(() => Write(wrong, folder["cohort"]));

        Assert.All(new[] { "cases = 0", "sites = 7", "missing_share = 2", "internal.both = 0.9", "split.train = -1" }, named => Assert.Contains(named, problem.Message));
        Assert.False(Directory.Exists(folder["cohort"]));
    }

    [Fact]
    public void Plain_files_can_be_asked_for()
    {
        using var folder = new TemporaryFolder();

        var cohort = Write(Small with { Cases = 1, Compress = false }, folder["cohort"]);

        var bytes = new FileInfo(cohort.PathOf(cohort.Cases[0].Image)).Length;
        Assert.EndsWith(".nii", cohort.Cases[0].Image);
        Assert.Equal(352 + 2 * 32 * 32 * 32, bytes);
    }

    private static Cohort Write(
        PhantomConfig config, string folder, IProgress<RunEvent>? progress = null, int threads = 0, bool overwrite = false, CancellationToken? cancel = null) =>
        PhantomCohort.Write(config, folder, progress, threads, overwrite, cancel ?? TestContext.Current.CancellationToken);

    private static SortedDictionary<string, string> Hashes(string folder) => new(
        Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
            .ToDictionary(f => Path.GetRelativePath(folder, f), f => Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(f)))));

    private sealed class Telling(Action<Progressed> tell) : IProgress<RunEvent>
    {
        public void Report(RunEvent value)
        {
            if (value is Progressed progressed) tell(progressed);
        }
    }
}
