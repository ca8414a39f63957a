namespace Cora.Dicom.Codecs.Jpeg2000;

/// <summary>Joins four bands into the next finer image (T.800 annex F).</summary>
internal static class Wavelet
{
    private const float Alpha = -1.586134342059924f, Beta = -0.052980118572961f, Gamma = 0.882911075530934f, Delta = 0.443506852043971f, K = 1.230174104914001f;

    public static Band Joined(bool isReversible, Band low, Band[] high, int x0, int y0, int x1, int y1)
    {
        var (width, height) = (x1 - x0, y1 - y0);
        var joined = new Band { Kind = 0, X0 = x0, Y0 = y0, X1 = x1, Y1 = y1, Planes = 0, Step = 1, Whole = isReversible ? new int[width * height] : [], Real = isReversible ? [] : new float[width * height] };
        if (isReversible) Join(joined.Whole, low.Whole, [.. high.Select(b => b.Whole)], low, high, x0, y0, width, height, Lift53);
        else Join(joined.Real, low.Real, [.. high.Select(b => b.Real)], low, high, x0, y0, width, height, Lift97);
        return joined;
    }

    private static void Join<T>(T[] to, T[] low, T[][] high, Band lowBand, Band[] highBands, int x0, int y0, int width, int height, Action<T[], int, bool> lift) where T : unmanaged
    {
        // Even places of the grid hold low frequencies, odd ones high.
        void Spread(T[] from, Band band, int oddX, int oddY)
        {
            var across = band.X1 - band.X0;
            for (var y = band.Y0; y < band.Y1; y++)
                for (var x = band.X0; x < band.X1; x++)
                    to[(2 * y + oddY - y0) * width + 2 * x + oddX - x0] = from[(y - band.Y0) * across + x - band.X0];
        }

        Spread(low, lowBand, 0, 0);
        Spread(high[0], highBands[0], 1, 0);
        Spread(high[1], highBands[1], 0, 1);
        Spread(high[2], highBands[2], 1, 1);
        var line = new T[Math.Max(width, height)];
        for (var y = 0; y < height; y++)
        {
            to.AsSpan(y * width, width).CopyTo(line);
            lift(line, width, (x0 & 1) == 1);
            line.AsSpan(0, width).CopyTo(to.AsSpan(y * width));
        }

        for (var x = 0; x < width; x++)
        {
            for (var y = 0; y < height; y++) line[y] = to[y * width + x];
            lift(line, height, (y0 & 1) == 1);
            for (var y = 0; y < height; y++) to[y * width + x] = line[y];
        }
    }

    private static void Lift53(int[] line, int count, bool beginsOdd)
    {
        var odd = beginsOdd ? 1 : 0;
        if (count == 1)
        {
            if (beginsOdd) line[0] >>= 1;
            return;
        }

        for (var i = odd; i < count; i += 2) line[i] -= (line[Mirrored(i - 1, count)] + line[Mirrored(i + 1, count)] + 2) >> 2;
        for (var i = 1 - odd; i < count; i += 2) line[i] += (line[Mirrored(i - 1, count)] + line[Mirrored(i + 1, count)]) >> 1;
    }

    private static void Lift97(float[] line, int count, bool beginsOdd)
    {
        var odd = beginsOdd ? 1 : 0;
        if (count == 1)
        {
            if (beginsOdd) line[0] /= 2;
            return;
        }

        for (var i = odd; i < count; i += 2) line[i] *= K;
        for (var i = 1 - odd; i < count; i += 2) line[i] /= K;
        Step(line, count, odd, Delta);
        Step(line, count, 1 - odd, Gamma);
        Step(line, count, odd, Beta);
        Step(line, count, 1 - odd, Alpha);
    }

    private static void Step(float[] line, int count, int first, float weight)
    {
        for (var i = first; i < count; i += 2) line[i] -= weight * (line[Mirrored(i - 1, count)] + line[Mirrored(i + 1, count)]);
    }

    private static int Mirrored(int i, int count) => i < 0 ? -i : i >= count ? 2 * (count - 1) - i : i;
}
