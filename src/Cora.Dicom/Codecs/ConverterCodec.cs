using System.ComponentModel;
using System.Diagnostics;

namespace Cora.Dicom.Codecs;

/// <summary>
/// What our own codecs do not read, by a program that the machine's owner installed: opj_decompress (OpenJPEG) for JPEG 2000, else gdcmconv (GDCM) or
/// dcmdjpls (DCMTK). It is given the pixels alone, in a folder of its own; a program that crashes takes nothing with it.
/// </summary>
internal sealed class ConverterCodec : IPixelCodec
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    public int[] Decode(byte[] frame, DicomPixels pixels)
    {
        var folder = Directory.CreateTempSubdirectory("dicom-");
        try
        {
            var isJpeg2000 = pixels.Syntax.Uid is "1.2.840.10008.1.2.4.90" or "1.2.840.10008.1.2.4.91";
            int[]? values = null;
            if (isJpeg2000 && pixels.Samples == 1) values = OpenJpeg(frame, pixels, folder.FullName);
            values ??= Dicom(frame, pixels, folder.FullName, "gdcmconv", "--raw");
            if (!isJpeg2000) values ??= Dicom(frame, pixels, folder.FullName, "dcmdjpls");
            return values ?? throw new DicomException(
                $"The pixels are coded as {pixels.Syntax}, for which no converter is installed.",
                $"Install {(isJpeg2000 ? "libopenjp2-tools or " : "dcmtk or ")}libgdcm-tools (Debian's names) and run the command again, or convert the files with `gdcmconv --raw IN OUT`.");
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    /// <summary>The samples by opj_decompress; null when it is not installed.</summary>
    private static int[]? OpenJpeg(byte[] frame, DicomPixels pixels, string folder)
    {
        var (input, output) = (Path.Combine(folder, "frame.j2k"), Path.Combine(folder, "frame.rawl"));
        File.WriteAllBytes(input, frame);
        if (frame is not [0xFF, 0x4F, 0xFF, 0x51, ..] || frame.Length < 43) throw PixelCodecs.Damaged("JPEG 2000", "it does not begin as a codestream");
        if (Run("opj_decompress", "-i", input, "-o", output) is not { } code) return null;
        var bytes = code == 0 && File.Exists(output) ? new FileInfo(output).Length : 0;
        var unit = bytes / pixels.FrameSamples;
        if (bytes % pixels.FrameSamples != 0 || unit is not (1 or 2)) throw PixelCodecs.Damaged("JPEG 2000", $"the decoder cannot follow it (code {code})");
        var raw = File.ReadAllBytes(output);
        var values = new int[pixels.FrameSamples];

        // The program leaves away the bits above the codestream's own, whose sign may be another than the header's.
        var bits = (frame[42] & 0x7F) + 1;
        var sign = pixels.IsSigned ? 1 << (bits - 1) : 0;
        for (var i = 0; i < values.Length; i++)
        {
            var value = (unit == 1 ? raw[i] : raw[2 * i] | (raw[2 * i + 1] << 8)) & ((1 << bits) - 1);
            values[i] = (value ^ sign) - sign;
        }

        return values;
    }

    /// <summary>The samples by a program that rewrites a DICOM file; null when it is not installed.</summary>
    private static int[]? Dicom(byte[] frame, DicomPixels pixels, string folder, string program, params string[] options)
    {
        var (input, output) = (Path.Combine(folder, "frame.dcm"), Path.Combine(folder, "plain.dcm"));
        using (var stream = File.Create(input)) DicomWriter.Write(stream, OneFrame(frame, pixels));
        if (Run(program, [.. options, input, output]) is not { } code) return null;
        if (code != 0 || !File.Exists(output)) throw PixelCodecs.Damaged(pixels.Syntax.Name, $"{program} cannot follow it (code {code})");
        return DicomFile.Read(output).Pixels().Frame(0);
    }

    private static DicomFile OneFrame(byte[] frame, DicomPixels pixels)
    {
        const string secondaryCapture = "1.2.840.10008.5.1.4.1.1.7";
        var dataset = new DicomDataset();
        dataset.Set(Tags.SopClassUid, DicomVr.UI, secondaryCapture);
        dataset.Set(Tags.SopInstanceUid, DicomVr.UI, "2.25.1");
        dataset.Set(Tags.SamplesPerPixel, DicomVr.US, pixels.Samples);
        dataset.Set(Tags.PhotometricInterpretation, DicomVr.CS, pixels.Photometric);
        if (pixels.Samples > 1) dataset.Set(Tags.PlanarConfiguration, DicomVr.US, 0);
        dataset.Set(Tags.Rows, DicomVr.US, pixels.Rows);
        dataset.Set(Tags.Columns, DicomVr.US, pixels.Columns);
        dataset.Set(Tags.BitsAllocated, DicomVr.US, pixels.BitsAllocated);
        dataset.Set(Tags.BitsStored, DicomVr.US, pixels.BitsStored);
        dataset.Set(Tags.HighBit, DicomVr.US, pixels.BitsStored - 1);
        dataset.Set(Tags.PixelRepresentation, DicomVr.US, pixels.IsSigned ? 1 : 0);
        dataset.Set(new DicomElement(Tags.PixelData, DicomVr.OB, [new DicomData([]), new DicomData(frame)]));
        return new(dataset, pixels.Syntax);
    }

    /// <summary>The exit code; null when there is no such program.</summary>
    private static int? Run(string program, params string[] arguments)
    {
        using var process = new Process { StartInfo = new(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false } };
        try
        {
            process.Start();
        }
        catch (Win32Exception)
        {
            return null;
        }

        process.OutputDataReceived += static (_, _) => { };
        process.ErrorDataReceived += static (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        if (process.WaitForExit(Patience)) return process.ExitCode;
        process.Kill(entireProcessTree: true);
        throw new DicomException($"{program} did not finish a frame in {Patience.TotalSeconds:0} seconds.", "The frame is damaged, or the machine is busy: convert the file by hand.");
    }
}
