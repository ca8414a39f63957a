using Cora.Cohorts;
using Cora.Imaging;
using Cora.Ingest;
using Cora.Tests.Cli;
using static Cora.Tests.Ingest.ArchiveFixture;

namespace Cora.Tests.Ingest;

public sealed class ClinicalTests : IDisposable
{
    private const string Dictionary = """
        [table]
        id = "Study"
        missing = ["n/a"]
        [columns.age]
        from = "Age (months)"
        unit = "months"
        [columns.sex]
        from = "Gender"
        codes = { F = "female", M = "male", U = "" }
        [columns.systolic_bp]
        from = "Sys"
        unit = "kPa"
        [columns.ldl_cholesterol]
        from = "LDL"
        unit = "mmol/L"
        [columns.hypertension]
        from = "HTN"
        codes = { yes = 1, no = 0 }
        [columns.mace_30d]
        from = "Event"
        [columns.site]
        from = "Hospital"
        """;

    private readonly TemporaryFolder folder = new();

    public ClinicalTests()
    {
        foreach (var i in Enumerable.Range(0, 6))
            Nifti.Write(folder[$"c/images/c{i}.nii"], Scan(i, i == 5 ? new Geometry(new(6, 6, 6), new(0.4, 0.4, 3), default, Mat3.Identity) : null));
        CohortFiles.Write(folder["c"], new() { Name = "c", MadeBy = "test" },
            [.. Enumerable.Range(0, 6).Select(i => new CaseRow { CaseId = $"c{i}", PatientId = $"p{i / 2}", Site = "s", Split = i < 4 ? Split.Train : Split.ExternalTest, Image = $"images/c{i}.nii" })], [], []);
    }

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Columns_are_mapped_and_units_converted_as_asked()
    {
        Write("t.csv", "Study,Age (months),Gender,Sys,LDL,HTN,Event,Hospital,Name\nc0,720,F,16,3.0,yes,1,north,Doe\nc1,n/a,U,,5,no,0,north,Roe\nother,1,M,1,1,yes,0,x,Poe\n");

        var (code, output, _) = Import();
        var cohort = Cohort.Load(folder["c"]);
        var first = cohort.ClinicalOf(cohort.Cases[0])!;
        var second = cohort.ClinicalOf(cohort.Cases[1])!;

        Assert.Equal(ExitCode.Done, code);
        Assert.Equal($"{folder["c"]}: 2 cases have a row, 4 have none, 1 rows are of others; 11 values filled, 0 left out\n", output);
        Assert.Equal(60, first.Age!.Value, 1e-9);
        Assert.Equal("female", first.Sex);
        Assert.Equal(120.01, first.SystolicBp!.Value, 0.01);          // 16 kPa; 1 mmHg = 133.322 Pa
        Assert.Equal(116, first.LdlCholesterol!.Value, 0.1);          // 3.0 mmol/L of cholesterol are 116 mg/dL
        Assert.Equal((true, (double?)null, (string?)null, false), (first.Hypertension, second.Age, second.Sex, second.Hypertension));
        Assert.Equal((true, false, "north", "s"), (cohort.Cases[0].Mace30d, cohort.Cases[1].Mace30d, cohort.Cases[0].Site, cohort.Cases[2].Site));
        Assert.DoesNotContain("Doe", string.Concat(Directory.EnumerateFiles(folder["c"], "*.*").Select(File.ReadAllText)));
    }

    [Fact]
    public void A_value_that_does_not_fit_stays_empty_and_is_listed()
    {
        Write("t.csv", "Study,Age (months),Gender,Sys,LDL,HTN,Event,Hospital\nc0,720,X,16,3.0,yes,1,north\nc1,7200,F,sixteen,3.1,maybe,0,north\nc1,1,F,1,1,yes,0,x\n");

        var (code, _, _) = Import();
        var second = Cohort.Load(folder["c"]) is var cohort ? cohort.ClinicalOf(cohort.Cases[1])! : null!;

        Assert.Equal(ExitCode.PartlyFailed, code);
        Assert.Equal(((double?)null, (double?)null, (bool?)null, "female"), (second.Age, second.SystolicBp, second.Hypertension, second.Sex));
        var told = File.ReadAllText(folder["c/clinical-failures.csv"]);
        foreach (var part in new[] { "c0,2,sex: ", "c1,3,age: 7200 months is 600 years", "systolic_bp: the field of Sys is no number", "hypertension: ", "c1,4,it stands in the table twice" }) Assert.Contains(part, told.Replace("\"", ""));
    }

    [Fact]
    public void Another_unit_than_said_is_refused_with_a_hint_and_not_converted()
    {
        Write("t.csv", "Study,Age (months),Gender,Sys,LDL,HTN,Event,Hospital\n" + string.Concat(Enumerable.Range(0, 6).Select(i => $"c{i},720,F,16,{110 + i},yes,1,north\n")));

        var (code, _, error) = Import();

        Assert.Equal(ExitCode.Input, code);
        Assert.Contains("LDL as ldl_cholesterol in mmol/L: 6 of 6 numbers are out of range", error);
        Assert.Contains("it would fit mg/dL", error);
        Assert.Empty(Cohort.Load(folder["c"]).Clinical);
    }

    [Fact]
    public void Everything_wrong_in_a_dictionary_is_told_at_once()
    {
        Write("t.csv", "Study\nc0\n");
        File.WriteAllText(folder["d.toml"], """
            [table]
            id = "Study"
            [columns.age]
            from = "Age"
            [columns.ldl_cholesterol]
            from = "LDL"
            unit = "mmol"
            [columns.sex]
            from = "Sex"
            codes = { F = "woman" }
            [columns.weight]
            from = "kg"
            """);

        var refused = Assert.Throws<CoraException>(() => ClinicalImport.Fill(Cohort.Load(folder["c"]), folder["t.csv"], folder["d.toml"]));

        Assert.Equal(ExitCode.Usage, refused.Code);
        foreach (var part in new[] { "columns.age.unit: a number needs its unit said", "columns.ldl_cholesterol.unit = mmol", "F = woman", "columns.weight: no such variable" }) Assert.Contains(part, refused.Message);
    }

    [Fact]
    public void A_row_of_a_patient_serves_all_cases_and_commas_may_be_decimal()
    {
        Write("t.csv", "Pat;BMI\np0;27,5\n");
        File.WriteAllText(folder["d.toml"], "[table]\nid = \"Pat\"\nid_is = \"patient\"\ndelimiter = \";\"\ndecimal_comma = true\n[columns.bmi]\nfrom = \"BMI\"\nunit = \"kg/m2\"\n");

        ClinicalImport.Fill(Cohort.Load(folder["c"]), folder["t.csv"], folder["d.toml"]);

        Assert.Equal([("c0", 27.5), ("c1", 27.5)], Cohort.Load(folder["c"]).Clinical.Select(r => (r.CaseId, r.Bmi!.Value)));
    }

    [Fact]
    public void Criteria_make_the_flow_chart_and_excluded_cases_lose_their_split_only()
    {
        Write("extra.csv", "case_id,prior_cabg\nc0,1\nc1,0\n");
        var before = Cohort.Load(folder["c"]);
        CohortFiles.Write(folder["c"], before.Description, before.Cases, [new() { CaseId = "c1", Age = 17 }, new() { CaseId = "c2", Age = 60 }, new() { CaseId = "c3", Age = 50 }], []);
        File.WriteAllText(folder["criteria.toml"], """
            [[step]]
            name = "Scans that can be used"
            [[step.exclude]]
            reason = "slices thicker than 1 mm"
            column = "image.spacing_z_mm"
            above = 1.0
            [[step.exclude]]
            reason = "bypass before the scan"
            column = "prior_cabg"
            table = "extra.csv"
            is = ["1"]
            [[step]]
            name = "Adults, one scan each"
            [[step.exclude]]
            reason = "younger than 18 years"
            column = "age"
            below = 18
            [[step.exclude]]
            reason = "second scan of a patient"
            first_of = "patient_id"
            """);

        var (code, output, _) = InProcess.Run("select", folder["c"], "--criteria", folder["criteria.toml"]);
        var cohort = Cohort.Load(folder["c"]);
        var chart = FlowChart.Read(folder["c"])!;

        Assert.Equal(ExitCode.Done, code);
        Assert.Equal(["Cases of the cohort", "Scans that can be used", "Adults, one scan each"], chart.Steps.Select(s => s.Name));
        Assert.Equal([(6, 3), (4, 3), (2, 2)], chart.Steps.Select(s => (s.Cases, s.Patients)));
        Assert.Equal([new("bypass before the scan", 1, 1), new("slices thicker than 1 mm", 1, 1)], chart.Steps[0].Excluded.OrderBy(e => e.Reason, StringComparer.Ordinal));
        Assert.Equal([new("younger than 18 years", 1, 1), new("second scan of a patient", 1, 1)], chart.Steps[1].Excluded);
        Assert.Equal([new("train", 1, 1, 1), new("external_test", 1, 1, 1)], chart.Groups);
        Assert.Equal([Split.None, Split.None, Split.Train, Split.None, Split.ExternalTest, Split.None], cohort.Cases.Select(c => c.Split));
        Assert.Contains("- younger than 18 years: 1 cases of 1 patients", output);
        Assert.Contains("Adults, one scan each: 2 cases of 2 patients", InProcess.Run("inspect", folder["c"]).Output);
        Assert.Equal(("c1", Split.Train, "younger than 18 years"), ExcludedCase.Read(folder["c"]).Where(e => e.CaseId == "c1").Select(e => (e.CaseId, e.Split, e.Reason)).Single());

        File.WriteAllText(folder["criteria.toml"], "");
        Assert.Equal(ExitCode.Done, InProcess.Run("select", folder["c"], "--criteria", folder["criteria.toml"]).Code);
        Assert.Equal(before.Cases, Cohort.Load(folder["c"]).Cases);
        Assert.False(File.Exists(folder["c/excluded.csv"]));
    }

    [Fact]
    public void Criteria_that_do_not_fit_are_refused_at_once_and_nothing_is_written()
    {
        File.WriteAllText(folder["criteria.toml"], "[[step]]\nname = \"a\"\n[[step.exclude]]\ncolumn = \"age\"\n[[step.exclude]]\nreason = \"r\"\ncolumn = \"age\"\nbelo = 3\n");
        var refused = InProcess.Run("select", folder["c"], "--criteria", folder["criteria.toml"]);
        Assert.Equal(ExitCode.Usage, refused.Code);
        foreach (var part in new[] { "no reason", "it excludes nothing", "belo is no setting" }) Assert.Contains(part, refused.Error);

        File.WriteAllText(folder["criteria.toml"], "[[step]]\nname = \"a\"\n[[step.exclude]]\nreason = \"r\"\ncolumn = \"weight\"\nbelow = 3\n");
        Assert.Contains("weight, which is no column", InProcess.Run("select", folder["c"], "--criteria", folder["criteria.toml"]).Error);
        Assert.False(File.Exists(folder["c/flowchart.json"]));
    }

    [Fact]
    public void Columns_of_a_user_survive_when_a_table_is_written_again()
    {
        var lines = File.ReadAllLines(folder["c/cases.csv"]);
        File.WriteAllLines(folder["c/cases.csv"], lines.Select((l, i) => i == 0 ? l + ",kvp" : $"{l},{100 + i}"));
        Write("t.csv", "Study,Age (months),Gender,Sys,LDL,HTN,Event,Hospital\nc0,720,F,16,3.0,yes,1,north\n");

        Import();

        Assert.EndsWith(",kvp", File.ReadAllLines(folder["c/cases.csv"])[0]);
        Assert.EndsWith(",101", File.ReadAllLines(folder["c/cases.csv"])[1]);
    }

    private (ExitCode Code, string Output, string Error) Import()
    {
        if (!File.Exists(folder["d.toml"])) File.WriteAllText(folder["d.toml"], Dictionary);
        return InProcess.Run("import", "clinical", folder["t.csv"], "--cohort", folder["c"], "--dictionary", folder["d.toml"]);
    }

    private void Write(string name, string text) => File.WriteAllText(folder[name], text);
}
