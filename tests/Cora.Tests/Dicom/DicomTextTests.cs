using Cora.Dicom;

namespace Cora.Tests.Dicom;

/// <summary>Names of PS3.5 annexes H to K and of PS3.3 C.12.1.1.2; their bytes were made with Python's codecs.</summary>
public sealed class DicomTextTests
{
    [Theory]
    [InlineData("ISO_IR 100", "4275635E4AE9726F6D65", "Buc^Jérome")]
    [InlineData("ISO_IR 101", "5761B3EA7361", "Wałęsa")]
    [InlineData("ISO_IR 144", "BBEEDA6365DCD17970D3", "Люкceмбypг")]
    [InlineData("ISO_IR 126", "C4E9EFEDF5F3E9EFF2", "Διονυσιος")]
    [InlineData("ISO_IR 166", "B9D2C1CAA1D8C5", "นามสกุล")]
    [InlineData("ISO_IR 192", "57616E675E5869616F446F6E673DE78E8B5EE5B08FE69DB1", "Wang^XiaoDong=王^小東")]
    [InlineData("GB18030", "57616E675E5869616F446F6E673DCDF55ED0A1B6AB", "Wang^XiaoDong=王^小东")]
    [InlineData("GBK", "57616E675E5869616F446F6E673DCDF55ED0A1B6AB", "Wang^XiaoDong=王^小东")]
    [InlineData("\\ISO 2022 IR 87", "59616D6164615E5461726F753D1B24423B3345441B28425E1B244242404F3A1B28423D1B24422464245E24401B28425E1B2442243F246D24261B2842", "Yamada^Tarou=山田^太郎=やまだ^たろう")]
    [InlineData("ISO 2022 IR 13\\ISO 2022 IR 87", "D4CFC0DE5EC0DBB33D1B24423B3345441B284A5E1B244242404F3A1B284A", "ﾔﾏﾀﾞ^ﾀﾛｳ=山田^太郎")]
    [InlineData("\\ISO 2022 IR 149", "486F6E675E47696C646F6E673D1B242943FBF35E1B242943D1CED4D7", "Hong^Gildong=洪^吉洞")]
    [InlineData("\\ISO 2022 IR 58", "5A68616E675E5869616F446F6E673D1B242941D5C55E1B242941D0A1B6AB", "Zhang^XiaoDong=张^小东")]
    [InlineData("ISO 2022 IR 100\\ISO 2022 IR 144", "E95E1B2D4CBBEE", "é^Лю")]
    public void Letters_are_read_in_every_character_set(string characterSet, string hex, string expected) =>
        Assert.Equal(expected, DicomText.Of(characterSet).Decode(Convert.FromHexString(hex)));

    [Fact]
    public void A_name_in_UTF8_is_written_and_read_again()
    {
        var set = new DicomDataset();
        set.Set(Tags.SpecificCharacterSet, DicomVr.CS, "ISO_IR 192");
        set.Set(Tags.PatientName, DicomVr.PN, "Müller^Jörg");

        var read = DicomFile.Read(DicomWriter.ToBytes(new(set, TransferSyntax.ImplicitLittle)));

        Assert.Equal("Müller^Jörg", read.Dataset.Text(Tags.PatientName));
    }

    [Fact]
    public void Items_take_the_letters_of_the_data_set_they_lie_in()
    {
        var item = new DicomDataset();
        item.Set(new DicomElement(Tags.PatientName, DicomVr.PN, new DicomData([(byte)'J', 0xE9])));
        var set = new DicomDataset();
        set.Set(Tags.SpecificCharacterSet, DicomVr.CS, "ISO_IR 109");
        set.Set(new DicomElement(Tags.SharedFunctionalGroups, [item]));

        var read = DicomFile.Read(DicomWriter.ToBytes(new(set, TransferSyntax.ExplicitLittle)));

        Assert.Equal("Jé", read.Dataset.FirstItem(Tags.SharedFunctionalGroups)!.Text(Tags.PatientName));
    }

    [Fact]
    public void A_backslash_byte_within_a_letter_of_GBK_parts_no_values()
    {
        // 0x81 0x5C is one letter.
        var set = new DicomDataset();
        set.Set(Tags.SpecificCharacterSet, DicomVr.CS, "GBK");
        set.Set(new DicomElement(Tags.PatientId, DicomVr.LO, new DicomData([0x81, 0x5C, (byte)'A', (byte)' '])));

        Assert.Single(set.Texts(Tags.PatientId));
    }
}
