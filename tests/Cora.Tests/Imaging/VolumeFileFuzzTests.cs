using System.Runtime.InteropServices;
using System.Text;
using CsCheck;
using Cora.Imaging;

namespace Cora.Tests.Imaging;

/// <summary>However a file is damaged, a reader gives a volume or a refusal: nothing else, and never much memory.</summary>
public sealed class VolumeFileFuzzTests
{
    private const string Nrrd =
        "NRRD0005\ntype: short\ndimension: 3\nspace: LPS\nsizes: 4 3 2\nspace directions: (0.5,0,0) (0,0.5,0) (0,0,1.2)\nendian: little\nencoding: ENCODING\nspace origin: (-10,20,30)\n\n";

    private const string MetaImage =
        "ObjectType = Image\nNDims = 3\nBinaryData = True\nCompressedData = False\nOffset = 1 2 3\nElementSpacing = 0.5 0.25 2\nDimSize = 4 3 2\nElementType = MET_SHORT\nElementDataFile = LOCAL\n";

    private static readonly byte[] Voxels = MemoryMarshal.AsBytes(Enumerable.Range(0, 24).Select(i => (short)(i * 100)).ToArray().AsSpan()).ToArray();

    public static TheoryData<string> Kinds => ["int16_nii.nii", "nifti2.nii", "nifti2_big_endian.nii", "qform_only.nii", "extensions.nii", "gzip", "raw.nrrd", "gzip.nrrd", "text.nrrd", "raw.mha"];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_damaged_file_is_read_or_refused(string kind)
    {
        using var folder = new TemporaryFolder();
        var right = Valid(kind);
        var damage =
            from edits in Gen.Select(Gen.Int[0, right.Length - 1], Gen.Byte, Gen.Byte[0, 2]).Array[1, 6]
            from cut in Gen.Int[0, 4 * right.Length]
            select (edits, cut);

        damage.Sample(
            d =>
            {
                var wrong = right.ToList();
                foreach (var (at, value, how) in d.edits)
                {
                    if (at >= wrong.Count) continue;
                    if (how == 0) wrong.RemoveAt(at);
                    else if (how == 1) wrong.Insert(at, value);
                    else wrong[at] = value;
                }

                byte[] bytes = [.. wrong.Take(d.cut)];
                File.WriteAllBytes(folder["a"], kind == "gzip" ? NrrdTests.Gzip(bytes) : bytes);
                var before = GC.GetAllocatedBytesForCurrentThread();
                try
                {
                    Assert.Equal(VolumeFile.ReadGeometry(folder["a"]).Size.Count, VolumeFile.Read<float>(folder["a"]).Voxels.Length);
                    var facts = VolumeFile.Facts(folder["a"]);
                    Assert.Equal(3, facts.Orientation.Length);
                    _ = VolumeFile.Read<short>(folder["a"]);
                }
                catch (CoraException refusal)
                {
                    Assert.Equal(ExitCode.Input, refusal.Code);
                    Assert.Contains(folder["a"], refusal.Message, StringComparison.Ordinal);
                }

                Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 32 << 20);
            },
            iter: 600, threads: 1);
    }

    private static byte[] Valid(string kind) => kind switch
    {
        "gzip" => File.ReadAllBytes(Fixture.PathOf("h/int16_nii.nii")),
        "raw.nrrd" => [.. Header(Nrrd, "raw"), .. Voxels],
        "gzip.nrrd" => [.. Header(Nrrd, "gzip"), .. NrrdTests.Gzip(Voxels)],
        "text.nrrd" => [.. Header(Nrrd, "ascii"), .. Encoding.ASCII.GetBytes(string.Join(' ', Enumerable.Range(0, 24)))],
        "raw.mha" => [.. Header(MetaImage, "raw"), .. Voxels],
        _ => File.ReadAllBytes(Fixture.PathOf("h/" + kind)),
    };

    private static byte[] Header(string header, string encoding) => Encoding.ASCII.GetBytes(header.Replace("ENCODING", encoding, StringComparison.Ordinal));
}
