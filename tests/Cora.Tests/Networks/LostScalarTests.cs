using System.Runtime.InteropServices;
using Cora.Networks;

namespace Cora.Tests.Networks;

public sealed class LostScalarTests
{
    [Theory]
    [InlineData("Unknown scalar type")]
    [InlineData("Expected false to be true, but got false. (Could this error message be improved?) at Scalar.h:64")]
    public void Work_whose_number_was_lost_is_done_again(string message)
    {
        var (done, told) = (0, 0);

        var answer = LostScalar.Again(() => ++done < 3 ? throw new FromTorch(message) : done, () => told++);

        Assert.Equal((3, 2), (answer, told));
    }

    [Fact]
    public void A_loss_that_stays_and_every_other_failure_are_told()
    {
        var done = 0;
        Assert.Throws<FromTorch>(() => LostScalar.Again<int>(() => { done++; throw new FromTorch("Unknown scalar type"); }));
        Assert.Equal(5, done);

        done = 0;
        Assert.Throws<FromTorch>(() => LostScalar.Again<int>(() => { done++; throw new FromTorch("sizes do not fit"); }));
        Assert.Equal(1, done);
    }

    private sealed class FromTorch(string message) : ExternalException(message);
}
