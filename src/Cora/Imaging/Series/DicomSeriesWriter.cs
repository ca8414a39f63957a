using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Cora.Dicom;

namespace Cora.Imaging;

/// <summary>What a written series says besides voxels and geometry.</summary>
public sealed record DicomSeriesFacts
{
    /// <summary>Name of the patient and of the case; also the root of all identifiers, so that the same names give the same files.</summary>
    public required string PatientId { get; init; }

    /// <summary>Name of the study.</summary>
    public required string StudyId { get; init; }

    /// <summary>Number of the series within the study.</summary>
    public int SeriesNumber { get; init; } = 1;

    /// <summary>Description of the series.</summary>
    public string Description { get; init; } = "CTA";

    /// <summary>Reconstruction kernel.</summary>
    public string Kernel { get; init; } = "STANDARD";

    /// <summary>Contrast agent; null for a native scan.</summary>
    public string? ContrastAgent { get; init; } = "PHANTOM";

    /// <summary>Phase of the heart's cycle in percent; null when not told.</summary>
    public double? PhasePercent { get; init; } = 75;

    /// <summary>Sex as DICOM has it, F or M; empty when not told.</summary>
    public string Sex { get; init; } = "";

    /// <summary>Age in years; null when not told.</summary>
    public int? Age { get; init; }

    /// <summary>Further elements, set last.</summary>
    public Action<DicomDataset, int>? Also { get; init; }
}

/// <summary>Writes a volume as CT Image Storage, one file a slice: for phantoms and tests.</summary>
public static class DicomSeriesWriter
{
    private const string CtImage = "1.2.840.10008.5.1.4.1.1.2";

    private const short Intercept = -1024;

    /// <summary>Writes the slices into a folder (0001.dcm …), which is filled whole or not at all.</summary>
    public static void Write(string folder, Volume<short> volume, DicomSeriesFacts facts, TransferSyntax? syntax = null) =>
        Atomically.WriteFolder(folder, aside =>
        {
            for (var z = 0; z < volume.Geometry.Size.Z; z++)
            {
                using var stream = File.Create(Path.Combine(aside, string.Create(CultureInfo.InvariantCulture, $"{z + 1:0000}.dcm")));
                DicomWriter.Write(stream, Slice(volume, z, facts, syntax ?? TransferSyntax.ExplicitLittle));
            }
        });

    /// <summary>One slice.</summary>
    /// <exception cref="CoraException">A voxel is beyond what 16 bits with an intercept of -1024 hold.</exception>
    public static DicomFile Slice(Volume<short> volume, int z, DicomSeriesFacts facts, TransferSyntax syntax)
    {
        ArgumentNullException.ThrowIfNull(volume);
        ArgumentNullException.ThrowIfNull(facts);
        var geometry = volume.Geometry;
        var (row, column, origin) = (geometry.Direction.Column(0), geometry.Direction.Column(1), geometry.ToPatient(new(0, 0, z)));
        var set = new DicomDataset();
        set.Set(Tags.SpecificCharacterSet, DicomVr.CS, "ISO_IR 192");
        set.Set(Tags.ImageType, DicomVr.CS, "ORIGINAL\\PRIMARY\\AXIAL");
        set.Set(Tags.SopClassUid, DicomVr.UI, CtImage);
        set.Set(Tags.SopInstanceUid, DicomVr.UI, Uid($"{facts.PatientId}/{facts.StudyId}/{facts.SeriesNumber}/{z}"));
        set.Set(Tags.Modality, DicomVr.CS, "CT");
        set.Set(Tags.Manufacturer, DicomVr.LO, "CORA digital phantom");
        set.Set(Tags.SeriesDescription, DicomVr.LO, facts.Description);
        set.Set(Tags.PatientName, DicomVr.PN, $"PHANTOM^{facts.PatientId}");
        set.Set(Tags.PatientId, DicomVr.LO, facts.PatientId);
        set.Set(Tags.PatientSex, DicomVr.CS, facts.Sex);
        if (facts.Age is { } age) set.Set(Tags.PatientAge, DicomVr.AS, string.Create(CultureInfo.InvariantCulture, $"{age:000}Y"));
        if (facts.ContrastAgent is { } agent) set.Set(Tags.ContrastBolusAgent, DicomVr.LO, agent);
        set.Set(Tags.SliceThickness, DicomVr.DS, geometry.Spacing.Z);
        set.Set(Tags.ConvolutionKernel, DicomVr.SH, facts.Kernel);
        set.Set(Tags.StudyInstanceUid, DicomVr.UI, Uid($"{facts.PatientId}/{facts.StudyId}"));
        set.Set(Tags.SeriesInstanceUid, DicomVr.UI, Uid($"{facts.PatientId}/{facts.StudyId}/{facts.SeriesNumber}"));
        set.Set(Tags.SeriesNumber, DicomVr.IS, facts.SeriesNumber);
        set.Set(Tags.InstanceNumber, DicomVr.IS, geometry.Size.Z - z);
        set.Set(Tags.ImagePositionPatient, DicomVr.DS, origin.X, origin.Y, origin.Z);
        set.Set(Tags.ImageOrientationPatient, DicomVr.DS, row.X, row.Y, row.Z, column.X, column.Y, column.Z);
        if (facts.PhasePercent is { } phase) set.Set(Tags.NominalPercentageOfCardiacPhase, DicomVr.FL, phase);
        set.Set(Tags.SamplesPerPixel, DicomVr.US, 1);
        set.Set(Tags.PhotometricInterpretation, DicomVr.CS, "MONOCHROME2");
        set.Set(Tags.Rows, DicomVr.US, geometry.Size.Y);
        set.Set(Tags.Columns, DicomVr.US, geometry.Size.X);
        set.Set(Tags.PixelSpacing, DicomVr.DS, geometry.Spacing.Y, geometry.Spacing.X);
        set.Set(Tags.BitsAllocated, DicomVr.US, 16);
        set.Set(Tags.BitsStored, DicomVr.US, 16);
        set.Set(Tags.HighBit, DicomVr.US, 15);
        set.Set(Tags.PixelRepresentation, DicomVr.US, 1);
        set.Set(Tags.RescaleIntercept, DicomVr.DS, Intercept);
        set.Set(Tags.RescaleSlope, DicomVr.DS, 1);
        set.Set(new DicomElement(Tags.PixelData, DicomVr.OW, new DicomData(Stored(volume, z))));
        facts.Also?.Invoke(set, z);
        return new(set, syntax);
    }

    private static byte[] Stored(Volume<short> volume, int z)
    {
        var plane = volume.Geometry.Size.X * volume.Geometry.Size.Y;
        var bytes = new byte[2 * plane];
        var voxels = volume.Voxels.Slice(z * plane, plane);
        for (var i = 0; i < plane; i++)
        {
            var stored = voxels[i] - Intercept;
            if (stored > short.MaxValue) throw new CoraException($"A voxel of {voxels[i]} HU does not fit in a DICOM file with an intercept of {Intercept}.", "Clip the volume to 31743 HU first.");
            System.Buffers.Binary.BinaryPrimitives.WriteInt16LittleEndian(bytes.AsSpan(2 * i), (short)stored);
        }

        return bytes;
    }

    /// <summary>An identifier made of a name: 2.25 and a number of 128 bits (PS3.5 B.2).</summary>
    private static string Uid(string name)
    {
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes(name));
        return "2.25." + new System.Numerics.BigInteger(hash.AsSpan(0, 16), isUnsigned: true).ToString(CultureInfo.InvariantCulture);
    }
}
