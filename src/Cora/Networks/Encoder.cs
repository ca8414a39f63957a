using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Cora.Networks;

/// <summary>The encoder of Table S1: four stages of residual blocks, each after the first at half the resolution.</summary>
internal sealed class Encoder : nn.Module<Tensor, Tensor>
{
    private readonly ConvNorm? stem;
    private readonly ModuleList<ModuleList<ResBlock>> stages = new();

    public Encoder(ResUNetConfig config, ConvolutionPrecision precision) : base(nameof(Encoder))
    {
        var from = config.InChannels;
        if (config.Form == NetworkForm.Resenc)
        {
            stem = new(from, config.Channels[0], 3, 1, hasBias: true, precision);
            from = config.Channels[0];
        }

        for (var stage = 0; stage < config.Channels.Length; stage++)
        {
            var blocks = new ModuleList<ResBlock>();
            for (var block = 0; block < config.Blocks[stage]; block++)
            {
                blocks.Add(new(from, config.Channels[stage], stage > 0 && block == 0 ? 2 : 1, config.Form, precision));
                from = config.Channels[stage];
            }

            stages.Add(blocks);
        }

        RegisterComponents();
    }

    /// <summary>Whether blocks keep their input alone and are computed again for the backward pass.</summary>
    public bool Recomputes { get; set; }

    /// <summary>The outputs of all stages, finest first.</summary>
    public List<Tensor> Stages(Tensor x)
    {
        if (stem is not null) x = ResBlock.Activate(stem.forward(x));
        var outputs = new List<Tensor>();
        foreach (var blocks in stages)
        {
            foreach (var block in blocks) x = Recomputes ? Recomputation.Of(block, x) : block.forward(x);
            outputs.Add(x);
        }

        return outputs;
    }

    /// <summary>The outputs of all stages, finest first, computed where the masks [B, 1, D, H, W] of the stages' resolutions are 1; 0 elsewhere.</summary>
    public List<Tensor> SparseStages(Tensor x, IReadOnlyList<Tensor> visible)
    {
        if (stem is not null) x = ResBlock.Activate(stem.Sparse(x, visible[0]));
        var outputs = new List<Tensor>();
        foreach (var (stage, blocks) in stages.Index())
        {
            foreach (var block in blocks) x = block.Sparse(x, visible[stage]);
            outputs.Add(x);
        }

        return outputs;
    }

    public override Tensor forward(Tensor x) => Stages(x)[^1];
}
