using System.CommandLine;
using System.Globalization;
using Cora.Analysis;
using Cora.Cohorts;
using Cora.Imaging;

namespace Cora.Cli;

/// <summary><c>cora inspect COHORT|VOLUME</c>: what is there, what is wrong.</summary>
internal static class InspectVerb
{
    public static Verb Create()
    {
        var place = new Argument<string>("COHORT|VOLUME|BUNDLE") { Description = "A cohort's folder, a volume file (NIfTI, NRRD, MetaImage), a DICOM file, folder or zip archive, or a model bundle (.cora)." };
        var voxels = new Option<bool>("--voxels") { Description = "Of a cohort, read every voxel and not only headers: finds empty masks, NaN and truncated files." };
        var json = CommonOptions.Json("what was found");
        var listening = new Listening();
        var verb = new Verb("inspect", "Says what a volume, a cohort or a model bundle holds and what is wrong with it. Exit code 3 when something cannot be used.",
            "cora inspect cohorts/phantom/images/p0001.nii.gz --json\n{ \"shape\": [64, 64, 64], \"spacing_mm\": [0.85, 0.85, 0.85], ...")
        {
            Arguments = { place },
            Options = { voxels, json },
            Work = call => InspectDicom.IsOne(call.Value(place))
                ? Volume(call, InspectDicom.Facts(call, call.Value(place)), call.Value(json))
                : Directory.Exists(call.Value(place))
                    ? Cohort(call, call.Value(place), call.Value(voxels), call.Value(json), listening)
                    : call.Value(place).EndsWith(ModelBundle.Extension, StringComparison.OrdinalIgnoreCase) ? Bundle(call, call.Value(place), call.Value(json))
                    : Volume(call, VolumeFile.Facts(call.Value(place)), call.Value(json)),
        };
        foreach (var option in listening.All) verb.Add(option);
        return verb;
    }

    private static ExitCode Volume(Call call, VolumeFacts facts, bool asJson)
    {
        var to = call.Terminal.Out;
        if (asJson)
        {
            Json.Write(to, facts);
            return ExitCode.Done;
        }

        to.WriteLine($"format       {facts.Format}, {facts.Encoding}, {facts.ByteOrder}-endian {facts.DataType}");
        to.WriteLine($"shape        {Row(facts.Shape)} voxels");
        to.WriteLine($"spacing      {Row(facts.SpacingMm)} mm");
        to.WriteLine($"orientation  {facts.Orientation}, affine from {facts.AffineFrom}, voxel index to RAS millimetres:");
        foreach (var row in facts.Affine) to.WriteLine($"             {string.Join("  ", row.Select(v => string.Create(CultureInfo.InvariantCulture, $"{v,10:0.####}")))}");
        to.WriteLine(facts.Mean is null
            ? $"values       none: {facts.Reason}"
            : string.Create(CultureInfo.InvariantCulture, $"values       {facts.Minimum:0.###} to {facts.Maximum:0.###}, mean {facts.Mean:0.###} (slope {facts.Slope}, intercept {facts.Intercept})"));
        if (facts.NanCount + facts.InfiniteCount > 0)
            to.WriteLine(string.Create(CultureInfo.InvariantCulture, $"not finite   {facts.NanCount} NaN, {facts.InfiniteCount} infinite"));
        return ExitCode.Done;
    }

    private static ExitCode Bundle(Call call, string path, bool asJson)
    {
        using var bundle = ModelBundle.Open(path);
        if (asJson) Json.Write(call.Terminal.Out, new { Bundle = path, bundle.Sha256, bundle.Manifest, bundle.Card });
        else call.Terminal.Out.Write($"{path}: whole, every member as its manifest says; SHA-256 {bundle.Sha256}\n\n{bundle.Card}");
        return ExitCode.Done;
    }

    private static ExitCode Cohort(Call call, string folder, bool readVoxels, bool asJson, Listening listening)
    {
        using var progress = listening.For(call);
        var found = CohortInspection.Of(Cohorts.Cohort.Load(folder), readVoxels, progress, call.Terminal.Stop);
        if (asJson) Json.Write(call.Terminal.Out, found);
        else Print(call.Terminal.Out, found);
        return found.Problems.Count == 0 ? ExitCode.Done : ExitCode.Input;
    }

    private static void Print(TextWriter to, CohortInspection found)
    {
        to.WriteLine($"cohort     {found.Name}, made by {found.MadeBy}, content {found.ContentHash ?? "not hashed"}");
        to.WriteLine(string.Create(CultureInfo.InvariantCulture, $"cases      {found.Cases} of {found.Patients} patients; clinical rows {found.ClinicalRows}, lesions {found.Lesions}"));
        to.WriteLine($"splits     {Counts(found.Splits)}");
        to.WriteLine($"sites      {Counts(found.Sites)}");
        to.WriteLine($"files      {Counts(found.Files)}");
        foreach (var (name, count) in found.Labels)
            to.WriteLine(string.Create(CultureInfo.InvariantCulture, $"label      {name}: {count.Positive} yes, {count.Negative} no, {count.Unknown} not known"));
        if (found is { Shape: { } shape, SpacingMm: { } spacing })
        {
            to.WriteLine($"shape      {Range(shape)} voxels");
            to.WriteLine($"spacing    {Range(spacing)} mm");
        }

        if (found.FlowChart is { } chart) FlowChartText.Write(chart, to);
        foreach (var problem in found.Problems) to.WriteLine($"problem    {problem.CaseId}, {problem.File}: {problem.Problem}");
        to.WriteLine(found.Problems.Count > 0
            ? string.Create(CultureInfo.InvariantCulture, $"{found.Problems.Count} problems")
            : found.VoxelsRead ? "no problem found" : "no problem found in tables and headers; --voxels reads the voxels too");
    }

    private static string Counts(IReadOnlyDictionary<string, int> counts) =>
        string.Join(", ", counts.Select(c => string.Create(CultureInfo.InvariantCulture, $"{(c.Key.Length == 0 ? "none" : c.Key)} {c.Value}")));

    private static string Range<T>(T[][] ends) where T : IEquatable<T> =>
        ends[0].SequenceEqual(ends[1]) ? Row(ends[0]) : $"{Row(ends[0])} to {Row(ends[1])}";

    private static string Row<T>(IEnumerable<T> values) => string.Join(" x ", values.Select(v => string.Create(CultureInfo.InvariantCulture, $"{v:0.####}")));
}
