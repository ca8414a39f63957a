using Cora.Imaging;

namespace Cora.Synthesis;

/// <summary>Chooses whom and where: a study, and the voxel in the middle of the patch (Methods, "artery-centric sampling strategy").</summary>
internal sealed class PatchSampler(SamplerConfig config, IReadOnlyList<PatchStudy> studies, int side)
{
    /// <summary>A study (each as likely), a centre, and whether it is a natural negative.</summary>
    public (PatchStudy Study, Vec3 Centre, bool IsNegative) Draw(Rng random)
    {
        var study = random.Pick(studies);
        var isNegative = random.Chance(config.RandomShare);
        var centre = isNegative ? study.Arteries.DrawAround(random) : study.Arteries.Draw(config.Weight, random);
        if (config.JitterVox > 0)
        {
            int Jitter() => random.Integer(-config.JitterVox, config.JitterVox);
            centre += new Vec3(Jitter(), Jitter(), Jitter());
        }

        return (study, config.Border == PatchBorder.Shift ? Inside(centre, study.Image.Geometry.Size) : centre, isNegative);
    }

    /// <summary>Moves a centre so that the unrotated patch, from centre - n/2 on, lies inside of the volume.</summary>
    private Vec3 Inside(Vec3 centre, Size3 size)
    {
        double Move(int axis) => Math.Clamp(centre[axis], side / 2, size[axis] - side + side / 2);
        return new(Move(0), Move(1), Move(2));
    }
}
