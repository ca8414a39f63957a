namespace Cora.Dicom;

/// <summary>Value representations: what the bytes of an element mean (PS3.5 section 6.2). The number of each is its two letters.</summary>
public enum DicomVr : ushort
{
#pragma warning disable CS1591 // The names are the standard's, and it explains them.
    None = 0,
    AE = 'A' << 8 | 'E', AS = 'A' << 8 | 'S', AT = 'A' << 8 | 'T', CS = 'C' << 8 | 'S', DA = 'D' << 8 | 'A', DS = 'D' << 8 | 'S', DT = 'D' << 8 | 'T',
    FD = 'F' << 8 | 'D', FL = 'F' << 8 | 'L', IS = 'I' << 8 | 'S', LO = 'L' << 8 | 'O', LT = 'L' << 8 | 'T', OB = 'O' << 8 | 'B', OD = 'O' << 8 | 'D',
    OF = 'O' << 8 | 'F', OL = 'O' << 8 | 'L', OV = 'O' << 8 | 'V', OW = 'O' << 8 | 'W', PN = 'P' << 8 | 'N', SH = 'S' << 8 | 'H', SL = 'S' << 8 | 'L',
    SQ = 'S' << 8 | 'Q', SS = 'S' << 8 | 'S', ST = 'S' << 8 | 'T', SV = 'S' << 8 | 'V', TM = 'T' << 8 | 'M', UC = 'U' << 8 | 'C', UI = 'U' << 8 | 'I',
    UL = 'U' << 8 | 'L', UN = 'U' << 8 | 'N', UR = 'U' << 8 | 'R', US = 'U' << 8 | 'S', UT = 'U' << 8 | 'T', UV = 'U' << 8 | 'V',
#pragma warning restore CS1591
}

/// <summary>What the representations have in common.</summary>
internal static class DicomVrs
{
    /// <summary>The representation of two letters; None when the standard has no such one.</summary>
    public static DicomVr Of(byte first, byte second)
    {
        var vr = (DicomVr)(first << 8 | second);
        return vr != DicomVr.None && Enum.IsDefined(vr) ? vr : DicomVr.None;
    }

    /// <summary>Whether explicit files store the length in 32 bits, behind two reserved bytes.</summary>
    public static bool HasLongLength(this DicomVr vr) => vr is DicomVr.OB or DicomVr.OD or DicomVr.OF or DicomVr.OL or DicomVr.OV or DicomVr.OW
        or DicomVr.SQ or DicomVr.SV or DicomVr.UC or DicomVr.UN or DicomVr.UR or DicomVr.UT or DicomVr.UV;

    /// <summary>Bytes that change places together in big-endian files.</summary>
    public static int UnitBytes(this DicomVr vr) => vr switch
    {
        DicomVr.AT or DicomVr.OW or DicomVr.SS or DicomVr.US => 2,
        DicomVr.FL or DicomVr.OF or DicomVr.OL or DicomVr.SL or DicomVr.UL => 4,
        DicomVr.FD or DicomVr.OD or DicomVr.OV or DicomVr.SV or DicomVr.UV => 8,
        _ => 1,
    };

    /// <summary>Whether the value is text.</summary>
    public static bool IsText(this DicomVr vr) => vr is DicomVr.AE or DicomVr.AS or DicomVr.CS or DicomVr.DA or DicomVr.DS or DicomVr.DT or DicomVr.IS
        or DicomVr.LO or DicomVr.LT or DicomVr.PN or DicomVr.SH or DicomVr.ST or DicomVr.TM or DicomVr.UC or DicomVr.UI or DicomVr.UR or DicomVr.UT;

    /// <summary>Whether SpecificCharacterSet says how its letters are coded; the other texts are ASCII.</summary>
    public static bool HasLetters(this DicomVr vr) => vr is DicomVr.LO or DicomVr.LT or DicomVr.PN or DicomVr.SH or DicomVr.ST or DicomVr.UC or DicomVr.UT;

    /// <summary>Whether a backslash stands between values, and is no letter of a single one.</summary>
    public static bool IsMultiple(this DicomVr vr) => vr is not (DicomVr.LT or DicomVr.ST or DicomVr.UR or DicomVr.UT);
}
