using System.Collections.Immutable;
using Cora.Imaging;

namespace Cora.Phantom;

/// <summary>The masks that belong to the coronary arteries, on the volume's grid.</summary>
/// <param name="Arteries">1 where lumen and plaque fill three eighths of the voxel or more.</param>
/// <param name="Plaques">1 calcified, 2 non-calcified.</param>
/// <param name="Stenoses">The number of the plaque in the patient's list, from 1, over the whole section of a vessel narrowed by 25 % or more.</param>
internal sealed record CoronaryMasks(byte[] Arteries, byte[] Plaques, byte[] Stenoses);

/// <summary>
/// Paints coronary arteries with eight points a voxel, since walls, plaques and narrowed lumens are thinner than a voxel. Where
/// vessels meet, the parent's tissue stays, but a branch's lumen may open the parent's wall.
/// </summary>
internal sealed class CoronaryPainter
{
    private const double WallMm = 0.35;
    private const double WallHu = 35;
    private const int PointsAVoxel = 8;

    /// <summary>How many centre-line samples to either side of the voxel's nearest one a point of the voxel may be nearest to.</summary>
    private const int Neighbours = 4;

    private readonly Geometry geometry;
    private readonly CoronaryTree tree;
    private readonly ImmutableArray<Plaque> plaques;
    private readonly byte[] aorta;
    private readonly double contrastHu;

    private readonly int[] slotOf;
    private readonly List<int> voxels = [];
    private readonly List<Point> points = [];

    private CoronaryPainter(Geometry geometry, CoronaryTree tree, ImmutableArray<Plaque> plaques, byte[] aorta, double contrastHu)
    {
        (this.geometry, this.tree, this.plaques, this.aorta, this.contrastHu) = (geometry, tree, plaques, aorta, contrastHu);
        slotOf = new int[aorta.Length];
    }

    private record struct Point(Tissue Tissue, byte Vessel, byte Plaque, float Hu);

    /// <param name="canvas">Painted on; everything else of the chest is there already.</param>
    /// <param name="tree">The arteries.</param>
    /// <param name="plaques">The plaques of the tree.</param>
    /// <param name="aorta">1 inside the aorta, where no coronary wall is drawn.</param>
    /// <param name="contrastHu">Attenuation of the blood in the aorta.</param>
    public static CoronaryMasks Paint(Canvas canvas, CoronaryTree tree, ImmutableArray<Plaque> plaques, byte[] aorta, double contrastHu)
    {
        var painter = new CoronaryPainter(canvas.Geometry, tree, plaques, aorta, contrastHu);
        var nearest = new NearestSample(canvas.Geometry);
        for (var v = 0; v < tree.Vessels.Length; v++) painter.Draw(v, nearest);
        return painter.Settle(canvas.Hu);
    }

    private void Draw(int vesselIndex, NearestSample nearest)
    {
        var vessel = tree.Vessels[vesselIndex];
        var own = plaques.Select((plaque, i) => (Plaque: plaque, Number: (byte)(i + 1))).Where(p => p.Plaque.VesselIndex == vesselIndex).ToArray();
        var sections = new (Plaque.Section? Section, byte Number)[vessel.Points.Length];
        foreach (var (plaque, number) in own)
        {
            for (var i = 0; i < sections.Length; i++)
            {
                if (plaque.At(vessel.ArcMm[i], vessel.Radii[i]) is { } section) sections[i] = (section, number);
            }
        }

        double Reach(int i) => (sections[i].Section is { } s ? Math.Max(s.OuterMm, vessel.Radii[i]) : vessel.Radii[i]) + WallMm;
        var spacing = geometry.Spacing.X;
        foreach (var (voxel, sample) in nearest.Around(vessel.Points, i => Reach(i) + 0.45 * spacing))
        {
            if (aorta[voxel] != 0) continue;
            var x = voxel % geometry.Size.X;
            var y = voxel / geometry.Size.X % geometry.Size.Y;
            var z = voxel / geometry.Size.X / geometry.Size.Y;
            for (var corner = 0; corner < PointsAVoxel; corner++)
            {
                var p = geometry.Origin + spacing * new Vec3(
                    x + ((corner & 1) != 0 ? 0.25 : -0.25), y + ((corner & 2) != 0 ? 0.25 : -0.25), z + ((corner & 4) != 0 ? 0.25 : -0.25));
                var found = Classify(vessel, vesselIndex, sections, p, sample);
                if (found.Tissue != Tissue.None) Put(voxel, corner, found);
            }
        }
    }

    private Point Classify(Vessel vessel, int vesselIndex, (Plaque.Section? Section, byte Number)[] sections, Vec3 p, int guess)
    {
        var best = guess;
        var bestSquared = double.MaxValue;
        for (var i = Math.Max(0, guess - Neighbours); i <= Math.Min(vessel.Points.Length - 1, guess + Neighbours); i++)
        {
            var offset = p - vessel.Points[i];
            var squared = offset.Dot(offset);
            if (squared < bestSquared) (best, bestSquared) = (i, squared);
        }

        var v = p - vessel.Points[best];
        var tangent = vessel.Tangents[best];
        var isEnd = best == 0 || best == vessel.Points.Length - 1;
        var across = isEnd ? v : v - v.Dot(tangent) * tangent;                // round caps at both ends
        var rho = across.Length;
        if (sections[best] is ({ } section, var number))
        {
            var side = vessel.Sides[best];
            var angle = Math.Atan2(across.Dot(tangent.Cross(side)), across.Dot(side));
            var tissue = section.TissueAt(rho, angle, out var hu);
            if (tissue == Tissue.Lumen) hu = contrastHu * vessel.Enhancement(vessel.ArcMm[best]);
            if (tissue != Tissue.None) return new(tissue, (byte)vesselIndex, number, (float)hu);
            return rho < section.OuterMm + WallMm ? new(Tissue.Wall, (byte)vesselIndex, 0, (float)WallHu) : default;
        }

        var radius = vessel.Radii[best];
        if (rho < radius) return new(Tissue.Lumen, (byte)vesselIndex, 0, (float)(contrastHu * vessel.Enhancement(vessel.ArcMm[best])));
        return rho < radius + WallMm ? new(Tissue.Wall, (byte)vesselIndex, 0, (float)WallHu) : default;
    }

    private void Put(int voxel, int corner, Point found)
    {
        if (slotOf[voxel] == 0)
        {
            voxels.Add(voxel);
            slotOf[voxel] = voxels.Count;
            for (var i = 0; i < PointsAVoxel; i++) points.Add(default);
        }

        var at = (slotOf[voxel] - 1) * PointsAVoxel + corner;
        var old = points[at];
        if (old.Tissue == Tissue.None || (old.Tissue == Tissue.Wall && found.Tissue == Tissue.Lumen)) points[at] = found;
    }

    /// <summary>Averages the points of each voxel into the HU, and decides the labels by shares of the voxel.</summary>
    private CoronaryMasks Settle(float[] hu)
    {
        var masks = new CoronaryMasks(new byte[hu.Length], new byte[hu.Length], new byte[hu.Length]);
        Span<int> sections = stackalloc int[256];
        for (var slot = 0; slot < voxels.Count; slot++)
        {
            var voxel = voxels[slot];
            var (sum, vessel, calcium, soft) = (0.0, 0, 0, 0);
            sections.Clear();
            byte most = 0, labelled = 0;
            for (var i = 0; i < PointsAVoxel; i++)
            {
                var point = points[slot * PointsAVoxel + i];
                sum += point.Tissue == Tissue.None ? hu[voxel] : point.Hu;
                if (point.Tissue > Tissue.Wall) vessel++;
                if (point.Tissue == Tissue.Calcium) calcium++;
                if (point.Tissue == Tissue.Soft) soft++;
                if (point.Tissue is Tissue.Calcium or Tissue.Soft) labelled = point.Plaque;
                if (point.Plaque != 0 && ++sections[point.Plaque] > sections[most]) most = point.Plaque;
            }

            hu[voxel] = (float)(sum / PointsAVoxel);

            // A quarter of calcium, or a third of soft tissue, makes a plaque voxel (eighths: 2 and 3).
            masks.Plaques[voxel] = calcium >= 2 && calcium > soft ? (byte)1 : soft >= 3 ? (byte)2 : (byte)0;
            var isPlaque = masks.Plaques[voxel] != 0;
            masks.Arteries[voxel] = vessel >= 3 || isPlaque ? (byte)1 : (byte)0;
            var owner = isPlaque ? labelled : sections[most] >= PointsAVoxel / 2 ? most : (byte)0;
            if (owner != 0 && plaques[owner - 1].IsStenosis) masks.Stenoses[voxel] = owner;
        }

        return masks;
    }
}

/// <summary>Finds, for the voxels around a line of points, which point is nearest; its memory is reused from vessel to vessel.</summary>
internal sealed class NearestSample(Geometry geometry)
{
    private readonly float[] squared = Far(geometry.Size.Count);
    private readonly int[] sample = new int[geometry.Size.Count];
    private readonly List<int> touched = [];

    /// <summary>Every voxel within a point's reach, with the nearest point's index, in a fixed order.</summary>
    public IEnumerable<(int Voxel, int Sample)> Around(Vec3[] line, Func<int, double> reachMm)
    {
        var (size, spacing) = (geometry.Size, geometry.Spacing.X);
        for (var i = 0; i < line.Length; i++)
        {
            var centre = geometry.ToIndex(line[i]);
            var reach = reachMm(i) / spacing;
            var (x0, x1) = Range(centre.X, reach, size.X);
            var (y0, y1) = Range(centre.Y, reach, size.Y);
            var (z0, z1) = Range(centre.Z, reach, size.Z);
            for (var z = z0; z <= z1; z++)
            {
                for (var y = y0; y <= y1; y++)
                {
                    var plane = (z - centre.Z) * (z - centre.Z) + (y - centre.Y) * (y - centre.Y);
                    if (plane > reach * reach) continue;
                    for (var x = x0; x <= x1; x++)
                    {
                        var d = plane + (x - centre.X) * (x - centre.X);
                        if (d > reach * reach) continue;
                        var voxel = (z * size.Y + y) * size.X + x;
                        if (d >= squared[voxel]) continue;
                        if (squared[voxel] == float.MaxValue) touched.Add(voxel);
                        (squared[voxel], sample[voxel]) = ((float)d, i);
                    }
                }
            }
        }

        foreach (var voxel in touched)
        {
            squared[voxel] = float.MaxValue;
            yield return (voxel, sample[voxel]);
        }

        touched.Clear();
    }

    private static (int First, int Last) Range(double centre, double reach, int count) =>
        ((int)Math.Max(0, Math.Ceiling(centre - reach)), (int)Math.Min(count - 1, Math.Floor(centre + reach)));

    private static float[] Far(long count)
    {
        var result = new float[count];
        Array.Fill(result, float.MaxValue);
        return result;
    }
}
