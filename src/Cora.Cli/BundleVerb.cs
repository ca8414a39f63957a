using System.CommandLine;
using System.Globalization;
using Cora.Analysis;

namespace Cora.Cli;

/// <summary><c>cora bundle</c>: run folders into one file that <c>cora analyze</c> reads.</summary>
internal static class BundleVerb
{
    public static Verb Create()
    {
        var output = new Option<string>("--out") { Description = "The bundle, a file that ends with .cora.", HelpName = "FILE.cora", Required = true };
        var name = new Option<string?>("--name") { Description = "Name of the bundle; its file's name when not given.", HelpName = "NAME" };
        var description = new Option<string?>("--description") { Description = "What its makers say of it, for the model card: what was it trained on, by whom, how was it checked.", HelpName = "TEXT" };
        var roles = Enum.GetValues<BundleRole>().Select(role => (Role: role, Option: new Option<string?>("--" + BundleManifest.WordOf(role)) { Description = What(role), HelpName = "RUN" })).ToArray();
        var overwrite = CommonOptions.Overwrite();
        var json = CommonOptions.Json("the bundle's manifest");
        var verb = new Verb("bundle", "Packs trained models into one file for `cora analyze`: weights, settings, thresholds, a model card, and a hash of each. Same runs, same bytes. `cora inspect FILE.cora` reads it.",
            "cora bundle --arteries runs/arteries --response runs/cora --plaque runs/plaque --out models/mine.cora\nmodels/mine.cora: 3 models (arteries, response, plaque), 3.4 MB")
        {
            Options = { output, name, description },
            Work = call =>
            {
                var path = call.Value(output)!;
                if (!path.EndsWith(ModelBundle.Extension, StringComparison.Ordinal)) throw new CoraException($"--out {path} is no name of a bundle.", $"Give a file that ends with {ModelBundle.Extension}.", ExitCode.Usage);
                if (File.Exists(path) && !call.Value(overwrite)) throw new CoraException($"{path} is there already.", "Choose another --out file, or --overwrite.", ExitCode.Usage);
                var runs = roles.Where(r => call.Value(r.Option) is not null).ToDictionary(r => r.Role, r => call.Value(r.Option)!);
                var manifest = BundleMaker.Write(path, new(call.Value(name) ?? Path.GetFileNameWithoutExtension(path), call.Value(description), runs));
                if (call.Value(json)) Json.Write(call.Terminal.Out, manifest);
                else call.Terminal.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{path}: {manifest.Models.Count} models ({string.Join(", ", manifest.Models.Select(m => BundleManifest.WordOf(m.Role)))}), {new FileInfo(path).Length / 1e6:0.0} MB"));
                return ExitCode.Done;
            },
        };
        foreach (var role in roles) verb.Add(role.Option);
        verb.Add(overwrite);
        verb.Add(json);
        return verb;
    }

    private static string What(BundleRole role) => role switch
    {
        BundleRole.Heart => "Run of `cora finetune --task heart`: finds the heart.",
        BundleRole.Arteries => "Run of `cora finetune --task arteries`.",
        BundleRole.Response => "Run of `cora pretrain`, for the abnormality response.",
        BundleRole.Plaque => "Run of `cora finetune --task plaque`.",
        _ => "Run of `cora finetune --task stenosis`, without folds.",
    };
}
