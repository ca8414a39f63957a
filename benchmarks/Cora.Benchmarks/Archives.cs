using System.Diagnostics;
using System.Globalization;
using Cora.Cohorts;
using Cora.Imaging;
using Cora.Ingest;

namespace Cora.Benchmarks;

/// <summary>What an import of DICOM takes as an archive grows: time and the process's memory at its highest. Memory that grows with the archive is a defect.</summary>
internal static class Archives
{
    private const int Side = 32;
    private const int Slices = 32;
    private const int SeriesOfAStudy = 2;
    private const int PollMs = 20;

    public static int Run(string[] args)
    {
        var sizes = args.Length > 0 ? args.Select(a => int.Parse(a, CultureInfo.InvariantCulture)) : [1000, 10_000];
        foreach (var series in sizes) Import(series);
        return 0;
    }

    private static void Import(int series)
    {
        var folder = Directory.CreateTempSubdirectory("cora-archive-").FullName;
        try
        {
            var source = Path.Combine(folder, "source");
            Write(source, series);
            GC.Collect();
            GC.WaitForPendingFinalizers();
            var (before, highest, managed) = (Rss(), 0L, 0L);
            using var done = new CancellationTokenSource();
            var watch = new Thread(() =>
            {
                while (!done.IsCancellationRequested)
                {
                    (highest, managed) = (Math.Max(highest, Rss()), Math.Max(managed, GC.GetTotalMemory(false)));
                    Thread.Sleep(PollMs);
                }
            });
            watch.Start();
            var began = Stopwatch.GetTimestamp();
            var outcome = DicomImport.Run(new(source, Path.Combine(folder, "cohort"), Path.Combine(folder, "salt")), new(), Shard.Parse("1/1"));
            var seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
            done.Cancel();
            watch.Join();
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"import_dicom {series} series of {Slices} slices, {series / SeriesOfAStudy} studies: {outcome.Done} cases, {outcome.Failed} refused, {seconds:0.0} s, resident {before / 1e6:0} MB before, {highest / 1e6:0} MB at most, managed heap {managed / 1e6:0} MB at most"));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>Studies of two series each: one with contrast, one without.</summary>
    private static void Write(string source, int series)
    {
        var volume = Material.Volume(new(Side, Side, Slices), new(3, 3, 3));
        Parallel.For(0, series / SeriesOfAStudy, study =>
        {
            for (var number = 1; number <= SeriesOfAStudy; number++)
            {
                var name = string.Create(CultureInfo.InvariantCulture, $"{study:00000}");
                DicomSeriesWriter.Write(Path.Combine(source, name, number.ToString(CultureInfo.InvariantCulture)), volume, new() { PatientId = "archive-" + name, StudyId = "study-" + name, SeriesNumber = number, ContrastAgent = number == 1 ? "yes" : null });
            }
        });
    }

    private static long Rss()
    {
        using var process = Process.GetCurrentProcess();
        return process.WorkingSet64;
    }
}
