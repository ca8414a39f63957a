using System.Text.Json;
using Cora.Experiments;
using Cora.Imaging;
using Cora.Inference;
using Cora.Networks;
using Cora.Reporting;
using Cora.Training;
using TorchSharp;

namespace Cora.Analysis;

/// <summary>What is asked of an analysis.</summary>
/// <param name="Scan">The scan: NIfTI, NRRD or MetaImage in HU, or DICOM.</param>
/// <param name="IsDicom">Whether it is the folder, zip archive or file of a DICOM study.</param>
/// <param name="Heart">A heart mask on any grid, in place of the localiser; null looks for the heart.</param>
/// <param name="Force">Goes on with a scan that the checks refuse, and says so on every output.</param>
/// <param name="Device">Where torch computes.</param>
/// <param name="Threads">Threads that compute; 0 takes every core.</param>
public sealed record AnalysisRequest(string Scan, bool IsDicom = false, string? Heart = null, bool Force = false, string Device = "auto", int Threads = 0);

/// <summary>One scan to masks, maps, probabilities and a page to read, with the models of a bundle.</summary>
public sealed class ScanAnalysis(ModelBundle bundle, AnalysisRequest request, IProgress<RunEvent>? progress, CancellationToken stop)
{
    /// <summary>The machine-readable answer.</summary>
    public const string ResultFile = "result.json";

    private const double AtArteryMm = 2;
    private readonly int threads = Computer.UseThreads(request.Threads);

    /// <summary>Analyses the scan into a folder, written whole or not at all.</summary>
    /// <exception cref="CoraException">The scan cannot be read, or the checks refuse it and nobody forces it (exit code 3; nothing is written).</exception>
    public AnalysisResult Write(string folder)
    {
        var (scan, facts) = ScanSource.Read(request.Scan, request.IsDicom, stop);
        Tell("looking for the heart");
        var heart = FindHeart(scan);
        var quality = ScanCheck.Of(scan, heart, request.Heart is not null);
        var refusals = quality.Where(q => q.State == CheckState.Refused).ToArray();
        if (refusals.Length > 0 && !request.Force)
        {
            throw new CoraException(
                $"The scan is not one that these models can read:\n{string.Join('\n', refusals.Select(r => $"  {r.Check}: {r.Found} (expected {r.Expected})"))}",
                "Give a contrast-enhanced CT of the heart, or --heart MASK where only the heart was not found; --force goes on all the same, and says so on every page.");
        }

        foreach (var doubt in quality.Where(q => q.State != CheckState.Ok)) progress?.Report(new Note($"{doubt.Check}: {doubt.Found} (expected {doubt.Expected})", IsWarning: true));
        AnalysisResult? result = null;
        Atomically.WriteFolder(folder, aside =>
        {
            var seen = See(scan, heart, aside);
            result = new()
            {
                Version = BuildInfo.Version,
                Notice = NoticeOf(bundle.Manifest, refusals.Length > 0),
                Bundle = new(bundle.Manifest.Name, bundle.Sha256, bundle.Manifest.PhantomOnly),
                Scan = facts,
                Forced = refusals.Length > 0,
                Quality = quality,
                Heart = seen.Heart,
                Arteries = seen.Arteries,
                Response = seen.Response,
                Plaque = seen.Plaque,
                Stenosis = seen.Stenosis,
                Vessels = seen.Vessels,
            };
            Atomically.WriteText(Path.Combine(aside, ResultFile), JsonSerializer.Serialize(result, BundleManifest.Json) + "\n");
            AnalysisReport.Write(aside, result, AnalysisPictures.Write(aside, result, scan, seen.Maps));
        });
        return result!;
    }

    /// <summary>What stands on every page.</summary>
    internal static string NoticeOf(BundleManifest manifest, bool isForced) =>
        Sheet.Notice + (manifest.PhantomOnly ? " These models have seen digital phantoms only, no patient: nothing here says anything about a patient." : "")
        + (isForced ? " The scan was refused by the checks, and the analysis forced." : "");

    /// <summary>What stands in the header of every NIfTI file, within its 79 characters.</summary>
    private string Description => "Research, no medical device." + (bundle.Manifest.PhantomOnly ? " Model has seen phantoms only, no patient." : "");

    private void Tell(string activity) => progress?.Report(new Note(activity));

    private HeartFound? FindHeart(Volume<short> scan)
    {
        if (request.Heart is { } path)
        {
            // On the localiser's own kind of grid, so that the checks see one thing.
            var given = HeartMask.Read(path);
            var grid = CoarseGrid.Over(scan.Geometry, 4);
            var mask = Resample.Nearest(given, grid);
            if (Bounds.Of(mask) is not { } box) throw new CoraException("The heart mask does not meet the scan.", "Give the mask of this scan.");
            var count = 0L;
            foreach (var v in mask.Voxels) count += v;
            return new(mask, mask.Select(v => (float)v), count * grid.VoxelMm3 / 1000, 4 * new Vec3(box.Size.X, box.Size.Y, box.Size.Z), 1, null);
        }

        if (bundle.Find(BundleRole.Heart) is null) return null;
        using var localiser = new HeartLocaliser(bundle.RunOf(BundleRole.Heart), request.Device, request.Threads);
        return localiser.Find(scan, stop);
    }

    private Seen See(Volume<short> scan, HeartFound? heart, string folder)
    {
        var used = heart is { Refusal: null } ? heart : null;
        var whole = Box3.Whole(scan.Geometry.Size);
        var box = used is null ? whole : HeartCrop.BoxOn(used.Mask, scan.Geometry, bundle.Manifest.Preprocessing.HeartMarginMm).Within(scan.Geometry.Size);
        var region = box == whole ? scan : Crop.To(scan, box);
        string? Save<T>(string name, Volume<T>? map, T outside = default) where T : unmanaged
        {
            if (map is null) return null;
            Nifti.Write(Path.Combine(folder, name), OnScan(map, box, scan.Geometry, outside), new() { Description = Description });
            return name;
        }

        var heartFile = used is null ? null : Save("heart.nii.gz", Resample.Nearest(used.Mask, region.Geometry));
        var told = new AnalyzedHeart(
            used is null ? "none" : request.Heart is null ? "localiser" : "given", heartFile, used?.VolumeMl, used is null ? null : [used.ExtentMm.X, used.ExtentMm.Y, used.ExtentMm.Z],
            [box.X, box.Y, box.Z], [box.Size.X, box.Size.Y, box.Size.Z], used is not null ? null : heart?.Refusal ?? "the bundle has no heart model");
        var near = used is null ? null : NearHeart(used.Mask, region.Geometry);
        var (mask, vessels, arteries) = Arteries(region, used, near, m => Save("arteries.nii.gz", m));
        var (map, response) = Response(region, near, mask, m => Save("response.nii.gz", m));
        var (looks, plaque) = Plaque(region, mask, (target, m) => Save($"gradcam-{target}.nii.gz", m));
        var (marks, stenosis) = Stenosis(region, vessels, m => Save("stenoses.nii.gz", m));
        return new(told, arteries, response, plaque, stenosis, [.. vessels?.Vessels.Select(v => Row(v, vessels.Labels, region, map, stenosis)) ?? []], new(box, region.Geometry, mask, vessels?.Labels, map, looks, marks));
    }

    private (Volume<byte>? Mask, CoronaryVessels? Vessels, AnalyzedArteries Told) Arteries(Volume<short> region, HeartFound? heart, Volume<byte>? within, Func<Volume<byte>, string?> save)
    {
        if (bundle.Find(BundleRole.Arteries) is null) return (null, null, new(null, null, null, null, null, "the bundle has no artery model"));
        Tell("marking arteries");
        using var model = new TrainedModel(bundle.RunOf(BundleRole.Arteries), request.Device, request.Threads);
        var marked = Kept(model.Predict(region, null, null, null, stop).Mask!.Select(v => (byte)(v > 0 ? 1 : 0)), within);
        Vec3? middle = heart is null ? null : MiddleOf(heart.Mask);
        var vessels = CoronaryVessels.Of(marked, middle);
        var kept = vessels.Labels.Select(l => (byte)(l > 0 ? 1 : 0));
        var volume = vessels.Vessels.Sum(v => v.VolumeMm3);
        var expected = new ArteryMaskConfig().VolumeMm3;
        var warning = vessels.Vessels.Count == 0 ? "no piece is large enough to be an artery"
            : !expected.Contains(volume) ? string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{volume:0} mm3 in all, coronary trees have {expected.Low:0} to {expected.High:0}")
            : vessels.Vessels[0].Name.StartsWith("segment", StringComparison.Ordinal) ? "a left and a right tree cannot be told apart" : null;
        return (kept, vessels, new(save(kept), volume, vessels.Vessels.Count, vessels.DroppedPieces, warning, null));
    }

    /// <summary>The heart and what lies within the margin round it, on a grid: vessels of the lungs and ribs in the corners of its box are left out.</summary>
    private Volume<byte> NearHeart(Volume<byte> heart, Geometry grid)
    {
        var limit = Math.Pow(bundle.Manifest.Preprocessing.HeartMarginMm, 2);
        var squared = DistanceTransform.SquaredToNearest(heart.Voxels, heart.Geometry.Size, heart.Geometry.Spacing);
        return Resample.Nearest(new Volume<byte>(heart.Geometry, Array.ConvertAll(squared, d => (byte)(d <= limit ? 1 : 0))), grid);
    }

    /// <summary>A map of the region, 0 outside of a place on the same grid; without a place as it is.</summary>
    private static Volume<T> Kept<T>(Volume<T> map, Volume<byte>? place) where T : unmanaged
    {
        if (place is null) return map;
        var kept = map.Voxels.ToArray();
        for (var i = 0; i < kept.Length; i++)
        {
            if (place.Voxels[i] == 0) kept[i] = default;
        }

        return new(map.Geometry, kept);
    }

    private (Volume<float>? Map, AnalyzedResponse Told) Response(Volume<short> region, Volume<byte>? within, Volume<byte>? arteries, Func<Volume<float>, string?> save)
    {
        if (bundle.Find(BundleRole.Response) is null) return (null, new(null, null, null, null, "the bundle has no pretrained network"));
        Tell("mapping the abnormality response");
        var checkpoint = Path.Combine(bundle.RunOf(BundleRole.Response), "checkpoints", "last");
        var model = Checkpoint.ReadState(checkpoint).Model;
        var device = Computer.Choose(request.Device);
        using var network = new ResUNet(model.Network, Seed.Root(0));
        Checkpoint.LoadWeights(checkpoint, network);
        network.to(device);
        var map = Kept(AbnormalityResponse.Of(region, new(model.SpacingMm[0], model.SpacingMm[1], model.SpacingMm[2]), new(network, model.Input(), model.Patch, new(), device), threads, progress, stop), within);
        var (above, highest, inArteries) = (0L, 0f, 0f);
        for (var i = 0; i < map.Voxels.Length; i++)
        {
            var p = map.Voxels[i];
            if (p > 0.5f) above++;
            highest = Math.Max(highest, p);
            if (arteries is not null && arteries.Voxels[i] != 0) inArteries = Math.Max(inArteries, p);
        }

        return (map, new(save(map), highest, above, arteries is null || !arteries.Voxels.ContainsAnyExcept((byte)0) ? null : inArteries, null));
    }

    private (IReadOnlyDictionary<string, Volume<float>> Looks, AnalyzedPlaque[] Told) Plaque(Volume<short> region, Volume<byte>? arteries, Func<string, Volume<float>, string?> save)
    {
        var looks = new Dictionary<string, Volume<float>>();
        if (bundle.Find(BundleRole.Plaque) is null) return (looks, []);
        Tell("judging plaque");
        using var model = new TrainedModel(bundle.RunOf(BundleRole.Plaque), request.Device, request.Threads);
        if (model.Model.Head is { Within: PooledPlace.Arteries } && (arteries is null || !arteries.Voxels.ContainsAnyExcept((byte)0))) return (looks, []);
        var answer = model.Predict(region, null, arteries, null, stop);
        var (maps, reason) = model.WhereItLooks(region, arteries, stop);
        foreach (var (target, map) in maps) looks.Add(target, map);
        return (looks, [.. answer.Probabilities.Select(p => new AnalyzedPlaque(p.Key, p.Value, looks.TryGetValue(p.Key, out var map) ? save(p.Key, map) : null, reason))]);
    }

    private (Volume<byte>? Marks, AnalyzedStenoses Told) Stenosis(Volume<short> region, CoronaryVessels? vessels, Func<Volume<byte>, string?> save)
    {
        if (bundle.Find(BundleRole.Stenosis) is not { } bundled) return (null, new(null, null, [], null, "the bundle has no stenosis detector"));
        if (vessels is null || vessels.Vessels.Count == 0) return (null, new(null, bundled.Threshold, [], null, "no artery was found, and a mark off the arteries is no stenosis"));
        Tell("looking for stenoses");
        using var model = new TrainedModel(bundle.RunOf(BundleRole.Stenosis), request.Device, request.Threads);
        var answer = model.Predict(region, null, null, null, stop);
        var near = StenosisPlaces.Of(answer.Mask!, answer.Lesions, vessels, AtArteryMm);
        return (near.Mask, new(save(near.Mask), bundled.Threshold, near.Candidates, answer.Lesions.Count - near.Candidates.Count, null));
    }

    private static AnalyzedVessel Row(Vessel vessel, Volume<byte> labels, Volume<short> region, Volume<float>? map, AnalyzedStenoses stenosis)
    {
        var (sum, highest) = (0.0, 0f);
        for (var i = 0; i < labels.Voxels.Length; i++)
        {
            if (labels.Voxels[i] != vessel.Number) continue;
            sum += region.Voxels[i];
            if (map is not null) highest = Math.Max(highest, map.Voxels[i]);
        }

        var mine = stenosis.Candidates.Where(c => c.Vessel == vessel.Name).ToArray();
        return new(vessel.Name, vessel.VolumeMm3, vessel.CentreLineMm, sum / vessel.Voxels, map is null ? null : highest, stenosis.Reason is null ? mine.Length : null, mine.Length == 0 ? null : mine.Max(c => c.Probability));
    }

    /// <summary>A map of the region laid onto the scan's own grid, to the last bit of its geometry.</summary>
    private static Volume<T> OnScan<T>(Volume<T> map, Box3 box, Geometry scan, T outside) where T : unmanaged =>
        box == Box3.Whole(scan.Size) ? map : new(scan, Crop.To(map, new(-box.X, -box.Y, -box.Z, scan.Size), outside).Voxels.ToArray());

    private static Vec3 MiddleOf(Volume<byte> mask)
    {
        var box = Bounds.Of(mask)!.Value;
        return mask.Geometry.ToPatient(new(box.X + (box.Size.X - 1) / 2.0, box.Y + (box.Size.Y - 1) / 2.0, box.Z + (box.Size.Z - 1) / 2.0));
    }

    private sealed record Seen(
        AnalyzedHeart Heart, AnalyzedArteries Arteries, AnalyzedResponse Response, AnalyzedPlaque[] Plaque, AnalyzedStenoses Stenosis, AnalyzedVessel[] Vessels, RegionMaps Maps);
}

/// <summary>What was found within the region that was looked at, for the pictures.</summary>
internal sealed record RegionMaps(Box3 Box, Geometry Grid, Volume<byte>? Arteries, Volume<byte>? Vessels, Volume<float>? Response, IReadOnlyDictionary<string, Volume<float>> Looks, Volume<byte>? Marks);
