#!/usr/bin/env bash
# What a host with a GPU can tell of device=cuda: runs on what mvn -Pcuda -DskipTests clean package left in target/.
#   src/test/scripts/gpu-check.sh
set -euo pipefail
# shellcheck source=../../../spark-submit/common.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/../../../spark-submit/common.sh"

usage() {
  cat <<'TEXT'
Usage: src/test/scripts/gpu-check.sh [--folder DIR] [--rehearse]

Asks RobustDoctor for device=cuda, compares the golden models of timm with what the GPU computes (float32 with pixels in
both memory formats, and TF32), times the FGSM step in fp32, tf32 and bf16 of a network that computes in channels-last and of
one that does not, alone and on two workers of one GPU with either engine, trains the quickstart on the CPU and on the GPU,
evaluates the CPU's model on both devices, and prints Markdown tables of losses, images/s and the GPU's memory.

Options:
  --folder DIR   where runs and logs go (default: target/gpu-check, which is made anew)
  --rehearse     do it on the CPU, with less of everything and without TF32: tries this script where there is no GPU

The exit code is 0, 77 where there is no GPU, 1 if a step failed, 2 for wrong usage.
TEXT
}

folder=""
device=cuda
while [[ $# -gt 0 ]]; do
  case "$1" in
    -h | --help) usage; exit 0 ;;
    --folder)
      [[ $# -ge 2 ]] || rt_die "--folder needs a value, see --help" 2
      folder="$2"
      shift 2 ;;
    --rehearse) device=cpu; shift ;;
    *) rt_die "unknown argument $1, see --help" 2 ;;
  esac
done
if [[ $device == cuda ]]; then
  [[ -n "$(type -P nvidia-smi || true)" ]] || rt_die "there is no nvidia-smi here, so no GPU to look at" 77
  nvidia-smi --query-gpu=name,memory.total,driver_version --format=csv,noheader || rt_die "nvidia-smi finds no GPU" 77
fi
rt_check_machine
rt_assembled || rt_die "$RT_TARGET holds no complete build: run mvn -Pcuda -DskipTests clean package"
[[ -f "$RT_TARGET/test-classes/io/robusttrain/model/ParityTest.class" ]] ||
  rt_die "$RT_TARGET/test-classes holds no tests: run mvn -Pcuda -DskipTests clean package"
torch=("$RT_TARGET"/app-lib/pytorch-*-linux-*.jar)
[[ $device == cpu || "${torch[*]}" == *-gpu.jar && ${#torch[@]} -eq 1 ]] ||
  rt_die "$RT_TARGET/app-lib holds libtorch for CPUs: run mvn -Pcuda -DskipTests clean package"
if [[ -z "$folder" ]]; then
  folder="$RT_TARGET/gpu-check"
  rm -rf "$folder"
fi
mkdir -p "$folder"
folder="$(cd -- "$folder" && pwd -P)"
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

watched() { # NAME COMMAND...
  local watching=""
  printf -- '-' >"$folder/$1.memory"
  if [[ $device == cuda ]]; then
    watch_memory "$folder/$1.memory" &
    watching=$!
  fi
  run "$@"
  if [[ -n "$watching" ]]; then
    kill "$watching" 2>/dev/null || true
    wait "$watching" 2>/dev/null || true
  fi
}

train() { # NAME LAUNCHER-WITH-OPTIONS... -- SETTINGS...
  local name="$1"
  local -a launcher=()
  shift
  while [[ "$1" != -- ]]; do launcher+=("$1"); shift; done
  shift
  watched "$name" "${launcher[@]}" RobustTrain --config conf/quickstart.conf "run.dir=$folder/runs" "run.id=$name" ${less[@]+"${less[@]}"} "$@"
}

speed() { # NAME LAUNCHER-WITH-OPTIONS... -- OPTIONS...
  local name="$1"
  local -a launcher=()
  shift
  while [[ "$1" != -- ]]; do launcher+=("$1"); shift; done
  shift
  watched "$name" "${launcher[@]}" RobustSpeed --device "$device" "${sizes[@]}" --json "$folder/$name.json" "$@"
}

local_run=(./spark-submit/local.sh --driver-memory 4g)
two_workers=(./spark-submit/standalone.sh --workers 2 --executor-memory 2g --driver-memory 2g)
devices=(cpu cuda)
less=()
sizes=(--batch 64 --steps 20 --warmup 5)
precisions=(fp32 tf32 bf16)
profile=(-Pcuda)
if [[ $device == cpu ]]; then
  devices=(cpu)
  less=(train.max-steps=4)
  sizes=(--batch 2 --steps 2 --warmup 1)
  precisions=(fp32 bf16)
  profile=()
fi
# Their stems: XCiT's brings images into channels-last, DeiT's leaves them contiguous.
models=(xcit_small_12_p16_224 deit_small_patch16_224)
formats=(channels-last contiguous)

run doctor ./spark-submit/local.sh RobustDoctor "device=$device"
grep -E 'device|gpus' "$folder/doctor.log" || true
run golden-models mvn -B -ntp ${profile[@]+"${profile[@]}"} -pl src surefire:test@default-test -Dtest=ParityTest \
  "-Drobusttrain.test.device=$device"
grep -m 1 'Tests run:.*ParityTest' "$folder/golden-models.log"

for model in "${models[@]}"; do
  for precision in "${precisions[@]}"; do
    speed "step-$model-$precision" "${local_run[@]}" -- --model "$model" --precision "$precision"
  done
done
for engine in bigdl collective; do
  speed "step-two-$engine" "${two_workers[@]}" -- --model "${models[0]}" --distributed --engine "$engine"
done

train cpu "${local_run[@]}" --
if [[ $device == cuda ]]; then
  train cuda "${local_run[@]}" -- device=cuda
  train cuda-tf32 "${local_run[@]}" -- device=cuda amp.fp32-precision=tf32
  train cuda-bf16 "${local_run[@]}" -- device=cuda amp.dtype=bf16 amp.attack=bf16
fi
for engine in bigdl collective; do
  train "$device-two-$engine" "${two_workers[@]}" -- "device=$device" "distribution.engine=$engine"
done
for at in "${devices[@]}"; do
  run "evaluation-$at" ./spark-submit/local.sh RobustEval --model "$folder/runs/cpu" --data data/synthetic \
    --eps 4/255 --attacks apgd-ce --device "$at" --output "$folder/evaluation-$at"
done
run comparison ./spark-submit/local.sh RobustEval compare "$folder/evaluation-cpu" "$folder/evaluation-$device"

value() { # RUN FIELD: of the last step
  grep '"kind":"step"' "$folder/runs/$1/metrics.jsonl" | tail -n 1 | sed -n "s/.*\"$2\":\([^,}]*\).*/\1/p"
}
rate() { # NAME: median images/s
  tr -d '\n' <"$folder/$1.json" | sed -n 's/.*"images_per_s"[^}]*"median" *: *\([0-9.eE+-]*\).*/\1/p'
}
printf '\n| FGSM step | memory format | precision | images/s, median | largest GPU memory, MiB |\n|---|---|---|---|---|\n'
for i in "${!models[@]}"; do
  for precision in "${precisions[@]}"; do
    name="step-${models[i]}-$precision"
    printf '| %s | %s | %s | %s | %s |\n' "${models[i]}" "${formats[i]}" "$precision" "$(rate "$name")" "$(cat "$folder/$name.memory")"
  done
done
for engine in bigdl collective; do
  printf '| %s, two workers, %s | %s | fp32 | %s | %s |\n' "${models[0]}" "$engine" "${formats[0]}" "$(rate "step-two-$engine")" \
    "$(cat "$folder/step-two-$engine.memory")"
done
printf '\n| run | last loss | images/s of the last step | largest GPU memory, MiB |\n|---|---|---|---|\n'
for run in "$folder"/runs/*/; do
  name="$(basename -- "$run")"
  printf '| %s | %s | %s | %s |\n' "$name" "$(value "$name" loss)" "$(value "$name" images_per_s)" "$(cat "$folder/$name.memory")"
done
printf '\n'
cat "$folder/comparison.log"
