#!/bin/sh
# What the paper does not vary, varied: each line below pretrains CORA anew with one setting changed, and asks frozen features for both kinds of plaque, over the whole scan and within the true arteries.
# Two lines at a time, a thread each. Some 80 minutes on two cores; stopped at any time, the same call goes on.
#   cora reproduce --preset laptop --out runs/laptop      (its cohort is used, and its settings for CORA, with fewer steps)
#   sh experiments/phantom/ablations.sh runs/laptop runs/ablations
set -e
root=$(CDPATH= cd -- "$(dirname -- "$0")/../.." && pwd -P)
cora() { ${CORA:-"$root/cora"} "$@"; }
[ $# = 2 ] || { echo "usage: sh ablations.sh REPRODUCTION DIR" >&2; exit 2; }
laptop=$(CDPATH= cd -- "$1" && pwd -P)
mkdir -p "$2"
cd "$2"
cohort="$laptop/cohort"
steps=800

# probe RUN WEIGHTS TASK-OF-THE-REPRODUCTION [OPTIONS]: the head and the settings are those of the reproduction's own run.
probe() {
    run=$1; weights=$2; head=$3; shift 3
    [ -f "$run/scorecard.json" ] || cora finetune --config "$laptop/finetune/$head/cora/seed-1/experiment.toml" --cohort "$cohort" --weights "$weights" --out "$run" --threads 1 --no-progress --set plaque.grad_cam_cases=0 "$@"
}

# variant NAME [OPTIONS]
variant() {
    name=$1; shift
    [ -f "$name/learning.json" ] || cora pretrain --config "$laptop/pretrain/cora/experiment.toml" --cohort "$cohort" --out "$name" --threads 1 --no-progress --set trainer.steps=$steps "$@"
    probe "scan-$name" "$name" plaque_probe
    probe "arteries-$name" "$name" plaque_arteries
}

# Three seeds of the base and of the one change that looked like a lead: what a difference between two rows of the other lines is worth.
first() {
    variant base
    variant many_negatives_seed_2 --set seed=2 --set sampler.random_share=0.4
    variant base_seed_3 --set seed=3
    variant larger_lesions --set "lesion.sigma_voxels=[1.4, 4]"
    variant one_window --set "windows.pairs=[-200, 1000]" --set network.in_channels=1
    variant one_to_three_lesions --set "lesion.count=[1, 3]"
    variant wide_hu --set "lesion.calcified_hu=[400, 1500]" --set "lesion.soft_hu=[-20, 150]"
}

second() {
    variant many_negatives --set sampler.random_share=0.4
    variant base_seed_2 --set seed=2
    variant many_negatives_seed_3 --set seed=3 --set sampler.random_share=0.4
    variant no_negatives --set sampler.random_share=0
    variant patch_32 --set data.patch=32 --set trainer.batch_size=3 --set trainer.steps=$((steps * 27 / 32))
    variant hard_edges --set lesion.blend=hard --set lesion.curriculum=0
    variant patch_16 --set data.patch=16 --set trainer.batch_size=20
    variant blurred --set lesion.blend=psf
}

first & one=$!
second & two=$!
wait $one
wait $two

# More labels, on the base's features.
for cases in 30 60; do
    probe "scan-base-$cases" base plaque_probe --cases $cases
    probe "arteries-base-$cases" base plaque_arteries --cases $cases
done

# Trainings under one name are seeds of one row; three random networks of the reproduction stand beside them.
for place in scan:plaque_probe arteries:plaque_arteries; do
    head=${place#*:}; place=${place%%:*}
    set --
    for run in base:base base:base_seed_2 base:base_seed_3 many_negatives:many_negatives many_negatives:many_negatives_seed_2 many_negatives:many_negatives_seed_3 \
        one_window one_to_three_lesions wide_hu larger_lesions hard_edges blurred patch_16 patch_32 no_negatives; do
        [ ! -f "$place-${run#*:}/scorecard.json" ] || set -- "$@" --compare "${run%%:*}=$place-${run#*:}"
    done
    for seed in 1 2 3; do set -- "$@" --compare "random=$laptop/finetune/$head/scratch/seed-$seed"; done
    cora report "$@" --out "report-$place"
done
