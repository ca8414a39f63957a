#!/bin/sh
# Other heads on the frozen features of a reproduction's pretrained networks, alike for every starting point: the strongest answer, or the mean of the eight strongest voxels, within the true arteries (decision 0012). Some six minutes on two cores.
#   sh experiments/phantom/heads.sh runs/laptop runs/heads
set -e
root=$(CDPATH= cd -- "$(dirname -- "$0")/../.." && pwd -P)
cora() { ${CORA:-"$root/cora"} "$@"; }
[ $# = 2 ] || { echo "usage: sh heads.sh REPRODUCTION DIR" >&2; exit 2; }
laptop=$(CDPATH= cd -- "$1" && pwd -P)
mkdir -p "$2"
cd "$2"
for pool in maximum top_k; do
    set --
    for start in cora scratch mae volumefusion voco; do
        run="$pool-$start"
        [ -f "$run/scorecard.json" ] || cora finetune --config "$laptop/finetune/plaque_arteries/$start/seed-1/experiment.toml" --out "$run" --no-progress --set plaque.grad_cam_cases=0 --set plaque.head.pool=$pool
        set -- "$@" --compare "$start=$run"
    done
    cora report "$@" --out "report-$pool"
done
