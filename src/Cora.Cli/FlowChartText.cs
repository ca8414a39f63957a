using System.Globalization;
using Cora.Cohorts;

namespace Cora.Cli;

/// <summary>A flow chart as lines of text.</summary>
internal static class FlowChartText
{
    public static void Write(FlowChart chart, TextWriter to)
    {
        foreach (var step in chart.Steps)
        {
            to.WriteLine(string.Create(CultureInfo.InvariantCulture, $"flow       {step.Name}: {step.Cases} cases of {step.Patients} patients"));
            foreach (var left in step.Excluded) to.WriteLine(string.Create(CultureInfo.InvariantCulture, $"             - {left.Reason}: {left.Cases} cases of {left.Patients} patients"));
        }

        foreach (var group in chart.Groups)
            to.WriteLine(string.Create(CultureInfo.InvariantCulture, $"flow         {group.Name}: {group.Cases} cases of {group.Patients} patients, {group.Sites} sites"));
    }
}
