using System.Text;
using Cora.Cohorts;
using Cora.Dicom;
using Cora.Imaging;
using Cora.Ingest;

namespace Cora.Tests.Dicom;

public sealed class DicomImportTests : IDisposable
{
    private const string Planted = "PLANTEDNAME";

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    private static Volume<short> Sample(int seed, int slices = 60) =>
        new(new(new(9, 8, slices), new(0.5, 0.5, 1), new(-3, 2, seed), Mat3.Identity), [.. Enumerable.Range(0, 72 * slices).Select(i => (short)((i * 37 + seed * 101) % 2500 - 1000))]);

    private Volume<short> Study(string name, string patient, int seed = 1, int series = 1, Action<DicomDataset, int>? also = null, DicomSeriesFacts? facts = null, int slices = 60)
    {
        var volume = Sample(seed, slices);
        facts ??= new() { PatientId = patient, StudyId = name, SeriesNumber = series, Sex = "F", Age = 61 };
        DicomSeriesWriter.Write(folder[$"archive/{name}-{series}"], volume, facts with { Also = also, SeriesNumber = series });
        return volume;
    }

    private DicomImportOutcome Import(DicomImportConfig? config = null, Shard? shard = null, bool overwrite = false, string? key = null, List<RunEvent>? log = null) =>
        DicomImport.Run(new(folder["archive"], folder["cohort"], folder["salt"], key), config ?? new(), shard ?? Shard.Whole, threads: 2, overwrite, log is null ? null : new Listener(log), TestContext.Current.CancellationToken);

    private sealed class Listener(List<RunEvent> log) : IProgress<RunEvent>
    {
        public void Report(RunEvent value)
        {
            lock (log) log.Add(value);
        }
    }

    [Fact]
    public void Studies_become_cases_voxel_for_voxel_with_what_may_leave_the_headers()
    {
        var volumes = new[] { Study("a", "P1", 1), Study("b", "P1", 2), Study("c", "P2", 3) };

        var outcome = Import();

        Assert.Equal((3, 0, 0), (outcome.Done, outcome.Failed, outcome.Missing));
        var cohort = Cohort.Load(folder["cohort"]);
        Assert.Equal(2, cohort.Cases.Select(c => c.PatientId).Distinct().Count());
        Assert.All(cohort.Clinical, row => Assert.Equal(("female", 61.0), (row.Sex, row.Age)));
        var read = cohort.Cases.Select(c => Nifti.Read<short>(cohort.PathOf(c.Image))).OrderBy(v => v.Geometry.Origin.Z).ToArray();
        foreach (var (expected, actual) in volumes.Zip(read))
        {
            Assert.True(actual.Geometry.Matches(expected.Geometry));
            Assert.Equal(expected.Voxels, actual.Voxels);
        }

        Assert.Equal("import", cohort.Description.MadeBy);
        Assert.False(Directory.Exists(folder["cohort/.import/index-1"]));
    }

    [Fact]
    public void The_best_series_is_taken_and_series_csv_says_why_the_others_were_not()
    {
        var soft = Study("a", "P1", series: 3);
        Study("a", "P1", seed: 2, series: 2, facts: new() { PatientId = "P1", StudyId = "a", Kernel = "BONE" });
        Study("a", "P1", seed: 3, series: 1, also: (set, _) => set.Set(Tags.ImageType, DicomVr.CS, "ORIGINAL\\PRIMARY\\LOCALIZER"));

        Import();

        var cohort = Cohort.Load(folder["cohort"]);
        Assert.Equal(soft.Voxels, Nifti.Read<short>(cohort.PathOf(Assert.Single(cohort.Cases).Image)).Voxels);
        var series = Table.Read(folder["cohort/series.csv"]);
        Assert.Equal(2, series.Rows.Count);
        var left = series.Rows.Single(r => series.Field(r, "chosen") == "0");
        Assert.Contains("points against", series.Field(left, "why"), StringComparison.Ordinal);
        Assert.Contains("kernel -2", series.Field(left, "why"), StringComparison.Ordinal);
        Assert.Contains(Table.Read(folder["cohort/flow.csv"]).Rows, r => r is ["files left", "60", "It is a localiser."]);
    }

    [Fact]
    public void A_bad_study_is_listed_with_cause_and_remedy_and_the_others_are_done()
    {
        Study("good", "P1");
        Study("gap", "P2", seed: 2);
        File.Delete(folder["archive/gap-1/0030.dcm"]);
        Study("cut", "P3", seed: 3);
        var cut = folder["archive/cut-1/0007.dcm"];
        File.WriteAllBytes(cut, File.ReadAllBytes(cut)[..^100]);
        Study("mr", "P4", also: (set, _) => set.Set(Tags.Modality, DicomVr.CS, "MR"));
        var header = File.ReadAllBytes(folder["archive/good-1/0001.dcm"]);
        File.WriteAllBytes(folder["archive/broken.dcm"], header[..500]);
        File.WriteAllText(folder["archive/readme.txt"], "no image");

        var outcome = Import();

        Assert.Equal((1, 4), (outcome.Done, outcome.Failed));
        Assert.Equal(1, outcome.Others);
        var failures = Table.Read(folder["cohort/failures.csv"]);
        var causes = string.Join('\n', failures.Rows.Select(r => failures.Field(r, "cause")));
        Assert.Contains("1 slices are missing", causes, StringComparison.Ordinal);
        Assert.Contains("Slice 7 of 60: The pixel data has", causes, StringComparison.Ordinal);
        Assert.Contains("60 files: The modality is MR", causes, StringComparison.Ordinal);
        Assert.Single(failures.Rows, r => failures.Field(r, "case")[0] == 'f');          // the broken file, whose study nobody knows
        Assert.All(failures.Rows, r => Assert.NotEmpty(failures.Field(r, "remedy")));
        var chart = FlowChart.Read(folder["cohort"])!;
        Assert.Equal([4, 1], chart.Steps.Select(s => s.Cases));
        Assert.Equal([("cannot be read", 1), ("no CT slice", 1), ("no series fits", 1)], chart.Steps[0].Excluded.Select(e => (e.Reason, e.Cases)).Order());
    }

    [Fact]
    public void An_import_goes_on_where_it_was_and_takes_mended_studies()
    {
        Study("a", "P1");
        Study("gap", "P2", seed: 2);
        var missing = File.ReadAllBytes(folder["archive/gap-1/0030.dcm"]);
        File.Delete(folder["archive/gap-1/0030.dcm"]);
        Import();
        var image = Directory.GetFiles(folder["cohort/images"]).Single();
        var written = File.GetLastWriteTimeUtc(image);
        File.WriteAllBytes(folder["archive/gap-1/0030.dcm"], missing);
        var labelled = Cohort.Load(folder["cohort"]);
        CohortFiles.Write(folder["cohort"], labelled.Description, [labelled.Cases[0] with { Split = Split.Train, CalcifiedPlaque = true }], [.. labelled.Clinical.Select(c => c with { Bmi = 24 })], []);

        var outcome = Import();

        Assert.Equal((2, 0, 1), (outcome.Done, outcome.Failed, outcome.Worked));
        Assert.Equal(written, File.GetLastWriteTimeUtc(image));
        Assert.False(File.Exists(folder["cohort/failures.csv"]));

        // What others wrote into the cohort meanwhile stays.
        var kept = Cohort.Load(folder["cohort"]).Cases.Single(c => c.CaseId == labelled.Cases[0].CaseId);
        Assert.Equal((Split.Train, true), (kept.Split, kept.CalcifiedPlaque));
        Assert.Equal(24, Cohort.Load(folder["cohort"]).ClinicalOf(kept)!.Bmi);
    }

    [Fact]
    public void Shards_together_make_the_cohort_that_one_run_makes()
    {
        for (var i = 0; i < 7; i++) Study($"s{i}", $"P{i}", seed: i);
        var first = Import(shard: new(1, 2));
        Assert.Equal(1, first.Missing);
        Assert.False(File.Exists(folder["cohort/cohort.json"]));

        Import(shard: new(2, 2));
        var sharded = Cohort.Load(folder["cohort"]).Description.ContentHash;
        Directory.Delete(folder["cohort"], recursive: true);
        Import();

        Assert.Equal(sharded, Cohort.Load(folder["cohort"]).Description.ContentHash);
    }

    [Fact]
    public void Pseudonyms_are_stable_for_a_salt_and_others_for_another()
    {
        Study("a", "P1");
        Import();
        var first = Assert.Single(Cohort.Load(folder["cohort"]).Cases);
        Import(overwrite: true);
        var again = Assert.Single(Cohort.Load(folder["cohort"]).Cases);
        File.WriteAllText(folder["salt"], "quite another secret of some length");
        Import(overwrite: true);
        var other = Assert.Single(Cohort.Load(folder["cohort"]).Cases);

        Assert.Equal((first.CaseId, first.PatientId), (again.CaseId, again.PatientId));
        Assert.NotEqual(first.CaseId, other.CaseId);
        Assert.NotEqual(first.PatientId, other.PatientId);
        Assert.DoesNotContain("P1", first.PatientId, StringComparison.Ordinal);
    }

    [Fact]
    public void Dates_are_dropped_or_moved_by_the_same_days_for_a_patient()
    {
        Study("a", "P1", seed: 1, also: (set, _) => set.Set(Tags.StudyDate, DicomVr.DA, "20200115"));
        Study("b", "P1", seed: 2, also: (set, _) => set.Set(Tags.StudyDate, DicomVr.DA, "20200214"));
        Import();
        Assert.All(Table.Read(folder["cohort/acquisitions.csv"]).Rows, r => Assert.Empty(r[^1]));

        Import(new() { Dates = StudyDates.Shift }, overwrite: true);

        var dates = Table.Read(folder["cohort/acquisitions.csv"]).Rows.Select(r => DateOnly.Parse(r[^1], System.Globalization.CultureInfo.InvariantCulture)).Order().ToArray();
        Assert.Equal(30, dates[1].DayNumber - dates[0].DayNumber);
        Assert.InRange(dates[0], new DateOnly(2019, 1, 15), new DateOnly(2020, 1, 14));
    }

    [Fact]
    public void A_study_whose_identifier_was_taken_away_is_known_by_its_series()
    {
        Study("a", "P1", also: (set, _) => set.Set(Tags.StudyInstanceUid, DicomVr.UI, ""));

        Assert.Equal(1, Import().Done);
    }

    [Fact]
    public void Ages_above_89_are_told_as_90()
    {
        Study("a", "P1", facts: new() { PatientId = "P1", StudyId = "a", Age = 97 });

        Import();

        Assert.Equal(90, Assert.Single(Cohort.Load(folder["cohort"]).Clinical).Age);
    }

    [Fact]
    public void Nothing_planted_in_any_text_of_a_header_or_in_a_path_is_found_in_any_output()
    {
        // Every text element that a CT image may have, and some of other kinds: names, numbers, dates, comments, private ones.
        uint[] tags =
        [
            0x00080050, 0x00080080, 0x00080081, 0x00080090, 0x00080092, 0x00080094, 0x00081010, 0x00081030, 0x0008103E, 0x00081040, 0x00081048, 0x00081050, 0x00081060, 0x00081070, 0x00081090,
            0x00080070, 0x00082111, 0x00100010, 0x00100020, 0x00100021, 0x00101000, 0x00101001, 0x00101005, 0x00101040, 0x00101060, 0x00102154, 0x00102160, 0x00102180, 0x001021B0, 0x00104000,
            0x00120010, 0x00120040, 0x00180010, 0x00180015, 0x00181000, 0x00181020, 0x00181030, 0x00181040, 0x00181210, 0x00184000, 0x00200010, 0x00204000, 0x00321032, 0x00321033, 0x00321060,
            0x00324000, 0x00380010, 0x00380300, 0x00380500, 0x00384000, 0x00400006, 0x00400007, 0x00400253, 0x00400254, 0x00400280, 0x00402016, 0x00404000, 0x00090010, 0x00091001, 0x40000010,
        ];
        void Plant(DicomDataset set, int z)
        {
            foreach (var tag in tags.Select(DicomTag.Of))
            {
                var vr = DicomDictionary.Of(tag);
                if (vr == DicomVr.UN || !vr.IsText()) vr = DicomVr.LO;
                set.Set(tag, vr, $"{Planted}{tag.Value:X8}");
            }

            set.Set(new(0x0010, 0x0030), DicomVr.DA, "19451231");
            set.Set(Tags.StudyDate, DicomVr.DA, "20210317");
            var item = new DicomDataset();
            item.Set(Tags.PatientName, DicomVr.PN, Planted);
            set.Set(new DicomElement(new(0x0008, 0x1120), [item]));
        }

        Study($"{Planted}good", Planted, 1, also: Plant);
        Study($"{Planted}gap", Planted, 2, also: Plant);
        File.Delete(folder[$"archive/{Planted}gap-1/0030.dcm"]);
        Study($"{Planted}cut", Planted, 3, also: Plant);
        foreach (var file in Directory.GetFiles(folder[$"archive/{Planted}cut-1"])) File.WriteAllBytes(file, File.ReadAllBytes(file)[..^10]);
        Study($"{Planted}mr", Planted, 4, also: (set, z) => { Plant(set, z); set.Set(Tags.Modality, DicomVr.CS, Planted); });
        Study($"{Planted}colour", Planted, 5, also: (set, z) => { Plant(set, z); set.Set(Tags.PhotometricInterpretation, DicomVr.CS, Planted); });
        File.WriteAllBytes(folder[$"archive/{Planted}.dcm"], File.ReadAllBytes(folder[$"archive/{Planted}good-1/0001.dcm"])[..700]);
        System.IO.Compression.ZipFile.CreateFromDirectory(folder[$"archive/{Planted}good-1"], folder[$"archive/{Planted}.zip"]);
        File.WriteAllBytes(folder[$"archive/{Planted}broken.zip"], [(byte)'P', (byte)'K', 3, 4, 9, 9]);
        var log = new List<RunEvent>();

        var outcome = Import(new() { Dates = StudyDates.Shift }, log: log, key: folder["key.csv"]);

        Assert.Equal(1, outcome.Done);
        var written = Directory.GetFiles(folder["cohort"], "*", SearchOption.AllDirectories);
        Assert.All(written, path =>
        {
            Assert.DoesNotContain(Planted, Path.GetRelativePath(folder["cohort"], path), StringComparison.OrdinalIgnoreCase);
            AssertClean(path.EndsWith(".gz", StringComparison.Ordinal) ? Unpacked(path) : File.ReadAllBytes(path), path);
        });
        AssertClean(Encoding.UTF8.GetBytes(string.Join('\n', log)), "the log");

        // The key, which stays in the hospital, names them all.
        Assert.Contains(Planted, File.ReadAllText(folder["key.csv"]), StringComparison.Ordinal);
    }

    [Fact]
    public void Salt_and_key_may_not_lie_in_the_cohort()
    {
        Study("a", "P1");

        Assert.Throws<CoraException>(() => DicomImport.Run(new(folder["archive"], folder["cohort"], folder["cohort/salt"]), new(), Shard.Whole, stop: TestContext.Current.CancellationToken));
        Assert.Throws<CoraException>(() => Import(key: folder["cohort/key.csv"]));
        Assert.False(Directory.Exists(folder["cohort"]));
    }

    private static void AssertClean(byte[] bytes, string where)
    {
        foreach (var secret in new[] { Planted, Planted.ToLowerInvariant(), "19451231", "20210317", "1945-12-31", "2021-03-17", "2.25." })
            Assert.True(bytes.AsSpan().IndexOf(Encoding.ASCII.GetBytes(secret)) < 0, $"{where} holds {secret}");
    }

    private static byte[] Unpacked(string path)
    {
        using var gzip = new System.IO.Compression.GZipStream(File.OpenRead(path), System.IO.Compression.CompressionMode.Decompress);
        using var plain = new MemoryStream();
        gzip.CopyTo(plain);
        return plain.ToArray();
    }
}
