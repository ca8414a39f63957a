using System.Text;
using Cora.Cli;
using Cora.Cohorts;
using Cora.Imaging;
using Cora.Ingest;
using Cora.Tests.Cli;
using static Cora.Tests.Ingest.ArchiveFixture;

namespace Cora.Tests.Ingest;

public sealed class ImportTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Loose_volumes_become_a_cohort_with_masks_by_name_and_what_is_wrong_is_listed()
    {
        Nifti.Write(folder["in/images/good.nii.gz"], Scan(1), new() { Description = "DOE^JANE" });
        Nifti.Write(folder["in/arteries/good_arteries.nii"], Mask(255));
        Nifti.Write(folder["in/heart/good/heart_atrium_left.nii.gz"], Mask(voxels: 30));
        Nifti.Write(folder["in/heart/good/heart_myocardium.nii.gz"], Mask(voxels: 50));
        Directory.CreateDirectory(folder["in/reports"]);
        File.WriteAllText(folder["in/reports/good.txt"], "No plaque.\n");
        Nifti.Write(folder["in/images/grey.nii.gz"], new Volume<short>(Grid, [.. Enumerable.Range(0, 216).Select(i => (short)i)]));
        Nifti.Write(folder["in/images/other_grid.nii"], Scan(2));
        Nifti.Write(folder["in/arteries/other_grid.nii.gz"], Mask(grid: Geometry.Isotropic(new(6, 6, 6), 1)));
        Nifti.Write(folder["in/images/cut.nii"], Scan(3));
        File.WriteAllBytes(folder["in/images/cut.nii"], File.ReadAllBytes(folder["in/images/cut.nii"])[..500]);
        Nifti.Write(folder["in/images/empty.nii"], Scan(4));
        Nifti.Write(folder["in/arteries/empty.nii"], Mask(voxels: 0));
        Nifti.Write(folder["in/images/twin.nii"], Scan(1));
        Nifti.Write(folder["in/images/named.nii"], Scan(5));
        File.WriteAllText(folder["in/reports/named.txt"], "Findings\nPatient name: Doe\n");
        Nifti.Write(folder["in/images/two.nii"], Scan(6));
        Nifti.Write(folder["in/arteries/two.nii"], Mask());
        Nifti.Write(folder["in/arteries/two_arteries.nii"], Mask());

        var outcome = Run(NiftiArchive.Find(folder["in"], new() { Split = Split.Pretrain, Site = "s1" }), folder["out"]);

        var cohort = Cohort.Load(folder["out"]);
        var row = Assert.Single(cohort.Cases);
        Assert.Equal((1, 7, 0, 8), (outcome.Done, outcome.Refused, outcome.Missing, outcome.Worked));
        Assert.Equal(("good", "good", "s1", Split.Pretrain), (row.CaseId, row.PatientId, row.Site, row.Split));
        Assert.Equal(Scan(1).Voxels.ToArray(), VolumeFile.Read<short>(cohort.PathOf(row.Image)).Voxels.ToArray());
        Assert.Equal(10, VolumeFile.Read<byte>(cohort.PathOf(row.Arteries!)).Voxels.Count((byte)1));
        Assert.Equal(50, VolumeFile.Read<byte>(cohort.PathOf(row.Heart!)).Voxels.Count((byte)1));
        Assert.Equal("No plaque.\n", File.ReadAllText(cohort.PathOf(row.Report!)));
        Assert.DoesNotContain("DOE", Encoding.Latin1.GetString(Unpacked(cohort.PathOf(row.Image))));
        var failures = Failures(folder["out"]);
        Assert.Contains("--hu-offset -1024", failures["grey"].Remedy);
        Assert.Contains("another grid", failures["other_grid"].Cause);
        Assert.Contains("cut.nii", failures["cut"].Cause);
        Assert.Contains("empty", failures["empty"].Cause);
        Assert.Contains("same voxels as case good", failures["twin"].Cause);
        Assert.Contains("line 2", failures["named"].Cause);
        Assert.DoesNotContain("Doe", failures["named"].Cause);
        Assert.Contains("several masks", failures["two"].Cause);
        var chart = FlowChart.Read(folder["out"])!;
        Assert.Equal([8, 1], chart.Steps.Select(s => s.Cases));
        Assert.Equal(7, chart.Steps[0].Excluded.Sum(e => e.Cases));
        Assert.Equal([new("pretrain", 1, 1, 1)], chart.Groups);
        Assert.Empty(CohortInspection.Of(cohort, true, null, Token).Problems);
    }

    [Fact]
    public void What_is_done_is_not_done_again_and_a_mended_or_changed_case_is()
    {
        foreach (var i in Enumerable.Range(0, 3)) Nifti.Write(folder[$"in/c{i}.nii"], Scan(i));
        File.WriteAllText(folder["in/c3.nii"], "no volume");
        Assert.Equal(1, Run(Found(), folder["out"]).Refused);
        var written = File.GetLastWriteTimeUtc(folder["out/cohort.json"]);

        Assert.Equal(1, Run(Found(), folder["out"]).Worked);          // the refused one is tried again
        Assert.Equal(written, File.GetLastWriteTimeUtc(folder["out/cohort.json"]));

        Nifti.Write(folder["in/c3.nii"], Scan(3));
        Nifti.Write(folder["in/c0.nii"], Scan(77));
        File.SetLastWriteTimeUtc(folder["in/c0.nii"], written.AddMinutes(1));
        var mended = Run(Found(), folder["out"]);

        Assert.Equal((4, 0, 2), (mended.Done, mended.Refused, mended.Worked));
        Assert.False(File.Exists(folder["out/failures.csv"]));
        Assert.Equal(77, VolumeFile.Read<short>(folder["out/images/c0.nii.gz"])[1, 1, 0]);
        Assert.Equal(0, Run(Found(), folder["out"]).Worked);
        Assert.Equal(ExitCode.Usage, Assert.Throws<CoraException>(() => Run(Found(), folder["out"], new() { HuOffset = 1 })).Code);
        Assert.Equal(4, Run(Found(), folder["out"], new() { HuOffset = 1 }, overwrite: true).Worked);

        Archive Found() => NiftiArchive.Find(folder["in"], new());
    }

    [Fact]
    public void Shards_make_the_cohort_that_one_machine_makes()
    {
        foreach (var i in Enumerable.Range(0, 5)) Nifti.Write(folder[$"in/c{i}.nii"], Scan(i));
        var archive = NiftiArchive.Find(folder["in"], new());
        Run(archive, folder["whole/a"]);

        Assert.Equal(3, Run(archive, folder["sharded/a"], shard: "2/2").Missing);
        Assert.Throws<CoraException>(() => Cohort.Load(folder["sharded/a"]));
        Assert.Equal(0, Run(archive, folder["sharded/a"], shard: "1/2").Missing);

        Assert.Equal(Cohort.Load(folder["whole/a"]).Description.ContentHash, Cohort.Load(folder["sharded/a"]).Description.ContentHash);
    }

    [Fact]
    public void A_stop_keeps_what_is_done_and_ends_with_6()
    {
        foreach (var i in Enumerable.Range(0, 4)) Nifti.Write(folder[$"in/c{i}.nii"], Scan(i));
        var archive = NiftiArchive.Find(folder["in"], new());
        using var stop = new CancellationTokenSource();
        var listener = new StopAfter(2, stop);

        Assert.ThrowsAny<OperationCanceledException>(() => Import.Run(archive, new(), folder["out"], Shard.Whole, threads: 1, progress: listener, stop: stop.Token));
        string[] command = ["import", "nifti", folder["in"], "--out", folder["out"], "--quiet"];
        using var said = new StringWriter { NewLine = "\n" };
        Assert.Equal(ExitCode.Interrupted, CommandLine.Run(command, said, said, stop.Token));
        var (code, output, _) = InProcess.Run(command);

        Assert.Equal(ExitCode.Done, code);
        Assert.Equal($"{folder["out"]}: 4 cases imported (2 read now), 0 refused, 0 left to other shards\n", output);
    }

    [Fact]
    public void With_a_salt_no_name_of_a_file_is_left_in_any_output()
    {
        File.WriteAllBytes(folder["salt"], [.. Enumerable.Range(0, 32).Select(i => (byte)i)]);
        Nifti.Write(folder["in/Doe_Jane_4711.nii"], Scan(1));
        Nifti.Write(folder["in/Doe_Jane_4711_arteries.nii"], Mask());
        File.WriteAllText(folder["in/Roe_Rick_0815.nii"], "no volume");
        Nifti.Write(folder["in/Poe_Edna_1234.nii"], Scan(2));
        Nifti.Write(folder["in/Poe_Edna_1234_arteries.nii"], Mask(grid: Geometry.Isotropic(new(6, 6, 6), 1)));

        var (code, output, error) = InProcess.Run("import", "nifti", folder["in"], "--out", folder["out"], "--salt-file", folder["salt"]);

        Assert.Equal(ExitCode.PartlyFailed, code);
        Assert.Single(Cohort.Load(folder["out"]).Cases);
        var texts = Directory.EnumerateFiles(folder["out"], "*", SearchOption.AllDirectories).Where(f => !f.EndsWith(".gz", StringComparison.Ordinal)).Select(File.ReadAllText);
        Assert.All(texts.Append(output).Append(error).Concat(Directory.EnumerateFiles(folder["out"], "*", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(folder["out"], f))),
            text => Assert.DoesNotMatch("Doe|Roe|Poe|4711|0815|1234", text));
        Assert.Equal(Cohort.Load(folder["out"]).Cases[0].CaseId, NiftiArchive.Find(folder["in"], new() { SaltFile = folder["salt"] }).Cases.Single(c => c.Image.Contains("Jane")).CaseId);
    }

    [Fact]
    public void A_table_gives_patients_sites_and_splits_and_is_held_against_the_scans()
    {
        foreach (var name in new[] { "a", "b", "c" }) Nifti.Write(folder[$"in/{name}.nii"], Scan(name[0]));
        File.WriteAllText(folder["t.csv"], "case_id,patient_id,site,split\na,p,s1,train\nb,p,s1,train\n");
        File.WriteAllText(folder["bad.csv"], "case_id,patient_id,split\na,p,train\nb,p,validation\nx,q,train\nc,q,testing\n");

        var archive = NiftiArchive.Find(folder["in"], new() { Table = folder["t.csv"] });
        var refused = Assert.Throws<CoraException>(() => NiftiArchive.Find(folder["in"], new() { Table = folder["bad.csv"] })).Message;

        Assert.Equal([("p", "s1", Split.Train), ("p", "s1", Split.Train), ("c", "", Split.None)], archive.Cases.Select(c => (c.PatientId, c.Site, c.Split)));
        Assert.Contains("no row", archive.Cases[2].Refused!.Cause);
        Assert.Contains("several splits", refused);
        Assert.Contains("no scan of this name", refused);
        Assert.Contains("testing", refused);
    }

    [Fact]
    public void A_dataset_of_nnUNet_goes_in_and_out_again_and_its_bad_cases_are_listed()
    {
        foreach (var i in Enumerable.Range(0, 3)) Nifti.Write(folder[$"in/c{i}.nii"], Scan(i));
        foreach (var i in Enumerable.Range(0, 2)) Nifti.Write(folder[$"in/c{i}_arteries.nii"], Mask());
        File.WriteAllText(folder["t.csv"], "case_id,split\nc0,train\nc1,validation\nc2,internal_test\n");
        Assert.Equal(ExitCode.Done, InProcess.Run("import", "nifti", folder["in"], "--out", folder["a"], "--table", folder["t.csv"], "--quiet").Code);

        var export = InProcess.Run("export", "nnunet", folder["a"], "--out", folder["raw"], "--dataset", "7", "--name", "Vessels", "--quiet");
        var dataset = folder["raw/Dataset007_Vessels"];
        Assert.Equal((ExitCode.Done, dataset + "\n"), (export.Code, export.Output));
        Assert.Equal(ExitCode.Done, InProcess.Run("import", "nnunet", dataset, "--out", folder["b"], "--quiet").Code);
        var back = Cohort.Load(folder["b"]);
        Assert.Equal([("c0", Split.Train, true), ("c1", Split.Train, true), ("c2", Split.InternalTest, false)], back.Cases.Select(c => (c.CaseId, c.Split, c.Arteries is not null)));
        Assert.Equal(Scan(1).Voxels.ToArray(), VolumeFile.Read<short>(back.PathOf(back.Cases[1].Image)).Voxels.ToArray());

        File.Delete(Path.Combine(dataset, "labelsTr/c0.nii.gz"));
        var (code, _, _) = InProcess.Run("import", "nnunet", dataset, "--out", folder["c"], "--quiet");
        Assert.Equal(ExitCode.PartlyFailed, code);
        Assert.Contains("has no label", Failures(folder["c"])["c0"].Cause);
        Assert.Equal(2, Cohort.Load(folder["c"]).Cases.Count);
        Assert.Equal(ExitCode.Usage, InProcess.Run("export", "nnunet", folder["a"], "--out", folder["raw"], "--dataset", "7", "--name", "Vessels").Code);
        Assert.Equal(ExitCode.Done, InProcess.Run("export", "nnunet", folder["a"], "--out", folder["raw"], "--dataset", "7", "--name", "Vessels", "--overwrite").Code);
    }

    [Fact]
    public void Asoca_is_read_from_its_folders()
    {
        WriteNrrd(folder["in/Normal/CTCA/Normal_1.nrrd"], Scan(1));
        WriteNrrd(folder["in/Diseased/CTCA/Diseased_1.nrrd"], Scan(2));
        WriteNrrd(folder["in/Diseased/Annotations/Diseased_1.nrrd"], Scan(2).Select(v => (short)(v > 400 ? 1 : 0)));
        WriteNrrd(folder["in/Testset_Normal/0.nrrd"], Scan(3));

        var outcome = Run(AsocaArchive.Find(folder["in"]), folder["out"]);
        var cohort = Cohort.Load(folder["out"]);

        Assert.Equal(1, outcome.Refused);
        Assert.Equal([("asoca_diseased_01", Split.ExternalTest, true), ("asoca_test_normal_00", Split.None, false)], cohort.Cases.Select(c => (c.CaseId, c.Split, c.Arteries is not null)));
        Assert.Contains("asoca_normal_01", Failures(folder["out"]).Keys);
        Assert.True(VolumeFile.ReadGeometry(cohort.PathOf(cohort.Cases[0].Image)).Matches(Grid));
    }

    [Fact]
    public void A_bare_51_of_a_file_that_names_it_otherwise_is_no_heart_and_a_lone_1_may_be_a_spleen()
    {
        const string Names = "<?xml version=\"1.0\"?><CaretExtension><Label Key=\"1\"><![CDATA[spleen]]></Label><Label Key=\"2\"><![CDATA[{0}]]></Label></CaretExtension>";
        Nifti.Write(folder["spleen.nii.gz"], Mask(), new() { Extensions = [new(0, Encoding.UTF8.GetBytes(Names.Replace("{0}", "liver")))] });
        Nifti.Write(folder["heart.nii.gz"], Mask(2), new() { Extensions = [new(0, Encoding.UTF8.GetBytes(Names.Replace("{0}", "heart")))] });
        Nifti.Write(folder["arteries.nii.gz"], Mask(2), new() { Extensions = [new(0, Encoding.UTF8.GetBytes(Names.Replace("{0}", "coronary_arteries")))] });

        Assert.Contains("none of them is the heart", Assert.Throws<CoraException>(() => HeartMask.Read(folder["spleen.nii.gz"])).Message);
        Assert.Equal(10, HeartMask.Read(folder["heart.nii.gz"]).Voxels.Count((byte)1));
        Assert.Equal(10, CoronaryMask.Read(folder["arteries.nii.gz"]).Voxels.Count((byte)1));
        Assert.Throws<CoraException>(() => CoronaryMask.Read(folder["heart.nii.gz"]));
        Assert.Equal(10, CoronaryMask.Read(folder["heart.nii.gz"], [2]).Voxels.Count((byte)1));
    }

    [Fact]
    public void A_heart_mask_on_another_grid_is_laid_onto_the_scan()
    {
        Nifti.Write(folder["in/c.nii"], Scan(1));
        var coarse = new Geometry(new(3, 3, 3), new(0.8, 0.8, 1), new(-9.8, -19.8, 30.25), Mat3.Identity);
        Nifti.Write(folder["in/c_heart.nii"], new Volume<byte>(coarse, [.. Enumerable.Range(0, 27).Select(i => (byte)(i < 9 ? 1 : 0))]));

        Run(NiftiArchive.Find(folder["in"], new()), folder["out"]);

        // The lowest coarse slice covers the two lowest slices of the scan.
        var heart = VolumeFile.Read<byte>(folder["out/heart/c.nii.gz"]);
        Assert.True(heart.Geometry.Matches(Grid));
        Assert.Equal(72, heart.Voxels.Count((byte)1));
        Assert.Equal((1, 0), (heart[3, 3, 1], heart[3, 3, 2]));
    }

    private static byte[] Unpacked(string path)
    {
        using var stream = new System.IO.Compression.GZipStream(File.OpenRead(path), System.IO.Compression.CompressionMode.Decompress);
        using var all = new MemoryStream();
        stream.CopyTo(all);
        return all.ToArray();
    }

    /// <summary>As the challenge stores them: space left-posterior-superior.</summary>
    private static void WriteNrrd(string path, Volume<short> volume)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        using var stream = File.Create(path);
        stream.Write(Encoding.ASCII.GetBytes("NRRD0004\ntype: short\ndimension: 3\nspace: left-posterior-superior\nsizes: 6 6 6\nspace directions: (0.4,0,0) (0,0.4,0) (0,0,0.5)\nspace origin: (-10,-20,30)\nendian: little\nencoding: raw\n\n"));
        stream.Write(System.Runtime.InteropServices.MemoryMarshal.AsBytes(volume.Voxels));
    }

    private sealed class StopAfter(int cases, CancellationTokenSource stop) : IProgress<RunEvent>
    {
        public void Report(RunEvent value)
        {
            if (value is Progressed { Done: var done } && done >= cases) stop.Cancel();
        }
    }
}
