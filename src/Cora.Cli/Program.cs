using Cora.Cli;

using var stop = new StopSignals();
return (int)CommandLine.Run(args, Terminal.OfTheProcess(stop.Token));
