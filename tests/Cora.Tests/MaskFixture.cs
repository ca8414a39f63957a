using System.Text.Json;
using Cora.Imaging;

namespace Cora.Tests;

/// <summary>Fixture arrays as volumes: axis 0, 1, 2 of an array is index x, y, z.</summary>
internal static class MaskFixture
{
    public static Volume<byte> Mask(JsonElement entry, double spacingMm = 1)
    {
        var array = Fixture.Array(entry);
        return new(Geometry.Isotropic(SizeOf(array), spacingMm), Turned(array, v => (byte)v));
    }

    public static Size3 SizeOf(NpyArray array) => new(array.Shape[0], array.Shape[1], array.Shape[2]);

    /// <summary>The values with axis 0 fastest.</summary>
    public static T[] Turned<T>(NpyArray array, Func<double, T> map)
    {
        var size = SizeOf(array);
        var turned = new T[array.Values.Length];
        for (var x = 0; x < size.X; x++)
        {
            for (var y = 0; y < size.Y; y++)
            {
                for (var z = 0; z < size.Z; z++) turned[(z * size.Y + y) * size.X + x] = map(array.Values[(x * size.Y + y) * size.Z + z]);
            }
        }

        return turned;
    }
}
