namespace Cora.Dicom;

/// <summary>Tags that programs ask for by name; the names are the standard's keywords (PS3.6).</summary>
public static class Tags
{
#pragma warning disable CS1591 // The standard explains them.
    public static readonly DicomTag
        TransferSyntaxUid = new(0x0002, 0x0010), MediaStorageSopClassUid = new(0x0002, 0x0002), MediaStorageSopInstanceUid = new(0x0002, 0x0003),
        ImplementationClassUid = new(0x0002, 0x0012), ImplementationVersionName = new(0x0002, 0x0013), FileMetaInformationVersion = new(0x0002, 0x0001),
        FileMetaInformationGroupLength = new(0x0002, 0x0000),
        SpecificCharacterSet = new(0x0008, 0x0005), ImageType = new(0x0008, 0x0008), SopClassUid = new(0x0008, 0x0016), SopInstanceUid = new(0x0008, 0x0018),
        StudyDate = new(0x0008, 0x0020), AcquisitionDate = new(0x0008, 0x0022), StudyTime = new(0x0008, 0x0030), AcquisitionTime = new(0x0008, 0x0032),
        ContentTime = new(0x0008, 0x0033), AccessionNumber = new(0x0008, 0x0050), Modality = new(0x0008, 0x0060), ConversionType = new(0x0008, 0x0064),
        Manufacturer = new(0x0008, 0x0070), InstitutionName = new(0x0008, 0x0080), StudyDescription = new(0x0008, 0x1030), SeriesDescription = new(0x0008, 0x103E),
        ManufacturerModelName = new(0x0008, 0x1090),
        PatientName = new(0x0010, 0x0010), PatientId = new(0x0010, 0x0020), IssuerOfPatientId = new(0x0010, 0x0021), PatientBirthDate = new(0x0010, 0x0030),
        PatientSex = new(0x0010, 0x0040), PatientAge = new(0x0010, 0x1010), PatientSize = new(0x0010, 0x1020), PatientWeight = new(0x0010, 0x1030),
        ContrastBolusAgent = new(0x0018, 0x0010), BodyPartExamined = new(0x0018, 0x0015), SliceThickness = new(0x0018, 0x0050), Kvp = new(0x0018, 0x0060),
        SpacingBetweenSlices = new(0x0018, 0x0088), ContrastBolusRoute = new(0x0018, 0x1040), TriggerTime = new(0x0018, 0x1060),
        ReconstructionDiameter = new(0x0018, 0x1100), GantryDetectorTilt = new(0x0018, 0x1120), ConvolutionKernel = new(0x0018, 0x1210),
        NominalPercentageOfCardiacPhase = new(0x0020, 0x9241), NominalCardiacTriggerDelayTime = new(0x0020, 0x9153),
        CardiacSynchronizationSequence = new(0x0018, 0x9118), StudyInstanceUid = new(0x0020, 0x000D), SeriesInstanceUid = new(0x0020, 0x000E),
        SeriesNumber = new(0x0020, 0x0011), AcquisitionNumber = new(0x0020, 0x0012), InstanceNumber = new(0x0020, 0x0013),
        ImagePositionPatient = new(0x0020, 0x0032), ImageOrientationPatient = new(0x0020, 0x0037), FrameOfReferenceUid = new(0x0020, 0x0052),
        ImageComments = new(0x0020, 0x4000), SamplesPerPixel = new(0x0028, 0x0002), PhotometricInterpretation = new(0x0028, 0x0004),
        PlanarConfiguration = new(0x0028, 0x0006), NumberOfFrames = new(0x0028, 0x0008), Rows = new(0x0028, 0x0010), Columns = new(0x0028, 0x0011),
        PixelSpacing = new(0x0028, 0x0030), BitsAllocated = new(0x0028, 0x0100), BitsStored = new(0x0028, 0x0101), HighBit = new(0x0028, 0x0102),
        PixelRepresentation = new(0x0028, 0x0103), PixelPaddingValue = new(0x0028, 0x0120), PixelPaddingRangeLimit = new(0x0028, 0x0121),
        BurnedInAnnotation = new(0x0028, 0x0301), RescaleIntercept = new(0x0028, 0x1052), RescaleSlope = new(0x0028, 0x1053), RescaleType = new(0x0028, 0x1054),
        SharedFunctionalGroups = new(0x5200, 0x9229), PerFrameFunctionalGroups = new(0x5200, 0x9230), PixelMeasuresSequence = new(0x0028, 0x9110),
        PixelValueTransformationSequence = new(0x0028, 0x9145), PlanePositionSequence = new(0x0020, 0x9113), PlaneOrientationSequence = new(0x0020, 0x9116),
        CtReconstructionSequence = new(0x0018, 0x9314), CtImageFrameTypeSequence = new(0x0018, 0x9329), FrameType = new(0x0008, 0x9007),
        FrameContentSequence = new(0x0020, 0x9111), FrameReferenceDateTime = new(0x0018, 0x9151), TemporalPositionIndex = new(0x0020, 0x9128),
        ExtendedOffsetTable = new(0x7FE0, 0x0001), FloatPixelData = new(0x7FE0, 0x0008), DoubleFloatPixelData = new(0x7FE0, 0x0009), PixelData = new(0x7FE0, 0x0010),
        DataSetTrailingPadding = new(0xFFFC, 0xFFFC);

    internal static readonly DicomTag Item = new(0xFFFE, 0xE000), ItemEnd = new(0xFFFE, 0xE00D), SequenceEnd = new(0xFFFE, 0xE0DD);
#pragma warning restore CS1591
}
