namespace Cora.Experiments;

/// <summary>Two stages over the cases of a run: the next case is predicted while the last one is scored, so that no core waits.</summary>
internal static class Pipeline
{
    /// <summary>The scores, in the order of the cases, whatever finishes first. One case waits for its score at a time, so memory stays bounded.</summary>
    /// <param name="cases">The cases.</param>
    /// <param name="predict">Run on the caller's thread, one after another.</param>
    /// <param name="score">Run on another thread; touches nothing that <paramref name="predict"/> changes.</param>
    /// <param name="done">Told the number of scored cases, on the caller's thread.</param>
    public static List<TScore> Of<TCase, TAnswer, TScore>(IReadOnlyList<TCase> cases, Func<TCase, TAnswer> predict, Func<TCase, TAnswer, TScore> score, Action<int> done)
    {
        var scores = new List<TScore>(cases.Count);
        Task<TScore>? scoring = null;
        foreach (var one in cases)
        {
            TAnswer answer;
            try
            {
                answer = predict(one);
            }
            catch
            {
                scoring?.ContinueWith(t => t.Exception, TaskScheduler.Default);      // seen; what stopped the prediction is what is told
                throw;
            }

            Collect();
            scoring = Task.Run(() => score(one, answer));
        }

        Collect();
        return scores;

        void Collect()
        {
            if (scoring is null) return;
            scores.Add(scoring.GetAwaiter().GetResult());
            done(scores.Count);
        }
    }
}
