using Cora.Imaging;

namespace Cora.Reporting;

/// <summary>A Grad-CAM map as a run keeps it for pictures: relative weights from 0 to 1 in 255 steps, which is finer than an eye sees and a fraction of the size.</summary>
internal static class GradCamMap
{
    private const float Steps = 255;

    /// <summary>Writes relative weights.</summary>
    public static void Write(string path, Volume<float> weights) => Nifti.Write(path, weights.Select(w => (byte)MathF.Round(Steps * Math.Clamp(w, 0, 1))));

    /// <summary>Reads relative weights.</summary>
    /// <exception cref="CoraException">The file is missing or damaged.</exception>
    public static Volume<float> Read(string path) => VolumeFile.Read<byte>(path).Select(w => w / Steps);
}
