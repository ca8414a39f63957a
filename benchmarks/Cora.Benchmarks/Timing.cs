using System.Diagnostics;
using System.Globalization;

namespace Cora.Benchmarks;

/// <summary>Medians of repeated measurements, printed as one line each. Work is repeated for two seconds first, until the compiler has settled.</summary>
internal static class Timing
{
    private const double WarmUpSeconds = 2;

    /// <summary>Seconds of a piece of work: median, fastest and slowest of some repeats.</summary>
    public static double Seconds(string name, Action work, int repeats = 5)
    {
        WarmUp(work);
        var times = Enumerable.Range(0, repeats).Select(_ => Once(work)).Order().ToArray();
        Print(name, times, "s");
        return times[repeats / 2];
    }

    /// <summary>Things a second.</summary>
    public static double Rate(string name, string unit, double count, Action work, int repeats = 5)
    {
        WarmUp(work);
        var rates = Enumerable.Range(0, repeats).Select(_ => count / Once(work)).Order().ToArray();
        Print(name, rates, unit);
        return rates[repeats / 2];
    }

    private static void WarmUp(Action work)
    {
        var began = Stopwatch.GetTimestamp();
        do work(); while (Stopwatch.GetElapsedTime(began).TotalSeconds < WarmUpSeconds);
    }

    private static double Once(Action work)
    {
        var began = Stopwatch.GetTimestamp();
        work();
        return Stopwatch.GetElapsedTime(began).TotalSeconds;
    }

    private static void Print(string name, double[] sorted, string unit) => Console.WriteLine(string.Create(
        CultureInfo.InvariantCulture, $"{name,-52} {sorted[sorted.Length / 2],10:0.0000} {unit}   [{sorted[0]:0.0000} .. {sorted[^1]:0.0000}] n={sorted.Length}"));
}
