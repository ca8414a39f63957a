using System.Buffers.Binary;
using System.Text;
using CsCheck;
using Cora.Training;
using static TorchSharp.torch;

namespace Cora.Tests.Training;

public sealed class SafetensorsTests
{
    [Fact]
    public void Tensors_are_read_as_they_were_written()
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        (string, Tensor)[] tensors = [("a", rand([3, 4, 5])), ("b.c", arange(7, int64)), ("half", rand(3).to(bfloat16)), ("none", zeros([0, 2])), ("flag", tensor(new[] { true, false }))];

        Atomically.WriteFile(folder["x.safetensors"], s => Safetensors.Write(s, tensors, new Dictionary<string, string> { ["format"] = "pt" }));
        var file = Safetensors.Open(folder["x.safetensors"]);

        Assert.Equal(tensors.Length, file.Entries.Count);
        foreach (var (name, value) in tensors) Assert.True(value.equal(file.Read(name)).all().item<bool>(), name);
        Assert.Equal(0, BinaryPrimitives.ReadInt64LittleEndian(File.ReadAllBytes(folder["x.safetensors"])) % 8);
    }

    [Theory]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}""", "needs 8")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4000]}}""", "outside")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}""", "outside")]
    [InlineData("""{"a":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}}""", "negative")]
    [InlineData("""{"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,8]}}""", "needs")]
    [InlineData("""{"a":{"dtype":"Q4","shape":[2],"data_offsets":[0,8]}}""", "unknown type Q4")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[2,6]}}""", "overlap")]
    [InlineData("""{"a":{"dtype":"F32"}}""", "lacks")]
    [InlineData("""{"a":7}""", "lacks")]
    [InlineData("""{"\ud800":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", "not JSON")]
    [InlineData("[]", "JSON object")]
    [InlineData("{", "not JSON")]
    public void A_header_that_contradicts_the_file_is_refused(string header, string why)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder["x"], [.. BitConverter.GetBytes((long)header.Length), .. Encoding.UTF8.GetBytes(header), .. new byte[8]]);

        Assert.Contains(why, Assert.Throws<CoraException>(() => SafetensorsHeader.Read(folder["x"])).Message);
    }

    [Fact]
    public void A_name_that_is_no_UTF8_is_refused()
    {
        using var folder = new TemporaryFolder();
        byte[] header = [.. """{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"""u8];
        header[2] = 0x84;
        File.WriteAllBytes(folder["x"], [.. BitConverter.GetBytes((long)header.Length), .. header, .. new byte[8]]);

        Assert.Contains("not JSON", Assert.Throws<CoraException>(() => Safetensors.Open(folder["x"])).Message);
    }

    [Fact]
    public void Whatever_the_bytes_a_file_is_read_or_refused() =>
        Gen.Select(Gen.Byte.Array[0, 80], Gen.Int[0, 60]).Sample((noise, at) =>
        {
            using var folder = new TemporaryFolder();
            var good = """{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}  """;
            byte[] bytes = [.. BitConverter.GetBytes((long)good.Length), .. Encoding.UTF8.GetBytes(good), .. new byte[8]];
            noise.AsSpan(0, Math.Min(noise.Length, bytes.Length - at)).CopyTo(bytes.AsSpan(at));
            File.WriteAllBytes(folder["x"], bytes);
            try
            {
                SafetensorsHeader.Read(folder["x"]);
            }
            catch (CoraException)
            {
                // A clear refusal is one of the two right answers.
            }
        }, iter: 200);
}
