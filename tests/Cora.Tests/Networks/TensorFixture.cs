using System.Text.Json;
using static TorchSharp.torch;

namespace Cora.Tests.Networks;

/// <summary>Fixture arrays as tensors, and comparisons within a fixture's own tolerances.</summary>
internal static class TensorFixture
{
    public static Tensor Of(JsonElement entry)
    {
        var array = Fixture.Array(entry);
        return tensor(array.ToSingles(), [.. array.Shape.Select(n => (long)n)]);
    }

    public static void Near(JsonElement expected, double actual, string what)
    {
        var want = expected.GetProperty("value").GetDouble();
        var tolerance = expected.GetProperty("atol").GetDouble() + expected.GetProperty("rtol").GetDouble() * Math.Abs(want);
        Assert.True(Math.Abs(actual - want) <= tolerance, $"{what}: {actual} instead of {want}");
    }

    public static void Near(JsonElement expected, Tensor actual, string what)
    {
        var want = Fixture.Array(expected).Values;
        var got = actual.contiguous().data<float>().ToArray();
        var (atol, rtol) = (expected.GetProperty("atol").GetDouble(), expected.GetProperty("rtol").GetDouble());
        Assert.Equal(want.Length, got.Length);
        for (var i = 0; i < want.Length; i++) Assert.True(Math.Abs(got[i] - want[i]) <= atol + rtol * Math.Abs(want[i]), $"{what} [{i}]: {got[i]} instead of {want[i]}");
    }
}
