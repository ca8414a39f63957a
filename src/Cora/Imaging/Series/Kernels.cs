using System.Globalization;
using System.Text.RegularExpressions;

namespace Cora.Imaging;

/// <summary>Names that makers give to reconstruction kernels, sorted by sharpness. A name that is not known stays unknown.</summary>
internal static partial class Kernels
{
    private static readonly Dictionary<string, KernelKind> Words = new()
    {
        ["STANDARD"] = KernelKind.Soft, ["SOFT"] = KernelKind.Soft, ["STND"] = KernelKind.Soft, ["DETAIL"] = KernelKind.Medium, ["CHST"] = KernelKind.Soft,
        ["LUNG"] = KernelKind.Sharp, ["BONE"] = KernelKind.Sharp, ["BONEPLUS"] = KernelKind.Sharp, ["EDGE"] = KernelKind.Sharp, ["ULTRA"] = KernelKind.Sharp,
        ["HD STANDARD"] = KernelKind.Soft, ["HD DETAIL"] = KernelKind.Medium, ["HD LUNG"] = KernelKind.Sharp,
        ["A"] = KernelKind.Soft, ["B"] = KernelKind.Soft, ["C"] = KernelKind.Soft, ["D"] = KernelKind.Medium, ["E"] = KernelKind.Sharp, ["L"] = KernelKind.Sharp,
        ["CA"] = KernelKind.Soft, ["CB"] = KernelKind.Soft, ["CC"] = KernelKind.Soft, ["CD"] = KernelKind.Sharp,
        ["XCA"] = KernelKind.Soft, ["XCB"] = KernelKind.Soft, ["XCC"] = KernelKind.Medium, ["XCD"] = KernelKind.Sharp, ["YA"] = KernelKind.Sharp, ["YB"] = KernelKind.Sharp,
    };

    /// <summary>The kind of a kernel by its maker's name.</summary>
    public static KernelKind KindOf(string kernel)
    {
        var name = kernel.Trim().ToUpperInvariant();
        if (Words.TryGetValue(name, out var kind)) return kind;

        // Siemens: a letter or two and the sharpness, B26f, Bv40, I36f\3, Qr44.
        if (Siemens().Match(name) is { Success: true } siemens)
            return int.Parse(siemens.Groups[1].ValueSpan, CultureInfo.InvariantCulture) switch { <= 40 => KernelKind.Soft, <= 49 => KernelKind.Medium, _ => KernelKind.Sharp };

        // Canon: FC01-FC19 and FC40-FC49 are for soft tissue, FC30-FC39 and FC50-FC89 for bone and lung.
        if (Canon().Match(name) is { Success: true } canon)
            return int.Parse(canon.Groups[1].ValueSpan, CultureInfo.InvariantCulture) switch { < 20 or (>= 40 and < 50) => KernelKind.Soft, < 30 => KernelKind.Medium, _ => KernelKind.Sharp };
        return KernelKind.Unknown;
    }

    [GeneratedRegex(@"^(?:B|I|J|T|BV|BR|QR|HV|BF|BL|BP)(\d{2})[A-Z]?")]
    private static partial Regex Siemens();

    [GeneratedRegex(@"^FC(\d{2})")]
    private static partial Regex Canon();
}
