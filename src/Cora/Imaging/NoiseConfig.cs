namespace Cora.Imaging;

/// <summary>Where the electronic noise acts; the paper gives its size only.</summary>
public enum ElectronicNoiseDomain
{
    /// <summary>Added to the detected counts, before the logarithm.</summary>
    Counts,

    /// <summary>Added to the HU.</summary>
    Hu,
}

/// <summary>CT noise by the Beer-Lambert law (Methods, "Data engine"): Poisson counts through a uniform path, plus electronic noise.</summary>
public sealed record NoiseConfig : ISettings
{
    /// <summary>Share of patches that get noise; the paper does not say.</summary>
    public double Probability { get; init; } = 0.5;

    /// <summary>Photons before the patient (the paper's I0).</summary>
    public double Photons { get; init; } = 1e5;

    /// <summary>Length of the path in millimetres (the paper's L). Every voxel sees the whole path as its own material.</summary>
    public double PathMm { get; init; } = 200;

    /// <summary>Standard deviation of the electronic noise (the paper's sigma_e), in counts or HU.</summary>
    public double SigmaE { get; init; } = 2;

    /// <summary>Where the electronic noise acts.</summary>
    public ElectronicNoiseDomain SigmaEDomain { get; init; } = ElectronicNoiseDomain.Counts;

    /// <summary>Attenuation of water per millimetre; the paper gives none.</summary>
    public double MuWater { get; init; } = 0.02;

    /// <inheritdoc/>
    public IEnumerable<Problem> Check()
    {
        if (Probability is not (>= 0 and <= 1)) yield return new("probability", Probability, "0 to 1");
        if (!(Photons >= 1)) yield return new("photons", Photons, "1 or more");
        if (!(PathMm > 0)) yield return new("path_mm", PathMm, "more than 0");
        if (!(SigmaE >= 0)) yield return new("sigma_e", SigmaE, "0 or more");
        if (!(MuWater > 0)) yield return new("mu_water", MuWater, "more than 0");
    }
}
