using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace Cora.Experiments;

/// <summary>What of the machine can change speed or last bits.</summary>
public static class Machine
{
    private const int Avx512Bf16Bit = 5;
    private const int AmxBf16Bit = 22;

    /// <summary>Operating system and architecture, for example <c>linux-x64</c>.</summary>
    public static string Platform => RuntimeInformation.RuntimeIdentifier;

    /// <summary>Memory that this process may use, in bytes; limits of a container are heeded.</summary>
    public static long MemoryBytes => GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;

    /// <summary>Vector features that torch's kernels choose by, for example <c>avx2</c>, <c>avx512</c>, <c>avx512_bf16</c>.</summary>
    public static IReadOnlyList<string> CpuFeatures()
    {
        List<string> features = [];
        if (Avx2.IsSupported) features.Add("avx2");
        if (Fma.IsSupported) features.Add("fma");
        if (Avx512F.IsSupported) features.Add("avx512");
        if (HasAvx512Bf16) features.Add("avx512_bf16");
        if (HasAmxBf16) features.Add("amx_bf16");
        if (System.Runtime.Intrinsics.Arm.AdvSimd.IsSupported) features.Add("neon");
        return features;
    }

    /// <summary>Whether bf16 convolutions can be faster than single precision here.</summary>
    public static bool HasBf16 => HasAvx512Bf16 || HasAmxBf16;

    private static bool HasAvx512Bf16 => Leaf7(1) is var (eax, _) && (eax >> Avx512Bf16Bit & 1) == 1;

    private static bool HasAmxBf16 => Leaf7(0) is var (_, edx) && (edx >> AmxBf16Bit & 1) == 1;

    private static (int Eax, int Edx)? Leaf7(int subLeaf)
    {
        if (!X86Base.IsSupported || X86Base.CpuId(0, 0).Eax < 7 || (subLeaf > 0 && X86Base.CpuId(7, 0).Eax < subLeaf)) return null;
        var (eax, _, _, edx) = X86Base.CpuId(7, subLeaf);
        return (eax, edx);
    }
}
