namespace Cora.Imaging;

/// <summary>Where the samples of one axis fall between voxels: for each the lower voxel, and the share of the upper one.</summary>
internal sealed class SampleAxis
{
    public SampleAxis(int samples, double step, double offset, int voxels, Beyond beyond)
    {
        Lower = new int[samples];
        Upper = new int[samples];
        Nearest = new int[samples];
        UpperShare = new float[samples];
        From = samples;
        for (var i = 0; i < samples; i++)
        {
            // Nine digits: a sample meant to lie on a voxel, or halfway between two, must not be moved by the rounding of a matrix inverse.
            var index = Math.Round(offset + step * i, 9);
            if (SamplePoints.IsInside(index, voxels, beyond))
            {
                From = Math.Min(From, i);
                To = i + 1;
            }

            var within = Math.Clamp(index, 0, voxels - 1);
            var lower = Math.Max(0, Math.Min((int)within, voxels - 2));
            Lower[i] = lower;
            Upper[i] = Math.Min(lower + 1, voxels - 1);
            UpperShare[i] = (float)(within - lower);
            Nearest[i] = (int)Math.Clamp(Math.Floor(index + 0.5), 0, voxels - 1);
        }
    }

    public int[] Lower { get; }

    public int[] Upper { get; }

    public int[] Nearest { get; }

    public float[] UpperShare { get; }

    /// <summary>The first sample that is not filled; the samples inside are one run, since the axis is straight.</summary>
    public int From { get; }

    /// <summary>One past the last sample that is not filled.</summary>
    public int To { get; }

    public int Samples => Lower.Length;

    public bool Holds(int sample) => sample >= From && sample < To;
}

/// <summary>The samples of an oblique grid: an affine map from their index to an index of the volume.</summary>
internal readonly record struct SamplePoints(Size3 Samples, Mat3 Linear, Vec3 Offset, Size3 Voxels, Beyond Beyond)
{
    /// <summary>A thousandth of a hair: what a product of matrices may be off at a border.</summary>
    private const double Tolerance = 1e-6;

    public Vec3 At(int x, int y, int z) => Linear * new Vec3(x, y, z) + Offset;

    public bool IsInside(Vec3 index) =>
        Beyond == Beyond.Border || (IsInside(index.X, Voxels.X, Beyond) && IsInside(index.Y, Voxels.Y, Beyond) && IsInside(index.Z, Voxels.Z, Beyond));

    public static bool IsInside(double index, int voxels, Beyond beyond) => beyond switch
    {
        Beyond.Border => true,
        Beyond.FillOutsideVoxels => index >= -0.5 - Tolerance && index <= voxels - 0.5 + Tolerance,
        _ => index >= -Tolerance && index <= voxels - 1 + Tolerance,
    };
}
