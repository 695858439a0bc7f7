#!/usr/bin/env bash
# Clothing10 (photographs as <split>/<class>/<file>.jpg) -> Parquet shards.
# usage: data-prep/clothing10.sh TAR_OR_FOLDER OUTPUT [further options of RobustPrep folder]
set -euo pipefail
[[ $# -ge 2 ]] || { sed -n '2,3s/^# //p' "$0" >&2; exit 2; }
input="$1" output="$2"
shift 2
exec "$(dirname -- "$0")/../spark-submit/local.sh" RobustPrep folder --input "$input" --output "$output" "$@"
