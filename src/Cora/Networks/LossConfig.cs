namespace Cora.Networks;

/// <summary>Over what the sums of Tversky are taken before the ratio.</summary>
public enum TverskyAggregation
{
    /// <summary>Each sample by itself, then the mean: a soft lesion cannot hide behind a calcified one of another sample.</summary>
    Sample,

    /// <summary>The whole batch at once.</summary>
    Batch,
}

/// <summary>By what the sum of the focal terms is divided.</summary>
public enum FocalReduction
{
    /// <summary>The number of voxels.</summary>
    Mean,

    /// <summary>The number of lesion voxels plus <see cref="LossConfig.FocalFloor"/>.</summary>
    Positives,
}

/// <summary>L_total = L_Tversky + L_focal (Methods, "Model pretraining"). Where the paper is silent the defaults are MONAI's.</summary>
public sealed record LossConfig : ISettings
{
    /// <summary>Tversky's weight of false positives, the paper's alpha.</summary>
    public double FpWeight { get; init; } = 0.1;

    /// <summary>Tversky's weight of false negatives, the paper's beta.</summary>
    public double FnWeight { get; init; } = 0.9;

    /// <summary>Added to numerator and denominator of Tversky and Dice; the paper gives none.</summary>
    public double Smooth { get; init; } = 1e-5;

    /// <summary>Over what Tversky's sums are taken. The paper does not say; it decides whether soft lesions are learnt.</summary>
    public TverskyAggregation Aggregation { get; init; } = TverskyAggregation.Sample;

    /// <summary>Weight of samples without a lesion in the mean of Tversky; 1 = like the others. Their Tversky is nearly constant.</summary>
    public double EmptyWeight { get; init; } = 1;

    /// <summary>Focal exponent, the paper's gamma.</summary>
    public double FocalGamma { get; init; } = 4;

    /// <summary>Weight of the focal term in the sum.</summary>
    public double FocalWeight { get; init; } = 1;

    /// <summary>By what the focal sum is divided. The paper does not say.</summary>
    public FocalReduction FocalReduction { get; init; } = FocalReduction.Mean;

    /// <summary>Added to the number of lesion voxels when the focal sum is divided by it.</summary>
    public double FocalFloor { get; init; } = 100;

    /// <inheritdoc/>
    public IEnumerable<Problem> Check()
    {
        if (!(FpWeight >= 0)) yield return new("fp_weight", FpWeight, "0 or more");
        if (!(FnWeight >= 0)) yield return new("fn_weight", FnWeight, "0 or more");
        if (!(Smooth > 0)) yield return new("smooth", Smooth, "more than 0");
        if (!(EmptyWeight is >= 0 and <= 1)) yield return new("empty_weight", EmptyWeight, "0 to 1");
        if (!(FocalGamma >= 0)) yield return new("focal_gamma", FocalGamma, "0 or more");
        if (!(FocalWeight >= 0)) yield return new("focal_weight", FocalWeight, "0 or more");
        if (!(FocalFloor > 0)) yield return new("focal_floor", FocalFloor, "more than 0");
    }
}
