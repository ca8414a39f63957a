namespace Cora.Cli;

/// <summary><c>cora evaluate OBJECT</c>: measures of predictions against the truth, one object a kind of prediction.</summary>
internal static class EvaluateVerb
{
    public static Verb Create() =>
        new("evaluate", "Measures predictions against the truth: probabilities in a table, masks or lesions in volumes.",
            "cora evaluate classification --table predictions.csv --json\n{ \"targets\": { \"target\": { \"cases\": 555, \"positives\": 48, \"auroc\": { \"value\": 0.771, ...")
        {
            Subcommands = { EvaluateClassification.Create(), EvaluateSegmentation.Create(), EvaluateDetection.Create() },

            // Without an object the command line refuses before it comes here.
            Work = call =>
            {
                HelpPage.Write(call.Asked.CommandResult.Command, call.Terminal.Error);
                return ExitCode.Usage;
            },
        };
}
