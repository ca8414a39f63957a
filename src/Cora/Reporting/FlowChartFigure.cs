using System.Globalization;
using Cora.Cohorts;
using ScottPlot;

namespace Cora.Reporting;

/// <summary>Who came into the study, who was left out and why, and where the others stand: Fig. S1 of the paper.</summary>
internal sealed record FlowChartFigure(IReadOnlyList<FlowStep> Steps, IReadOnlyList<FlowGroup> Groups)
{
    private const int Width = 820;
    private const int LineHeight = 16;
    private const int Gap = 26;
    private const int MostAcross = 5;

    /// <summary>Of flowchart.json where an import has left one, else of the splits.</summary>
    /// <exception cref="CoraException">The file is damaged.</exception>
    public static (FlowChartFigure Chart, bool IsOfImport) Of(Cohort cohort) =>
        FlowChart.Read(cohort.Folder) is { } chart ? (new(chart.Steps, chart.Groups), true) : (OfSplits(cohort), false);

    /// <summary>The figure.</summary>
    public IFigure Figure(bool isOfImport)
    {
        var boxes = Steps.Select(s => Math.Max(1 + Wrapped(s.Name, 46).Length, Left(s).Length)).ToArray();
        var rows = Groups.Chunk(MostAcross).ToArray();
        var groupLines = Groups.Count == 0 ? 0 : Groups.Max(g => GroupLines(g, Math.Min(MostAcross, Groups.Count)).Length);
        var height = 20 + boxes.Sum(l => l * LineHeight + 16 + Gap) + rows.Length * (groupLines * LineHeight + 16 + Gap);
        var told = string.Join(" ", Steps.Select(s => $"{s.Name}: {Counted(s.Cases, s.Patients)}." + (s.Excluded is { Count: > 0 } e ? $" Left out: {string.Join("; ", e.Select(x => $"{x.Reason} {Counted(x.Cases, x.Patients)}"))}." : "")));
        var groups = Groups.Count == 0 ? "" : " Groups: " + string.Join("; ", Groups.Select(g => string.Create(CultureInfo.InvariantCulture, $"{g.Name} {Counted(g.Cases, g.Patients)} of {g.Sites} {(g.Sites == 1 ? "site" : "sites")}"))) + ".";
        return new DrawnFigure(
            "flow-chart", "Cohort flow chart (Fig. S1)", told + groups + (isOfImport ? "" : " No import has left a flow chart: this one is of the cohort's splits, and nobody knows here who was left out before."),
            Data(), new(1, Width, height, [plot => Draw(plot, height, boxes, rows, groupLines)]));
    }

    private static FlowChartFigure OfSplits(Cohort cohort)
    {
        static int Patients(IEnumerable<CaseRow> cases) => cases.Select(c => c.PatientId).Distinct().Count();
        var without = cohort.Of(Split.None);
        var rest = cohort.Cases.Where(c => c.Split != Split.None).ToArray();
        List<FlowStep> steps = [new("Cases of the cohort", cohort.Cases.Count, Patients(cohort.Cases), without.Count == 0 ? [] : [new("in no split", without.Count, Patients(without))])];
        if (without.Count > 0) steps.Add(new("Cases in a split", rest.Length, Patients(rest), []));
        return new(steps, [.. Enum.GetValues<Split>().Where(s => s != Split.None && cohort.Of(s).Count > 0).Select(s => new FlowGroup(
            Name(s), cohort.Of(s).Count, Patients(cohort.Of(s)), cohort.Of(s).Select(c => c.Site).Distinct().Count()))]);
    }

    private static string Name(Split split) => split switch
    {
        Split.Pretrain => "Pretraining", Split.Train => "Training", Split.Validation => "Validation", Split.InternalTest => "Internal test", _ => "External test",
    };

    private void Draw(Plot plot, int height, int[] boxes, FlowGroup[][] rows, int groupLines)
    {
        plot.HideAxesAndGrid();
        plot.Layout.Frameless();
        plot.Axes.SetLimits(0, Width, 0, height);
        double top = height - 10;
        double? above = null;
        // Beside the boxes stands who was left out; where nobody was, they stand in the middle.
        var (boxLeft, boxRight) = Steps.Any(s => Left(s).Length > 0) ? (20.0, 410.0) : ((Width - 390) / 2.0, (Width + 390) / 2.0);
        var centre = (boxLeft + boxRight) / 2;
        foreach (var (i, step) in Steps.Index())
        {
            var bottom = top - boxes[i] * LineHeight - 16;
            if (above is { } from) Arrow(plot, centre, from, centre, top);
            Box(plot, boxLeft, boxRight, bottom, top, [.. Wrapped(step.Name, 46), Counted(step.Cases, step.Patients)], new("#EAF1F8"), isBold: true);
            if (Left(step) is { Length: > 0 } left)
            {
                var middle = (top + bottom) / 2;
                Arrow(plot, boxRight, middle, 450, middle);
                var half = (left.Length * LineHeight + 14) / 2.0;
                Box(plot, 450, 800, middle - half, middle + half, left, new("#F6F2EA"), isBold: false);
            }

            (above, top) = (bottom, bottom - Gap);
        }

        foreach (var row in rows)
        {
            var width = (Width - 40.0 - 12 * (row.Length - 1)) / row.Length;
            var bottom = top - groupLines * LineHeight - 16;
            foreach (var (i, group) in row.Index())
            {
                var left = 20 + i * (width + 12);
                if (above is { } from && row == rows[0]) Branch(plot, centre, from, left + width / 2, top);
                Box(plot, left, left + width, bottom, top, GroupLines(group, row.Length), new("#EAF5EF"), isBold: true);
            }

            top = bottom - Gap;
        }
    }

    private static void Box(Plot plot, double left, double right, double bottom, double top, string[] lines, Color fill, bool isBold)
    {
        var box = plot.Add.Rectangle(left, right, bottom, top);
        (box.FillColor, box.LineColor, box.LineWidth) = (fill, new("#9AA5B1"), 1);
        foreach (var (i, line) in lines.Index())
        {
            var text = plot.Add.Text(line, left + 10, top - 8 - (i + 0.5) * LineHeight);
            text.Alignment = Alignment.MiddleLeft;
            text.LabelFontSize = 12;
            text.LabelBold = isBold && i == 0;
            text.LabelFontColor = new("#1B2128");
        }
    }

    private static void Arrow(Plot plot, double x0, double y0, double x1, double y1)
    {
        var grey = new Color("#5B6673");
        PanelParts.Segment(plot, x0, y0, x1, y1, grey);
        var (dx, dy) = (Math.Sign(x1 - x0) * 7, Math.Sign(y1 - y0) * 7);
        PanelParts.Segment(plot, x1, y1, x1 - dx - (dy == 0 ? 0 : 4), y1 - dy + (dx == 0 ? 0 : 4), grey);
        PanelParts.Segment(plot, x1, y1, x1 - dx + (dy == 0 ? 0 : 4), y1 - dy - (dx == 0 ? 0 : 4), grey);
    }

    private static void Branch(Plot plot, double x0, double y0, double x1, double y1)
    {
        var half = y0 - Gap / 2.0;
        PanelParts.Segment(plot, x0, y0, x0, half, new("#5B6673"));
        PanelParts.Segment(plot, x0, half, x1, half, new("#5B6673"));
        Arrow(plot, x1, half, x1, y1);
    }

    private static string[] Left(FlowStep step) => step.Excluded is not { Count: > 0 } excluded ? [] : [.. excluded.SelectMany(e => Wrapped($"{e.Reason}: {Counted(e.Cases, e.Patients)}", 54))];

    private static string[] GroupLines(FlowGroup group, int across) =>
        [.. Wrapped(group.Name, 88 / across), string.Create(CultureInfo.InvariantCulture, $"{group.Cases} cases"), string.Create(CultureInfo.InvariantCulture, $"{group.Patients} patients"), string.Create(CultureInfo.InvariantCulture, $"{group.Sites} site{(group.Sites == 1 ? "" : "s")}")];

    private static string[] Wrapped(string words, int letters) => PanelParts.Wrapped(words, letters).Split('\n');

    private static string Counted(int cases, int patients) => string.Create(CultureInfo.InvariantCulture, $"{cases} case{(cases == 1 ? "" : "s")}, {patients} patient{(patients == 1 ? "" : "s")}");

    private FigureData Data() => new(["kind", "name", "cases", "patients", "sites"],
    [
        .. Steps.SelectMany(s => (s.Excluded ?? []).Select(e => (IReadOnlyList<object?>)["left out", e.Reason, e.Cases, e.Patients, null]).Prepend(["step", s.Name, s.Cases, s.Patients, null])),
        .. Groups.Select(g => (IReadOnlyList<object?>)["group", g.Name, g.Cases, g.Patients, g.Sites]),
    ]);
}
