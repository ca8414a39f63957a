using System.Globalization;
using Cora.Imaging;
using Cora.Reporting;

namespace Cora.Analysis;

/// <summary>A picture of an analysis.</summary>
/// <param name="File">Its PNG within the folder.</param>
/// <param name="Caption">What it shows.</param>
internal sealed record AnalysisPicture(string File, string Caption);

/// <summary>The pictures of an analysis: arteries, response, Grad-CAM, candidates. Cut from the region that was looked at.</summary>
internal static class AnalysisPictures
{
    private const int CandidatesShown = 4;
    private const double SlabMm = 10;
    private static readonly HuWindow Viewing = new(-200, 800);

    /// <summary>Writes what there is to show.</summary>
    public static IReadOnlyList<AnalysisPicture> Write(string folder, AnalysisResult result, Volume<short> scan, RegionMaps maps)
    {
        var pictures = new List<AnalysisPicture>();
        var region = maps.Box == Box3.Whole(scan.Geometry.Size) ? scan : Crop.To(scan, maps.Box);
        var warning = result.Bundle.PhantomOnly ? "Models trained on digital phantoms only. " : "";
        if (result.Forced) warning += "Forced in spite of the checks. ";
        void Add(string file, Sheet sheet, string caption)
        {
            sheet.Save(Path.Combine(folder, file));
            pictures.Add(new(file, caption));
        }

        Add("arteries.png", Overview(warning, region, maps.Arteries), maps.Arteries is null ? "The region that was looked at, in three planes." : "The region that was looked at, with the outline of what the model takes for arteries.");
        if (maps.Marks is not null && result.Stenosis.Candidates.Count > 0) Add("candidates.png", Candidates(warning, region, maps, result.Stenosis.Candidates), "The most probable candidates of stenoses.");
        if (maps.Response is not null)
            Add("response.png", ResponseSheet.Of("Abnormality response", warning + "Pretrained network, before any fine-tuning; over-sensitive on purpose." + (result.Heart.Origin == "none" ? "" : " Away from the heart it is not shown."), region, maps.Response), "Abnormality response of the pretrained network.");
        foreach (var plaque in result.Plaque.Where(p => maps.Looks.ContainsKey(p.Target)))
        {
            Add($"gradcam-{plaque.Target}.png", ResponseSheet.Of(
                $"Grad-CAM: {plaque.Target.Replace('_', ' ')}", warning + string.Create(CultureInfo.InvariantCulture, $"Where the classifier looks; probability {plaque.Probability:0.00}."), region, maps.Looks[plaque.Target], "relative weight"),
                $"Where the classifier looks for {plaque.Target.Replace('_', ' ')}.");
        }

        return pictures;
    }

    private static Sheet Overview(string warning, Volume<short> region, Volume<byte>? arteries)
    {
        var hu = Reorient.To(region, Slices.Letters);
        var mask = arteries is null ? null : Reorient.To(arteries, Slices.Letters);
        var at = mask is null || Bounds.Of(mask) is null ? Middle(hu.Geometry.Size) : Busiest(mask);
        var sheet = new Sheet(arteries is null ? "The region that was looked at" : "Arteries", string.Create(CultureInfo.InvariantCulture, $"{warning}Gray: {Viewing.Low:0} to {Viewing.High:0} HU. Planes at {Rounded(hu.Geometry.ToPatient(at))} mm LPS."), tilePixels: 300);
        Plane[] planes = [Plane.Axial, Plane.Coronal, Plane.Sagittal];
        sheet.Add("Scan", [.. planes.Select(p => Tile.Of(Slices.Cut(hu, p, Index(at, p)), Viewing, Name(p)))]);
        if (mask is null) return sheet;
        sheet.Explain("taken for artery", Palette.Artery);
        sheet.Add("With the mask", [.. planes.Select(p => Tile.Of(Slices.Cut(hu, p, Index(at, p)), Viewing, Name(p)).Outlined(Slices.Cut(mask, p, Index(at, p)), 1, Palette.Artery))]);
        sheet.Add(string.Create(CultureInfo.InvariantCulture, $"Highest values: scan over {2 * SlabMm:0} mm, mask over the whole region"), [.. planes.Select(p =>
        {
            var axis = Slices.AxisAcross(p);
            var reach = Math.Max(1, (int)Math.Round(SlabMm / hu.Geometry.Spacing[axis]));
            var from = Math.Max(0, Index(at, p) - reach);
            var count = Math.Min(hu.Geometry.Size[axis], Index(at, p) + reach + 1) - from;
            return Tile.Of(Slices.Highest(hu, p, from, count), Viewing, Name(p) + " projection").Outlined(Slices.Highest(mask, p, 0, mask.Geometry.Size[axis]), 1, Palette.Artery);
        })]);
        return sheet;
    }

    private static Sheet Candidates(string warning, Volume<short> region, RegionMaps maps, IReadOnlyList<StenosisCandidate> candidates)
    {
        var hu = Reorient.To(region, Slices.Letters);
        var marks = Reorient.To(maps.Marks!, Slices.Letters);
        var sheet = new Sheet("Candidates of stenoses", string.Create(CultureInfo.InvariantCulture, $"{warning}Gray: {Viewing.Low:0} to {Viewing.High:0} HU. Planes through each candidate's middle."), tilePixels: 240);
        sheet.Explain("candidate", Palette.Calcified);
        foreach (var candidate in candidates.Take(CandidatesShown))
        {
            var at = hu.Geometry.ToIndex(new(candidate.CentreMm[0], candidate.CentreMm[1], candidate.CentreMm[2]));
            sheet.Add(string.Create(CultureInfo.InvariantCulture, $"{candidate.Candidate}: {candidate.Vessel}, probability {candidate.Probability:0.00}, {candidate.VolumeMm3:0} mm3"), [.. new[] { Plane.Axial, Plane.Coronal, Plane.Sagittal }.Select(p =>
            {
                var index = Math.Clamp((int)Math.Round(at[Slices.AxisAcross(p)]), 0, hu.Geometry.Size[Slices.AxisAcross(p)] - 1);
                return Tile.Of(Slices.Cut(hu, p, index), Viewing, Name(p)).Outlined(Slices.Cut(marks, p, index), (byte)candidate.Candidate, Palette.Calcified);
            })]);
        }

        return sheet;
    }

    /// <summary>The planes that cut most of the mask.</summary>
    private static Vec3 Busiest(Volume<byte> mask)
    {
        var size = mask.Geometry.Size;
        var (alongX, alongY, alongZ) = (new long[size.X], new long[size.Y], new long[size.Z]);
        for (var i = 0; i < mask.Voxels.Length; i++)
        {
            if (mask.Voxels[i] == 0) continue;
            alongX[i % size.X]++;
            alongY[i / size.X % size.Y]++;
            alongZ[i / (size.X * size.Y)]++;
        }

        return new(Array.IndexOf(alongX, alongX.Max()), Array.IndexOf(alongY, alongY.Max()), Array.IndexOf(alongZ, alongZ.Max()));
    }

    private static Vec3 Rounded(Vec3 v) => new(Math.Round(v.X), Math.Round(v.Y), Math.Round(v.Z));

    private static Vec3 Middle(Size3 size) => new(size.X / 2, size.Y / 2, size.Z / 2);

    private static string Name(Plane plane) => plane switch { Plane.Axial => "axial", Plane.Coronal => "coronal", _ => "sagittal" };

    private static int Index(Vec3 at, Plane plane) => (int)at[Slices.AxisAcross(plane)];
}
