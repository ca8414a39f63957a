using System.Text.Json;
using Cora.Evaluation;
using Cora.Imaging;

namespace Cora.Tests.Evaluation;

public sealed class MaskMeasureTests
{
    public static TheoryData<string> Segmentations => [.. Fixture.Names("b", "segmentation_metrics").Select(d => d.Data).Where(n => !n.StartsWith("b/refuse", StringComparison.Ordinal))];

    public static TheoryData<string> Refusals => [.. Fixture.Names("b", "segmentation_metrics").Select(d => d.Data).Where(n => n.StartsWith("b/refuse", StringComparison.Ordinal))];

    public static TheoryData<string> Matchings => Fixture.Names("c", "lesion_matching");

    public static TheoryData<string> Pieces => Fixture.Names("c", "connected_components");

    [Theory]
    [MemberData(nameof(Segmentations))]
    public void Overlap_centre_lines_and_surfaces_agree_with_MONAI_and_scikit_image(string name)
    {
        var fixture = Fixture.Case(name);
        var inputs = fixture.GetProperty("inputs");
        var (p, g) = (MaskFixture.Mask(inputs.GetProperty("pred")), MaskFixture.Mask(inputs.GetProperty("ref")));
        var s = fixture.GetProperty("params").GetProperty("spacing_mm_axis_order_of_array");
        var voxels = SurfaceDistances.Between(p, g, new(1, 1, 1));
        var mm = SurfaceDistances.Between(p, g, new(s[0].GetDouble(), s[1].GetDouble(), s[2].GetDouble()));
        var lines = CenterlineDice.Of(p, g);

        foreach (var key in fixture.GetProperty("expect").EnumerateObject())
        {
            switch (key.Name)
            {
                case "skeleton_pred" or "skeleton_ref":
                    Assert.Equal(MaskFixture.Mask(key.Value).Voxels.ToArray(), Skeleton.Of(key.Name == "skeleton_pred" ? p : g).Voxels.ToArray());
                    break;
                case "edt_ref_voxel" or "surface_ref" or "surface_pred":
                    Assert.Fail("a key that is not measured");
                    break;
                default:
                    Expect(key, Measured(key.Name, p, g, lines, key.Name.EndsWith("_mm", StringComparison.Ordinal) ? mm : voxels));
                    break;
            }
        }
    }

    [Theory]
    [MemberData(nameof(Refusals))]
    public void What_cannot_be_measured_is_refused(string name)
    {
        using var folder = new TemporaryFolder();
        var fixture = Fixture.Case(name);
        var s = fixture.GetProperty("params").GetProperty("spacing_mm_axis_order_of_array").EnumerateArray().Select(v => v.ValueKind == JsonValueKind.String ? double.NaN : v.GetDouble()).ToArray();
        string Write(string input)
        {
            var array = Fixture.Array(fixture.GetProperty("inputs").GetProperty(input));
            Nifti.Write(folder[input + ".nii"], new Volume<float>(Geometry.Isotropic(MaskFixture.SizeOf(array), 1), MaskFixture.Turned(array, v => (float)v)));
            return folder[input + ".nii"];
        }

        var problem = Record.Exception(() =>
        {
            var (p, g) = MaskPairs.Read(Write("pred"), Write("ref"));
            SurfaceDistances.Between(p, g, new(s[0], s[1], s[2]));
        });

        Assert.True(problem is CoraException or ArgumentException, problem?.ToString() ?? "nothing was refused");
    }

    [Theory]
    [MemberData(nameof(Matchings))]
    public void Lesions_match_as_the_rule_says(string name)
    {
        var fixture = Fixture.Case(name);
        var inputs = fixture.GetProperty("inputs");
        var parameters = fixture.GetProperty("params");
        var config = new LesionMatchConfig();
        if (parameters.TryGetProperty("connectivity", out var c)) config = config with { Connectivity = (Connectivity)c.GetInt32() };
        if (parameters.TryGetProperty("overlap_strictly_greater_than", out var o)) config = config with { MinOverlap = o.GetInt32() };
        var expect = fixture.GetProperty("expect");
        if (expect.TryGetProperty("all", out _))
        {
            Assert.ThrowsAny<ArgumentException>(() => LesionMatch.Of(MaskFixture.Mask(inputs.GetProperty("pred")), MaskFixture.Mask(inputs.GetProperty("ref")), config));
            return;
        }

        var names = inputs.TryGetProperty("pred", out _) ? [""] : inputs.EnumerateObject().Where(i => i.Name.StartsWith("pred_", StringComparison.Ordinal)).Select(i => i.Name[4..]).ToArray();
        var volumes = names.Select(n => (P: MaskFixture.Mask(inputs.GetProperty("pred" + n)), G: MaskFixture.Mask(inputs.GetProperty("ref" + n)))).ToArray();
        var each = volumes.Select(v => LesionMatch.Of(v.P, v.G, config).Counts).ToArray();
        var pooled = each.Aggregate(default(LesionCounts), (a, b) => a + b);
        var union = volumes.Sum(v => LesionMatch.Of(v.P, v.G, config with { Rule = MatchRule.Aggregate }).Counts.MatchedPredicted);

        foreach (var key in expect.EnumerateObject())
        {
            if (key.Name.StartsWith("per_volume", StringComparison.Ordinal))
            {
                Assert.Equal(key.Value.EnumerateArray().Select(v => string.Join(',', v.EnumerateArray())), each.Select(e => $"{e.Predicted},{e.Reference},{e.MatchedPredicted},{e.MatchedReference}"));
                continue;
            }

            Expect(key, key.Name switch
            {
                "n_pred" => pooled.Predicted, "n_ref" => pooled.Reference, "matched_pred" => pooled.MatchedPredicted, "matched_ref" => pooled.MatchedReference,
                "precision" => pooled.Precision, "recall" => pooled.Recall, "f1" => pooled.F1, "alt_f1_counts" => pooled.F1OfCounts,
                "alt_matched_pred_when_overlap_is_with_union_of_refs" => union,
                _ => throw new InvalidOperationException($"{key.Name} is not measured"),
            });
        }
    }

    [Theory]
    [MemberData(nameof(Pieces))]
    public void Connected_pieces_agree_with_SciPy(string name)
    {
        var fixture = Fixture.Case(name);
        var mask = MaskFixture.Mask(fixture.GetProperty("inputs").GetProperty("mask"));
        var expect = fixture.GetProperty("expect");
        foreach (var connectivity in Enum.GetValues<Connectivity>())
        {
            var found = ConnectedComponents.Of(mask, connectivity);
            Assert.Equal(expect.GetProperty($"n_{(int)connectivity}").GetInt32(), found.Count);
            var sizes = expect.GetProperty($"sizes_sorted_{(int)connectivity}");
            var want = sizes.ValueKind == JsonValueKind.Array ? sizes.EnumerateArray().Select(v => v.GetDouble()) : Fixture.Array(sizes).Values;
            Assert.Equal(want, found.Sizes.OrderDescending().Select(v => (double)v));
            if (!expect.TryGetProperty($"labels_{(int)connectivity}", out var entry)) continue;

            // Equal up to renumbering: every pair of numbers stands for one piece.
            var labels = MaskFixture.Turned(Fixture.Array(entry), v => (int)v);
            Assert.Equal(found.Count, labels.Zip(found.Labels).Where(l => l.First > 0 || l.Second > 0).Distinct().Count());
        }
    }

    [Fact]
    public void One_prediction_over_two_lesions_is_one_right_piece_and_two_found_lesions_unless_each_counts_once()
    {
        var lesions = new Volume<byte>(Geometry.Isotropic(new(40, 1, 1), 1), [.. Enumerable.Range(0, 40).Select(x => (byte)(x is < 12 or >= 20 and < 33 ? 1 : 0))]);
        var whole = lesions.Select(_ => (byte)1);

        Assert.Equal(new(2, 1, 2, 1), LesionMatch.Of(whole, lesions).Counts);
        Assert.Equal(new(2, 1, 1, 1), LesionMatch.Of(whole, lesions, new() { Rule = MatchRule.OneToOne }).Counts);
        Assert.Equal([false, true], LesionMatch.Of(whole, lesions, new() { Rule = MatchRule.OneToOne }).IsFound);
    }

    [Fact]
    public void A_free_response_curve_trades_recall_against_wrong_pieces()
    {
        var reference = new Volume<byte>(Geometry.Isotropic(new(60, 1, 1), 1), [.. Enumerable.Range(0, 60).Select(x => (byte)(x < 15 ? 1 : 0))]);
        var probability = new Volume<float>(reference.Geometry, [.. Enumerable.Range(0, 60).Select(x => x < 15 ? 0.6f : x is > 30 and < 50 ? 0.3f : 0f)]);

        var points = Froc.Of([(probability, reference)], [0.2, 0.5, 0.9]);

        Assert.Equal([new(0.2, 1, 1), new(0.5, 1, 0), new(0.9, 0, 0)], points);
    }

    private static double Measured(string key, Volume<byte> p, Volume<byte> g, CenterlineDice lines, SurfaceDistances d) => key switch
    {
        "voxels_pred" => p.Voxels.Length - p.Voxels.Count((byte)0),
        "voxels_ref" => g.Voxels.Length - g.Voxels.Count((byte)0),
        "dice" => Overlap.Dice(p, g),
        "topology_precision" => lines.Precision,
        "topology_sensitivity" => lines.Sensitivity,
        "cldice" => lines.Value,
        "surface_voxels_pred" => SurfaceDistances.SurfaceOf(p).Count(v => v > 0),
        "surface_voxels_ref" => SurfaceDistances.SurfaceOf(g).Count(v => v > 0),
        _ => key[..key.LastIndexOf('_')] switch
        {
            "msd_symmetric" => d.Mean,
            "msd_pred_to_ref" => d.MeanFirstToSecond,
            "msd_ref_to_pred" => d.MeanSecondToFirst,
            "msd_mean_of_directed_means" => d.MeanOfMeans,
            "hd95" => d.Hausdorff(95),
            "hd95_pooled" => d.HausdorffPooled(95),
            "hd100" => d.Hausdorff(100),
            _ => throw new InvalidOperationException($"{key} is not measured"),
        },
    };

    private static void Expect(JsonProperty key, double got)
    {
        var want = key.Value;
        if (want.ValueKind == JsonValueKind.Number) Assert.Equal(want.GetDouble(), got);
        else if (want.TryGetProperty("value", out var value) && value.ValueKind == JsonValueKind.String) Assert.True(double.IsNaN(got), $"{key.Name}: {got} instead of {value}");
        else if (want.TryGetProperty("value", out value)) Assert.True(Math.Abs(value.GetDouble() - got) <= want.GetProperty("atol").GetDouble(), $"{key.Name}: {got} instead of {value}");
        else if (want.TryGetProperty("any_of", out var any)) Assert.True(any.EnumerateArray().Any(v => v.ValueKind == JsonValueKind.String ? double.IsNaN(got) : v.GetDouble() == got), $"{key.Name}: {got}");
        else if (want.TryGetProperty("undefined", out _)) Assert.True(double.IsNaN(got), $"{key.Name}: {got}, expected none");
        else if (want.TryGetProperty("undefined_or_zero", out _)) Assert.True(double.IsNaN(got) || got == 0, $"{key.Name}: {got}, expected none or 0");
        else Assert.Fail($"{key.Name} expects something unknown");
    }
}
