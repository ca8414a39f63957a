using System.Globalization;
using System.Text;

namespace Cora.Imaging;

/// <summary>The lines "name: value" or "name = value" with which NRRD and MetaImage files begin, asked for by name.</summary>
internal sealed class TextHeader
{
    private const int MostBytes = 1 << 20;

    private readonly string path;
    private readonly string format;
    private readonly Dictionary<string, string> values = new(StringComparer.OrdinalIgnoreCase);

    private TextHeader(string path, string format)
    {
        this.path = path;
        this.format = format;
    }

    /// <summary>Where the bytes after the last header line begin.</summary>
    public long DataStart { get; private set; }

    /// <summary>Reads lines until <paramref name="isLast"/>, or to the end of a header without data.</summary>
    /// <param name="path">The file.</param>
    /// <param name="format">Its format, for messages.</param>
    /// <param name="parse">Name and value of a line, null for lines to pass over.</param>
    /// <param name="isLast">Whether the header ends with this line.</param>
    public static TextHeader Read(string path, string format, Func<string, (string Name, string Value)?> parse, Func<string, bool> isLast)
    {
        var header = new TextHeader(path, format);
        var bytes = new byte[MostBytes];
        int length;
        using (var file = Refusal.OpenFile(path, bufferBytes: 0)) length = file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        for (var start = 0; start < length;)
        {
            var end = Array.IndexOf(bytes, (byte)'\n', start, length - start);
            if (end < 0 && length == MostBytes) throw header.Refuse($"the header is longer than {MostBytes} bytes.", "The file is damaged: export it again.");
            if (end < 0) end = length;
            var line = Encoding.Latin1.GetString(bytes, start, end - start).TrimEnd('\r');
            start = Math.Min(end + 1, length);
            header.DataStart = start;
            if (parse(line) is var (name, value) && !header.values.TryAdd(name.Trim(), value.Trim()))
                throw header.Refuse($"the field \"{name.Trim()}\" stands there twice.", "Remove the wrong line of the header.");
            if (isLast(line)) break;
        }

        return header;
    }

    public CoraException Refuse(string what, string remedy) => Refusal.Of(path, what, remedy);

    /// <summary>A field's value by its first known name, or null.</summary>
    public string? Find(params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
        {
            if (values.TryGetValue(name, out var value)) return value;
        }

        return null;
    }

    public string Require(params ReadOnlySpan<string> names) =>
        Find(names) ?? throw Refuse($"the {format} header has no \"{names[0]}\".", "Add the field, or export the file again.");

    /// <summary>A list of finite numbers, parted by blanks or commas.</summary>
    public double[] Numbers(string name, string text, int? count = null)
    {
        var parts = text.Split([' ', '\t', ','], StringSplitOptions.RemoveEmptyEntries);
        var numbers = new double[parts.Length];
        for (var i = 0; i < parts.Length; i++)
        {
            if (!double.TryParse(parts[i], NumberStyles.Float, CultureInfo.InvariantCulture, out numbers[i]) || !double.IsFinite(numbers[i]))
                throw Refuse($"\"{parts[i]}\" stands in \"{name}\", expected a number.", "Repair the header, or export the file again.");
        }

        if (count is not null && numbers.Length != count)
            throw Refuse($"\"{name}\" holds {numbers.Length} numbers, expected {count}.", "Repair the header, or export the file again.");
        return numbers;
    }

    /// <summary>A whole number between two bounds.</summary>
    public long Whole(string name, string text, long lowest, long highest) =>
        long.TryParse(text, CultureInfo.InvariantCulture, out var number) && number >= lowest && number <= highest
            ? number
            : throw Refuse($"\"{name}\" is \"{text}\", expected a whole number from {lowest} to {highest}.", "Repair the header, or export the file again.");

    /// <summary>Lengths of the axes, each 1 or more.</summary>
    public int[] Lengths(string name, int count)
    {
        var parts = Require(name).Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
        if (parts.Length != count) throw Refuse($"\"{name}\" holds {parts.Length} numbers, expected {count}.", "Repair the header, or export the file again.");
        return [.. parts.Select(p => (int)Whole(name, p, 1, int.MaxValue))];
    }

    /// <summary>The data file that a header names: a neighbour, or below the header's folder.</summary>
    public string Neighbour(string name)
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        var file = Path.IsPathRooted(name) || name.Contains('\0', StringComparison.Ordinal) ? "" : Path.GetFullPath(Path.Combine(folder, name));
        if (!file.StartsWith(Path.TrimEndingDirectorySeparator(folder) + Path.DirectorySeparatorChar, StringComparison.Ordinal))
            throw Refuse($"the data file \"{name}\" lies outside of the header's folder.", "Put header and data side by side, and name the data file without a path.");
        return File.Exists(file) ? file : throw Refuse($"the data file \"{name}\" is not there.", "Copy it to the header's folder.");
    }

    /// <summary>The grid of axes (millimetres a voxel) and an origin, in a space whose axes turn into RAS by signs.</summary>
    public Geometry Grid(Size3 size, Mat3 axes, Vec3 origin, Vec3 signsToRas) =>
        PatientGrid.FromRasAffine(path, size, Mat3.Diagonal(signsToRas) * axes, signsToRas * origin, "Export the file again with its orientation.");
}
