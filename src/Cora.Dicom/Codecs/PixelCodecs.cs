namespace Cora.Dicom.Codecs;

/// <summary>Decodes one compressed frame.</summary>
internal interface IPixelCodec
{
    /// <summary>The samples of a frame as the codec stores them, row by row, colours together; without sign, which the caller gives.</summary>
    /// <exception cref="DicomException">The stream is damaged or is not of the described size.</exception>
    int[] Decode(byte[] frame, DicomPixels pixels);
}

/// <summary>The codecs, written out by hand.</summary>
internal static class PixelCodecs
{
    /// <summary>The codec of a syntax.</summary>
    /// <exception cref="DicomException">There is none; the message names the syntax and what to do.</exception>
    public static IPixelCodec For(TransferSyntax syntax) => syntax.Uid switch
    {
        "1.2.840.10008.1.2.5" => new RleCodec(),
        "1.2.840.10008.1.2.4.50" or "1.2.840.10008.1.2.4.51" => new JpegCodec(),
        "1.2.840.10008.1.2.4.57" or "1.2.840.10008.1.2.4.70" => new LosslessJpegCodec(),
        "1.2.840.10008.1.2.4.80" or "1.2.840.10008.1.2.4.81" => new JpegLsCodec(),
        "1.2.840.10008.1.2.4.90" or "1.2.840.10008.1.2.4.91" => new Jpeg2000.Jpeg2000Codec(),
        _ => throw new DicomException($"The pixels are coded as {syntax}, which is not read.", "Convert the file to explicit little endian, for example with `gdcmconv --raw IN OUT` or `dcmdjpeg IN OUT`."),
    };

    /// <summary>A stream that a codec cannot follow.</summary>
    public static DicomException Damaged(string codec, string what, Exception? inner = null) =>
        new($"The {codec} stream of a frame is damaged: {what}.", "Fetch the image again from the archive.", inner);
}
