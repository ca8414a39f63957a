using System.Globalization;
using ScottPlot;

namespace Cora.Reporting;

/// <summary>How many lesions are there, by grade and composition: Fig. 3b of the paper.</summary>
internal static class LesionCensusFigure
{
    private static Color ColourOf(string composition) => new(composition switch { "calcified" => "#B87900", "non_calcified" => "#2A7FB8", "mixed" => "#7D5BA6", _ => "#9AA5B1" });

    public static IFigure Of(IReadOnlyList<MethodSeries> series, IReadOnlyList<ScoreCell> cells)
    {
        var lesions = cells.Select(cell => LesionRecord.Read(MethodSeries.Table(series[0].Runs[0], series[0].Stem, cell.Split)).Where(l => l.IsReference).ToArray()).ToArray();
        return new DrawnFigure(
            "stenosis-lesions", "Reference lesions by grade and composition", Caption(cells, lesions), Data(cells, lesions),
            new(Math.Min(2, cells.Count), cells.Count == 1 ? Figures.Width : 400, 330, [.. cells.Select((cell, i) => new Action<Plot>(plot => Draw(plot, cell, lesions[i], i)))]));
    }

    private static void Draw(Plot plot, ScoreCell cell, LesionRecord[] lesions, int panel)
    {
        PanelParts.Title(plot, $"{Telling.Letter(panel)}   {cell.Heading}");
        if (lesions.Length == 0)
        {
            PanelParts.Say(plot, "There is no reference lesion.");
            return;
        }

        var grades = Grades(lesions);
        var most = lesions.GroupBy(l => l.Grade).Max(g => g.Count());
        foreach (var (x, grade) in grades.Index())
        {
            var below = 0;
            foreach (var composition in LesionRecord.Compositions)
            {
                var number = lesions.Count(l => l.Grade == grade && l.Composition == composition);
                if (number == 0) continue;
                plot.Add.Bar(new Bar { Position = x, ValueBase = below, Value = below + number, FillColor = ColourOf(composition), LineWidth = 0, Size = 0.7 });
                if (number > 0.07 * most) Number(plot, number, x, below + number / 2.0, Alignment.MiddleCenter, Colors.White);
                below += number;
            }

            Number(plot, below, x, below + 0.01 * most, Alignment.LowerCenter, PanelParts.Quiet);
        }

        plot.Axes.SetLimits(-0.6, grades.Length - 0.4, 0, 1.25 * most);
        plot.Axes.Bottom.TickGenerator = PanelParts.Ticks(grades.Select((g, x) => ((double)x, g is { } n ? n.ToString(CultureInfo.InvariantCulture) : LesionRecord.NotRecorded)));
        plot.Axes.Left.TickGenerator = new ScottPlot.TickGenerators.NumericAutomatic { IntegerTicksOnly = true };
        plot.Grid.XAxisStyle.IsVisible = false;
        plot.XLabel("CAD-RADS grade");
        plot.YLabel("lesions");
        PanelParts.Boxes(plot, LesionRecord.Compositions.Where(c => lesions.Any(l => l.Composition == c)).Select(c => (ColourOf(c), Word(c))));
    }

    private static void Number(Plot plot, int number, double x, double y, Alignment alignment, Color colour)
    {
        var text = plot.Add.Text(number.ToString(CultureInfo.InvariantCulture), x, y);
        text.Alignment = alignment;
        text.LabelFontColor = colour;
        text.LabelFontSize = 11;
    }

    private static int?[] Grades(LesionRecord[] lesions) => [.. lesions.Select(l => l.Grade).Distinct().OrderBy(g => g ?? int.MaxValue)];

    private static string Word(string composition) => composition.Length == 0 ? LesionRecord.NotRecorded : Telling.Plain(composition);

    private static string Caption(IReadOnlyList<ScoreCell> cells, LesionRecord[][] lesions) => "Annotated stenoses by CAD-RADS grade and composition. " + string.Join(" ", cells.Select((cell, i) =>
        $"{Telling.Letter(i)}, {Telling.Held(cell)}: {string.Join(", ", LesionRecord.Compositions.Where(c => lesions[i].Any(l => l.Composition == c)).Select(c => $"{lesions[i].Count(l => l.Composition == c)} {Word(c)}"))}."));

    private static FigureData Data(IReadOnlyList<ScoreCell> cells, LesionRecord[][] lesions) => new(
        ["split", "stenosis_grade", "composition", "lesions"],
        [.. from cell in cells.Index()
            from grade in Grades(lesions[cell.Index])
            from composition in LesionRecord.Compositions
            let number = lesions[cell.Index].Count(l => l.Grade == grade && l.Composition == composition)
            where number > 0
            select (IReadOnlyList<object?>)[cell.Item.Split, grade, composition, number]]);
}
