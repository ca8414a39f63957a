using System.CommandLine;
using Cora.Cohorts;

namespace Cora.Cli;

/// <summary><c>cora export nnunet</c>: a cohort as other programs expect it.</summary>
internal static class ExportVerb
{
    public static Verb Create() =>
        new("export", "Writes a cohort in the layout of another program.",
            "cora export nnunet cohorts/coronaries --out nnUNet_raw --dataset 1 --name Coronaries\nwrites nnUNet_raw/Dataset001_Coronaries")
        {
            Subcommands = { NnUNet() },

            // Without an object the command line refuses before it comes here.
            Work = call =>
            {
                HelpPage.Write(call.Asked.CommandResult.Command, call.Terminal.Error);
                return ExitCode.Usage;
            },
        };

    private static Verb NnUNet()
    {
        var place = new Argument<string>("COHORT") { Description = "A cohort's folder." };
        var output = CommonOptions.Out("The folder nnUNet_raw; the dataset becomes a folder in it.");
        var number = new Option<int>("--dataset") { Description = "Number of the dataset, 1 to 999.", HelpName = "N", Required = true };
        var name = new Option<string>("--name") { Description = "Name of the dataset: letters, digits, _ and -.", HelpName = "NAME", Required = true };
        var overwrite = CommonOptions.Overwrite();
        var listening = new Listening();
        var verb = new Verb("nnunet", "Images and artery masks in nnU-Net's raw layout: splits train and validation with a mask become training cases, test splits test cases, others are left out.",
            "cora export nnunet cohorts/coronaries --out nnUNet_raw --dataset 1 --name Coronaries\nwrites nnUNet_raw/Dataset001_Coronaries with imagesTr, labelsTr, imagesTs, labelsTs and dataset.json")
        {
            Arguments = { place },
            Work = call =>
            {
                using var progress = listening.For(call);
                var cohort = Cohort.Load(call.Value(place));
                var folder = NnUNetLayout.FolderOf(call.Value(output)!, call.Value(number), call.Value(name)!);
                if (Directory.Exists(folder) && call.Value(overwrite)) Directory.Delete(folder, recursive: true);
                call.Terminal.Out.WriteLine(NnUNetLayout.Write(cohort, call.Value(output)!, call.Value(number), call.Value(name)!, progress, call.Terminal.Stop));
                return ExitCode.Done;
            },
        };
        foreach (var option in (IEnumerable<Option>)[output, number, name, overwrite, .. listening.All]) verb.Add(option);
        return verb;
    }
}
