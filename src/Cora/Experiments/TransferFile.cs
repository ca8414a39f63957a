using System.Text.Json;
using Cora.Cohorts;
using Cora.Tasks;
using Cora.Training;

namespace Cora.Experiments;

/// <summary>transfer.json of a fine-tuning: which tensors came from which weights.</summary>
/// <param name="Weights">The run that they came from, as it was given.</param>
/// <param name="Method">How it was pretrained.</param>
/// <param name="WeightsHash">SHA-256 of its weights file.</param>
/// <param name="Trainings">One entry a network: one, or one a fold or variant.</param>
internal sealed record TransferFile(string Weights, string Method, string WeightsHash, IReadOnlyList<TrainingTransfer> Trainings)
{
    /// <summary>Its name within a run.</summary>
    public const string Name = "transfer.json";

    /// <summary>Writes it whole or not at all.</summary>
    public static void Write(string run, TransferFile transfer) =>
        Atomically.WriteText(Path.Combine(run, Name), JsonSerializer.Serialize(transfer, CohortDescription.Json) + "\n");
}

/// <summary>What one network took over.</summary>
/// <param name="Training">Folder of its checkpoints within the run.</param>
/// <param name="Asked">Parts that the settings ask for.</param>
/// <param name="Parts">What became of each part.</param>
/// <param name="Notes">What a reader must know.</param>
internal sealed record TrainingTransfer(string Training, IReadOnlyList<string> Asked, IReadOnlyList<PartTransfer> Parts, IReadOnlyList<string> Notes)
{
    /// <param name="training">Folder of its checkpoints within the run.</param>
    /// <param name="asked">Parts that the settings ask for.</param>
    /// <param name="there">Those of them that the weights have.</param>
    /// <param name="report">What happened.</param>
    public static TrainingTransfer Of(string training, IReadOnlyList<string> asked, IReadOnlyList<string> there, TransferReport report)
    {
        var notes = new List<string>();
        if (asked.Except(there).Contains(TransferParts.Decoder)) notes.Add("The weights have no decoder, since their method trains none: the decoder begins anew.");
        if (report.Repeated.Count > 0) notes.Add($"The weights see one channel of normalised CT: {string.Join(", ", report.Repeated)} were repeated over the windows and divided by their number.");
        return new(training, asked, report.Parts, notes);
    }
}
