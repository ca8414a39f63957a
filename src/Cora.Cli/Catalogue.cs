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
        InspectVerb.Create(),
        PreprocessVerb.Create(),
        SynthesizeVerb.Create(),
        PretrainVerb.Create(),
        FinetuneVerb.Create(),
        PredictVerb.Create(),
        ExplainVerb.Create(),
        EvaluateVerb.Create(),
        ReproduceVerb.Create(),
        ReportVerb.Create(),
        SettingsVerb.Create(),
    ];
}
