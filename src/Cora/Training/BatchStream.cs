using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;

namespace Cora.Training;

/// <summary>Batches prepared ahead by worker threads and handed over by step number.</summary>
public static class BatchStream
{
    private const int AheadPerWorker = 2;

    /// <summary>
    /// The batches of steps first to end - 1, in order. Worker w of W prepares the steps first + w, first + w + W, … and runs at most two ahead,
    /// so memory is bounded and no result depends on the number of workers.
    /// </summary>
    /// <param name="first">First step.</param>
    /// <param name="end">One past the last step.</param>
    /// <param name="workers">Threads; 0 prepares on the caller's thread.</param>
    /// <param name="prepare">A pure function of the step, called on any thread.</param>
    public static IEnumerable<(long Step, T Batch)> InOrder<T>(long first, long end, int workers, Func<long, T> prepare)
    {
        ArgumentNullException.ThrowIfNull(prepare);
        return workers == 0 ? Enumerable.Range(0, checked((int)(end - first))).Select(i => (first + i, prepare(first + i))) : Ahead(first, end, workers, prepare);
    }

    private static IEnumerable<(long Step, T Batch)> Ahead<T>(long first, long end, int workers, Func<long, T> prepare)
    {
        using var stop = new CancellationTokenSource();
        var lanes = new BlockingCollection<(T? Batch, ExceptionDispatchInfo? Failure)>[workers];
        var threads = new Thread[workers];
        for (var w = 0; w < workers; w++)
        {
            var (lane, start) = (lanes[w] = new(AheadPerWorker), first + w);
            threads[w] = new(() => Work(lane, start)) { IsBackground = true, Name = $"batches {w}" };
            threads[w].Start();
        }

        try
        {
            for (var step = first; step < end; step++)
            {
                var (batch, failure) = lanes[(step - first) % workers].Take();
                failure?.Throw();
                yield return (step, batch!);
            }
        }
        finally
        {
            stop.Cancel();
            foreach (var thread in threads) thread.Join();
            foreach (var lane in lanes) lane.Dispose();
        }

        void Work(BlockingCollection<(T? Batch, ExceptionDispatchInfo? Failure)> lane, long start)
        {
            try
            {
                for (var step = start; step < end && !stop.IsCancellationRequested; step += workers) lane.Add((prepare(step), null), stop.Token);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                // The training thread has left; what was prepared ahead is not needed.
            }
            catch (Exception problem)
            {
                // Told on the training thread when it comes to this step.
                lane.TryAdd((default, ExceptionDispatchInfo.Capture(problem)), Timeout.Infinite, CancellationToken.None);
            }
        }
    }
}
