using System.Globalization;
using Cora.Cohorts;
using ScottPlot;

namespace Cora.Reporting;

/// <summary>A table of a run with one row a step; what stands in it is drawn, never computed anew.</summary>
internal sealed class StepTable
{
    private readonly Table table;

    public StepTable(string path) => table = Table.Read(path);

    public double[] Column(string name) => [.. table.Rows.Select(r => table.Field(r, name) is { Length: > 0 } text ? double.Parse(text, CultureInfo.InvariantCulture) : double.NaN)];

    public IReadOnlyList<string> Header => table.Header;

    /// <summary>Columns that say what was learnt: all but the step, the rate and the speed.</summary>
    public IReadOnlyList<string> Measures => [.. table.Header.Where(h => h is not ("step" or "learning_rate" or "patches_per_second" or "data_wait_share"))];

    public FigureData Data(params string[] columns) =>
        new(columns, [.. table.Rows.Select(r => (IReadOnlyList<object?>)[.. columns.Select(c => table.Field(r, c))])]);
}

/// <summary>The loss over the steps, with its parts.</summary>
public sealed class LossFigure : IFigure
{
    private readonly StepTable metrics;
    private readonly string[] columns;

    /// <summary>Reads metrics.csv of a run.</summary>
    public LossFigure(string run)
    {
        metrics = new(Path.Combine(run, "metrics.csv"));
        columns = [.. metrics.Header.Skip(1).TakeWhile(c => c != "learning_rate")];
    }

    /// <inheritdoc/>
    public string Name => "pretraining-loss";

    /// <inheritdoc/>
    public string Title => "Loss over the training steps";

    /// <inheritdoc/>
    public string Caption
    {
        get
        {
            var loss = metrics.Column("loss");
            var text = string.Create(CultureInfo.InvariantCulture, $"The loss and its parts, each a mean over the steps since the point before. It began at {loss[0]:0.###} and ended at {loss[^1]:0.###}.");
            return columns.Contains("tversky") ? text + " Where lesions change from hard edges to softer ones the loss rises." : text;
        }
    }

    /// <inheritdoc/>
    public FigureData Data => metrics.Data(["step", .. columns]);

    /// <inheritdoc/>
    public Panels Panels => Panels.One(Draw);

    private void Draw(Plot plot)
    {
        var steps = metrics.Column("step");
        foreach (var (i, column) in columns.Index())
        {
            var line = plot.Add.ScatterLine(steps, metrics.Column(column), Figures.Series[i]);
            line.LineWidth = i == 0 ? 2.2f : 1.3f;
            line.LegendText = column;
        }

        plot.Axes.SetLimitsY(0, 1.05 * columns.Max(c => metrics.Column(c).Max()));
        plot.XLabel("step");
        plot.YLabel("loss");
        Figures.Legend(plot, Alignment.UpperRight);
    }
}

/// <summary>Every measure of held-back data over the steps, for methods that have no figure of their own.</summary>
public sealed class ValidationFigure : IFigure
{
    private readonly StepTable validation;
    private readonly string[] measures;

    /// <summary>Reads validation.csv of a run.</summary>
    public ValidationFigure(string run)
    {
        validation = new(Path.Combine(run, "validation.csv"));
        measures = [.. validation.Header.Skip(1).Where(c => c != "score")];
    }

    /// <summary>Whether a run's measures are those of detection, which has a figure of its own.</summary>
    public static bool IsDetection(string run) => new StepTable(Path.Combine(run, "validation.csv")).Header.Contains("recall_calcified");

    /// <inheritdoc/>
    public string Name => "pretraining-validation";

    /// <inheritdoc/>
    public string Title => "The pretext task on patients held back";

    /// <inheritdoc/>
    public string Caption => "Patches of patients that are never trained on, always the same. At the end: "
        + string.Join(", ", measures.Select(m => $"{m.Replace('_', ' ')} {(validation.Column(m)[^1] is var v && double.IsNaN(v) ? "not defined" : v.ToString("0.00", CultureInfo.InvariantCulture))}")) + ".";

    /// <inheritdoc/>
    public FigureData Data => validation.Data(["step", .. measures]);

    /// <inheritdoc/>
    public Panels Panels
    {
        get
        {
            List<Action<Plot>> panels = [plot => MeasurePanel.Draw(plot, "Held-back patients", validation, MeasurePanel.Main(validation))];
            var details = MeasurePanel.Details(validation);
            if (details.Length > 0) panels.Add(plot => MeasurePanel.Draw(plot, "By part", validation, details));
            return new(panels.Count, 410, 320, panels);
        }
    }
}

/// <summary>Detection of held-back synthetic lesions over the steps: recall and precision of each type.</summary>
public sealed class DetectionFigure : IFigure
{
    private static readonly string[] Types = ["calcified", "soft"];
    private readonly StepTable validation;

    /// <summary>Reads validation.csv of a run.</summary>
    public DetectionFigure(string run) => validation = new(Path.Combine(run, "validation.csv"));

    /// <inheritdoc/>
    public string Name => "pretraining-detection";

    /// <inheritdoc/>
    public string Title => "Detection of held-back synthetic lesions";

    /// <inheritdoc/>
    public string Caption
    {
        get
        {
            string Last(string column) => validation.Column(column)[^1] is var v && double.IsNaN(v) ? "not defined" : v.ToString("0.00", CultureInfo.InvariantCulture);
            return $"Patches of patients that are never trained on, half of them with one calcified, half with one soft lesion, inserted as at the end of the training. Recall: share of lesions of which more than 30 % of the voxels are found at probability 0.5; precision: share of found voxels that are lesion. At the end: recall {Last("recall_calcified")} calcified, {Last("recall_soft")} soft; precision {Last("precision_calcified")} and {Last("precision_soft")}.";
        }
    }

    /// <inheritdoc/>
    public FigureData Data => validation.Data("step", "recall_calcified", "precision_calcified", "recall_soft", "precision_soft", "dice");

    /// <inheritdoc/>
    public Panels Panels => Panels.One(Draw);

    private void Draw(Plot plot)
    {
        var steps = validation.Column("step");
        foreach (var type in Types)
        {
            foreach (var measure in new[] { "recall", "precision" })
            {
                var column = $"{measure}_{type}";
                var line = plot.Add.Scatter(steps, validation.Column(column), Figures.ColourOf(type, 0));
                line.LineWidth = measure == "recall" ? 2.4f : 1.1f;
                line.MarkerShape = measure == "recall" ? MarkerShape.FilledCircle : MarkerShape.OpenSquare;
                line.MarkerSize = 7;
                line.LegendText = $"{measure}, {type}";
            }
        }

        plot.Axes.SetLimitsY(0, 1.02);
        plot.XLabel("step");
        plot.YLabel("share");
        Figures.Legend(plot, Alignment.LowerRight);
    }
}
