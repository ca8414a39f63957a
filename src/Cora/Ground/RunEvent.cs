namespace Cora;

/// <summary>Something worth telling while work goes on. The library raises these; only the command line writes to a terminal.</summary>
public abstract record RunEvent;

/// <summary>A fact or warning in words. Never holds a patient identifier, only case pseudonyms.</summary>
public sealed record Note(string Text, bool IsWarning = false) : RunEvent;

/// <summary>Work of known length has come so far: <paramref name="Done"/> of <paramref name="Total"/> <paramref name="Unit"/>.</summary>
public sealed record Progressed(string Activity, long Done, long Total, string Unit) : RunEvent;

/// <summary>An optimizer step is done. Rates are of the time since the last such event; times in seconds.</summary>
/// <param name="Step">Steps done so far.</param>
/// <param name="Steps">Steps asked for.</param>
/// <param name="Loss">Mean loss since the last event.</param>
/// <param name="LearningRate">The learning rate of this step.</param>
/// <param name="PatchesPerSecond">Training patches per second.</param>
/// <param name="DataWaitShare">Share of the time in which the training thread waited for data, 0 to 1.</param>
/// <param name="SecondsLeft">Estimated time to the end.</param>
public sealed record StepDone(
    long Step, long Steps, double Loss, double LearningRate, double PatchesPerSecond, double DataWaitShare, double SecondsLeft) : RunEvent;

/// <summary>A validation was made; the measures have names such as <c>recall_calcified</c>.</summary>
public sealed record Validated(long Step, IReadOnlyDictionary<string, double> Measures) : RunEvent;

/// <summary>A checkpoint lies whole on the disk.</summary>
public sealed record CheckpointSaved(long Step, string Folder) : RunEvent;
