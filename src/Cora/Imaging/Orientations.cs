namespace Cora.Imaging;

/// <summary>The 48 ways to lay index axes along the patient's axes.</summary>
public static class Orientations
{
    /// <summary>The RAS letters of a grid, for example "LPS" when x runs to the left, y to the back, z to the head.</summary>
    public static string Of(Geometry geometry)
    {
        var axes = ClosestAxes(geometry);
        return string.Concat(axes.Select(a => (a.Patient, a.Positive) switch
        {
            (0, true) => 'L', (0, false) => 'R',
            (1, true) => 'P', (1, false) => 'A',
            (2, true) => 'S', _ => 'I',
        }));
    }

    /// <summary>For each index axis the patient axis (0 left, 1 back, 2 head) it runs along, each used once, and whether it runs up it.</summary>
    /// <remarks>The polar factor of the direction matrix decides, so that oblique and sheared grids get the same answer as nibabel's.</remarks>
    public static (int Patient, bool Positive)[] ClosestAxes(Geometry geometry)
    {
        ArgumentNullException.ThrowIfNull(geometry);
        var rotation = PolarFactor(geometry.Direction);
        var result = new (int, bool)[3];
        var used = new bool[3];
        for (var axis = 0; axis < 3; axis++)
        {
            var best = -1;
            for (var patient = 0; patient < 3; patient++)
            {
                if (!used[patient] && (best < 0 || Math.Abs(rotation[patient, axis]) > Math.Abs(rotation[best, axis]))) best = patient;
            }

            used[best] = true;
            result[axis] = (best, rotation[best, axis] > 0);
        }

        return result;
    }

    /// <summary>The rotation nearest to a matrix, by Newton's iteration (Higham 1986).</summary>
    private static Mat3 PolarFactor(Mat3 m)
    {
        for (var i = 0; i < 30; i++)
        {
            var inverse = m.Inverse().Transposed();
            m = new(0.5 * (m.Row0 + inverse.Row0), 0.5 * (m.Row1 + inverse.Row1), 0.5 * (m.Row2 + inverse.Row2));
        }

        return m;
    }
}
