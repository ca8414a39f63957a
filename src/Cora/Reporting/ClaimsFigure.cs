using ScottPlot;

namespace Cora.Reporting;

/// <summary>The paper's claims as a forest: one line a comparison, right of zero as the paper says.</summary>
internal static class ClaimsFigure
{
    /// <summary>All comparisons as a forest of differences.</summary>
    public static IFigure Of(IReadOnlyList<Comparison> comparisons)
    {
        var groups = Claims.All.Select(c => comparisons.Where(x => x.Claim == c.Claim).ToArray()).Where(g => g.Length > 0).ToArray();
        var lines = comparisons.Count + groups.Length;
        var told = groups.Select(g => $"{g[0].Claim}: " + string.Join("; ", g.Select(c => $"{c.Row} {c.Said}, {c.Verdict}")) + ".");
        return new DrawnFigure(
            "claims", "The paper's claims in this reproduction",
            $"Differences that a claim says are above zero, with 95 % intervals over resampled cases. {string.Join(" ", told)}",
            new(Comparison.Columns, [.. comparisons.Select(c => c.Fields)]),
            new(1, 860, 90 + 17 * lines, [plot => Draw(plot, groups, lines)]))
        {
            Summary = "Each point is a paired difference on the same test cases (for external sites: a difference of differences), which the claim says lies to the right of zero. Green: the whole 95 % interval does; red: the whole interval lies to the left; grey: it spans zero, or must not count.",
        };
    }

    private static void Draw(Plot plot, Comparison[][] groups, int lines)
    {
        var labels = new List<(double, string)>();
        var shown = groups.SelectMany(g => g).SelectMany(c => new[] { c.Difference, c.Low, c.High }).Where(double.IsFinite).DefaultIfEmpty(0).ToArray();
        var reach = Math.Max(0.1, 1.06 * shown.Max(Math.Abs));
        PanelParts.Reference(plot, 0, -0.6, 0, lines - 0.4);
        double y = lines - 1;
        foreach (var group in groups)
        {
            var heading = plot.Add.Text(group[0].Claim, -reach, y);
            (heading.LabelFontSize, heading.LabelBold, heading.Alignment, heading.LabelFontColor, heading.LabelBackgroundColor) = (12, true, Alignment.MiddleLeft, new("#1B2128"), Colors.White);
            y--;
            foreach (var c in group)
            {
                labels.Add((y, c.Row));
                var colour = new Color(c.Verdict switch { "holds" => "#0F7B4F", "does not hold" => "#B3261E", _ => "#6B7280" });
                if (!double.IsNaN(c.Low)) PanelParts.Segment(plot, c.Low, y, c.High, y, colour);
                if (double.IsFinite(c.Difference)) plot.Add.Marker(c.Difference, y, c.Caution is null ? MarkerShape.FilledSquare : MarkerShape.OpenSquare, 8, colour);
                y--;
            }
        }

        plot.Axes.SetLimits(-reach, reach, -0.7, lines - 0.3);
        plot.Axes.Left.TickGenerator = PanelParts.Ticks(labels.Select(l => (l.Item1, l.Item2)));
        plot.Axes.Left.MajorTickStyle.Length = 0;
        plot.Grid.YAxisStyle.IsVisible = false;
        plot.XLabel("difference (right of zero: as the paper claims)");
    }
}
