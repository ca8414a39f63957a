using Cora.Imaging;

namespace Cora.Tests.Imaging;

public sealed class DistanceTransformTests
{
    public static TheoryData<string> Cases => Fixture.Names("b", "euclidean_distance_transform");

    [Theory]
    [MemberData(nameof(Cases))]
    public void Distances_to_the_background_agree_with_SciPy(string name)
    {
        var fixture = Fixture.Case(name);
        var mask = MaskFixture.Mask(fixture.GetProperty("inputs").EnumerateObject().Single().Value);
        var sampling = fixture.GetProperty("params").GetProperty("sampling").EnumerateArray().Select(v => v.GetDouble()).ToArray();
        var expected = fixture.GetProperty("expect").GetProperty("distance_to_nearest_background");
        var want = MaskFixture.Turned(Fixture.Array(expected), v => v);

        var squared = DistanceTransform.SquaredToNearest(mask.Select(v => (byte)(1 - v)).Voxels, mask.Geometry.Size, new(sampling[0], sampling[1], sampling[2]));

        var (atol, rtol) = (expected.GetProperty("atol").GetDouble(), expected.GetProperty("rtol").GetDouble());
        for (var i = 0; i < want.Length; i++) Assert.Equal(want[i], Math.Sqrt(squared[i]), atol + rtol * want[i]);
    }

    [Theory]
    [InlineData(0.3, 1, 0.002)]
    [InlineData(1, 1, 0.3)]
    [InlineData(0.35, 1.7, 0.02)]
    public void Distances_are_those_of_trying_every_voxel(double spacingX, double spacingZ, double density)
    {
        var (size, spacing) = (new Size3(19, 23, 11), new Vec3(spacingX, 0.8, spacingZ));
        var random = Seed.Root(3).Random();
        var set = new byte[size.Count];
        for (var i = 0; i < set.Length; i++) set[i] = random.Uniform() < density ? (byte)1 : (byte)0;
        set[57] = 1;
        Vec3 Place(int i) => spacing * new Vec3(i % size.X, i / size.X % size.Y, i / size.X / size.Y);
        var members = Enumerable.Range(0, set.Length).Where(i => set[i] != 0).Select(Place).ToArray();

        var squared = DistanceTransform.SquaredToNearest(set, size, spacing);

        // Squares up to 400 mm², each with a few roundings.
        for (var i = 0; i < set.Length; i++)
        {
            var place = Place(i);
            Assert.Equal(members.Min(m => (m - place).Dot(m - place)), squared[i], 1e-11);
        }
    }

    [Fact]
    public void Without_a_voxel_in_the_set_every_distance_is_infinite() =>
        Assert.All(DistanceTransform.SquaredToNearest(new byte[60], new(3, 4, 5), new(1, 1, 1)), d => Assert.Equal(double.PositiveInfinity, d));

    [Theory]
    [InlineData(0)]
    [InlineData(-0.5)]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void A_spacing_that_is_no_length_is_refused(double spacing) =>
        Assert.Throws<ArgumentException>(() => DistanceTransform.SquaredToNearest(new byte[8], Size3.Cube(2), new(1, spacing, 1)));
}
