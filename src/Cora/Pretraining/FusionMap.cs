using Cora.Imaging;

namespace Cora.Pretraining;

/// <summary>Which share of the foreground each voxel of a fused patch gets, as the number of a level: 0 is pure background.</summary>
internal static class FusionMap
{
    /// <summary>Levels n³ of a seeded draw, x fastest, after the layout of the settings.</summary>
    public static byte[] Draw(VolumeFusionConfig config, int side, Rng random) =>
        config.Layout == FusionLayout.Boxes ? Boxes(config, side, random) : Grid(config, side, random);

    /// <summary>
    /// The first publication's form: boxes anywhere, of sides that are drawn each by itself, each of one level, 0 among them, so that a box may also erase; later
    /// boxes cover earlier ones, and irregular regions come about.
    /// </summary>
    private static byte[] Boxes(VolumeFusionConfig config, int side, Rng random)
    {
        var levels = new byte[side * side * side];
        var count = random.Integer(config.Boxes);
        for (var box = 0; box < count; box++)
        {
            var level = (byte)random.Integer(0, config.Levels);
            var size = new Size3(random.Integer(config.BoxSides(side)), random.Integer(config.BoxSides(side)), random.Integer(config.BoxSides(side)));
            int Start(int axis) => random.Integer(0, side - size[axis]);
            Fill(levels, side, new(Start(0), Start(1), Start(2), size), level);
        }

        return levels;
    }

    /// <summary>The authors' later form: a grid of blocks of one size, of which a fixed share gets a level above 0; what the grid does not reach stays background.</summary>
    private static byte[] Grid(VolumeFusionConfig config, int side, Rng random)
    {
        var levels = new byte[side * side * side];
        var block = new Size3(random.Integer(config.GridBlock), random.Integer(config.GridBlock), random.Integer(config.GridBlock));
        int Offset(int axis) => random.Integer(0, side % block[axis]);
        var (x, y, z) = (Offset(0), Offset(1), Offset(2));
        var counts = new Size3(side / block.X, side / block.Y, side / block.Z);
        var order = Enumerable.Range(0, (int)counts.Count).ToArray();
        random.Shuffle(order.AsSpan());
        foreach (var place in order[..(int)(config.GridShare * order.Length)])
        {
            var (i, j, k) = (place % counts.X, place / counts.X % counts.Y, place / (counts.X * counts.Y));
            Fill(levels, side, new(x + i * block.X, y + j * block.Y, z + k * block.Z, block), (byte)random.Integer(1, config.Levels));
        }

        return levels;
    }

    private static void Fill(byte[] levels, int side, Box3 box, byte level)
    {
        for (var z = box.Z; z < box.Z + box.Size.Z; z++)
        {
            for (var y = box.Y; y < box.Y + box.Size.Y; y++) levels.AsSpan((z * side + y) * side + box.X, box.Size.X).Fill(level);
        }
    }
}
