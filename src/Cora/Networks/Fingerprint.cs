using System.Security.Cryptography;
using System.Text;
using static TorchSharp.torch;

namespace Cora.Networks;

/// <summary>What tells weights from other weights.</summary>
internal static class Fingerprint
{
    /// <summary>SHA-256 over names and bytes of the parameters; of nothing where there is no module.</summary>
    public static string Of(nn.Module? module)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var (name, parameter) in module?.named_parameters() ?? [])
        {
            using var scope = NewDisposeScope();
            hash.AppendData(Encoding.UTF8.GetBytes(name));
            hash.AppendData(parameter.detach().cpu().contiguous().bytes);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
