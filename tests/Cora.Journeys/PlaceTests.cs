namespace Cora.Journeys;

public sealed class PlaceTests
{
    [Fact]
    public void Torch_makes_a_tensor() => Assert.Equal(3, TorchSharp.torch.ones(3).sum().item<float>());
}
