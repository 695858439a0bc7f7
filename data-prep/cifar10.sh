#!/usr/bin/env bash
# CIFAR-10 -> Parquet shards, from cifar-10-binary.tar.gz (or its folder), or from images as <split>/<class>/<file>.
# usage: data-prep/cifar10.sh ARCHIVE_OR_FOLDER OUTPUT [further options of RobustPrep cifar or folder]
set -euo pipefail
[[ $# -ge 2 ]] || { sed -n '2,3s/^# //p' "$0" >&2; exit 2; }
input="$1" output="$2"
shift 2
kind=folder
if [[ "$input" == *binary*.tar* || "$input" == *batches-bin* || -f "$input/test_batch.bin" ]]; then kind=cifar; fi
exec "$(dirname -- "$0")/../spark-submit/local.sh" RobustPrep "$kind" --input "$input" --output "$output" "$@"
