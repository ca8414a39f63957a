using System.Collections.Immutable;

namespace Cora.Tasks;

/// <summary>Which parts of a pretrained network a task may take over.</summary>
internal static class TransferParts
{
    /// <summary>The part that every task has.</summary>
    public const string Encoder = "encoder";

    /// <summary>The part that tasks with an answer for each voxel have.</summary>
    public const string Decoder = "decoder";

    /// <summary>What is wrong with a setting <c>transfer</c>; nothing when all is well.</summary>
    public static IEnumerable<Problem> Check(ImmutableArray<string> parts, params string[] known)
    {
        if (parts.IsDefault || parts.Except(known).Any() || parts.Distinct().Count() != parts.Length)
            yield return new("transfer", parts.IsDefault ? null : parts, $"{string.Join(" or ", known)}{(known.Length > 1 ? " or both" : "")}, or an empty list for nothing");
    }
}
