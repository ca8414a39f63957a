namespace Cora;

/// <summary>Settings that can judge themselves. Defaults are the paper's values, or those of the decision they name.</summary>
public interface ISettings
{
    /// <summary>Every value that is out of range, all at once; empty when all is well.</summary>
    IEnumerable<Problem> Check();
}

/// <summary>One wrong setting: its name (as in the file, snake_case where known), its value and what was expected.</summary>
public readonly record struct Problem(string Name, object? Value, string Expected)
{
    /// <inheritdoc/>
    public override string ToString() =>
        string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{Name} = {Value ?? "nothing"}, expected {Expected}");
}
