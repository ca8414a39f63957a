namespace Cora.Training;

/// <summary>The learning rate as a function of the step and nothing else, so that a resumed run needs no scheduler state.</summary>
public static class LearningRate
{
    private const double PolyExponent = 0.9;
    private const double OneCycleRise = 0.3;
    private const double OneCycleStart = 25;
    private const double OneCycleEnd = 1e4;

    /// <summary>The rate of a step, counted from 0.</summary>
    public static double At(TrainerConfig config, long step)
    {
        ArgumentNullException.ThrowIfNull(config);
        if (step < config.WarmupSteps) return config.LearningRate * (step + 1) / config.WarmupSteps;
        var t = (double)(step - config.WarmupSteps) / (config.Steps - config.WarmupSteps);
        return config.LearningRate * config.Schedule switch
        {
            ScheduleKind.Poly => Math.Pow(1 - t, PolyExponent),
            ScheduleKind.Cosine => Blend(1, 0, t),
            ScheduleKind.OneCycle when t < OneCycleRise => Blend(1 / OneCycleStart, 1, t / OneCycleRise),
            ScheduleKind.OneCycle => Blend(1, 1 / (OneCycleStart * OneCycleEnd), (t - OneCycleRise) / (1 - OneCycleRise)),
            _ => 1,
        };
    }

    /// <summary>From one value to another along half a cosine.</summary>
    private static double Blend(double from, double to, double t) => to + (from - to) * (1 + Math.Cos(Math.PI * t)) / 2;
}
