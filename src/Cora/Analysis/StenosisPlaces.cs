using Cora.Experiments;
using Cora.Imaging;

namespace Cora.Analysis;

/// <summary>Marks of a detector that lie at arteries, numbered anew, the most probable first.</summary>
internal sealed record StenosisPlaces(Volume<byte> Mask, IReadOnlyList<StenosisCandidate> Candidates)
{
    private const int Most = byte.MaxValue;

    /// <summary>Keeps marks within a distance of an artery and names the vessel that they lie at.</summary>
    public static StenosisPlaces Of(Volume<ushort> marks, IReadOnlyList<PredictedLesion> lesions, CoronaryVessels vessels, double distanceMm)
    {
        var vesselOf = new Dictionary<int, string>();
        foreach (var vessel in vessels.Vessels)
        {
            var near = MaskMargin.Grown(vessels.Labels.Select(l => (byte)(l == vessel.Number ? 1 : 0)), distanceMm);
            for (var i = 0; i < marks.Voxels.Length; i++)
                if (marks.Voxels[i] != 0 && near.Voxels[i] != 0) vesselOf.TryAdd(marks.Voxels[i], vessel.Name);          // the larger vessel comes first
        }

        var kept = lesions.Where(l => vesselOf.ContainsKey(l.Lesion)).OrderByDescending(l => l.Probability).ThenBy(l => l.Lesion).Take(Most).ToArray();
        var numberOf = kept.Index().ToDictionary(l => l.Item.Lesion, l => (byte)(l.Index + 1));
        return new(
            marks.Select(m => m == 0 ? (byte)0 : numberOf.GetValueOrDefault(m)),
            [.. kept.Select(l => new StenosisCandidate(numberOf[l.Lesion], vesselOf[l.Lesion], l.VolumeMm3, [l.CentreMm.X, l.CentreMm.Y, l.CentreMm.Z], l.Probability))]);
    }
}
