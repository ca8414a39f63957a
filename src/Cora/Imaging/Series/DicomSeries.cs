using System.Globalization;
using Cora.Dicom;

namespace Cora.Imaging;

/// <summary>What voxels outside of the scanned circle become.</summary>
public enum PaddingHu
{
    /// <summary>What slope and intercept make of them, often -3024.</summary>
    Keep,

    /// <summary>Air, -1024, as every other voxel below it.</summary>
    Air,
}

/// <summary>Reads stacks of DICOM slices as volumes, and writes volumes as DICOM slices.</summary>
public static class DicomSeries
{
    private const short AirHu = -1024;

    /// <summary>All slices below a folder, in an archive or of one file, by series; files that are no CT slices are counted by the reason.</summary>
    /// <param name="path">A folder, a file or a zip archive.</param>
    /// <param name="stop">Ends the reading between two files.</param>
    public static DicomFound Find(string path, CancellationToken stop = default)
    {
        var (slices, refusals, others) = (new List<DicomSlice>(), new Dictionary<(string Cause, string Remedy), int>(), 0);
        using var files = new DicomFiles();
        foreach (var place in files.Below(path))
        {
            stop.ThrowIfCancellationRequested();
            try
            {
                if (files.Read(place) is { } file) slices.AddRange(DicomSlices.Of(file, place));
                else others++;
            }
            catch (DicomException problem)
            {
                var key = (problem.Message, problem.Remedy);
                refusals[key] = refusals.GetValueOrDefault(key) + 1;
            }
        }

        return new(
            [.. slices.GroupBy(s => s.Header.SeriesUid).OrderBy(g => g.First().Header.Traits.SeriesNumber).ThenBy(g => g.Key, StringComparer.Ordinal).SelectMany(DicomStacks.Of)],
            [.. refusals.Select(r => (r.Key.Cause, r.Key.Remedy, r.Value))], others);
    }

    /// <summary>
    /// The volume of a stack in HU, slope and intercept of each slice applied, rounded to the nearest whole number with ties to even and clamped to 16 bits. A
    /// tilted stack is resampled to a grid along its normal (linear, air outside), since masks and networks know boxes only.
    /// </summary>
    /// <exception cref="CoraException">A slice cannot be decoded (the message names tags and syntaxes, no file), or memory does not suffice.</exception>
    public static Volume<short> Read(DicomStack stack, PaddingHu padding = PaddingHu.Keep, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(stack);
        var geometry = stack.Geometry;
        var voxels = MemoryRoom.Allocate<short>("DICOM series", geometry.Size);
        var plane = geometry.Size.X * geometry.Size.Y;
        using var files = new DicomFiles();
        var (open, openPlace) = ((DicomPixels?)null, (DicomPlace?)null);
        for (var z = 0; z < stack.Slices.Length; z++)
        {
            stop.ThrowIfCancellationRequested();
            var slice = stack.Slices[z];
            try
            {
                if (openPlace != slice.Place) (open, openPlace) = (files.Read(slice.Place)?.Pixels() ?? throw new DicomException("A file is no DICOM file any more.", "Run the command again when nothing writes to the archive."), slice.Place);
                if ((open!.Rows, open.Columns) != slice.Header.Size) throw new DicomException("A file has changed while it was read.", "Run the command again when nothing writes to the archive.");
                Scale(open.Frame(slice.Frame), slice, padding, voxels.AsSpan(z * plane, plane));
            }
            catch (DicomException problem)
            {
                throw new CoraException(string.Create(CultureInfo.InvariantCulture, $"Slice {z + 1} of {stack.Slices.Length}: {problem.Message}"), problem.Remedy, inner: problem);
            }
        }

        var volume = new Volume<short>(geometry, voxels);
        return stack.TiltDegrees == 0 ? volume : Untilt(volume);
    }

    /// <summary>The grid of a volume read from the stack: the stack's own, or the straightened one of a tilted stack.</summary>
    public static Geometry GeometryOf(DicomStack stack)
    {
        ArgumentNullException.ThrowIfNull(stack);
        return stack.TiltDegrees == 0 ? stack.Geometry : Straight(stack.Geometry);
    }

    private static void Scale(int[] stored, DicomSlice slice, PaddingHu padding, Span<short> hu)
    {
        var (slope, intercept) = slice.Rescale;
        var range = slice.Header.Padding;
        for (var i = 0; i < hu.Length; i++)
        {
            var value = (short)Math.Clamp(Math.Round(stored[i] * slope + intercept), short.MinValue, short.MaxValue);
            if (padding == PaddingHu.Air && (value < AirHu || (range is { } r && stored[i] >= r.Low && stored[i] <= r.High))) value = AirHu;
            hu[i] = value;
        }
    }

    private static Volume<short> Untilt(Volume<short> tilted) =>
        Resample.Linear(tilted, Straight(tilted.Geometry), Beyond.FillOutsideVoxels, AirHu);

    /// <summary>The grid along row, column and normal with the same planes, wide enough for every slice of the leaning stack.</summary>
    private static Geometry Straight(Geometry leaning)
    {
        var (row, column) = (leaning.Direction.Column(0), leaning.Direction.Column(1));
        var normal = row.Cross(column).Unit();
        var step = leaning.Spacing.Z * leaning.Direction.Column(2);
        var way = (leaning.Size.Z - 1) * step;
        var (alongRow, alongColumn) = (row.Dot(way) / leaning.Spacing.X, column.Dot(way) / leaning.Spacing.Y);
        int Extra(double voxels) => (int)Math.Ceiling(Math.Abs(Math.Round(voxels, 6)));
        var origin = leaning.Origin
            + (alongRow < 0 ? -Extra(alongRow) * leaning.Spacing.X : 0) * row + (alongColumn < 0 ? -Extra(alongColumn) * leaning.Spacing.Y : 0) * column;
        return new(
            new(leaning.Size.X + Extra(alongRow), leaning.Size.Y + Extra(alongColumn), leaning.Size.Z),
            new(leaning.Spacing.X, leaning.Spacing.Y, normal.Dot(step)), origin, Mat3.FromColumns(row, column, normal));
    }
}

/// <summary>What lies at a place.</summary>
/// <param name="Stacks">Stacks and refused series, by series number.</param>
/// <param name="Refusals">Files that are DICOM and no CT slice, by reason.</param>
/// <param name="Others">Files that are not DICOM.</param>
public sealed record DicomFound(
    IReadOnlyList<DicomStackOrRefusal> Stacks, IReadOnlyList<(string Cause, string Remedy, int Files)> Refusals, int Others);
