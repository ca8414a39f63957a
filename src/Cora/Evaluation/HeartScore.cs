using Cora.Imaging;

namespace Cora.Evaluation;

/// <summary>How well a heart was found.</summary>
/// <param name="Dice">Overlap of the masks on the found mask's grid, 0 to 1.</param>
/// <param name="BoxOverlap">Volume that both boxes share over the volume that either has, 0 to 1; boxes along the patient's axes.</param>
/// <param name="BoxErrorMm">The farthest that a side of the found box lies from where it should be, millimetres; infinite when nothing was found.</param>
public sealed record HeartScore(double Dice, double BoxOverlap, double BoxErrorMm)
{
    /// <summary>Scores a mask along LPS against a reference on any grid.</summary>
    /// <exception cref="CoraException">The reference is empty.</exception>
    public static HeartScore Of(Volume<byte> found, Volume<byte> reference)
    {
        ArgumentNullException.ThrowIfNull(found);
        ArgumentNullException.ThrowIfNull(reference);
        if (BoxOf(reference) is not { } there) throw new CoraException("The reference heart mask is empty.", "Give a mask with a heart in it.");
        var resampled = Resample.Nearest(reference, found.Geometry);
        var dice = Overlap.Dice(found, resampled);
        if (BoxOf(found) is not { } box) return new(dice, 0, double.PositiveInfinity);
        var (shared, own, other, error) = (1.0, 1.0, 1.0, 0.0);
        for (var axis = 0; axis < 3; axis++)
        {
            shared *= Math.Max(0, Math.Min(box.High[axis], there.High[axis]) - Math.Max(box.Low[axis], there.Low[axis]));
            own *= box.High[axis] - box.Low[axis];
            other *= there.High[axis] - there.Low[axis];
            error = Math.Max(error, Math.Max(Math.Abs(box.Low[axis] - there.Low[axis]), Math.Abs(box.High[axis] - there.High[axis])));
        }

        return new(dice, shared / (own + other - shared), error);
    }

    /// <summary>The mask's box along the patient's axes, millimetres; null when it is empty.</summary>
    private static (double[] Low, double[] High)? BoxOf(Volume<byte> mask)
    {
        if (Bounds.Of(mask) is not { } box) return null;
        double[] low = [double.MaxValue, double.MaxValue, double.MaxValue], high = [double.MinValue, double.MinValue, double.MinValue];
        for (var corner = 0; corner < 8; corner++)
        {
            double At(int from, int count, int axis) => ((corner >> axis) & 1) == 0 ? from - 0.5 : from + count - 0.5;
            var point = mask.Geometry.ToPatient(new(At(box.X, box.Size.X, 0), At(box.Y, box.Size.Y, 1), At(box.Z, box.Size.Z, 2)));
            for (var axis = 0; axis < 3; axis++) (low[axis], high[axis]) = (Math.Min(low[axis], point[axis]), Math.Max(high[axis], point[axis]));
        }

        return (low, high);
    }
}
