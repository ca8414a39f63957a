using Cora.Cohorts;
using Cora.Imaging;
using Cora.Inference;
using Cora.Networks;
using Cora.Tasks;
using TorchSharp;

namespace Cora.Experiments;

/// <summary>Probability maps of scans by one or several networks of one shape, within the heart's box.</summary>
internal sealed class VoxelPrediction
{
    private readonly SlidingWindow[] networks;

    public VoxelPrediction(IEnumerable<torch.nn.Module<torch.Tensor, torch.Tensor>> networks, IInputChannels channels, int patch, SlidingWindowConfig config, torch.Device device) =>
        this.networks = [.. networks.Select(n => new SlidingWindow(n, channels, patch, config, device))];

    /// <summary>Probability of each voxel on the scan's own grid, 0 outside of the box; of several networks the mean.</summary>
    public Volume<float> Of(IVoxels<short> image, Box3 box, CancellationToken stop)
    {
        var cut = box == Box3.Whole(image.Geometry.Size) ? image : Crop.To(image, box);
        var sum = networks[0].Probabilities(cut, null, stop);
        if (networks.Length > 1)
        {
            var mean = sum.Voxels.ToArray();
            foreach (var network in networks.Skip(1))
            {
                var more = network.Probabilities(cut, null, stop).Voxels;
                for (var i = 0; i < mean.Length; i++) mean[i] += more[i];
            }

            for (var i = 0; i < mean.Length; i++) mean[i] /= networks.Length;
            sum = new(sum.Geometry, mean);
        }

        if (ReferenceEquals(cut, image)) return sum;
        return new(image.Geometry, Crop.To(sum, new(-box.X, -box.Y, -box.Z, image.Geometry.Size)).Voxels.ToArray());      // the scan's own grid, to the last bit
    }

    /// <summary>The scores of a run's cases, in their order; a case is scored while the next one is predicted.</summary>
    /// <param name="work">The run, which is told case by case and may ask to stop.</param>
    /// <param name="cases">The cases.</param>
    /// <param name="volumes">Their scans.</param>
    /// <param name="score">Of a case and its probabilities; run on another thread.</param>
    public List<TScore> Scores<TScore>(FinetuneWork work, IReadOnlyList<CaseRow> cases, LabelledVolumes volumes, Func<CaseRow, Volume<float>, TScore> score) => Pipeline.Of(
        cases,
        row =>
        {
            work.Stop.ThrowIfCancellationRequested();
            return Of(volumes[row.CaseId], work.Stop);
        },
        score,
        done => work.Progress?.Report(new Progressed("predicting", done, cases.Count, "cases")));

    /// <inheritdoc cref="Of(IVoxels{short}, Box3, CancellationToken)"/>
    public Volume<float> Of(LabelledVolume volume, CancellationToken stop) => Of(volume.Image, volume.Box, stop);
}
