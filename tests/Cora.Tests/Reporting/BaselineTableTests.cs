using Cora.Cohorts;
using Cora.Reporting;

namespace Cora.Tests.Reporting;

/// <summary>Table 1 and the flow chart.</summary>
public sealed class BaselineTableTests
{
    [Fact]
    public void A_standardised_difference_of_means_is_in_units_of_the_pooled_deviation()
    {
        // Means 2 and 4; variances 1 and 4; 2 / sqrt(2.5).
        Assert.Equal(2 / Math.Sqrt(2.5), BaselineTable.OfMeans([1, 2, 3], [2, 4, 6])!.Value, 12);
        Assert.Null(BaselineTable.OfMeans([1], [2, 4]));
        Assert.Null(BaselineTable.OfMeans([3, 3], [3, 3]));
    }

    [Fact]
    public void A_standardised_difference_of_shares_is_that_of_binomials()
    {
        // The paper's Table 1: female 935 of 2220, external 1025 of 2108; (0.4862 - 0.4212) / sqrt((0.4212 x 0.5788 + 0.4862 x 0.5138) / 2) by hand.
        Assert.Equal(0.1309, BaselineTable.OfShares(935, 2220, 1025, 2108)!.Value, 3);
        Assert.Null(BaselineTable.OfShares(0, 5, 0, 9));
        Assert.Null(BaselineTable.OfShares(0, 0, 3, 9));
    }

    [Fact]
    public void What_is_not_recorded_has_its_own_row_and_counts_against_nobody()
    {
        using var folder = new TemporaryFolder();
        folder.Cohort("cohort");
        var cohort = Cohort.Load(folder["cohort"]);

        var table = new BaselineTable(cohort);

        var ages = cohort.Of(Split.Train, Split.Validation).Select(c => cohort.ClinicalOf(c)!.Age).ToArray();
        var known = ages.OfType<double>().ToArray();
        var spread = Math.Sqrt(known.Sum(a => (a - known.Average()) * (a - known.Average())) / (known.Length - 1));
        Assert.Equal(FormattableString.Invariant($"{known.Average():0.0} ± {spread:0.0}"), table.Rows[0].Cells[0]);
        var missing = ages.Count(a => a is null);
        Assert.Equal(FormattableString.Invariant($"{missing} ({100.0 * missing / ages.Length:0.0} %)"), table.Rows[1].Cells[0]);
        Assert.Contains("not recorded", table.Rows[1].Name, StringComparison.Ordinal);
        Assert.Contains(table.Rows, r => r.Name == "Race: asian, n (%)" && r.Cells[0].StartsWith("0 (", StringComparison.Ordinal));
    }

    [Fact]
    public void A_flow_chart_of_an_import_keeps_its_reasons()
    {
        using var folder = new TemporaryFolder();
        folder.Cohort("cohort");
        folder.Imported("cohort");

        var (chart, isOfImport) = FlowChartFigure.Of(Cohort.Load(folder["cohort"]));
        var figure = chart.Figure(isOfImport);
        Figures.Write(figure, folder["figures"]);

        Assert.True(isOfImport);
        Assert.Contains("prior revascularisation 3 cases, 3 patients", figure.Caption, StringComparison.Ordinal);
        Assert.Equal(3, RunsOnDisk.NumberOf(folder["figures/flow-chart.csv"], "sites", ("kind", "group"), ("name", "External test")));
    }

    [Fact]
    public void Without_an_import_the_flow_chart_is_of_the_splits_and_says_so()
    {
        using var folder = new TemporaryFolder();
        folder.Cohort("cohort");

        var (chart, isOfImport) = FlowChartFigure.Of(Cohort.Load(folder["cohort"]));

        Assert.False(isOfImport);
        Assert.Equal(["Pretraining", "Training", "Validation", "Internal test", "External test"], chart.Groups.Select(g => g.Name));
        Assert.Equal(48, chart.Groups.Sum(g => g.Cases));
        Assert.Contains("No import has left a flow chart", chart.Figure(isOfImport).Caption, StringComparison.Ordinal);
    }
}
