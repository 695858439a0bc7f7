#!/usr/bin/env bash
# Compares the FGSM training step with PyTorch's and timm's, in turn.
#   src/test/scripts/peer-step.sh --python VENV/bin/python
set -euo pipefail
# shellcheck source=../../../spark-submit/common.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/../../../spark-submit/common.sh"

usage() {
  cat <<'TEXT'
Usage: src/test/scripts/peer-step.sh --python FILE [OPTIONS]

Times the step of each model with RobustSpeed, in one replica of all threads and in a replica for each thread, in
PyTorch as the paper's code makes it ("paper"), and there without the clean forward that only feeds a meter ("lean"), in
turn, and prints a Markdown table: medians over the rounds, with the least and the most. Nothing else should run. It needs what mvn -DskipTests package left in target/, and a Python with
torch, timm and numpy.

Options:
  --python FILE        Python of the peer
  --models LIST        MODEL:BATCH, separated by commas (default: the eight of docs/speed.md)
  --rounds N           how often (default: 3)
  --steps N            timed steps of each (default: 4)
  --threads N          inside an operation (default: 2)
  --policy NAME        OMP_WAIT_POLICY of the peer: PASSIVE, ACTIVE, or none for its default (default: PASSIVE)
  --help               this text

The exit code is 0, 1 if a run failed, 2 for wrong usage.
TEXT
}

python=
models=xcit_small_12_p16_224:8,xcit_nano_12_p16_224:8,xcit_nano_12_p4_32:64,deit_small_patch16_224:8
models+=,convnext_tiny:8,cait_s12_224:8,poolformer_m12:8,resnet50:8
rounds=3
steps=4
threads=2
policy=PASSIVE
while [[ $# -gt 0 ]]; do
  case "$1" in
    -h | --help) usage; exit 0 ;;
    --python | --models | --rounds | --steps | --threads | --policy)
      [[ $# -ge 2 ]] || rt_die "$1 needs a value, see --help" 2
      case "$1" in
        --python) python="$2" ;;
        --models) models="$2" ;;
        --rounds) rounds="$2" ;;
        --steps) steps="$2" ;;
        --threads) threads="$2" ;;
        --policy) policy="$2" ;;
      esac
      shift 2 ;;
    -*) rt_die "unknown option $1, see --help" 2 ;;
    *) rt_die "unknown argument $1, see --help" 2 ;;
  esac
done
[[ -n "$python" ]] || rt_die "--python is missing, see --help" 2
"$python" -c 'import timm, torch' 2>/dev/null || rt_die "$python does not import timm and torch: install them there" 2
IFS=, read -r -a models <<<"$models"
for model in "${models[@]}"; do
  [[ "$model" =~ ^[a-z0-9_]+:[1-9][0-9]*$ ]] || rt_die "--models must be MODEL:BATCH, not '$model'" 2
done
for number in "$rounds" "$steps" "$threads"; do
  rt_is_count "$number" || rt_die "--rounds, --steps and --threads must be whole numbers from 1, not '$number'" 2
done
[[ "$policy" =~ ^(PASSIVE|ACTIVE|none)$ ]] || rt_die "--policy must be PASSIVE, ACTIVE or none, not '$policy'" 2

out="$RT_TARGET/peer-step"
rm -rf "$out"
mkdir -p "$out"
here="$(dirname -- "${BASH_SOURCE[0]}")"

ours() {
  local name="$out/$1-$4-$3" replicas=1
  [[ "$4" != replicas ]] || replicas="$threads"
  ROBUSTTRAIN_BUILD=skip "$RT_SUBMIT/local.sh" --driver-memory 1g RobustSpeed --model "$1" --batch "$2" \
    --replicas "$replicas" --threads $((threads / replicas)) --steps "$steps" --warmup 2 --json "$name.json" >"$name.log" 2>&1 </dev/null ||
    { tail -n 20 "$name.log" >&2; rt_die "RobustSpeed failed, its log is $name.log"; }
}

peer() {
  local name="$out/$1-$4-$3"
  local -a waiting=(OMP_WAIT_POLICY="$policy")
  [[ "$policy" != none ]] || waiting=(-u OMP_WAIT_POLICY)
  env "${waiting[@]}" "$python" "$here/peer-step.py" --model "$1" --batch "$2" --threads "$threads" --steps "$steps" \
    --warmup 2 --kind "$4" --json "$name.json" >"$name.log" 2>&1 </dev/null ||
    { tail -n 20 "$name.log" >&2; rt_die "the peer failed, its log is $name.log"; }
}

for ((round = 1; round <= rounds; round++)); do
  for model in "${models[@]}"; do
    rt_say "round $round of $rounds: $model"
    peer "${model%:*}" "${model#*:}" "$round" paper
    ours "${model%:*}" "${model#*:}" "$round" ours
    [[ "$threads" -eq 1 ]] || ours "${model%:*}" "${model#*:}" "$round" replicas
    peer "${model%:*}" "${model#*:}" "$round" lean
  done
done
"$python" "$here/peer-step-table.py" "$out" "${models[@]}"
