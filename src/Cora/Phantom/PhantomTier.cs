namespace Cora.Phantom;

/// <summary>How hard the digital cohort is. Results depend on it, so both are shown beside each other.</summary>
public enum PhantomTier
{
    /// <summary>True vessel and plaque sizes at 1 mm voxels: a plaque covers some 0.03 % of the volume.</summary>
    Subtle,

    /// <summary>Vessels 1.3 times as wide and thicker plaques, with non-coronary calcium that is as large and as bright.</summary>
    Prominent,
}

/// <summary>What a tier changes in the recipe. Lengths in millimetres.</summary>
/// <param name="FieldMm">Side of the volume when no spacing is given.</param>
/// <param name="VesselFactor">All coronary diameters are multiplied by it.</param>
/// <param name="PlaqueThicknessMm">Thickness that a plaque adds to the vessel's outer radius at its centre, besides remodelling.</param>
/// <param name="GrainFactor">Calcium grains in plaques are longer and wider by it.</param>
/// <param name="Enlargement">How many times as much plaque volume the tier shows of the same disease; the patient's fate does not feel it.</param>
/// <param name="FatFactor">Pericardium over heart surface: how much room the epicardial fat gives to the vessels.</param>
/// <param name="Calcium">Calcium outside of the coronary arteries.</param>
internal sealed record TierNumbers(
    double FieldMm, double VesselFactor, double PlaqueThicknessMm, double GrainFactor, double Enlargement, double FatFactor, ConfounderNumbers Calcium)
{
    public static TierNumbers Of(PhantomTier tier) => tier switch
    {
        PhantomTier.Subtle => new(64, 1.0, 0.45, 1.2, 1.0, 1.15, new(0.45, 0.40, new(1, 3), 1.5, 1100)),
        PhantomTier.Prominent => new(54.4, 1.3, 0.9, 1.35, 2.2, 1.24, new(0.50, 0.45, new(2, 5), 2.1, 1250)),
        _ => throw new ArgumentOutOfRangeException(nameof(tier)),
    };
}
