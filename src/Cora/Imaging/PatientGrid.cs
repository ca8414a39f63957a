namespace Cora.Imaging;

/// <summary>The grid that a file describes, if it can be one.</summary>
internal static class PatientGrid
{
    /// <summary>Voxels smaller or larger than these are no millimetres of a patient; far beyond, arithmetic itself gives out.</summary>
    private const double SmallestVoxelMm = 1e-6;
    private const double LargestMm = 1e6;

    /// <summary>The grid of a voxel-to-RAS affine from a file.</summary>
    /// <exception cref="CoraException">The affine is singular, not finite, or of no thinkable size.</exception>
    public static Geometry FromRasAffine(string file, Size3 size, Mat3 linear, Vec3 translation, string remedy)
    {
        var axes = $"{linear.Column(0)} {linear.Column(1)} {linear.Column(2)}";
        for (var axis = 0; axis < 3; axis++)
        {
            if (!(linear.Column(axis).Length is >= SmallestVoxelMm and <= LargestMm))
                throw Refusal.Of(file, $"the voxel axes are {axes} mm, expected lengths from {SmallestVoxelMm} to {LargestMm}; this is singular or not finite.", remedy);
        }

        if (!(translation.Length <= LargestMm)) throw Refusal.Of(file, $"the first voxel lies at {translation} mm, expected finite numbers up to {LargestMm}.", remedy);
        try
        {
            return Geometry.FromRasAffine(size, linear, translation);
        }
        catch (ArgumentException problem)
        {
            throw Refusal.Of(file, $"the voxel axes {axes} mm lie in one plane, expected three directions in space (the affine is singular).", remedy, problem);
        }
    }
}
