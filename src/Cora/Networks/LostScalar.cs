using System.Runtime.InteropServices;
using TorchSharp;

namespace Cora.Networks;

/// <summary>
/// TorchSharp may free a number in passing while a call still reads it (decision 0014), most likely on a machine that is busy with other things. Work that depends on nothing that it
/// changes itself is then done again: the result has the same bits.
/// </summary>
internal static class LostScalar
{
    private const int MostAttempts = 5;

    /// <summary>The answer of the work, done again where a number was lost.</summary>
    /// <param name="work">Gives the same whenever it is done.</param>
    /// <param name="told">Called before it is done again.</param>
    public static T Again<T>(Func<T> work, Action? told = null)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return work();
            }
            catch (ExternalException problem) when (attempt < MostAttempts && Is(problem))
            {
                told?.Invoke();
            }
        }
    }

    /// <summary>The same of a network's answer that no gradient is asked of; the tensors of the work are freed.</summary>
    public static T Answer<T>(Func<T> work) => Again(() =>
    {
        using var scope = torch.NewDisposeScope();
        using var _ = torch.no_grad();
        return work();
    });

    private static bool Is(ExternalException problem) =>
        problem.Message.Contains("Scalar.h", StringComparison.Ordinal) || problem.Message.Contains("scalar type", StringComparison.OrdinalIgnoreCase);
}
