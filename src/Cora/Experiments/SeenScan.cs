using Cora.Imaging;
using Cora.Inference;
using Cora.Networks;
using Cora.Training;
using TorchSharp;

namespace Cora.Experiments;

/// <summary>A scan as a trained network sees it: HU within what CT can measure, the trained spacing; and for classifiers sides that the network divides.</summary>
internal static class SeenScan
{
    /// <summary>HU below are clipped, and what is added outside of a scan has it.</summary>
    public const short Air = -1024;

    /// <summary>HU above are clipped.</summary>
    public const short HighestHu = 3071;

    /// <summary>The scan at the trained spacing; its own grid where that fits.</summary>
    public static Volume<short> Of(Volume<short> scan, ModelDescription model, int threads)
    {
        var seen = AbnormalityResponse.GridFor(scan.Geometry, new(model.SpacingMm[0], model.SpacingMm[1], model.SpacingMm[2]));

        // Padding values far below air would bleed into the tissue beside them (ALGORITHMS 8, item 43).
        var clipped = scan.Select(v => short.Clamp(v, Air, HighestHu));
        return ReferenceEquals(seen, scan.Geometry) ? clipped : Resample.Linear(clipped, seen, Beyond.Border, default, threads);
    }

    /// <summary>What a classifier takes: windows [1, C, D, H, W], where it pools (null = everywhere), and the grid of both. The tensors are the caller's.</summary>
    /// <exception cref="CoraException">It pools within the arteries and no mask is given.</exception>
    public static (torch.Tensor Windows, torch.Tensor? Place, Geometry Grid) InputOf(Volume<short> scan, Volume<byte>? arteries, ModelDescription model, int threads, torch.Device device)
    {
        var seen = Of(scan, model, threads);
        var box = Crop.GrownToMultiple(Box3.Whole(seen.Geometry.Size), model.Network.Divisor);
        var padded = Crop.To(seen, box, Air);
        using var scope = torch.NewDisposeScope();
        var hu = TensorOf(padded, device);
        if (model.Head is not { Within: PooledPlace.Arteries } head) return (model.Input().Of(hu).DetachFromDisposeScope(), null, padded.Geometry);
        if (arteries is null) throw new CoraException("This classifier looks within the arteries alone, and no artery mask is given.", "Give --arteries FILE (or a cohort whose table names them); `cora predict` with an artery model writes them.", ExitCode.Usage);
        var place = MaskMargin.Grown(Resample.Nearest(arteries, seen.Geometry, Beyond.FillOutsideCentres, threads: threads), head.MarginMm);
        return (model.Input().Of(hu).DetachFromDisposeScope(), TensorOf(Crop.To(place, box), device).DetachFromDisposeScope(), padded.Geometry);
    }

    private static torch.Tensor TensorOf<T>(Volume<T> volume, torch.Device device) where T : unmanaged
    {
        var size = volume.Geometry.Size;
        return torch.tensor(volume.Voxels.ToArray() switch { short[] hu => hu.Select(v => (float)v).ToArray(), var mask => [.. mask.Cast<byte>().Select(v => (float)v)] }, [1, 1, size.Z, size.Y, size.X]).to(device);
    }
}
