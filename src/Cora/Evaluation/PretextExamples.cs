using System.Globalization;
using System.Text.Json;
using Cora.Imaging;

namespace Cora.Evaluation;

/// <summary>How a column of examples is painted.</summary>
/// <param name="Name">Its heading.</param>
/// <param name="Low">Value painted black.</param>
/// <param name="High">Value painted white.</param>
public sealed record ExampleColumn(string Name, double Low, double High);

/// <summary>Pictures of a pretext task: in each row the same patch, in each column another side of it.</summary>
/// <param name="Caption">What is seen, and what would be seen had nothing been learnt.</param>
/// <param name="Columns">The columns.</param>
/// <param name="Rows">Of each row its name and, for each column, the middle slice [ny, nx], x fastest.</param>
public sealed record PretextExamples(string Caption, IReadOnlyList<ExampleColumn> Columns, IReadOnlyList<ExampleRow> Rows)
{
    private const string Words = "examples.json";

    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, WriteIndented = true, NewLine = "\n" };

    /// <summary>Whether a folder holds examples.</summary>
    public static bool AreIn(string folder) => File.Exists(Path.Combine(folder, Words));

    /// <summary>Writes examples.json and a NIfTI stack a column, one slice a row; whole or not at all.</summary>
    public void Write(string folder) => Atomically.WriteFolder(folder, aside =>
    {
        var width = Rows[0].Width;
        var height = Rows[0].Pictures[0].Length / width;
        var grid = new Geometry(new(width, height, Rows.Count), new(1, 1, 1), new(0, 0, 0), Mat3.Identity);
        foreach (var (c, _) in Columns.Index())
            Nifti.Write(Path.Combine(aside, FileOf(c)), new Volume<float>(grid, [.. Rows.SelectMany(r => r.Pictures[c])]));
        Atomically.WriteText(Path.Combine(aside, Words), JsonSerializer.Serialize(new Card(Caption, Columns, [.. Rows.Select(r => r.Name)]), Json) + "\n");
    });

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    /// <exception cref="CoraException">A file is missing or damaged.</exception>
    public static PretextExamples Read(string folder)
    {
        var path = Path.Combine(folder, Words);
        try
        {
            var card = JsonSerializer.Deserialize<Card>(File.ReadAllText(path), Json) ?? throw new JsonException("it holds null");
            var stacks = card.Columns.Select((_, c) => VolumeFile.Read<float>(Path.Combine(folder, FileOf(c)))).ToArray();
            var size = stacks[0].Geometry.Size;
            var area = size.X * size.Y;
            return new(card.Caption, card.Columns, [.. card.Rows.Select((name, r) => new ExampleRow(name, size.X, [.. stacks.Select(s => s.Voxels.Slice(r * area, area).ToArray())]))]);
        }
        catch (JsonException problem)
        {
            throw new CoraException($"{path} is damaged: {problem.Message}", "Run the training again with --overwrite.", inner: problem);
        }
    }

    private static string FileOf(int column) => string.Create(CultureInfo.InvariantCulture, $"column-{column + 1}.nii.gz");

    private sealed record Card(string Caption, IReadOnlyList<ExampleColumn> Columns, IReadOnlyList<string> Rows);
}

/// <summary>One patch of <see cref="PretextExamples"/>.</summary>
/// <param name="Name">Heading of the row.</param>
/// <param name="Width">Pixels a row of a picture.</param>
/// <param name="Pictures">For each column the pixels, x fastest.</param>
public sealed record ExampleRow(string Name, int Width, IReadOnlyList<float[]> Pictures);
