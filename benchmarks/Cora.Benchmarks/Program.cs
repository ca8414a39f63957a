using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using Cora.Benchmarks;

// Three kinds of measurement. Whole runs do the same work as the peer's script, to be run beside it on an idle machine; pieces are single functions; archives are imports of growing size.
//   dotnet run -c Release --project benchmarks/Cora.Benchmarks -- runs [--only engine,resample] [--threads 1]
//   dotnet run -c Release --project benchmarks/Cora.Benchmarks -- pieces [--filter *Noise*]
//   dotnet run -c Release --project benchmarks/Cora.Benchmarks -- archive 1000 10000
if (args is ["runs", .. var rest]) return WholeRuns.Run(rest);
if (args is ["archive", .. var sizes]) return Archives.Run(sizes);
if (args is ["pieces", .. var filter])
{
    // In this process: what is measured is the library as it was built, with the same libtorch.
    var config = DefaultConfig.Instance.AddJob(Job.ShortRun.WithToolchain(new InProcessEmitToolchain(new())));
    BenchmarkSwitcher.FromAssembly(typeof(WholeRuns).Assembly).Run(filter.Length == 0 ? ["--filter", "*"] : filter, config);
    return 0;
}

Console.Error.WriteLine("Say `runs`, `pieces` or `archive`; see the first lines of Program.cs.");
return 2;
