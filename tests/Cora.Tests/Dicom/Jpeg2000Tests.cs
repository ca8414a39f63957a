using System.ComponentModel;
using System.Diagnostics;
using System.Text;
using Cora.Dicom;

namespace Cora.Tests.Dicom;

/// <summary>What OpenJPEG codes is decoded as OpenJPEG decodes it; skipped where its tools are not installed.</summary>
public sealed class Jpeg2000Tests : IDisposable
{
    private const int Columns = 123, Rows = 77;

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("", 0)]
    [InlineData("-p RLCP -n 3", 0)]
    [InlineData("-p RPCL -c [64,64],[32,32] -b 16,16", 0)]
    [InlineData("-p PCRL -c [64,64],[32,32] -n 4", 0)]
    [InlineData("-p CPRL -c [128,128] -t 50,40", 0)]
    [InlineData("-SOP -EPH -n 1", 0)]
    [InlineData("-M 42 -b 32,8", 0)]
    [InlineData("-r 20,10,4", 1)]
    [InlineData("-I -r 6", 1)]
    [InlineData("-I -r 3 -t 64,64", 1)]
    [InlineData("-I -r 20 -n 2 -d 3,5", 1)]
    public void Every_order_tiling_and_wavelet_is_decoded_as_OpenJPEG_does(string options, int tolerance)
    {
        var values = new int[Rows * Columns];
        for (var i = 0; i < values.Length; i++)
        {
            var (x, y) = (i % Columns, i / Columns);
            values[i] = (int)(2000 + 1200 * Math.Sin(x / 9.0) * Math.Cos(y / 7.0) + (x * 31 + y * 17) % 60 + (x > 60 && y > 30 ? 800 : 0));
        }

        File.WriteAllBytes(folder["a.pgm"], [.. Encoding.ASCII.GetBytes($"P5\n{Columns} {Rows}\n4095\n"), .. values.SelectMany(v => new[] { (byte)(v >> 8), (byte)v })]);
        Run("opj_compress", ["-i", folder["a.pgm"], "-o", folder["a.j2k"], .. options.Split(' ', StringSplitOptions.RemoveEmptyEntries)]);
        Run("opj_decompress", ["-i", folder["a.j2k"], "-o", folder["b.pgm"]]);
        var expected = Pgm(File.ReadAllBytes(folder["b.pgm"]));
        var image = DicomSamples.Image(TransferSyntax.ExplicitLittle, Rows, Columns, values, bitsStored: 12, isSigned: false).Dataset;
        var bytes = File.ReadAllBytes(folder["a.j2k"]);
        image.Set(new DicomElement(Tags.PixelData, DicomVr.OB, [new DicomData([]), new DicomData(bytes)]));
        var isShifted = options.Contains("-d ", StringComparison.Ordinal);

        var decoded = new DicomFile(image, TransferSyntax.Jpeg2000).Pixels().Frame(0);

        Assert.NotNull(Cora.Dicom.Codecs.Jpeg2000.Jpeg2000Header.Read(bytes).Header);
        Assert.InRange(decoded.Zip(expected, (a, b) => Math.Abs(a - b)).Max(), 0, tolerance);
        if (tolerance == 0) Assert.Equal(values, decoded);
        Assert.True(isShifted || tolerance == 0 || decoded.Zip(values, (a, b) => Math.Abs(a - b)).Average() < 40);
    }

    private static int[] Pgm(byte[] bytes)
    {
        var start = bytes.Length - 2 * Rows * Columns;
        return [.. Enumerable.Range(0, Rows * Columns).Select(i => (bytes[start + 2 * i] << 8) | bytes[start + 2 * i + 1])];
    }

    private static void Run(string program, string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            var error = process.StandardError.ReadToEndAsync();
            process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            Assert.True(process.ExitCode == 0, error.Result);
        }
        catch (Win32Exception)
        {
            Assert.Skip($"needs {program}");
        }
    }
}
