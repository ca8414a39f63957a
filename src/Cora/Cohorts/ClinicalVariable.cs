namespace Cora.Cohorts;

/// <summary>One variable of the clinical table: what clinical.json says of it, and how it is read from and written to a row.</summary>
/// <param name="Name">Column of clinical.csv.</param>
/// <param name="Type"><c>number</c>, <c>code</c> or <c>boolean</c>.</param>
/// <param name="Unit">Unit of a number; empty otherwise.</param>
/// <param name="Range">Plausible values of a number; a value outside is refused, since it is a typing error or another unit.</param>
/// <param name="Codes">Allowed words of a code.</param>
/// <param name="Get">The value in a row.</param>
/// <param name="Set">The row with this value.</param>
public sealed record ClinicalVariable(
    string Name, string Type, string Unit, Interval<double>? Range, IReadOnlyList<string> Codes,
    Func<ClinicalRow, object?> Get, Func<ClinicalRow, object, ClinicalRow> Set)
{
    /// <summary>Table 1 of the paper in its order.</summary>
    public static IReadOnlyList<ClinicalVariable> Table1 { get; } =
    [
        Number("age", "years", new(0, 120), r => r.Age, (r, v) => r with { Age = v }),
        Code("sex", ["female", "male"], r => r.Sex, (r, v) => r with { Sex = v }),
        Code("race", ["white", "black", "asian", "other"], r => r.Race, (r, v) => r with { Race = v }),
        Number("bmi", "kg/m2", new(8, 100), r => r.Bmi, (r, v) => r with { Bmi = v }),
        Number("systolic_bp", "mmHg", new(40, 300), r => r.SystolicBp, (r, v) => r with { SystolicBp = v }),
        Number("diastolic_bp", "mmHg", new(15, 200), r => r.DiastolicBp, (r, v) => r with { DiastolicBp = v }),
        Code("tobacco_use", ["never", "former", "current"], r => r.TobaccoUse, (r, v) => r with { TobaccoUse = v }),
        Boolean("hypertension", r => r.Hypertension, (r, v) => r with { Hypertension = v }),
        Boolean("diabetes", r => r.Diabetes, (r, v) => r with { Diabetes = v }),
        Number("total_cholesterol", "mg/dL", new(20, 1500), r => r.TotalCholesterol, (r, v) => r with { TotalCholesterol = v }),
        Number("ldl_cholesterol", "mg/dL", new(5, 1000), r => r.LdlCholesterol, (r, v) => r with { LdlCholesterol = v }),
        Number("hdl_cholesterol", "mg/dL", new(3, 300), r => r.HdlCholesterol, (r, v) => r with { HdlCholesterol = v }),
    ];

    private static ClinicalVariable Number(
        string name, string unit, Interval<double> range, Func<ClinicalRow, double?> get, Func<ClinicalRow, double, ClinicalRow> set) =>
        new(name, "number", unit, range, [], r => get(r), (r, v) => set(r, (double)v));

    private static ClinicalVariable Code(
        string name, string[] codes, Func<ClinicalRow, string?> get, Func<ClinicalRow, string, ClinicalRow> set) =>
        new(name, "code", "", null, codes, r => get(r), (r, v) => set(r, (string)v));

    private static ClinicalVariable Boolean(string name, Func<ClinicalRow, bool?> get, Func<ClinicalRow, bool, ClinicalRow> set) =>
        new(name, "boolean", "", null, ["0", "1"], r => get(r), (r, v) => set(r, (bool)v));
}
