#!/bin/sh
# Makes models/phantom.cora anew: three phantom cohorts, five trainings, one bundle. Some ten minutes on two cores; stopped at any time, the same call goes on.
#   sh experiments/phantom/bundle.sh DIR
# The same machine type and program version give the same weights, so that the result can be compared with the committed file (docs/model-bundle.md).
set -e
root=$(CDPATH= cd -- "$(dirname -- "$0")/../.." && pwd -P)
settings="$root/experiments/phantom"
cora() { ${CORA:-"$root/cora"} "$@"; }
[ $# = 1 ] || { echo "usage: sh bundle.sh DIR" >&2; exit 2; }
mkdir -p "$1"
cd "$1"

# Hearts of three quarters of an adult's size and vessels of true width for pretraining and labels; hearts of an adult's size on a coarse grid for the localiser.
[ -f chest/cohort.json ] || cora phantom --out chest --cases 160 --sites 4 --seed 41 --size 112 --spacing-mm 0.85 --set field_mm=96 --set split.pretrain=40 --set split.train=80 --set split.validation=12 --set split.internal_test=14 --set split.external_test=14
[ -f labelled/cohort.json ] || cora phantom --out labelled --cases 76 --sites 4 --seed 43 --size 96 --spacing-mm 0.85 --set split.pretrain=0 --set split.train=60 --set split.validation=8 --set split.internal_test=4 --set split.external_test=4
[ -f hearts/cohort.json ] || cora phantom --out hearts --cases 60 --sites 6 --seed 44 --size 80 --spacing-mm 3 --set field_mm=120 --set split.pretrain=0 --set split.train=44 --set split.validation=8 --set split.internal_test=4 --set split.external_test=4

cora pretrain --method cora --cohort chest --out response --config "$settings/pretrain-cora.toml" --set trainer.steps=1600 --set trainer.learning_rate=4e-3 --threads 2
cora finetune --task heart --cohort hearts --out heart --config "$settings/heart.toml" --set "network.channels=[4, 8, 16, 32]" --set trainer.steps=300 --set trainer.batch_size=2 --threads 2
cora finetune --task arteries --cohort labelled --weights response --out arteries --config "$settings/arteries.toml" --set trainer.steps=300 --set inference.overlap=0.25 --threads 2
cora finetune --task stenosis --cohort labelled --weights response --out stenosis --config "$settings/stenosis.toml" --set trainer.steps=300 --set inference.overlap=0.25 --threads 2
cora finetune --task plaque --cohort labelled --weights response --out plaque --config "$settings/plaque.toml" --set plaque.mode=linear_probe --set plaque.head.pool=average --set plaque.head.within=arteries --set plaque.head.margin_mm=1 --set plaque.grad_cam_cases=0 --threads 2

cora bundle --heart heart --arteries arteries --response response --plaque plaque --stenosis stenosis --name phantom --overwrite --out phantom.cora \
    --description "Comes with the program so that it works at once. Trained in minutes on two cores, on digital phantoms alone. Replace it."
