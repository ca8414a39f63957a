using System.Globalization;
using System.Text.Json.Nodes;
using Cora.Imaging;

namespace Cora.Cohorts;

/// <summary>Writes a cohort as nnU-Net's users expect it: <c>nnUNet_raw/Dataset###_Name</c>, which <see cref="NnUNetDataset.Read"/> reads.</summary>
public static class NnUNetLayout
{
    private const string Ending = ".nii.gz";

    /// <summary>
    /// Writes images, artery masks (0 and 1) and dataset.json. Cases of the splits train and validation that have a mask become training cases, those of test
    /// splits test cases; others are left out.
    /// </summary>
    /// <param name="cohort">The cohort.</param>
    /// <param name="rawFolder">The folder <c>nnUNet_raw</c>; the dataset must not be there yet.</param>
    /// <param name="number">1 to 999.</param>
    /// <param name="name">Letters, digits, _ and -.</param>
    /// <param name="progress">Told after every case.</param>
    /// <param name="stop">Stops between cases; nothing is left then.</param>
    /// <returns>The dataset's folder.</returns>
    /// <exception cref="CoraException">The dataset is there already, its name is none, no case can be written, or a mask lies on another grid than its image.</exception>
    public static string Write(Cohort cohort, string rawFolder, int number, string name, IProgress<RunEvent>? progress = null, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(cohort);
        var folder = FolderOf(rawFolder, number, name);
        if (Directory.Exists(folder)) throw new CoraException($"{folder} is there already.", "Choose another number or name, or remove the old dataset.", ExitCode.Usage);
        CaseRow[] training = [.. cohort.Of(Split.Train, Split.Validation).Where(c => c.Arteries is not null)];
        var tests = cohort.Of(Split.InternalTest, Split.ExternalTest);
        if (training.Length == 0) throw new CoraException($"No case of {cohort.Folder} has an artery mask and split train or validation.", "Mark the arteries, or fill the column split of cases.csv.");
        Atomically.WriteFolder(folder, aside =>
        {
            foreach (var (i, row) in training.Concat(tests).Index())
            {
                stop.ThrowIfCancellationRequested();
                Write(cohort, row, aside, i < training.Length ? "Tr" : "Ts");
                progress?.Report(new Progressed("writing dataset", i + 1, training.Length + tests.Count, "cases"));
            }

            PlansFile.WriteJson(Path.Combine(aside, "dataset.json"), new JsonObject
            {
                ["channel_names"] = new JsonObject { ["0"] = "CT" },
                ["labels"] = new JsonObject { ["background"] = 0, ["coronary"] = 1 },
                ["numTraining"] = training.Length,
                ["file_ending"] = Ending,
            });
        });
        return folder;
    }

    /// <summary>The folder of a dataset.</summary>
    /// <exception cref="CoraException">Number or name are none of a dataset (exit code 2).</exception>
    public static string FolderOf(string rawFolder, int number, string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (number is < 1 or > 999 || name.Length == 0 || name.Any(c => !char.IsAsciiLetterOrDigit(c) && c is not ('_' or '-')))
            throw new CoraException($"Dataset {number} \"{name}\" is no name of a dataset, expected 1 to 999 and letters, digits, _ and -.", "Choose another number or name.", ExitCode.Usage);
        return Path.Combine(rawFolder, string.Create(CultureInfo.InvariantCulture, $"Dataset{number:000}_{name}"));
    }

    private static void Write(Cohort cohort, CaseRow row, string folder, string suffix)
    {
        var image = VolumeFile.Read<short>(cohort.PathOf(row.Image));
        Nifti.Write(Path.Combine(folder, "images" + suffix, $"{row.CaseId}_0000{Ending}"), image);
        if (row.Arteries is null) return;
        var mask = VolumeFile.Read<ushort>(cohort.PathOf(row.Arteries));
        if (!mask.Geometry.Matches(image.Geometry))
            throw new CoraException($"Case {row.CaseId}: {row.Arteries} lies on another grid ({mask.Geometry}) than the image {row.Image} ({image.Geometry}).", "Give masks on the image's own grid.");

        // The image's own geometry to the last bit: nnU-Net compares.
        Nifti.Write(Path.Combine(folder, "labels" + suffix, row.CaseId + Ending), new Volume<byte>(image.Geometry, mask.Select(v => (byte)(v > 0 ? 1 : 0)).Voxels.ToArray()));
    }
}
