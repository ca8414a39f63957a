using Cora.Dicom;
using Cora.Imaging;

namespace Cora.Tests.Dicom;

public sealed class DicomSeriesTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    private static Volume<short> Sample(int slices = 6, Mat3? direction = null) =>
        new(new(new(7, 5, slices), new(0.5, 0.4, 0.625), new(-12.25, 3.5, 100.125), direction ?? Mat3.Identity), [.. Enumerable.Range(0, 35 * slices).Select(i => (short)(i * 31 % 3000 - 1024))]);

    private static DicomSeriesFacts Facts(Action<DicomDataset, int>? also = null) => new() { PatientId = "P1", StudyId = "S1", Also = also };

    /// <summary>Writes slices with changes, in a shuffled order of names.</summary>
    private void Write(Volume<short> volume, DicomSeriesFacts facts, Func<int, bool>? keep = null, TransferSyntax? syntax = null, string prefix = "")
    {
        for (var z = 0; z < volume.Geometry.Size.Z; z++)
        {
            if (keep?.Invoke(z) == false) continue;
            File.WriteAllBytes(folder[$"{prefix}{z * 5 % 7}-{z}"], DicomWriter.ToBytes(DicomSeriesWriter.Slice(volume, z, facts, syntax ?? TransferSyntax.ExplicitLittle)));
        }
    }

    private DicomStackOrRefusal Single() => Assert.Single(DicomSeries.Find(folder.Path, stop: TestContext.Current.CancellationToken).Stacks);

    [Fact]
    public void A_volume_written_as_slices_is_read_again_voxel_for_voxel_in_every_syntax()
    {
        var c = Math.Cos(0.3);
        var s = Math.Sin(0.3);
        foreach (var (syntax, direction) in new[] { (TransferSyntax.ExplicitLittle, Mat3.Identity), (TransferSyntax.ImplicitLittle, new Mat3(new(c, -s, 0), new(s, c, 0), new(0, 0, 1))), (TransferSyntax.Deflated, new Mat3(new(0, 0, -1), new(1, 0, 0), new(0, -1, 0))) })
        {
            var volume = Sample(direction: direction);
            Write(volume, Facts(), syntax: syntax);

            var read = DicomSeries.Read(Single().Stack!, stop: TestContext.Current.CancellationToken);

            Assert.True(read.Geometry.Matches(volume.Geometry, 1e-6), $"{read.Geometry} against {volume.Geometry}");
            Assert.Equal(volume.Voxels, read.Voxels);
        }
    }

    [Fact]
    public void Slope_and_intercept_of_each_slice_hold_for_it_alone()
    {
        var volume = Sample();
        Write(volume, Facts((set, z) => { set.Set(Tags.RescaleSlope, DicomVr.DS, 1 + z); set.Set(Tags.RescaleIntercept, DicomVr.DS, -1000 - z); }));

        var read = DicomSeries.Read(Single().Stack!, stop: TestContext.Current.CancellationToken);

        for (var z = 0; z < 6; z++) Assert.Equal(Math.Clamp((volume[3, 2, z] + 1024) * (1 + z) - 1000 - z, short.MinValue, short.MaxValue), read[3, 2, z]);
    }

    [Fact]
    public void Padding_is_kept_or_made_air_as_asked()
    {
        var volume = Sample();
        Write(volume, Facts((set, _) => set.Set(Tags.PixelPaddingValue, DicomVr.SS, 31)));          // stored 31 is -993 HU
        var stack = Single().Stack!;

        var (kept, air) = (DicomSeries.Read(stack, stop: TestContext.Current.CancellationToken), DicomSeries.Read(stack, PaddingHu.Air, stop: TestContext.Current.CancellationToken));

        Assert.Equal(volume.Voxels, kept.Voxels);
        Assert.Contains((short)-993, kept.Voxels.ToArray());
        Assert.Equal(volume.Voxels.ToArray().Select(v => v == -993 ? (short)-1024 : v), air.Voxels.ToArray());
    }

    [Fact]
    public void A_padding_value_stored_as_unsigned_is_understood_as_signed()
    {
        Write(Sample(), Facts((set, _) => set.Set(Tags.PixelPaddingValue, DicomVr.US, 63536)));

        Assert.Equal((-2000, -2000), Single().Stack!.Slices[0].Header.Padding);
    }

    [Fact]
    public void Copies_of_a_slice_are_left_away_and_told()
    {
        Write(Sample(), Facts());
        Write(Sample(), Facts(), keep: z => z < 2, prefix: "copy");

        var stack = Single().Stack!;

        Assert.Equal(6, stack.Slices.Length);
        Assert.Contains("2 copies of slices left away", stack.Notes);
    }

    [Fact]
    public void A_missing_slice_is_refused_and_counted()
    {
        Write(Sample(9), Facts(), keep: z => z is not 4);

        var refused = Single().Refusal!;

        Assert.Contains("jumps from 0.63 to 1.25 mm after slice 4 of 8; 1 slices are missing", refused.Message, StringComparison.Ordinal);
        Assert.Contains("again from the archive", refused.Remedy, StringComparison.Ordinal);
    }

    [Fact]
    public void Uneven_distances_are_refused_as_uneven()
    {
        double[] heights = [0, 1, 2.4, 3, 4.7, 5];
        Write(Sample(), Facts((set, z) => set.Set(Tags.ImagePositionPatient, DicomVr.DS, 0, 0, heights[z])));

        Assert.Contains("the spacing is uneven", Single().Refusal!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Positions_rounded_to_a_tenth_of_a_millimetre_are_one_volume()
    {
        Write(Sample(40), Facts((set, z) => set.Set(Tags.ImagePositionPatient, DicomVr.DS, 0, 0, Math.Round(0.625 * z, 1))));

        Assert.Equal(0.625, Single().Stack!.Geometry.Spacing.Z, 0.003);
    }

    [Fact]
    public void Phases_at_the_same_places_become_volumes_of_their_own()
    {
        Write(Sample(), Facts((set, z) => { set.Set(Tags.NominalPercentageOfCardiacPhase, DicomVr.FL, 40); set.Set(Tags.SopInstanceUid, DicomVr.UI, $"2.25.40{z}"); }));
        Write(Sample(), Facts(), prefix: "b");

        var stacks = DicomSeries.Find(folder.Path, stop: TestContext.Current.CancellationToken).Stacks;

        Assert.Equal([40.0, 75.0], stacks.Select(s => s.Stack!.PhasePercent).Order());
        Assert.All(stacks, s => Assert.Equal(6, s.Slices));
    }

    [Fact]
    public void Two_slices_at_one_place_that_nothing_tells_apart_are_refused()
    {
        Write(Sample(), Facts());
        Write(Sample(), Facts((set, z) => set.Set(Tags.SopInstanceUid, DicomVr.UI, $"2.25.9{z}")), keep: z => z == 3, prefix: "b");

        Assert.Contains("two different slices lie at 102 mm", Single().Refusal!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_tilted_stack_is_sheared_to_a_box_and_a_straight_line_in_the_patient_stays_where_it_was()
    {
        // A column of bright voxels at patient x = 3, y = 10 in slices whose planes shift by 0.5 mm in y from one to the next.
        const double shift = 0.5;
        var geometry = new Geometry(new(8, 41, 9), new(1, 0.5, 1), default, Mat3.Identity);
        for (var z = 0; z < 9; z++)
        {
            var voxels = new short[8 * 41 * 9];
            Array.Fill(voxels, (short)-1000);
            voxels[z * 8 * 41 + (20 - z) * 8 + 3] = 1000;          // row (10 - 0.5 z) / 0.5
            var facts = Facts((set, i) => set.Set(Tags.ImagePositionPatient, DicomVr.DS, 0, shift * i, i));
            File.WriteAllBytes(folder[$"{z}"], DicomWriter.ToBytes(DicomSeriesWriter.Slice(new(geometry, voxels), z, facts, TransferSyntax.ExplicitLittle)));
        }

        var stack = Single().Stack!;
        var volume = DicomSeries.Read(stack, stop: TestContext.Current.CancellationToken);

        Assert.Equal(26.565, stack.TiltDegrees, 3);
        Assert.Equal(new Size3(8, 41 + 8, 9), volume.Geometry.Size);
        Assert.Equal(new Vec3(0, 0, 1), volume.Geometry.Direction.Column(2));
        for (var z = 0; z < 9; z++)
        {
            var index = volume.Geometry.ToIndex(new(3, 10, z));
            Assert.Equal(1000, volume[(int)index.X, (int)Math.Round(index.Y), z]);
        }
    }

    [Theory]
    [InlineData("modality", "The modality is MR")]
    [InlineData("localizer", "localiser")]
    [InlineData("secondary", "secondary capture")]
    [InlineData("burned", "burned into the pixels")]
    [InlineData("dose", "dose or screen page")]
    [InlineData("position", "ImagePositionPatient")]
    [InlineData("rescale", "RescaleSlope")]
    [InlineData("colour", "RGB")]
    public void What_is_no_CT_slice_is_told_apart_with_its_reason(string kind, string words)
    {
        Write(Sample(1), Facts((set, _) =>
        {
            switch (kind)
            {
                case "modality": set.Set(Tags.Modality, DicomVr.CS, "MR"); break;
                case "localizer": set.Set(Tags.ImageType, DicomVr.CS, "ORIGINAL\\PRIMARY\\LOCALIZER"); break;
                case "secondary": set.Set(Tags.SopClassUid, DicomVr.UI, "1.2.840.10008.5.1.4.1.1.7"); break;
                case "burned": set.Set(Tags.BurnedInAnnotation, DicomVr.CS, "YES"); break;
                case "dose": set.Set(Tags.ImageType, DicomVr.CS, "DERIVED\\SECONDARY\\DOSE_INFO"); break;
                case "position": set.Set(Tags.ImagePositionPatient, DicomVr.DS, "1\\2\\north"); break;
                case "rescale": set.Set(Tags.RescaleSlope, DicomVr.DS, ""); break;
                default: set.Set(Tags.PhotometricInterpretation, DicomVr.CS, "RGB"); break;
            }
        }));

        var found = DicomSeries.Find(folder.Path, stop: TestContext.Current.CancellationToken);

        Assert.Empty(found.Stacks);
        Assert.Contains(words, Assert.Single(found.Refusals).Cause, StringComparison.Ordinal);
    }

    [Fact]
    public void Enhanced_CT_takes_places_and_slopes_from_its_functional_groups()
    {
        var volume = Sample(3);
        var frames = Enumerable.Range(0, 3).Select(z => DicomSeriesWriter.Slice(volume, z, Facts(), TransferSyntax.ExplicitLittle).Dataset).ToArray();
        DicomDataset Group(DicomTag sequence, DicomDataset from, params DicomTag[] tags)
        {
            var (group, item) = (new DicomDataset(), new DicomDataset());
            foreach (var tag in tags) item.Set(from[tag]!);
            group.Set(new DicomElement(sequence, [item]));
            return group;
        }

        var set = new DicomDataset();
        var moved = new[] { Tags.PixelSpacing, Tags.SliceThickness, Tags.ImagePositionPatient, Tags.ImageOrientationPatient, Tags.RescaleSlope, Tags.RescaleIntercept };
        foreach (var element in frames[0].Elements.Where(e => !moved.Contains(e.Tag))) set.Set(element);
        set.Set(Tags.SopClassUid, DicomVr.UI, "1.2.840.10008.5.1.4.1.1.2.1");
        set.Set(Tags.NumberOfFrames, DicomVr.IS, 3);
        var shared = Group(Tags.PixelMeasuresSequence, frames[0], Tags.PixelSpacing, Tags.SliceThickness);
        shared.Set(Group(Tags.PlaneOrientationSequence, frames[0], Tags.ImageOrientationPatient).Elements[0]);
        shared.Set(Group(Tags.PixelValueTransformationSequence, frames[0], Tags.RescaleSlope, Tags.RescaleIntercept).Elements[0]);
        set.Set(new DicomElement(Tags.SharedFunctionalGroups, [shared]));

        // The frames lie in the file from top to bottom.
        set.Set(new DicomElement(Tags.PerFrameFunctionalGroups, frames.Reverse().Select(f => Group(Tags.PlanePositionSequence, f, Tags.ImagePositionPatient))));
        set.Set(new DicomElement(Tags.PixelData, DicomVr.OW, new DicomData([.. frames.Reverse().SelectMany(f => f[Tags.PixelData]!.Data!.Read())])));
        File.WriteAllBytes(folder["enhanced"], DicomWriter.ToBytes(new(set, TransferSyntax.ExplicitLittle), new() { UndefinedLengths = true }));

        var read = DicomSeries.Read(Single().Stack!, stop: TestContext.Current.CancellationToken);

        Assert.True(read.Geometry.Matches(volume.Geometry, 1e-6));
        Assert.Equal(volume.Voxels, read.Voxels);
    }

    [Fact]
    public void Slices_in_a_zip_archive_are_read_as_those_of_a_folder()
    {
        var volume = Sample();
        Write(volume, Facts());
        using var other = new TemporaryFolder();
        System.IO.Compression.ZipFile.CreateFromDirectory(folder.Path, other["a.zip"]);
        File.WriteAllText(other["notes.txt"], "no image");

        var found = DicomSeries.Find(other.Path, stop: TestContext.Current.CancellationToken);

        Assert.Equal(1, found.Others);
        Assert.Equal(volume.Voxels, DicomSeries.Read(Assert.Single(found.Stacks).Stack!, stop: TestContext.Current.CancellationToken).Voxels);
    }
}
