using System.Text.Json;
using Cora.Networks;
using static Cora.Tests.Networks.TensorFixture;
using static TorchSharp.torch;

namespace Cora.Tests.Networks;

public sealed class LossTests
{
    private static readonly LossConfig Paper = new();

    public static TheoryData<string> Finite => [.. Fixture.Cases("d", "losses").Where(c => c.GetProperty("expect").TryGetProperty("tversky", out _)).Select(c => c.GetProperty("name").GetString()!)];

    [Theory]
    [MemberData(nameof(Finite))]
    public void Losses_and_gradients_agree_with_MONAI(string name)
    {
        using var scope = NewDisposeScope();
        var fixture = Fixture.Case(name);
        var expect = fixture.GetProperty("expect");
        var target = Tensor(fixture, "target");
        var losses = new (string Name, Func<Tensor, Tensor> Of)[]
        {
            ("tversky", x => Losses.Tversky(x, target, Paper)),
            ("focal", x => Losses.Focal(x, target, Paper)),
            ("dice", x => Losses.Dice(x, target)),
            ("bce", x => Losses.BinaryCrossEntropy(x, target)),
            ("dice_bce", x => Losses.DiceBce(x, target)),
            ("cora_total", x => Losses.Cora(x, target, Paper).Total),
        };
        foreach (var (loss, of) in losses)
        {
            var logits = Tensor(fixture, "logits").requires_grad_();
            var value = of(logits);
            value.backward();

            Near(expect.GetProperty(loss), value.item<float>(), loss);
            Near(expect.GetProperty("grad_" + loss), logits.grad!, loss);
        }
    }

    [Fact]
    public void Tversky_of_the_whole_batch_agrees_with_MONAI()
    {
        using var scope = NewDisposeScope();
        var fixture = Fixture.Case("d/batch_summed_variant");

        var loss = Losses.Tversky(Tensor(fixture, "logits"), Tensor(fixture, "target"), Paper with { Aggregation = TverskyAggregation.Batch });

        Near(fixture.GetProperty("expect").GetProperty("tversky_batch_true"), loss.item<float>(), "batch");
    }

    [Fact]
    public void Multiclass_Dice_and_cross_entropy_agree_with_MONAI()
    {
        using var scope = NewDisposeScope();
        var fixture = Fixture.Case("d/multiclass_dice_ce");
        var expect = fixture.GetProperty("expect");
        var logits = Tensor(fixture, "logits").requires_grad_();
        var target = Tensor(fixture, "target_index").to(int64);

        var loss = Losses.DiceCrossEntropy(logits, target);
        loss.backward();

        Near(expect.GetProperty("dice_softmax"), Losses.MulticlassDice(logits, target).item<float>(), "dice");
        Near(expect.GetProperty("dice_ce"), loss.item<float>(), "sum");
        Near(expect.GetProperty("grad_dice_ce"), logits.grad!, "gradient");
    }

    [Fact]
    public void A_NaN_logit_never_gives_a_finite_loss()
    {
        using var scope = NewDisposeScope();
        var fixture = Fixture.Case("d/nan_logit");

        Assert.True(float.IsNaN(Losses.Cora(Tensor(fixture, "logits"), Tensor(fixture, "target"), Paper).Total.item<float>()));
    }

    [Theory]
    [InlineData("d/shape_mismatch")]
    [InlineData("d/channel_broadcast")]
    public void A_mask_of_another_shape_is_refused(string name)
    {
        using var scope = NewDisposeScope();
        var fixture = Fixture.Case(name);

        Assert.Throws<ArgumentException>(() => Losses.Cora(Tensor(fixture, "logits"), Tensor(fixture, "target"), Paper));
    }

    [Fact]
    public void Half_a_chance_everywhere_gives_the_values_of_a_hand_calculation()
    {
        using var scope = NewDisposeScope();
        var logits = zeros([1, 1, 4, 1, 1]);
        var mask = tensor(new float[] { 1, 0, 0, 0 }, [1, 1, 4, 1, 1]);

        // TP .5, FP 1.5, FN .5: 1 - .5 / (.5 + .15 + .45); focal: .5^4 ln 2.
        Assert.Equal(6.0 / 11, Losses.Tversky(logits, mask, Paper with { Smooth = 1e-12 }).item<float>(), 1e-6);
        Assert.Equal(0.0433217, Losses.Focal(logits, mask, Paper).item<float>(), 6);
        Assert.Equal(4 * 0.0433217 / (1 + 100), Losses.Focal(logits, mask, Paper with { FocalReduction = FocalReduction.Positives }).item<float>(), 6);
    }

    [Fact]
    public void Samples_without_a_lesion_count_as_little_as_asked()
    {
        using var scope = NewDisposeScope();
        var logits = zeros([2, 1, 4, 1, 1]);
        var mask = tensor(new float[] { 1, 0, 0, 0, 0, 0, 0, 0 }, [2, 1, 4, 1, 1]);

        // The empty sample costs 1 - s / (.1 * 2 + s), the other .545455; weights .1 and 1.
        var loss = Losses.Tversky(logits, mask, Paper with { EmptyWeight = 0.1 });

        Assert.Equal((0.545455 + 0.1 * 1) / 1.1, loss.item<float>(), 4);
    }

    private static Tensor Tensor(JsonElement fixture, string input) => TensorFixture.Of(fixture.GetProperty("inputs").GetProperty(input));
}
