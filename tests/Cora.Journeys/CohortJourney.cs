namespace Cora.Journeys;

public sealed class CohortJourney : IDisposable
{
    private readonly JourneyFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_phantom_cohort_that_was_stopped_goes_on_and_ends_with_the_same_bytes()
    {
        string[] order = ["phantom", "--cases", "12", "--sites", "3", "--size", "64", "--seed", "5", "--out"];
        CoraProcess.Done([.. order, folder["whole"]]);
        using (var running = CoraProcess.StartUntil(() => CasesIn(folder["stopped"]) >= 1, [.. order, folder["stopped"], "--threads", "1"]))
        {
            var said = running.Terminate();
            Assert.True(said.Code == 6, said.All);
            Assert.Contains("Run the same command again", said.Error, StringComparison.Ordinal);
            Assert.False(File.Exists(Path.Combine(folder["stopped"], "cohort.json")));
        }

        using (var running = CoraProcess.StartUntil(() => CasesIn(folder["stopped"]) >= 5, [.. order, folder["stopped"], "--threads", "1"]))
            running.Kill();
        CoraProcess.Done([.. order, folder["stopped"]]);

        // cohort.json names the cohort after its folder; all else is the same bytes.
        var (whole, stopped) = (JourneyFolder.Hashes(folder["whole"]), JourneyFolder.Hashes(folder["stopped"]));
        Assert.True(whole.Remove("cohort.json") && stopped.Remove("cohort.json"));
        Assert.Equal(whole, stopped);
        CoraProcess.Done("inspect", folder["stopped"], "--voxels");
    }

    [Fact]
    public void A_folder_that_cannot_be_written_ends_with_5()
    {
        File.WriteAllText(folder["file"], "in the way");

        var said = CoraProcess.Run("phantom", "--cases", "1", "--sites", "1", "--size", "32", "--out", folder["file/cohort"]);

        Assert.True(said.Code == 5, said.All);
    }

    private static int CasesIn(string cohort) =>
        Directory.Exists(Path.Combine(cohort, "images")) ? Directory.EnumerateFiles(Path.Combine(cohort, "images"), "*.nii.gz").Count() : 0;
}
