using Cora.Cohorts;

namespace Cora.Phantom;

/// <summary>A patient's fate: whether an event came within 30 days, and how likely it was.</summary>
/// <param name="Probability">The true risk; no method can order patients better than it does.</param>
/// <param name="IsEvent">Drawn with that probability.</param>
/// <param name="LinearPredictor">The logit of the risk less its intercept.</param>
public sealed record MaceOutcome(double Probability, bool IsEvent, double LinearPredictor);

/// <summary>
/// The clinical table after Table 1 of the paper, and the 30-day outcome as a logistic model of plaque burden, stenosis and risk
/// factors. Coefficients are the design's; the intercept is set so that the configured share of patients has an event.
/// </summary>
internal static class ClinicalModel
{
    private sealed record Shares(double Hypertension, double Diabetes, double BmiMean, double BmiSpread, double[] Race, double[] Tobacco);

    /// <summary>Table 1; the last share of tobacco use is what it leaves unexplained, that is unknown.</summary>
    private static readonly Shares InternalShares = new(0.446, 0.143, 29.0, 7.7, [0.648, 0.157, 0.044, 0.151], [0.469, 0.194, 0.051, 0.286]);

    private static readonly Shares ExternalShares = new(0.504, 0.161, 29.8, 7.2, [0.817, 0.060, 0.039, 0.084], [0.489, 0.266, 0.065, 0.180]);

    /// <summary>Share of women among patients with or without calcified plaque.</summary>
    public static double FemaleShare(bool isInternal, bool isCalcified) => isInternal ? 0.421 - 0.05 * ((isCalcified ? 1 : 0) - 0.6) : 0.486;

    public static (ClinicalRow Row, MaceOutcome Mace) Draw(PhantomPatient patient, PhantomConfig config, Rng rng)
    {
        var whole = Record(patient, rng);
        var predictor = LinearPredictor(whole, patient.Burden, TierNumbers.Of(config.Tier).Enlargement);
        var isInternal = patient.Site.IsInternal;
        var intercept = Intercept(isInternal ? config.InternalEventRate : config.ExternalEventRate, isInternal);
        var probability = 1 / (1 + Math.Exp(-intercept - predictor));
        var outcome = new MaceOutcome(probability, rng.Chance(probability), predictor);
        return (WithGaps(whole, config.MissingShare, rng), outcome);
    }

    private static ClinicalRow Record(PhantomPatient patient, Rng rng)
    {
        var shares = patient.Site.IsInternal ? InternalShares : ExternalShares;
        var disease = (patient.HasCalcifiedPlaque ? 1 : 0) + 0.6 * (patient.HasNonCalcifiedPlaque ? 1 : 0);
        var age = Math.Round(Math.Clamp(rng.Normal(55.4 + 8.2 * disease, 12), 21, 95));
        var olderBy = (age - 63.1) / 13.8;
        var systolic = Math.Round(Math.Clamp(rng.Normal(127.8 + 3 * olderBy, 19.3), 75, 240));
        var diastolic = Math.Round(Math.Min(Math.Clamp(rng.Normal(72.4, 12.8), 35, 140), systolic - 15));
        var hdl = Math.Round(Math.Exp(rng.Normal(Math.Log(49.7) - 0.055, 0.33)));
        var ldl = Math.Round(Math.Max(15, rng.Normal(96.5, 43.8)));
        return new()
        {
            CaseId = patient.CaseId,
            Age = age,
            Sex = patient.IsFemale ? "female" : "male",
            Race = new[] { "white", "black", "asian", "other" }[rng.Weighted(shares.Race)],
            Bmi = Math.Round(Math.Clamp(rng.Normal(shares.BmiMean, shares.BmiSpread), 14, 70), 1),
            SystolicBp = systolic,
            DiastolicBp = diastolic,
            TobaccoUse = new[] { "never", "former", "current", null }[rng.Weighted(shares.Tobacco)],
            Hypertension = rng.Chance(Logistic(Logit(shares.Hypertension) + 0.45 * olderBy)),
            Diabetes = rng.Chance(Logistic(Logit(shares.Diabetes) + 0.30 * olderBy)),
            HdlCholesterol = hdl,
            LdlCholesterol = ldl,
            TotalCholesterol = hdl + ldl + Math.Round(Math.Max(5, rng.Normal(24, 12))),
        };
    }

    private static double LinearPredictor(ClinicalRow row, PlaqueBurden burden, double enlargement) =>
        0.30 * (Math.Log(1 + (burden.CalciumMm3 + burden.SoftMm3) / enlargement) - 2.5)
        + 1.6 * Math.Max(0, burden.LargestStenosis - 0.35)
        + 0.12 * Math.Log(1 + burden.SoftMm3 / enlargement)
        + 0.35 * (row.Age!.Value - 63) / 13.8
        + (row.Diabetes == true ? 0.45 : 0)
        + (row.Hypertension == true ? 0.20 : 0)
        + (row.TobaccoUse == "current" ? 0.35 : 0)
        + 0.12 * (row.SystolicBp!.Value - 128) / 19.3
        + 0.12 * (row.LdlCholesterol!.Value - 96) / 43
        - 0.15 * (row.HdlCholesterol!.Value - 50) / 17.3
        + (row.Sex == "male" ? 0.15 : 0);

    /// <summary>
    /// The intercept at which the mean risk is the rate: the linear predictor is taken as normal, with the mean and spread that
    /// 20,000 drawn patients of the population have, and the mean risk is summed over it.
    /// </summary>
    private static double Intercept(double rate, bool isInternal)
    {
        var (mean, spread) = isInternal ? (0.867, 1.321) : (1.003, 1.254);
        double MeanRisk(double intercept)
        {
            var (sum, weights) = (0.0, 0.0);
            for (var z = -4.0; z <= 4.0; z += 0.25)
            {
                var weight = Math.Exp(-0.5 * z * z);
                sum += weight * Logistic(intercept + mean + spread * z);
                weights += weight;
            }

            return sum / weights;
        }

        var (low, high) = (-30.0, 30.0);
        for (var i = 0; i < 60; i++)
        {
            var middle = 0.5 * (low + high);
            if (MeanRisk(middle) < rate) low = middle;
            else high = middle;
        }

        return 0.5 * (low + high);
    }

    /// <summary>What a record leaves out: measurements and laboratory values at random, each with the same chance.</summary>
    private static ClinicalRow WithGaps(ClinicalRow row, double share, Rng rng)
    {
        bool Lost() => rng.Chance(share);
        if (Lost()) row = row with { Bmi = null };
        if (Lost()) row = row with { SystolicBp = null, DiastolicBp = null };
        if (Lost()) row = row with { LdlCholesterol = null };
        if (Lost()) row = row with { HdlCholesterol = null };
        if (Lost()) row = row with { TotalCholesterol = null };
        return row;
    }

    private static double Logistic(double x) => 1 / (1 + Math.Exp(-x));

    private static double Logit(double p) => Math.Log(p / (1 - p));
}
