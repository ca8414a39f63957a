using System.CommandLine;
using System.Globalization;
using Cora.Cohorts;
using Cora.Ingest;

namespace Cora.Cli;

/// <summary>The archives of volumes that <c>cora import</c> reads.</summary>
internal static class ImportArchives
{
    public static Verb Nifti()
    {
        var images = Folder("--images", "Folder of the scans; SOURCE/images or SOURCE when not given.");
        var arteries = Folder("--arteries", "Folder of coronary artery masks, CASE.nii.gz or a segmenter's folder CASE; SOURCE/arteries when not given, else CASE_arteries.nii.gz beside the scan.");
        var heart = Folder("--heart", "Folder of heart masks, likewise: binary files, label volumes of TotalSegmentator or its folders.");
        var plaques = Folder("--plaques", "Folder of plaque labels, likewise.");
        var stenoses = Folder("--stenoses", "Folder of stenosis labels, likewise.");
        var reports = Folder("--reports", "Folder of de-identified reports, CASE.txt.");
        var table = new Option<string>("--table") { Description = "Table with case_id (the scan's file name without ending) and any of patient_id, site, split.", HelpName = "CSV", DefaultValueFactory = _ => "" };
        var site = Site();
        var split = new Option<string>("--split") { Description = "Split of cases that the table gives none.", HelpName = "pretrain|train|validation|internal_test|external_test", DefaultValueFactory = _ => "" };
        var salt = new Option<string>("--salt-file") { Description = "Secret file (16 bytes or more): names become pseudonyms, and no message repeats a file's name.", HelpName = "FILE", DefaultValueFactory = _ => "" };
        return Archive("nifti", "Loose volumes (NIfTI, NRRD, MetaImage), masks matched by name.",
            "cora import nifti scans --out cohorts/scans --heart segmentations --split pretrain\nwrites cohorts/scans; segmentations/CASE/ are folders of TotalSegmentator",
            (call, source) => NiftiArchive.Find(source, new()
            {
                Images = call.Value(images)!, Arteries = call.Value(arteries)!, Heart = call.Value(heart)!, Plaques = call.Value(plaques)!, Stenoses = call.Value(stenoses)!,
                Reports = call.Value(reports)!, Table = call.Value(table)!, Site = call.Value(site)!, Split = SplitOf(call.Value(split)!), SaltFile = call.Value(salt)!,
            }), [images, arteries, heart, plaques, stenoses, reports, table, site, split, salt]);
    }

    public static Verb ImageCas()
    {
        var split = new Option<ImageCasSplit>("--split")
        {
            Description = "paper: 60 test, 40 validation, nested lists of 50 to 800 training cases (seed 2026). official: the data's own workbook.", HelpName = "paper|official|none", DefaultValueFactory = _ => ImageCasSplit.Paper,
        };
        var file = new Option<string>("--split-file") { Description = "The split workbook, imageCAS_data_split.xlsx or the same as CSV.", HelpName = "XLSX|CSV", DefaultValueFactory = _ => "" };
        var column = new Option<string>("--split-column") { Description = "Which fold of the workbook.", HelpName = "NAME", DefaultValueFactory = _ => "Split-1" };
        var byRow = new Option<bool>("--map-by-row-order") { Description = "Take row k of the workbook as case k where its ids are not the files' numbers. Nobody has confirmed that this is right." };
        return Archive("imagecas", "ImageCAS as distributed: N.img.nii.gz and N.label.nii.gz in folders of two hundred.",
            "cora import imagecas ImageCAS --out cohorts/imagecas\nwrites cohorts/imagecas with cases imagecas_0001 …, the paper's split in cases.csv and its lists in splits/",
            (call, source) => ImageCasArchive.Find(source, call.Value(split), call.Value(file)!, call.Value(column)!, call.Value(byRow)), [split, file, column, byRow]);
    }

    public static Verb NnUNet()
    {
        var site = Site();
        return Archive("nnunet", "A dataset of nnU-Net's raw layout; imagesTr become split train, imagesTs internal_test. `cora export nnunet` goes the other way.",
            "cora import nnunet nnUNet_raw/Dataset001_Coronaries --out cohorts/coronaries\nwrites cohorts/coronaries", (call, source) => NnUNetArchive.Find(source, call.Value(site)!), [site]);
    }

    public static Verb Asoca() => Archive("asoca", "The ASOCA challenge's folders: Normal and Diseased with CTCA and Annotations, test sets without.",
        "cora import asoca ASOCA --out cohorts/asoca\nwrites cohorts/asoca; annotated scans have split external_test", (_, source) => AsocaArchive.Find(source), []);

    private static Verb Archive(string name, string purpose, string example, Func<Call, string, Archive> find, Option[] own)
    {
        var standard = new ImportConfig();
        var settings = new SettingsOptions();
        settings.Direct("--hu-offset", "hu_offset", "HU", "Added to every voxel, for archives of stored values: -1024 where air is 0.", standard.HuOffset);
        settings.Direct("--artery-labels", "artery_labels", "LABELS", "Labels of the arteries in the artery masks, for example 1-3; found out when not given.", standard.ArteryLabels);
        settings.Direct("--heart-labels", "heart_labels", "LABELS", "Labels of the heart in the heart masks, for example 51 or 44-48; found out when not given.", standard.HeartLabels);
        settings.Direct("--grid-tolerance-mm", "grid_tolerance_mm", "MM", "How far the corners of a mask's grid may lie from the scan's.", standard.GridToleranceMm);
        settings.Direct("--resample-masks", "resample_masks", "", "Move masks on another grid onto the scan's (nearest voxel). Heart masks always are.", standard.ResampleMasks);
        var source = new Argument<string>("SOURCE") { Description = "The archive's folder; it is only read." };
        var output = CommonOptions.Out("Folder of the new cohort.");
        var shard = new Option<string>("--shard") { Description = "Do every n-th case beginning with the i-th, so that n machines share the work; the one that finishes last writes the tables.", HelpName = "i/n", DefaultValueFactory = _ => "1/1" };
        var threads = CommonOptions.Threads();
        var overwrite = CommonOptions.Overwrite();
        var dryRun = CommonOptions.DryRun();
        var listening = new Listening();
        var verb = new Verb(name, purpose, example)
        {
            Arguments = { source },
            Work = call =>
            {
                var config = settings.Load<ImportConfig>(call);
                var shards = Shard.Parse(call.Value(shard)!);
                using var progress = listening.For(call);
                var archive = find(call, call.Value(source));
                return call.Value(dryRun) ? Forecast(call, archive) : Run(call, archive, config, shards, (call.Value(output)!, call.Value(threads), call.Value(overwrite)), progress);
            },
        };
        foreach (var option in (IEnumerable<Option>)[output, .. own, .. settings.All, shard, threads, overwrite, dryRun, .. listening.All]) verb.Add(option);
        return verb;
    }

    private static ExitCode Run(Call call, Archive archive, ImportConfig config, Shard shard, (string Folder, int Threads, bool Overwrite) asked, ProgressLine progress)
    {
        var outcome = Import.Run(archive, config, asked.Folder, shard, asked.Threads, asked.Overwrite, progress, call.Terminal.Stop);
        call.Terminal.Out.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{asked.Folder}: {outcome.Done} cases imported ({outcome.Worked} read now), {outcome.Refused} refused, {outcome.Missing} left to other shards"));
        if (outcome.Refused == 0) return ExitCode.Done;
        call.Say(outcome.Missing > 0
            ? "failures.csv is written by the shard that finishes last; mended cases are taken when the command is run again."
            : $"{Path.Combine(asked.Folder, "failures.csv")} names each refused case, the cause and what to do; mended cases are taken when the command is run again.");
        return ExitCode.PartlyFailed;
    }

    private static ExitCode Forecast(Call call, Archive archive)
    {
        foreach (var warning in archive.Warnings) call.Say("warning: " + warning);
        var refused = archive.Cases.Where(c => c.Refused is not null).ToArray();
        foreach (var found in refused.Take(20)) call.Say($"{found.CaseId}: {found.Refused!.Cause}");
        call.Terminal.Out.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"would import {archive.Cases.Count - refused.Length} cases of {archive.Cases.Count} found: {Counts("arteries", c => c.Arteries)}, {Counts("heart", c => c.Heart)}, {Counts("plaques", c => c.Plaques)}, {Counts("stenoses", c => c.Stenoses)}, {Counts("reports", c => c.Report)}"));
        call.Terminal.Out.WriteLine("splits: " + string.Join(", ", archive.Cases.GroupBy(c => c.Split).OrderBy(g => g.Key)
            .Select(g => string.Create(CultureInfo.InvariantCulture, $"{(g.Key == Split.None ? "none" : CohortFiles.WordOf(g.Key))} {g.Count()}"))));
        return ExitCode.Done;

        string Counts(string what, Func<FoundCase, string?> of) => string.Create(CultureInfo.InvariantCulture, $"{archive.Cases.Count(c => of(c) is not null)} with {what}");
    }

    private static Option<string> Folder(string name, string description) => new(name) { Description = description, HelpName = "DIR", DefaultValueFactory = _ => "" };

    private static Option<string> Site() => new("--site") { Description = "Pseudonym of the hospital.", HelpName = "NAME", DefaultValueFactory = _ => "" };

    private static Split SplitOf(string word) =>
        word.Length == 0 ? Split.None
        : Enum.GetValues<Split>().FirstOrDefault(s => CohortFiles.WordOf(s) == word) is var split and not Split.None ? split
        : throw new CoraException($"\"{word}\" is no split.", "Give pretrain, train, validation, internal_test or external_test.", ExitCode.Usage);
}
