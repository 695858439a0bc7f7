#!/usr/bin/env bash
# Measures how long a waiting OpenMP thread should spin: the FGSM step with several KMP_BLOCKTIMEs, beside busy
# neighbours, in turn.
#   src/test/scripts/waiting.sh
set -euo pipefail
# shellcheck source=../../../spark-submit/common.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/../../../spark-submit/common.sh"

usage() {
  cat <<'TEXT'
Usage: src/test/scripts/waiting.sh [OPTIONS]

Times RobustSpeed with each KMP_BLOCKTIME beside each number of busy loops, in turn, and prints the images/s of each
round and their median. Nothing else should run. It needs what mvn -DskipTests package left in target/.

Options:
  --models LIST        MODEL:BATCH of RobustSpeed, separated by commas
                       (default: xcit_nano_12_p16_224:8,deit_tiny_patch16_224:8)
  --blocktimes LIST    milliseconds, microseconds such as 200us, or infinite (default: 0,1,5,20,200)
  --neighbours LIST    numbers of busy loops (default: 0,1,2)
  --rounds N           how often (default: 3)
  --steps N            timed steps of each (default: 5)
  --help               this text

The exit code is 0, 1 if a run failed, 2 for wrong usage.
TEXT
}

models=xcit_nano_12_p16_224:8,deit_tiny_patch16_224:8
blocktimes=0,1,5,20,200
neighbours=0,1,2
rounds=3
steps=5
while [[ $# -gt 0 ]]; do
  case "$1" in
    -h | --help) usage; exit 0 ;;
    --models | --blocktimes | --neighbours | --rounds | --steps)
      [[ $# -ge 2 ]] || rt_die "$1 needs a value, see --help" 2
      case "$1" in
        --models) models="$2" ;;
        --blocktimes) blocktimes="$2" ;;
        --neighbours) neighbours="$2" ;;
        --rounds) rounds="$2" ;;
        --steps) steps="$2" ;;
      esac
      shift 2 ;;
    -*) rt_die "unknown option $1, see --help" 2 ;;
    *) rt_die "unknown argument $1, see --help" 2 ;;
  esac
done
IFS=, read -r -a models <<<"$models"
IFS=, read -r -a blocktimes <<<"$blocktimes"
IFS=, read -r -a neighbours <<<"$neighbours"
for model in "${models[@]}"; do
  [[ "$model" =~ ^[a-z0-9_]+:[1-9][0-9]*$ ]] || rt_die "--models must be MODEL:BATCH, not '$model'" 2
done
for time in "${blocktimes[@]}"; do
  [[ "$time" =~ ^([0-9]+(us)?|infinite)$ ]] || rt_die "--blocktimes must be milliseconds or infinite, not '$time'" 2
done
for number in "${neighbours[@]}"; do
  [[ "$number" =~ ^[0-9]+$ ]] || rt_die "--neighbours must be whole numbers from 0, not '$number'" 2
done
for number in "$rounds" "$steps"; do
  rt_is_count "$number" || rt_die "--rounds and --steps must be whole numbers from 1, not '$number'" 2
done

out="$RT_TARGET/waiting"
rm -rf "$out"
mkdir -p "$out"
loops=()
stop_loops() {
  if [[ ${#loops[@]} -gt 0 ]]; then kill "${loops[@]}" 2>/dev/null || true; fi
  loops=()
}
trap stop_loops EXIT

# rate MODEL BATCH BLOCKTIME: appends the median images/s to the results.
rate() {
  local json="$out/last.json" log="$out/last.log" figure
  ROBUSTTRAIN_BUILD=skip OMP_WAIT_POLICY=PASSIVE KMP_BLOCKTIME="$3" "$RT_SUBMIT/local.sh" --driver-memory 1g RobustSpeed \
    --model "$1" --batch "$2" --steps "$steps" --warmup 1 --json "$json" >"$log" 2>&1 </dev/null ||
    { tail -n 20 "$log" >&2; rt_die "RobustSpeed failed, its log is $log"; }
  figure="$(tr -d ' \n' <"$json" | sed -n 's/.*"images_per_s":{"median":\([0-9.]*\).*/\1/p')"
  [[ -n "$figure" ]] || rt_die "no images/s in $json"
  printf '%s' "$figure"
}

printf 'model\tneighbours\tKMP_BLOCKTIME\timages/s of each round\tmedian\n'
for ((round = 1; round <= rounds; round++)); do
  for number in "${neighbours[@]}"; do
    for ((i = 0; i < number; i++)); do
      (while :; do :; done) &
      loops+=("$!")
    done
    for model in "${models[@]}"; do
      for time in "${blocktimes[@]}"; do
        rt_say "round $round of $rounds: $model, $number busy loops, KMP_BLOCKTIME=$time"
        rate "${model%:*}" "${model#*:}" "$time" >>"$out/$model-$number-$time"
        printf '\n' >>"$out/$model-$number-$time"
      done
    done
    stop_loops
  done
done
for model in "${models[@]}"; do
  for number in "${neighbours[@]}"; do
    for time in "${blocktimes[@]}"; do
      file="$out/$model-$number-$time"
      median="$(sort -n "$file" | sed -n "$(((rounds + 1) / 2))p")"
      printf '%s\t%s\t%s\t%s\t%s\n' "$model" "$number" "$time" "$(paste -sd' ' "$file")" "$median"
    done
  done
done
