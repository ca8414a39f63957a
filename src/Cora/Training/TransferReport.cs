namespace Cora.Training;

/// <summary>What became of the weights of a file when they were loaded into a network.</summary>
/// <param name="Taken">Parameters that were set from the file.</param>
/// <param name="New">Parameters that the file does not have or that were not asked for; they keep their initial values.</param>
/// <param name="Unused">Tensors of the file that the network does not have or that were not asked for.</param>
public sealed record TransferReport(IReadOnlyList<string> Taken, IReadOnlyList<string> New, IReadOnlyList<string> Unused)
{
    /// <summary>Those of <see cref="Taken"/> that were of one input channel and were repeated over several, divided by their number.</summary>
    public IReadOnlyList<string> Repeated { get; init; } = [];

    /// <summary>The same by the part of the network: <c>encoder</c>, <c>decoder</c>, <c>head</c>, …</summary>
    public IReadOnlyList<PartTransfer> Parts
    {
        get
        {
            string[] Of(IReadOnlyList<string> names, string part) => [.. names.Where(n => PartOf(n) == part)];
            return [.. Taken.Concat(New).Concat(Unused).Select(PartOf).Distinct().Select(p => new PartTransfer(p, Of(Taken, p), Of(Repeated, p), Of(New, p), Of(Unused, p)))];
        }
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Taken.Count} tensors taken, {New.Count} new, {Unused.Count} unused";

    private static string PartOf(string name) => name.Split('.')[0];
}

/// <summary>What became of one part of a network.</summary>
/// <param name="Part">Its name.</param>
/// <param name="Taken">Tensors that came from the file.</param>
/// <param name="Repeated">Those of them that were repeated over several input channels.</param>
/// <param name="New">Tensors with initial values.</param>
/// <param name="Unused">The file's tensors that were left.</param>
public sealed record PartTransfer(string Part, IReadOnlyList<string> Taken, IReadOnlyList<string> Repeated, IReadOnlyList<string> New, IReadOnlyList<string> Unused);
