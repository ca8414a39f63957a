using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Cora.Ingest;

/// <summary>
/// Names that only the holder of the salt can make again: the same patient, study and site have the same name in every import with that salt. Patients are
/// named as <c>import nifti --salt-file</c> and <c>import clinical --salt-file</c> name them.
/// </summary>
public sealed class DicomPseudonyms
{
    private const int LeastSaltBytes = 16;

    private readonly byte[] salt;

    /// <summary>Pseudonyms of a salt.</summary>
    public DicomPseudonyms(byte[] salt)
    {
        ArgumentNullException.ThrowIfNull(salt);
        this.salt = salt;
    }

    /// <summary>Reads the salt, or makes one of 32 random bytes where there is none yet.</summary>
    /// <exception cref="CoraException">It is too short, or cannot be read or written.</exception>
    public static DicomPseudonyms FromFile(string path)
    {
        if (!File.Exists(path))
        {
            Atomically.WriteFile(path, stream => stream.Write(RandomNumberGenerator.GetBytes(32)));
            if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }

        var bytes = File.ReadAllBytes(path);
        if (bytes.Length < LeastSaltBytes)
            throw new CoraException($"{path} holds {bytes.Length} bytes, expected {LeastSaltBytes} or more.", "Make a salt of 32 random bytes; a short one can be guessed.", ExitCode.Usage);
        return new(bytes);
    }

    /// <summary>Name of a patient.</summary>
    public string Patient(string patientId) => "s" + Hash(patientId)[..16];

    /// <summary>Name of a case: of a study.</summary>
    public string Case(string studyUid) => "c" + Hash("study/" + studyUid)[..16];

    /// <summary>Name of a file that could not be read.</summary>
    public string BrokenFile(string path) => "f" + Hash("file/" + path)[..16];

    /// <summary>Name of a hospital.</summary>
    public string Site(string institution) => "h" + Hash("site/" + institution)[..6];

    /// <summary>Something that tells two salts or places apart, and nothing of them.</summary>
    public string Mark(string of) => Hash("mark/" + of)[..16];

    /// <summary>Days by which a patient's dates are moved: 1 to 365 back.</summary>
    public int DaysBack(string patientId) => 1 + (int)(uint.Parse(Hash("date/" + patientId).AsSpan(0, 8), NumberStyles.HexNumber, CultureInfo.InvariantCulture) % 365);

    private string Hash(string text) => Convert.ToHexStringLower(HMACSHA256.HashData(salt, Encoding.UTF8.GetBytes(text)));
}
