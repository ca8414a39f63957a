using System.Collections.Immutable;
using Cora.Imaging;
using Cora.Networks;

namespace Cora.Pretraining;

/// <summary>Which of VoCo's three published forms.</summary>
public enum VoCoForm
{
    /// <summary>The later paper (the one that CORA cites, reference 41): one encoder, a teacher of the projector, the logarithm for pairs apart, a term between volumes.</summary>
    Tpami,

    /// <summary>The first paper: a teacher of encoder and projector, similarity both ways, the square for pairs apart.</summary>
    Cvpr,

    /// <summary>nnssl's: no teacher, base crops held still in the prediction, the square for pairs apart, a plain regulariser.</summary>
    Nnssl,
}

/// <summary>
/// VoCo's settings (Wu, Zhuang, Chen): which base crops of a volume does a random crop overlap, and by how much? Each says what the authors' code of the later paper has, what
/// we have, and why; the sources stand in docs/decisions/0016. The side of a crop is <c>data.patch</c>, <c>trainer.batch_size</c> counts volumes.
/// </summary>
public sealed record VoCoConfig : ISettings
{
    /// <summary>Which published form of losses and teacher. CORA cites the later paper: tpami.</summary>
    public VoCoForm Form { get; init; } = VoCoForm.Tpami;

    /// <summary>Base crops along x, y, z; they tile the volume. Source: 3, 3, 1 (of 64 voxels a side). Ours: 3, 2, 1, since two volumes of 6 + 2 crops of 48 voxels a side are exactly the two patches of 96 that CORA sees a step.</summary>
    public ImmutableArray<int> Grid { get; init; } = [3, 2, 1];

    /// <summary>Random crops a volume. Source: 2 (nnssl 4). Ours: 2.</summary>
    public int RandomCrops { get; init; } = 2;

    /// <summary>Spacing of the crops in millimetres, a multiple of data.spacing_mm (blocks of voxels are averaged); 0 = data.spacing_mm. Source: 1.5. Ours: 0, the spacing at which every method sees the data; 1.0 lets the grid reach across the heart.</summary>
    public double SpacingMm { get; init; }

    /// <summary>Numbers in the projector's hidden layers and result. Source: 1024 (the first paper and nnssl 2048). Ours: 1024; phantoms with a small encoder take fewer.</summary>
    public int Projector { get; init; } = 1024;

    /// <summary>How the projector's hidden layers are normalised. Source: batch (nnssl in effect row). Ours: batch, also with twenty crops a step; row collapsed in a trial (decision 0016).</summary>
    public ProjectorNorm Norm { get; init; } = ProjectorNorm.Batch;

    /// <summary>How much of itself the teacher keeps at each step. Source: 0.9. Ours: 0.9; it begins as a copy of the student, where the first paper's begins at random.</summary>
    public double TeacherMomentum { get; init; } = 0.9;

    /// <summary>Chance that a number is left out of what the student's projector sees. Source: 0.2 (the first paper and nnssl 0). Ours: 0, since averages behind an instance norm are nearly the same number for every crop: leaving one out outweighs all that tells crops apart (decision 0016).</summary>
    public double Dropout { get; init; }

    /// <summary>Chance that a crop is mirrored, for each axis. Source: 0.2. Ours: 0.2.</summary>
    public double Flip { get; init; } = 0.2;

    /// <summary>Chance that a crop is turned by one to three quarters in the x-y plane. Source: 0.2. Ours: 0.2.</summary>
    public double QuarterTurn { get; init; } = 0.2;

    /// <summary>Chance that a crop's input values are shifted. Source: 0.5 (the first paper 0.1). Ours: 0.5.</summary>
    public double Shift { get; init; } = 0.5;

    /// <summary>Largest shift, either way, as a share of a window's range. Source: 0.1 of its one window, after clipping. Ours: 0.1 of each window, after clipping as well: in HU it would move what is clipped.</summary>
    public double ShiftShare { get; init; } = 0.1;

    /// <summary>Crops of one volume in a step.</summary>
    public int CropsAVolume => Counts.X * Counts.Y * Counts.Z + RandomCrops;

    /// <summary>Base crops along x, y, z.</summary>
    public Size3 Counts => new(Grid[0], Grid[1], Grid[2]);

    /// <inheritdoc/>
    public IEnumerable<Problem> Check()
    {
        const int MostAlong = 16, MostRandom = 64, WidestProjector = 8192;
        const double MostSpacingMm = 10;
        if (Grid.IsDefault || Grid.Length != 3 || Grid.Any(g => g is not (>= 1 and <= MostAlong)) || Grid.All(g => g == 1))
            yield return new("grid", Grid.IsDefault ? null : Grid, $"three numbers of 1 to {MostAlong}, not all 1");
        if (RandomCrops is not (>= 1 and <= MostRandom)) yield return new("random_crops", RandomCrops, $"1 to {MostRandom}");
        if (SpacingMm is not (>= 0 and <= MostSpacingMm)) yield return new("spacing_mm", SpacingMm, $"0 (that of the data), or up to {MostSpacingMm} mm");
        if (Projector is not (>= 2 and <= WidestProjector)) yield return new("projector", Projector, $"2 to {WidestProjector}");
        if (TeacherMomentum is not (>= 0 and < 1)) yield return new("teacher_momentum", TeacherMomentum, "0 or more and less than 1");
        if (Dropout is not (>= 0 and < 1)) yield return new("dropout", Dropout, "0 or more and less than 1");
        foreach (var (name, chance) in new[] { ("flip", Flip), ("quarter_turn", QuarterTurn), ("shift", Shift) })
        {
            if (chance is not (>= 0 and <= 1)) yield return new(name, chance, "0 to 1");
        }

        if (ShiftShare is not (>= 0 and <= 1)) yield return new("shift_share", ShiftShare, "0 to 1");
    }

    /// <summary>Voxels of the data that one voxel of a crop averages, along x, y, z.</summary>
    /// <returns>Null where the spacing is no multiple of the data's.</returns>
    public Size3? ShrinkOf(Vec3 dataSpacingMm)
    {
        const double Tolerance = 1e-6;
        if (SpacingMm == 0) return Size3.Cube(1);
        int? Along(double own) => Math.Round(SpacingMm / own) is >= 1 and var times && Math.Abs(times * own - SpacingMm) < Tolerance ? (int)times : null;
        return (Along(dataSpacingMm.X), Along(dataSpacingMm.Y), Along(dataSpacingMm.Z)) is ({ } x, { } y, { } z) ? new(x, y, z) : null;
    }
}
