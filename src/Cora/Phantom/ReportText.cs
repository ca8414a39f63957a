using System.Text;
using Cora.Cohorts;

namespace Cora.Phantom;

/// <summary>
/// A radiology report as it is dictated: synonyms, negations, and in a declared share of reports one sentence that contradicts the
/// others. Written from the list of plaques only.
/// </summary>
/// <param name="Text">The report, no identifier in it.</param>
/// <param name="IsContradictory">Whether its impression says what its findings deny.</param>
public sealed record ReportText(string Text, bool IsContradictory)
{
    private static readonly string[] Calcified = ["calcified plaque", "calcific plaque", "densely calcified plaque", "calcified atherosclerotic plaque"];
    private static readonly string[] NonCalcified = ["non-calcified plaque", "noncalcified plaque", "soft plaque", "low-attenuation soft plaque"];
    private static readonly string[] Mixed = ["mixed plaque", "partially calcified plaque", "mixed calcified and non-calcified plaque"];
    private static readonly string[] Clear = ["no plaque", "no evidence of plaque", "free of plaque", "no atherosclerotic plaque or stenosis"];

    private static readonly (string Name, Artery[] Arteries)[] Groups =
    [
        ("LM", [Artery.LeftMain]),
        ("LAD", [Artery.LeftAnteriorDescending, Artery.Diagonal1, Artery.Diagonal2]),
        ("LCX", [Artery.LeftCircumflex, Artery.ObtuseMarginal1, Artery.ObtuseMarginal2]),
        ("RCA", [Artery.RightCoronary, Artery.PosteriorDescending, Artery.AcuteMarginal]),
    ];

    internal static ReportText Write(PhantomPatient patient, double contradictoryShare, Rng rng)
    {
        var text = new StringBuilder();
        text.Append("Coronary CTA.\n").Append(patient.IsRightDominant ? "Right" : "Left").Append(" dominant circulation.\n");
        foreach (var (name, arteries) in Groups)
        {
            var found = patient.Plaques.Where(p => arteries.Contains(patient.ArteryOf(p))).Select(p => Describe(patient, p, rng)).ToArray();
            text.Append(name).Append(": ").AppendJoin("; ", found.Length > 0 ? found : [rng.Pick(Clear)]).Append(".\n");
        }

        var isContradictory = rng.Chance(contradictoryShare);
        text.Append("Impression: ");
        text.Append(Summary(patient.HasCalcifiedPlaque != isContradictory, patient.HasNonCalcifiedPlaque, rng));
        text.Append(" CAD-RADS ").Append(patient.CadRads).Append(".\n");
        return new(text.ToString(), isContradictory);
    }

    private static string Describe(PhantomPatient patient, Plaque plaque, Rng rng)
    {
        var words = rng.Pick(plaque.Composition switch { Composition.Calcified => Calcified, Composition.NonCalcified => NonCalcified, _ => Mixed });
        var branch = patient.ArteryOf(plaque) switch
        {
            Artery.LeftMain or Artery.LeftAnteriorDescending or Artery.LeftCircumflex or Artery.RightCoronary => "",
            Artery.PosteriorDescending => " of the posterior descending artery",
            Artery.Diagonal1 => " of the first diagonal",
            Artery.Diagonal2 => " of the second diagonal",
            Artery.ObtuseMarginal1 => " of the first obtuse marginal",
            Artery.ObtuseMarginal2 => " of the second obtuse marginal",
            _ => " of the acute marginal",
        };
        var segment = patient.PositionOf(plaque) switch { < 1.0 / 3 => "proximal", < 2.0 / 3 => "mid", _ => "distal" };
        var degree = plaque.Grade switch
        {
            1 => "minimal stenosis (1-24 %)",
            2 => "mild stenosis (25-49 %)",
            3 => "moderate stenosis (50-69 %)",
            4 => "severe stenosis (70-99 %)",
            _ => "total occlusion (100 %)",
        };
        return $"{words} in the {segment} segment{branch} with {degree}";
    }

    private static string Summary(bool isCalcified, bool isNonCalcified, Rng rng) => (isCalcified, isNonCalcified) switch
    {
        (true, true) => rng.Pick(["Calcified and non-calcified plaque.", "Both calcific and soft plaque are present."]),
        (true, false) => rng.Pick(["Calcified plaque without non-calcified plaque.", "Calcific plaque is present; no soft plaque is seen."]),
        (false, true) => rng.Pick(["Non-calcified plaque; no calcified plaque.", "Soft plaque is present without calcified plaque."]),
        _ => rng.Pick(["No calcified plaque and no non-calcified plaque.", "No coronary plaque."]),
    };
}
