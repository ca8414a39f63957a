#!/bin/sh
# What a comparison within an hour is too short for: longer artery trainings with few and many labelled cases, five folds for stenosis, plaque with all weights trained, the nnU-Net-style recipe beside the paper's with as
# many voxels, and the sparse MAE. Two lines at a time, a thread each. Somewhat more than an hour on two cores; stopped at any time, the same call goes on.
#   cora reproduce --preset laptop --out runs/laptop      (its cohort, weights and settings are used)
#   sh experiments/phantom/further.sh runs/laptop runs/further
set -e
root=$(CDPATH= cd -- "$(dirname -- "$0")/../.." && pwd -P)
cora() { ${CORA:-"$root/cora"} "$@"; }
[ $# = 2 ] || { echo "usage: sh further.sh REPRODUCTION DIR" >&2; exit 2; }
laptop=$(CDPATH= cd -- "$1" && pwd -P)
mkdir -p "$2"
cd "$2"
cohort="$laptop/cohort"

# tuned RUN TASK START [OPTIONS]: a fine-tuning of the reproduction, otherwise than there.
tuned() {
    run=$1; task=$2; start=$3; shift 3
    [ $start = scratch ] || set -- --weights "$laptop/pretrain/$start" "$@"
    [ -f "$run/scorecard.json" ] || cora finetune --config "$laptop/finetune/$task/$start/seed-1/experiment.toml" --cohort "$cohort" --out "$run" --threads 1 --no-progress "$@"
}

# series SEED: nested subsets, so that each has the cases of the one before; 400 steps instead of 120.
series() {
    for cases in 2 10 60; do
        for start in cora scratch; do
            tuned "arteries-$cases-$start-$1" arteries $start --seed $1 --cases $cases --set trainer.steps=400 --set trainer.checkpoint_every=100 --set trainer.validate_every=100
        done
    done
}

# folds START: every internal case is tested by the one network of five that has not seen its patient.
folds() { tuned "folds-$1" stenosis $1 --cases 0 --set stenosis.folds=5; }

# plaque SEED: all weights, pooled within the arteries, where there is something to read.
plaque() {
    for start in cora scratch; do
        tuned "plaque-$start-$1" plaque_arteries $start --seed $1 --set plaque.mode=full --set trainer.steps=240 --set trainer.batch_size=2 --set trainer.optimizer=adamw --set trainer.learning_rate=5e-4 \
            --set trainer.weight_decay=1e-2 --set trainer.schedule=cosine --set trainer.warmup_steps=20 --set trainer.validate_every=40 --set trainer.checkpoint_every=40 --set trainer.log_every=10
    done
}

# strongest SEED: all weights, the strongest answer of every stage of the whole scan, three times through the labelled patients, the head at ten times the encoder's rate (the prototype's clearest gap).
strongest() {
    for start in cora scratch; do
        tuned "strongest-$start-$1" plaque_probe $start --seed $1 --set plaque.mode=full --set trainer.steps=180 --set trainer.batch_size=2 --set trainer.optimizer=adamw --set trainer.learning_rate=3e-4 --set trainer.head_rate_factor=10 \
            --set trainer.weight_decay=1e-2 --set trainer.schedule=cosine --set trainer.warmup_steps=10 --set trainer.validate_every=60 --set trainer.checkpoint_every=60 --set trainer.log_every=10
    done
}

# encoder START: stenosis detection from the encoder alone, the decoder new, as every other task has it.
encoder() { for seed in 1 2 3; do tuned "encoder-$1-$seed" stenosis $1 --seed $seed --set 'stenosis.transfer=["encoder"]'; done; }

nnunet() {
    [ -f nnunet/scorecard.json ] || cora finetune --config "$root/experiments/phantom/arteries-nnunet.toml" --cohort "$cohort" --cases 20 --out nnunet --threads 1 --no-progress
    tuned paper-as-long arteries scratch --cases 20 --set trainer.steps=948 --set trainer.checkpoint_every=100 --set trainer.validate_every=100
}

# mae FORM: both with blocks of 8, since the sparse form needs whole blocks at each of the four stages.
mae() {
    [ -f "mae-$1/learning.json" ] || cora pretrain --config "$laptop/pretrain/mae/experiment.toml" --cohort "$cohort" --out "mae-$1" --threads 1 --no-progress --set mae.form=$1 --set mae.block=8 --set trainer.steps=800
}

first() { series 1; folds cora; mae dense; series 2; plaque 1; plaque 3; encoder cora; strongest 1; strongest 3; }
second() { nnunet; folds scratch; mae sparse; series 3; plaque 2; encoder mae; encoder volumefusion; strongest 2; }
first & one=$!
second & two=$!
wait $one
wait $two

for cases in 2 10 60; do
    set --
    for start in cora scratch; do for seed in 1 2 3; do set -- "$@" --compare "$start=arteries-$cases-$start-$seed"; done; done
    cora report "$@" --out "report-arteries-$cases"
done
set --
for start in cora scratch; do for seed in 1 2 3; do set -- "$@" --compare "$start=plaque-$start-$seed"; done; done
cora report "$@" --out report-plaque
set --
for start in cora scratch; do for seed in 1 2 3; do set -- "$@" --compare "$start=strongest-$start-$seed"; done; done
cora report "$@" --out report-strongest
set --
for start in cora mae volumefusion; do
    for seed in 1 2 3; do set -- "$@" --compare "$start, encoder=encoder-$start-$seed" --compare "$start, both=$laptop/finetune/stenosis/$start/seed-$seed"; done
done
cora report "$@" --out report-encoder
cora report --compare cora=folds-cora --compare scratch=folds-scratch --out report-folds
cora report --compare nnunet=nnunet --compare paper=paper-as-long --out report-nnunet
grep -H . mae-*/learning.json
