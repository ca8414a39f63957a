namespace Cora;

/// <summary>Why a program ends; the number is its exit code (table in the manual).</summary>
public enum ExitCode
{
    /// <summary>Everything asked for is done.</summary>
    Done = 0,

    /// <summary>A defect in the program.</summary>
    Defect = 1,

    /// <summary>Wrong usage or configuration.</summary>
    Usage = 2,

    /// <summary>An input is unusable.</summary>
    Input = 3,

    /// <summary>Some cases failed, the others are done.</summary>
    PartlyFailed = 4,

    /// <summary>Out of memory or disk.</summary>
    Resources = 5,

    /// <summary>Interrupted; a checkpoint was written, run the same command again.</summary>
    Interrupted = 6,

    /// <summary>A verification failed.</summary>
    Verification = 7,
}

/// <summary>Something a user can mend: what happened and where, and what to do about it.</summary>
/// <remarks>Anything that is not one of these is a defect of ours. Messages never hold patient identifiers.</remarks>
public sealed class CoraException : Exception
{
    /// <param name="message">What, where, and what was expected.</param>
    /// <param name="remedy">What the reader can do.</param>
    /// <param name="code">The exit code that a program should end with; by default an unusable input.</param>
    /// <param name="inner">The cause, when another exception told of it.</param>
    public CoraException(string message, string remedy, ExitCode code = ExitCode.Input, Exception? inner = null)
        : base(message, inner)
    {
        Remedy = remedy;
        Code = code;
    }

    /// <summary>What the reader can do.</summary>
    public string Remedy { get; }

    /// <summary>The exit code that a program should end with.</summary>
    public ExitCode Code { get; }
}
