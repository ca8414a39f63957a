using Cora.Dicom;
using Cora.Imaging;
using Cora.Ingest;

namespace Cora.Tests.Dicom;

public sealed class DicomChoiceTests
{
    private static DicomStackOrRefusal Series(
        double thickness = 0.625, int slices = 200, string kernel = "STANDARD", double? phase = 75, string? agent = "Iomeron", string description = "CTA", double field = 200, string type = "ORIGINAL\\PRIMARY\\AXIAL", double slope = 1)
    {
        var image = DicomSeriesWriter.Slice(
            new(new(new(2, 2, 1), new(0.5, 0.5, thickness), default, Mat3.Identity), new short[4]), 0,
            new() { PatientId = "P", StudyId = "S", Kernel = kernel, PhasePercent = phase, ContrastAgent = agent, Description = description, Also = (set, _) =>
            {
                set.Set(Tags.ImageType, DicomVr.CS, type);
                set.Set(Tags.ReconstructionDiameter, DicomVr.DS, field);
                set.Set(Tags.RescaleSlope, DicomVr.DS, slope);
            } }, TransferSyntax.ExplicitLittle);
        var slice = Assert.Single(DicomSlices.Of(image, new("x")));
        var all = Enumerable.Range(0, slices).Select(z => slice with { Origin = new(0, 0, z * thickness), Header = slice.Header with { InstanceUid = $"{z}" } });
        return Assert.Single(DicomStacks.Of(all));
    }

    private static DicomCandidate Chosen(params DicomStackOrRefusal[] series) => DicomChoice.Among(series, new()).Single(c => c.IsChosen);

    [Fact]
    public void The_thin_soft_diastolic_angiography_is_taken_from_a_usual_study()
    {
        var calcium = Series(thickness: 3, slices: 50, agent: null, description: "CaScore 3.0", phase: 70);
        var sharp = Series(kernel: "BONE");
        var systole = Series(phase: 40);
        var best = Series();
        var wide = Series(field: 400, kernel: "STANDARD");

        var chosen = Chosen(calcium, sharp, systole, best, wide);

        Assert.Equal(4, chosen.Number);
    }

    [Fact]
    public void Every_series_that_is_left_has_its_reason_in_words()
    {
        var candidates = DicomChoice.Among([Series(), Series(thickness: 5), Series(slices: 40), Series(type: "DERIVED\\SECONDARY\\AXIAL\\MIP"), Series(slope: 32), new(null, 3, new("gap.", "mend it"))], new());

        Assert.Equal(
            [null, "slices of 5 mm, at most 3 are wanted", "covers 25 mm, at least 50 are wanted", "projections or rendered views", "8-bit values with steps of 32 HU are not usable", "gap."],
            candidates.Select(c => c.Excluded));
        Assert.All(candidates.Skip(1), c => Assert.NotEmpty(c.Remedy));
    }

    [Fact]
    public void Equal_series_are_decided_by_slices_and_then_by_number()
    {
        Assert.Equal(2, Chosen(Series(slices: 200), Series(slices: 210), Series(slices: 210)).Number);
        Assert.Equal(1, Chosen(Series(), Series()).Number);
    }

    [Theory]
    [InlineData("B26f", KernelKind.Soft)]
    [InlineData("Bv40d\\3", KernelKind.Soft)]
    [InlineData("I46f", KernelKind.Medium)]
    [InlineData("B70s", KernelKind.Sharp)]
    [InlineData("FC03", KernelKind.Soft)]
    [InlineData("FC51", KernelKind.Sharp)]
    [InlineData("LUNG", KernelKind.Sharp)]
    [InlineData("XCB", KernelKind.Soft)]
    [InlineData("Mueller", KernelKind.Unknown)]
    public void Kernels_of_four_makers_are_known(string name, KernelKind kind)
    {
        var traits = Series(kernel: name).Stack!.Traits;

        Assert.Equal(kind, traits.Kernel);
    }
}
