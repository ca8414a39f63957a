using Cora.Cohorts;
using Cora.Experiments;

namespace Cora.Analysis;

/// <summary>The heart localiser of a bundle, for cohorts without heart masks.</summary>
public sealed class BundledHearts : IDisposable
{
    private readonly ModelBundle bundle;
    private readonly HeartLocaliser localiser;
    private readonly Lock turn = new();

    private BundledHearts(ModelBundle bundle, HeartLocaliser localiser)
    {
        (this.bundle, this.localiser) = (bundle, localiser);
        Finder = new($"{bundle.Manifest.Name} {bundle.Find(BundleRole.Heart)!.WeightsSha256[..12]}{(bundle.Manifest.PhantomOnly ? " (trained on digital phantoms only)" : "")}", Find);
    }

    /// <summary>Finds hearts.</summary>
    public HeartFinder Finder { get; }

    /// <summary>Opens a bundle's localiser; null asks for the bundle that comes with the program, and gives null where that is not there.</summary>
    /// <exception cref="CoraException">The bundle cannot be used, or has no heart model.</exception>
    public static BundledHearts? Open(string? path)
    {
        if (path is null && !File.Exists(ModelBundle.ShippedPath)) return null;
        var bundle = ModelBundle.Open(path ?? ModelBundle.ShippedPath);
        try
        {
            return new(bundle, new(bundle.RunOf(BundleRole.Heart), "auto", 0));
        }
        catch
        {
            bundle.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        localiser.Dispose();
        bundle.Dispose();
    }

    private LocatedHeart Find(Imaging.Volume<short> scan)
    {
        // Torch takes every core by itself; cases come from several threads.
        lock (turn)
        {
            var found = localiser.Find(scan);
            return found.Refusal is null ? new(found.Mask, null) : new(null, found.Refusal);
        }
    }
}
