using Cora.Cohorts;
using Cora.Evaluation;
using Cora.Imaging;
using Cora.Tasks;

namespace Cora.Tests.Tasks;

public sealed class StenosisDetectionTests
{
    private static readonly Geometry Grid = new(new(12, 4, 4), new(1, 1, 1), default, Mat3.Identity);
    private static readonly StenosisConfig Config = new() { MinOverlap = 1 };

    [Fact]
    public void Outcomes_name_the_lesion_its_size_and_what_was_shared()
    {
        var labels = Map<ushort>(i => (ushort)(i.X is 1 or 2 or 3 ? 7 : i.X is 8 or 9 ? 4 : 0));
        var probability = Map(i => i.X is 2 or 3 ? 0.6f + 0.01f * i.Y : i.X is 5 ? 0.9f : 0f);
        var match = StenosisDetection.MatchAt(probability, labels.Select(l => (byte)(l > 0 ? 1 : 0)), 0.5, Config);
        LesionRow[] known = [new("c", 7, Composition.Calcified, 60, 3), new("c", 4, Composition.NonCalcified, 30, 2)];

        var outcomes = StenosisDetection.Outcomes(match, probability, labels, known);

        Assert.Equal([7, 4], outcomes.Where(o => o.IsReference).Select(o => o.Lesion));
        Assert.Equal([(48L, true, 32L), (32L, false, 0L)], outcomes.Where(o => o.IsReference).Select(o => (o.Voxels, o.IsMatched, o.OverlapVoxels)));
        Assert.Equal(Composition.Calcified, outcomes[0].Known!.Composition);
        Assert.Equal([(true, 32L), (false, 0L)], outcomes.Where(o => !o.IsReference).Select(o => (o.IsMatched, o.OverlapVoxels)));
        Assert.Equal(0.63, outcomes.First(o => !o.IsReference).Probability!.Value, 1e-6);
    }

    [Fact]
    public void A_threshold_that_marks_everything_is_never_chosen_though_it_touches_every_lesion()
    {
        double[] thresholds = [0.1, 0.5, 0.9];
        LesionCounts[] pooled = [new(10, 5, 10, 5), new(10, 12, 6, 6), new(10, 8, 5, 5)];

        Assert.Equal(0.1, StenosisDetection.BestThreshold(thresholds, pooled, [2, 1, 0.5], Config));
        Assert.Equal(0.9, StenosisDetection.BestThreshold(thresholds, pooled, [900, 1, 0.5], Config));
        Assert.Equal(0.9, StenosisDetection.BestThreshold(thresholds, pooled, [900, 800, 700], Config));
    }

    [Fact]
    public void Small_pieces_are_left_away_when_asked()
    {
        var probability = Map(i => i is { X: 0, Y: 0, Z: 0 } || i.X > 8 ? 0.8f : 0f);

        Assert.Equal(48, StenosisDetection.MaskAt(probability, 0.5, Config with { MinPredictedVoxels = 2 }).Voxels.Count((byte)1));
        Assert.Equal(49, StenosisDetection.MaskAt(probability, 0.5, Config).Voxels.Count((byte)1));
    }

    private static Volume<T> Map<T>(Func<(int X, int Y, int Z), T> of) where T : unmanaged =>
        new(Grid, [.. Enumerable.Range(0, (int)Grid.Size.Count).Select(i => of((i % 12, i / 12 % 4, i / 48)))]);
}
