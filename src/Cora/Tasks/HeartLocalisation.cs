using Cora.Imaging;
using Cora.Networks;
using Cora.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Cora.Tasks;

/// <summary>Settings of the heart localiser. Phantoms are all of one kind, so scale, contrast and field of view are drawn far wider than nature has them.</summary>
public sealed record HeartConfig : ISettings
{
    /// <summary>Spacing of the coarse grid in millimetres.</summary>
    public double SpacingMm { get; init; } = 4;

    /// <summary>How many times as large the patient is shown.</summary>
    public Interval<double> Zoom { get; init; } = new(0.8, 1.35);

    /// <summary>Standard deviation of the natural logarithm of a further zoom of each axis by itself.</summary>
    public double Anisotropy { get; init; } = 0.08;

    /// <summary>Largest turn about each axis, in degrees.</summary>
    public double RotationDegrees { get; init; } = 15;

    /// <summary>Farthest that the middle of the scan lies from the middle of the patch, millimetres along each axis.</summary>
    public double ShiftMm { get; init; } = 40;

    /// <summary>Chance that a side of the field of view ends near the heart, as scans of the heart alone do; beyond it is air.</summary>
    public double CutChance { get; init; } = 0.5;

    /// <summary>Where such a side ends, millimetres beyond the heart's box; negative cuts into the heart.</summary>
    public Interval<double> CutMm { get; init; } = new(-8, 50);

    /// <summary>HU above 60 (contrast, calcium, bone) are stretched by so much: 0.15 is a scan without contrast.</summary>
    public Interval<double> ContrastGain { get; init; } = new(0.15, 1.4);

    /// <summary>Highest standard deviation of noise on the coarse grid, HU.</summary>
    public double NoiseHu { get; init; } = 40;

    /// <summary>Probability above which a voxel is heart.</summary>
    public double Threshold { get; init; } = 0.5;

    /// <inheritdoc/>
    public IEnumerable<Problem> Check()
    {
        if (SpacingMm is not (>= 1 and <= 10)) yield return new("spacing_mm", SpacingMm, "1 to 10 mm");
        if (!(Zoom.Low > 0)) yield return new("zoom", Zoom, "above 0");
        if (Anisotropy is not (>= 0 and <= 0.5)) yield return new("anisotropy", Anisotropy, "0 to 0.5");
        if (RotationDegrees is not (>= 0 and <= 90)) yield return new("rotation_degrees", RotationDegrees, "0 to 90");
        if (!(ShiftMm >= 0)) yield return new("shift_mm", ShiftMm, "0 or more");
        if (CutChance is not (>= 0 and <= 1)) yield return new("cut_chance", CutChance, "0 to 1");
        if (!(ContrastGain.Low >= 0)) yield return new("contrast_gain", ContrastGain, "0 or more");
        if (!(NoiseHu >= 0)) yield return new("noise_hu", NoiseHu, "0 or more");
        if (Threshold is not (> 0 and < 1)) yield return new("threshold", Threshold, "above 0 and below 1");
    }
}

/// <summary>A scan and its heart on one coarse grid along LPS, a little finer than what the network sees.</summary>
public sealed record HeartCase(Volume<short> Hu, Volume<byte> Heart)
{
    /// <summary>How much finer.</summary>
    public const double Finer = 0.75;

    /// <summary>The case of a scan and a mask on any grid.</summary>
    public static HeartCase Of(Volume<short> scan, Volume<byte> heart, double spacingMm)
    {
        var coarse = CoarseGrid.Of(scan, Finer * spacingMm);
        return new(coarse, Resample.Nearest(heart, coarse.Geometry));
    }
}

/// <summary>Cuts coarse patches of hearts, disguised. A pure function of a seed.</summary>
public sealed class HeartPatches(HeartConfig config, int side)
{
    private const short Air = -1024;
    private const double ContrastFromHu = 60;

    /// <summary>A batch of random cases.</summary>
    public PatchBatch Draw(IReadOnlyList<HeartCase> cases, int count, Seed seed)
    {
        ArgumentNullException.ThrowIfNull(cases);
        var voxels = side * side * side;
        var batch = new PatchBatch(new float[count * voxels], new float[count * voxels], side);
        for (var i = 0; i < count; i++)
        {
            var random = seed.Derive(i).Random();
            Cut(random.Pick(cases), random, batch.Hu.AsSpan(i * voxels, voxels), batch.Mask.AsSpan(i * voxels, voxels));
        }

        return batch;
    }

    private void Cut(HeartCase from, Rng random, Span<float> hu, Span<float> mask)
    {
        var geometry = from.Hu.Geometry;
        var turn = Turn(random);
        double Stretch(double zoom) => 1 / (zoom * Math.Exp(config.Anisotropy * random.Normal()));
        var zoom = random.Uniform(config.Zoom);
        var shrink = new Vec3(Stretch(zoom), Stretch(zoom), Stretch(zoom));
        double Shift() => random.Uniform(-config.ShiftMm, config.ShiftMm);
        var centre = new Vec3((geometry.Size.X - 1) / 2.0, (geometry.Size.Y - 1) / 2.0, (geometry.Size.Z - 1) / 2.0);
        var shift = new Vec3(Shift(), Shift(), Shift());
        var voxel = geometry.Spacing.X;
        for (int z = 0, i = 0; z < side; z++)
        {
            for (var y = 0; y < side; y++)
            {
                for (var x = 0; x < side; x++, i++)
                {
                    var offset = config.SpacingMm * new Vec3(x - (side - 1) / 2.0, y - (side - 1) / 2.0, z - (side - 1) / 2.0) + shift;
                    var index = centre + (1 / voxel) * (turn * (shrink * offset));
                    hu[i] = Trilinear(from.Hu, index);
                    mask[i] = Nearest(from.Heart, index);
                }
            }
        }

        CutFieldOfView(hu, mask, random);
        Disguise(hu, random);
    }

    private Mat3 Turn(Rng random)
    {
        double Angle() => random.Uniform(-config.RotationDegrees, config.RotationDegrees) * Math.PI / 180;
        var ((sa, ca), (sb, cb), (sc, cc)) = (Math.SinCos(Angle()), Math.SinCos(Angle()), Math.SinCos(Angle()));
        return new Mat3(new(1, 0, 0), new(0, ca, -sa), new(0, sa, ca)) * new Mat3(new(cb, 0, sb), new(0, 1, 0), new(-sb, 0, cb)) * new Mat3(new(cc, -sc, 0), new(sc, cc, 0), new(0, 0, 1));
    }

    /// <summary>Some sides end near the heart; what lies beyond was never scanned.</summary>
    private void CutFieldOfView(Span<float> hu, Span<float> mask, Rng random)
    {
        var labels = new byte[mask.Length];
        for (var i = 0; i < labels.Length; i++) labels[i] = (byte)mask[i];
        var heart = Bounds.Of(labels, Size3.Cube(side));
        var (low, high) = (new double[3], new double[3]);
        for (var axis = 0; axis < 3; axis++)
        {
            (low[axis], high[axis]) = (0, side - 1);
            var (cutLow, cutHigh) = (random.Chance(config.CutChance), random.Chance(config.CutChance));
            var (roomLow, roomHigh) = (random.Uniform(config.CutMm) / config.SpacingMm, random.Uniform(config.CutMm) / config.SpacingMm);
            if (heart is not { } box) continue;
            var (from, count) = axis switch { 0 => (box.X, box.Size.X), 1 => (box.Y, box.Size.Y), _ => (box.Z, box.Size.Z) };
            if (cutLow) low[axis] = from - roomLow;
            if (cutHigh) high[axis] = from + count - 1 + roomHigh;
        }

        for (int z = 0, i = 0; z < side; z++)
        {
            for (var y = 0; y < side; y++)
            {
                for (var x = 0; x < side; x++, i++)
                {
                    if (x >= low[0] && x <= high[0] && y >= low[1] && y <= high[1] && z >= low[2] && z <= high[2]) continue;
                    (hu[i], mask[i]) = (Air, 0);
                }
            }
        }
    }

    private void Disguise(Span<float> hu, Rng random)
    {
        var gain = random.Uniform(config.ContrastGain);
        var (shift, noise) = (random.Normal(0, 12), random.Uniform(0, config.NoiseHu));
        for (var i = 0; i < hu.Length; i++)
        {
            if (hu[i] <= Air) continue;
            var value = hu[i] > ContrastFromHu ? ContrastFromHu + gain * (hu[i] - ContrastFromHu) : hu[i];
            hu[i] = (float)Math.Max(Air, value + shift + noise * random.Normal());
        }
    }

    private static float Trilinear(Volume<short> volume, Vec3 index)
    {
        var size = volume.Geometry.Size;
        var (x, y, z) = ((int)Math.Floor(index.X), (int)Math.Floor(index.Y), (int)Math.Floor(index.Z));
        if (x < 0 || y < 0 || z < 0 || x + 1 >= size.X || y + 1 >= size.Y || z + 1 >= size.Z) return Air;
        var (fx, fy, fz) = ((float)(index.X - x), (float)(index.Y - y), (float)(index.Z - z));
        float Row(int j, int k) => (1 - fx) * volume[x, j, k] + fx * volume[x + 1, j, k];
        return (1 - fz) * ((1 - fy) * Row(y, z) + fy * Row(y + 1, z)) + fz * ((1 - fy) * Row(y, z + 1) + fy * Row(y + 1, z + 1));
    }

    private static float Nearest(Volume<byte> labels, Vec3 index)
    {
        var size = labels.Geometry.Size;
        var (x, y, z) = ((int)Math.Floor(index.X + 0.5), (int)Math.Floor(index.Y + 0.5), (int)Math.Floor(index.Z + 0.5));
        return x < 0 || y < 0 || z < 0 || x >= size.X || y >= size.Y || z >= size.Z ? 0 : labels[x, y, z] != 0 ? 1 : 0;
    }
}

/// <summary>Learning to find the heart on a coarse grid: Dice and cross-entropy of one logit a voxel.</summary>
public sealed class HeartLocalisation : ITrainingTask<PatchBatch>
{
    private static readonly Scalar Zero = 0.ToScalar();          // decision 0014

    private const int DrawsOfHeld = 2;
    private readonly TrainerConfig trainer;
    private readonly HeartPatches patches;
    private readonly ResUNet network;
    private readonly WindowChannels windows;
    private readonly HeartCase[] learnt;
    private readonly PatchBatch[] heldBack;

    /// <param name="config">The disguises.</param>
    /// <param name="trainer">Batch size and precision.</param>
    /// <param name="side">Side of a patch in coarse voxels.</param>
    /// <param name="network">Shapes of the network; one logit a voxel.</param>
    /// <param name="windows">HU windows.</param>
    /// <param name="learnt">Cases to learn from.</param>
    /// <param name="held">Cases on which the best weights are chosen.</param>
    /// <param name="seed">Initial weights and held-back patches.</param>
    public HeartLocalisation(HeartConfig config, TrainerConfig trainer, int side, ResUNetConfig network, WindowChannels windows, IEnumerable<HeartCase> learnt, IEnumerable<HeartCase> held, Seed seed)
    {
        ArgumentNullException.ThrowIfNull(trainer);
        (this.trainer, this.windows, this.learnt) = (trainer, windows, [.. learnt]);
        patches = new(config, side);
        this.network = new(network, seed.Derive("weights"), trainer.Precision);
        heldBack = [.. held.Select((h, i) => patches.Draw([h], DrawsOfHeld, seed.Derive("validation").Derive(i)))];
    }

    /// <inheritdoc/>
    public nn.Module Network => network;

    /// <inheritdoc/>
    public PatchBatch Prepare(Seed seed, long step) => patches.Draw(learnt, trainer.BatchSize, seed);

    /// <inheritdoc/>
    public TrainingLoss Loss(PatchBatch batch, Device device)
    {
        ArgumentNullException.ThrowIfNull(batch);
        return new(Losses.DiceBce(Logits(batch, device), TensorOf(batch.Mask, batch, device), 1), []);
    }

    /// <summary>Dice over all voxels of the held patches, and the loss; the score is the Dice.</summary>
    public IReadOnlyDictionary<string, double>? Validate(Device device)
    {
        if (heldBack.Length == 0) return null;
        using var _ = no_grad();
        var (hit, found, there, total) = (0.0, 0.0, 0.0, 0.0);
        foreach (var batch in heldBack)
        {
            using var scope = NewDisposeScope();
            var logits = Logits(batch, device);
            var mask = TensorOf(batch.Mask, batch, device);
            var above = logits.gt(Zero).to(float32);
            hit += (above * mask).sum().item<float>();
            found += above.sum().item<float>();
            there += mask.sum().item<float>();
            total += Losses.DiceBce(logits, mask, 1).item<float>();
        }

        var dice = found + there > 0 ? 2 * hit / (found + there) : double.NaN;
        return new Dictionary<string, double> { ["loss"] = total / heldBack.Length, ["dice"] = dice, ["score"] = dice };
    }

    /// <inheritdoc/>
    public void Dispose() => network.Dispose();

    private Tensor Logits(PatchBatch batch, Device device) => network.forward(windows.Of(TensorOf(batch.Hu, batch, device)));

    private static Tensor TensorOf(float[] values, PatchBatch batch, Device device) => tensor(values, [batch.Count, 1, batch.Side, batch.Side, batch.Side]).to(device);
}
