namespace Cora.Dicom;

/// <summary>A DICOM file that cannot be used: what is wrong with it, and what its owner can do.</summary>
/// <remarks>Messages name tags, lengths and transfer syntaxes, never values that could tell of a patient.</remarks>
public sealed class DicomException : Exception
{
    /// <param name="message">What is wrong, where, and what was expected.</param>
    /// <param name="remedy">What the reader can do.</param>
    /// <param name="inner">The cause, when another exception told of it.</param>
    public DicomException(string message, string remedy, Exception? inner = null)
        : base(message, inner) => Remedy = remedy;

    /// <summary>What the reader can do.</summary>
    public string Remedy { get; }

    internal static DicomException CutShort(string what) => new(what, "The file is cut short or damaged: fetch it again from the archive.");
}
