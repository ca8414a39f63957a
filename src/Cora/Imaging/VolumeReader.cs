using System.Runtime.InteropServices;

namespace Cora.Imaging;

/// <summary>Reads the voxels of a checked layout, whatever the format it came from.</summary>
internal static class VolumeReader
{
    /// <summary>Voxels a piece: small enough to stay in the cache between unpacking and conversion.</summary>
    private const int PieceVoxels = 1 << 15;

    /// <summary>The whole volume in memory.</summary>
    public static Volume<T> Read<T>(VolumeLayout layout) where T : unmanaged
    {
        var voxels = MemoryRoom.Allocate<T>(layout.File, layout.Geometry.Size);
        using var data = Open(layout);
        var isPlain = VoxelConversion.IsPlainCopy<T>(layout);
        var stored = isPlain ? [] : new byte[PieceVoxels * layout.Type.Bytes()];
        var misfits = default(Misfits);
        for (var start = 0; start < voxels.Length; start += PieceVoxels)
        {
            var piece = voxels.AsSpan(start, Math.Min(PieceVoxels, voxels.Length - start));
            if (isPlain)
            {
                data.ReadExactly(MemoryMarshal.AsBytes(piece));
                continue;
            }

            var bytes = stored.AsSpan(0, piece.Length * layout.Type.Bytes());
            data.ReadExactly(bytes);
            misfits += VoxelConversion.Convert(layout, bytes, piece);
        }

        data.Finish();
        RefuseMisfits<T>(layout.File, misfits, layout.Geometry.Size.Count);
        return new(layout.Geometry, voxels);
    }

    /// <summary>All real values in file order, a piece at a time, in bounded memory; the stream's checks come at the end.</summary>
    public static void ForEachPiece(VolumeLayout layout, Action<ReadOnlySpan<double>> take)
    {
        using var data = Open(layout);
        var stored = new byte[PieceVoxels * layout.Type.Bytes()];
        var values = new double[PieceVoxels];
        for (var left = layout.Geometry.Size.Count; left > 0;)
        {
            var piece = values.AsSpan(0, (int)Math.Min(PieceVoxels, left));
            var bytes = stored.AsSpan(0, piece.Length * layout.Type.Bytes());
            data.ReadExactly(bytes);
            VoxelConversion.Convert(layout, bytes, piece);
            take(piece);
            left -= piece.Length;
        }

        data.Finish();
    }

    /// <summary>Refuses a volume of whole numbers that would have to make some up.</summary>
    public static void RefuseMisfits<T>(string file, Misfits misfits, long count)
    {
        if (misfits.NonFinite > 0)
            throw Refusal.Of(
                file, $"{misfits.NonFinite} of {count} voxels are NaN or infinite; whole numbers were asked for.",
                "Replace them at the source (air is -1024 HU, background is 0), or read the volume as float.");
        if (misfits.NotWhole > 0)
            throw Refusal.Of(
                file, $"{misfits.NotWhole} of {count} voxels are no whole numbers of type {typeof(T).Name}, which a mask needs.",
                "Threshold or relabel the mask; if this is an image and no mask, give it as the image.");
    }

    private static DecodedStream Open(VolumeLayout layout)
    {
        var data = new DecodedStream(layout.DataFile, layout.DataFile, layout.Encoding, layout.Start, layout.Type);
        try
        {
            data.Skip(layout.Skip);
            return data;
        }
        catch
        {
            data.Dispose();
            throw;
        }
    }
}
