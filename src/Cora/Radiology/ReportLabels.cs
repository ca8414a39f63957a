namespace Cora.Radiology;

/// <summary>How sure a report is of a label.</summary>
public enum ReportStatus
{
    /// <summary>Nothing is said of it.</summary>
    NotStated,

    /// <summary>It is asserted or denied.</summary>
    Stated,

    /// <summary>It is spoken of in doubt only, or could not be assessed.</summary>
    InDoubt,

    /// <summary>It is asserted and denied.</summary>
    Contradictory,
}

/// <summary>A sentence that says something of a label.</summary>
/// <param name="Label">The label.</param>
/// <param name="Says">What the sentence says of it: a value, or null when it is in doubt.</param>
/// <param name="Finding">What was found in it; the name of a rule.</param>
/// <param name="How"><c>asserted</c>, <c>denied</c>, <c>doubtful</c> or <c>number</c>.</param>
/// <param name="Vessels">The vessels it speaks of; empty = the patient.</param>
/// <param name="Section">Section of the report.</param>
/// <param name="Sentence">The sentence.</param>
public sealed record ReportEvidence(string Label, string? Says, string Finding, string How, IReadOnlyList<string> Vessels, string Section, string Sentence);

/// <summary>A label of one report.</summary>
/// <param name="Name">One of <see cref="ReportLabels.Names"/>.</param>
/// <param name="Value">0 or 1, a grade or a category; null unless the status is stated.</param>
/// <param name="Status">How sure the report is.</param>
/// <param name="Evidence">The sentences behind it, those that decided first.</param>
public sealed record ReportLabel(string Name, string? Value, ReportStatus Status, IReadOnlyList<ReportEvidence> Evidence);

/// <summary>What a report says: plaque by kind, stenosis, category, devices. What it does not say, or doubts, is null and never a guess.</summary>
public sealed record ReportLabels(IReadOnlyList<ReportLabel> Labels)
{
    /// <summary>Labels that are there or not: 1 or 0.</summary>
    public static IReadOnlyList<string> Presences { get; } = ["calcified_plaque", "non_calcified_plaque", "stenosis", "stent", "bypass"];

    /// <summary>All labels, in the order of labels.csv. <c>stenosis_grade</c> is the worst one told (0 to 5), <c>cad_rads</c> the stated category (0 to 5, 4A, 4B or N).</summary>
    public static IReadOnlyList<string> Names { get; } = [.. Presences, "stenosis_grade", "cad_rads"];

    /// <summary>A label by name.</summary>
    public ReportLabel this[string name] => Labels.Single(l => l.Name == name);

    /// <summary>The value of a presence: true, false or not known.</summary>
    public bool? IsPresent(string name) => this[name].Value switch { "1" => true, "0" => false, _ => null };
}
