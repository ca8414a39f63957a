using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using Cora.Benchmarks;

// Two kinds of measurement. Whole runs do the same work as the peer's script, to be run beside it on an idle machine; pieces are single functions.
//   dotnet run -c Release --project benchmarks/Cora.Benchmarks -- runs [--only engine,resample] [--threads 1]
//   dotnet run -c Release --project benchmarks/Cora.Benchmarks -- pieces [--filter *Noise*]
if (args is ["runs", .. var rest]) return WholeRuns.Run(rest);
if (args is ["pieces", .. var filter])
{
    // In this process: what is measured is the library as it was built, with the same libtorch.
    var config = DefaultConfig.Instance.AddJob(Job.ShortRun.WithToolchain(new InProcessEmitToolchain(new())));
    BenchmarkSwitcher.FromAssembly(typeof(WholeRuns).Assembly).Run(filter.Length == 0 ? ["--filter", "*"] : filter, config);
    return 0;
}

Console.Error.WriteLine("Say `runs` or `pieces`; see the first lines of Program.cs.");
return 2;
