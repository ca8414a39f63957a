namespace Cora.Cli;

/// <summary>The verbs, written out by hand.</summary>
internal static class Catalogue
{
    /// <summary>Every verb, made anew.</summary>
    public static IEnumerable<Verb> Verbs() =>
    [
        DoctorVerb.Create(),
        PhantomVerb.Create(),
        ImportVerb.Create(),
        ExportVerb.Create(),
        LabelsVerb.Create(),
        SelectVerb.Create(),
        SplitVerb.Create(),
        InspectVerb.Create(),
        PreprocessVerb.Create(),
        SynthesizeVerb.Create(),
        PretrainVerb.Create(),
        FinetuneVerb.Create(),
        PredictVerb.Create(),
        ExplainVerb.Create(),
        AnalyzeVerb.Create(),
        BundleVerb.Create(),
        WeightsVerb.Create(),
        EvaluateVerb.Create(),
        ReproduceVerb.Create(),
        ReportVerb.Create(),
        SettingsVerb.Create(),
    ];
}
