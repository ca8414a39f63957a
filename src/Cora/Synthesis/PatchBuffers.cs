using Cora.Imaging;

namespace Cora.Synthesis;

/// <summary>Memory that one thread uses again for patch after patch.</summary>
public sealed class PatchBuffers
{
    private short[] box = [];

    internal LesionPainter? Painter { get; set; }

    internal byte[] Support { get; private set; } = [];

    internal byte[] Near { get; private set; } = [];

    /// <summary>At least so many voxels and one more, since the affine kernel reads in pairs.</summary>
    internal Span<short> Box(long voxels)
    {
        if (box.Length <= voxels) box = new short[voxels + 1];
        return box.AsSpan(0, (int)voxels + 1);
    }

    internal void SizeSupport(Size3 inner, Size3 outer)
    {
        if (Support.Length < inner.Count) Support = new byte[inner.Count];
        if (Near.Length < outer.Count) Near = new byte[outer.Count];
    }
}
