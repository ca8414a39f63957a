#!/bin/sh
# The trials behind decision 0015: CORA, MAE and VolumeFusion at three learning rates (VoCo's are in decision 0016), judged on pretraining patients held back. Some 20 minutes on two cores; stopped at any time, the same call goes on.
#   sh experiments/phantom/rates.sh DIR
set -e
root=$(CDPATH= cd -- "$(dirname -- "$0")/../.." && pwd -P)
cora() { ${CORA:-"$root/cora"} "$@"; }
[ $# = 1 ] || { echo "usage: sh rates.sh DIR" >&2; exit 2; }
mkdir -p "$1"
cd "$1"
[ -f cohort/cohort.json ] || cora phantom --out cohort --cases 60 --sites 3 --seed 1
for method in cora mae volumefusion; do
    for rate in 1e-3 2e-3 4e-3; do
        run="$method-$rate"
        [ -f "$run/model.safetensors" ] || cora pretrain --method $method --cohort cohort --out "$run" --config "$root/experiments/phantom/pretrain-$method.toml" --set trainer.steps=600 --set trainer.learning_rate=$rate --no-progress
    done
done
grep -H . ./*/learning.json
