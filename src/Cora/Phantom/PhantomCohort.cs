using System.Text.Json;
using System.Text.Json.Serialization;
using Cora.Cohorts;
using Cora.Imaging;

namespace Cora.Phantom;

/// <summary>Makes a digital cohort on the disk, in the layout that every other command reads.</summary>
public static class PhantomCohort
{
    /// <summary>Changes when the same settings would give other bytes; a half-made cohort of an older recipe is not gone on with.</summary>
    public const int Recipe = 1;

    /// <summary>Said wherever results on phantoms are shown.</summary>
    public const string Caveat =
        "Phantom and lesion engine share the idea of a bright or dark spot at a vessel: a result on phantoms says that the pipeline works, and nothing about patients.";

    /// <summary>HU and noise in single precision with their scratch copies, the painter's three indices, masks and the result.</summary>
    private const long BytesAVoxel = 44;

    private const string SettingsFile = "phantom.json";

    private static readonly string[] Folders = ["images", "arteries", "heart", "plaques", "stenoses", "reports", PhantomDicom.Folder];

    private static readonly string[] TableFiles = [.. CohortFiles.OwnFiles, "truth.csv", SettingsFile];

    private static readonly string[] TruthColumns =
    [
        "case_id", "contrast_hu", "noise_hu", "vessel_factor", "plaques", "calcium_mm3", "non_calcified_mm3", "largest_stenosis_percent",
        "cad_rads", "mace_probability", "report_contradicts",
    ];

    private static readonly JsonSerializerOptions Json = new(CohortDescription.Json)
    {
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
    };

    /// <summary>
    /// Writes a cohort. Cases that lie there whole, from an interrupted run with the same settings, are not made again. The bytes do not
    /// depend on the number of threads. Beside the standard layout there is <c>truth.csv</c>, what no table of a real cohort could know.
    /// </summary>
    /// <param name="config">Settings.</param>
    /// <param name="folder">New, empty, or an unfinished cohort of the same settings.</param>
    /// <param name="progress">Told after every case.</param>
    /// <param name="threads">Cases made at the same time; 0 = as many as processors.</param>
    /// <param name="overwrite">Throws away a phantom cohort that lies in the folder.</param>
    /// <param name="cancel">Stops after the cases at work; what is done stays.</param>
    /// <exception cref="CoraException">The settings are wrong, the folder holds something else, or it cannot be written.</exception>
    public static Cohort Write(
        PhantomConfig config, string folder, IProgress<RunEvent>? progress = null, int threads = 0, bool overwrite = false, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(config);
        Check(config);
        Prepare(config, folder, overwrite);

        var seats = config.Split.Assign(config.Cases, config.Sites).ToArray();
        var patients = new PhantomPatient[seats.Length];
        var done = 0;
        var options = new ParallelOptions { MaxDegreeOfParallelism = ThreadsThatFit(config, threads), CancellationToken = cancel };
        try
        {
            Parallel.For(0, seats.Length, options, i =>
            {
                patients[i] = PhantomPatient.Draw(config, seats[i].Split, seats[i].Site, seats[i].Number);
                var row = RowOf(patients[i], config.Compress);
                if (row.Files().Any(f => !File.Exists(Path.Combine(folder, f.Path)))) WriteCase(patients[i].Render(), row, folder);
                progress?.Report(new Progressed("phantom", Interlocked.Increment(ref done), seats.Length, "cases"));
            });
        }
        catch (AggregateException problems) when (problems.InnerExceptions.OfType<CoraException>().FirstOrDefault() is { } problem)
        {
            throw new CoraException(problem.Message, problem.Remedy, problem.Code, problems);
        }

        Table.Write(Path.Combine(folder, "truth.csv"), TruthColumns, patients.Select(TruthOf));
        var spacing = config.UsedSpacingMm;
        var description = new CohortDescription
        {
            Name = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder))),
            MadeBy = "phantom",
            IsPhantom = true,
            SpacingMm = [spacing, spacing, spacing],
            ArteryOrigin = "truth",
            HeartOrigin = "truth",
            Settings = JsonSerializer.SerializeToElement(config, Json),
        };
        return CohortFiles.Write(
            folder, description, [.. patients.Select(p => RowOf(p, config.Compress))], [.. patients.Select(p => p.Clinical)],
            [.. patients.SelectMany(p => p.Lesions)]);
    }

    private static void Check(PhantomConfig config)
    {
        IEnumerable<Problem> Inner(string name, ISettings part) => part.Check().Select(p => p with { Name = $"{name}.{p.Name}" });
        var problems = config.Check().Concat(Inner("split", config.Split)).Concat(Inner("internal", config.Internal)).Concat(Inner("external", config.External)).ToArray();
        if (problems.Length > 0)
            throw new CoraException($"The phantom's settings are wrong: {string.Join("; ", problems)}.", "Correct them and run the command again.", ExitCode.Usage);
    }

    /// <summary>As many threads as were asked for, or fewer when their volumes would not fit in memory together.</summary>
    private static int ThreadsThatFit(PhantomConfig config, int threads)
    {
        var wanted = threads > 0 ? threads : Environment.ProcessorCount;
        var needed = BytesAVoxel * Size3.Cube(config.Size).Count;
        var available = MemoryRoom.AvailableBytes();
        if (needed > available)
        {
            throw new CoraException(
                $"A phantom of {config.Size} voxels a side needs about {needed} bytes of memory, {available} bytes are available.",
                "Choose a smaller --size, or use a machine with more memory.", ExitCode.Resources);
        }

        return (int)Math.Min(wanted, available / needed);
    }

    /// <summary>Makes sure that the folder is ours: what lies in it was made with the same settings, or it is empty.</summary>
    private static void Prepare(PhantomConfig config, string folder, bool overwrite)
    {
        var wanted = JsonSerializer.Serialize(new { Recipe, Settings = config }, Json) + "\n";
        var settings = Path.Combine(folder, SettingsFile);
        if (Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any())
        {
            if (!File.Exists(settings))
                throw new CoraException($"{folder} holds something that is no phantom cohort.", "Choose another --out folder, or empty this one.", ExitCode.Usage);
            if (!overwrite && File.ReadAllText(settings) == wanted) return;
            if (!overwrite)
            {
                throw new CoraException(
                    $"{folder} holds a phantom cohort that was made with other settings or another recipe.",
                    "Choose another --out folder, or pass --overwrite to make it anew.", ExitCode.Usage);
            }

            Clear(folder);
        }

        Atomically.WriteText(settings, wanted);
    }

    private static void Clear(string folder)
    {
        try
        {
            foreach (var name in TableFiles) File.Delete(Path.Combine(folder, name));
            foreach (var name in Folders.Select(f => Path.Combine(folder, f)).Where(Directory.Exists)) Directory.Delete(name, recursive: true);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            throw new CoraException($"{folder} cannot be overwritten: {problem.Message}", "Choose an --out folder that you may write to.", ExitCode.Resources, problem);
        }
    }

    private static CaseRow RowOf(PhantomPatient patient, bool compress)
    {
        var file = patient.CaseId + (compress ? ".nii.gz" : ".nii");
        return new()
        {
            CaseId = patient.CaseId,
            PatientId = patient.PatientId,
            Site = patient.Site.Name,
            Split = patient.Split,
            Image = "images/" + file,
            Arteries = "arteries/" + file,
            Heart = "heart/" + file,
            Plaques = "plaques/" + file,
            Stenoses = "stenoses/" + file,
            Report = $"reports/{patient.CaseId}.txt",
            CalcifiedPlaque = patient.HasCalcifiedPlaque,
            NonCalcifiedPlaque = patient.HasNonCalcifiedPlaque,
            Mace30d = patient.Mace.IsEvent,
        };
    }

    private static void WriteCase(PhantomCase made, CaseRow row, string folder)
    {
        void Mask(string path, Volume<byte> mask) => Nifti.Write(Path.Combine(folder, path), mask);

        Nifti.Write(Path.Combine(folder, row.Image), made.Image);
        Mask(row.Arteries!, made.Arteries);
        Mask(row.Heart!, made.Heart);
        Mask(row.Plaques!, made.Plaques);
        Mask(row.Stenoses!, made.Stenoses);
        Atomically.WriteText(Path.Combine(folder, row.Report!), made.Patient.Report.Text);
    }

    private static object?[] TruthOf(PhantomPatient p) =>
    [
        p.CaseId, Math.Round(p.ContrastHu, 2), Math.Round(p.NoiseHu, 3), Math.Round(p.VesselFactor, 4), p.Plaques.Length,
        Math.Round(p.Burden.CalciumMm3, 3), Math.Round(p.Burden.SoftMm3, 3), Math.Round(100 * p.Burden.LargestStenosis), p.CadRads,
        Math.Round(p.Mace.Probability, 6), p.Report.IsContradictory,
    ];
}
