using System.IO.MemoryMappedFiles;

namespace Cora.Imaging;

/// <summary>
/// Voxels of a file, read by the box. An uncompressed file is mapped: a box touches only the pages it lies on, and several threads may
/// read at once. A packed file is read whole when opened.
/// </summary>
/// <remarks>The file must not be shortened while it is open. Conversion to T is that of <see cref="VolumeFile.Read{T}"/>.</remarks>
public sealed unsafe class VoxelFile<T> : IVoxels<T>, IDisposable where T : unmanaged
{
    private readonly VolumeLayout layout;
    private readonly Volume<T>? whole;
    private readonly MemoryMappedFile? mapping;
    private readonly MemoryMappedViewAccessor? view;

    internal VoxelFile(VolumeLayout layout)
    {
        this.layout = layout;
        if (layout.Encoding != DataEncoding.Raw)
        {
            whole = VolumeReader.Read<T>(layout);
            return;
        }

        _ = StoredTypes.Of<T>();
        var file = Refusal.OpenFile(layout.DataFile, bufferBytes: 0);
        try
        {
            mapping = MemoryMappedFile.CreateFromFile(file, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: false);
            view = mapping.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            mapping?.Dispose();
            file.Dispose();
            throw Refusal.Of(layout.DataFile, $"the file cannot be mapped ({problem.Message})", "Copy it to a local disk.", problem);
        }
    }

    /// <inheritdoc/>
    public Geometry Geometry => layout.Geometry;

    /// <summary>Whether boxes come straight from the file, not from a copy in memory.</summary>
    public bool IsMapped => view is not null;

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The box reaches outside, or the destination is too small.</exception>
    /// <exception cref="CoraException">T is a type of whole numbers and the box holds a value that is none.</exception>
    public void CopyBox(Box3 box, Span<T> destination)
    {
        if (whole is not null)
        {
            whole.CopyBox(box, destination);
            return;
        }

        var size = Geometry.Size;
        if (!box.IsWithin(size)) throw new ArgumentException($"Box {box} reaches outside of {size}.", nameof(box));
        if (destination.Length < box.Size.Count) throw new ArgumentException($"{destination.Length} voxels of room for a box of {box.Size}.", nameof(destination));

        var handle = view!.SafeMemoryMappedViewHandle;
        byte* pages = null;
        handle.AcquirePointer(ref pages);          // holds the mapping even if another thread disposes it now
        try
        {
            var voxelBytes = layout.Type.Bytes();
            var first = pages + view.PointerOffset + layout.Start + layout.Skip;
            var misfits = default(Misfits);
            for (var z = 0; z < box.Size.Z; z++)
            {
                for (var y = 0; y < box.Size.Y; y++)
                {
                    var from = ((long)(box.Z + z) * size.Y + box.Y + y) * size.X + box.X;
                    var row = new ReadOnlySpan<byte>(first + from * voxelBytes, box.Size.X * voxelBytes);
                    misfits += VoxelConversion.Convert(layout, row, destination.Slice((z * box.Size.Y + y) * box.Size.X, box.Size.X));
                }
            }

            VolumeReader.RefuseMisfits<T>(layout.File, misfits, box.Size.Count);
        }
        finally
        {
            handle.ReleasePointer();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        view?.Dispose();
        mapping?.Dispose();
    }
}
