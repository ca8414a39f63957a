namespace Cora.Cli;

/// <summary><c>cora import OBJECT</c>: an archive, a table or reports into a cohort; one object a kind of source.</summary>
internal static class ImportVerb
{
    public static Verb Create() =>
        new("import", "Makes a cohort of an archive. Nothing is guessed, nothing stops at one bad case: failures.csv names what was refused, why, and what to do.",
            "cora import dicom archive --out cohorts/archive\nwrites cohorts/archive with images in HU and tables, and nothing that names a patient")
        {
            Subcommands = { ImportDicom.Create(), ImportArchives.Nifti(), ImportArchives.ImageCas(), ImportArchives.NnUNet(), ImportArchives.Asoca(), ImportClinical.Create() },

            // Without an object the command line refuses before it comes here.
            Work = call =>
            {
                HelpPage.Write(call.Asked.CommandResult.Command, call.Terminal.Error);
                return ExitCode.Usage;
            },
        };
}
