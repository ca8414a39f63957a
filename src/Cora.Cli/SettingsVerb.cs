using Cora.Experiments;

namespace Cora.Cli;

/// <summary><c>cora settings</c>: every setting of an experiment with its value and meaning, as a file to start from.</summary>
internal static class SettingsVerb
{
    public static Verb Create()
    {
        var settings = new SettingsOptions();
        return new("settings", "Prints every setting of pretraining with its default, unit and meaning, as an experiment file (TOML) that can be edited and given to --config.",
            "cora settings --set trainer.steps=200\nprints the file on standard output; redirect it into my-experiment.toml")
        {
            Options = { settings.Config, settings.Set },
            Work = call =>
            {
                call.Terminal.Out.Write(ExperimentFile.Write(settings.Load<PretrainExperiment>(call), comments: true));
                return ExitCode.Done;
            },
        };
    }
}
