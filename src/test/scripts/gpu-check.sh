#!/usr/bin/env bash
# What a host with a GPU can tell of device=cuda: runs on what mvn -Pcuda -DskipTests package left in target/.
#   src/test/scripts/gpu-check.sh
set -euo pipefail
# shellcheck source=../../../spark-submit/common.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/../../../spark-submit/common.sh"

usage() {
  cat <<'TEXT'
Usage: src/test/scripts/gpu-check.sh [--folder DIR]

Asks RobustDoctor for device=cuda, trains the quickstart on the CPU, on the GPU in float32 and in bf16, and on two workers
of one GPU with either engine, evaluates the CPU's model on both devices, and prints a Markdown table.

Options:
  --folder DIR   where runs and logs go (default: target/gpu-check, which is made anew)

The exit code is 0, 77 where there is no GPU, 1 if a step failed, 2 for wrong usage.
TEXT
}

folder=""
while [[ $# -gt 0 ]]; do
  case "$1" in
    -h | --help) usage; exit 0 ;;
    --folder)
      [[ $# -ge 2 ]] || rt_die "--folder needs a value, see --help" 2
      folder="$2"
      shift 2 ;;
    *) rt_die "unknown argument $1, see --help" 2 ;;
  esac
done
[[ -n "$(type -P nvidia-smi || true)" ]] || rt_die "there is no nvidia-smi here, so no GPU to look at" 77
nvidia-smi --query-gpu=name,memory.total,driver_version --format=csv,noheader || rt_die "nvidia-smi finds no GPU" 77
rt_check_machine
rt_assembled || rt_die "$RT_TARGET holds no complete build: run mvn -Pcuda -DskipTests package"
if [[ -z "$folder" ]]; then
  folder="$RT_TARGET/gpu-check"
  rm -rf "$folder"
fi
mkdir -p "$folder"
export ROBUSTTRAIN_BUILD=skip
cd -- "$RT_ROOT"

run() { # NAME COMMAND...
  rt_say "$1"
  "${@:2}" >"$folder/$1.log" 2>&1 </dev/null || { tail -n 30 "$folder/$1.log" >&2; rt_die "$1 failed, its log is $folder/$1.log"; }
}

# The largest memory in use, once a second, until this function's process is ended.
watch_memory() { # FILE
  local most=0 now
  while sleep 1; do
    now="$(nvidia-smi --query-gpu=memory.used --format=csv,noheader,nounits | sort -n | tail -n 1)"
    [[ "$now" -le "$most" ]] || { most="$now"; printf '%s' "$most" >"$1"; }
  done
}

train() { # NAME LAUNCHER-WITH-OPTIONS... -- SETTINGS...
  local name="$1" watching
  local -a launcher=()
  shift
  while [[ "$1" != -- ]]; do launcher+=("$1"); shift; done
  shift
  printf 0 >"$folder/$name.memory"
  watch_memory "$folder/$name.memory" &
  watching=$!
  run "$name" "${launcher[@]}" RobustTrain --config conf/quickstart.conf "run.dir=$folder/runs" "run.id=$name" "$@"
  kill "$watching" 2>/dev/null || true
  wait "$watching" 2>/dev/null || true
}

local_run=(./spark-submit/local.sh --driver-memory 4g)
two_workers=(./spark-submit/standalone.sh --workers 2 --executor-memory 2g --driver-memory 2g)
run doctor ./spark-submit/local.sh RobustDoctor device=cuda
grep -E 'device|gpus' "$folder/doctor.log" || true
train cpu "${local_run[@]}" --
train cuda "${local_run[@]}" -- device=cuda
train cuda-bf16 "${local_run[@]}" -- device=cuda amp.dtype=bf16 amp.attack=bf16
train cuda-two-bigdl "${two_workers[@]}" -- device=cuda distribution.engine=bigdl
train cuda-two-collective "${two_workers[@]}" -- device=cuda distribution.engine=collective
for device in cpu cuda; do
  run "evaluation-$device" ./spark-submit/local.sh RobustEval --model "$folder/runs/cpu" --data data/synthetic \
    --eps 4/255 --attacks apgd-ce --device "$device" --output "$folder/evaluation-$device"
done
run comparison ./spark-submit/local.sh RobustEval compare "$folder/evaluation-cpu" "$folder/evaluation-cuda"

value() { # RUN FIELD: of the last step
  grep '"kind":"step"' "$folder/runs/$1/metrics.jsonl" | tail -n 1 | sed -n "s/.*\"$2\":\([^,}]*\).*/\1/p"
}
printf '\n| run | last loss | images/s of the last step | largest GPU memory, MiB |\n|---|---|---|---|\n'
for name in cpu cuda cuda-bf16 cuda-two-bigdl cuda-two-collective; do
  printf '| %s | %s | %s | %s |\n' "$name" "$(value "$name" loss)" "$(value "$name" images_per_s)" "$(cat "$folder/$name.memory")"
done
printf '\n'
cat "$folder/comparison.log"
