#!/usr/bin/env bash
# ImageNet-1k (ILSVRC2012) -> Parquet shards, from a folder with ILSVRC2012_img_train.tar,
# ILSVRC2012_img_val.tar and ILSVRC2012_devkit_t12.tar.gz as published; nothing is unpacked.
# usage: data-prep/imagenet.sh FOLDER OUTPUT [further options, e.g. --classes-file imagenet100.txt]
set -euo pipefail
[[ $# -ge 2 ]] || { sed -n '2,4s/^# //p' "$0" >&2; exit 2; }
folder="$1" output="$2"
shift 2
exec "$(dirname -- "$0")/../spark-submit/local.sh" RobustPrep imagenet \
  --train "$folder/ILSVRC2012_img_train.tar" --val "$folder/ILSVRC2012_img_val.tar" \
  --devkit "$folder/ILSVRC2012_devkit_t12.tar.gz" --output "$output" "$@"
