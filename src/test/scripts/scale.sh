#!/usr/bin/env bash
# What grows with the number of executors, shown with workers that compute nothing: bytes and block look-ups of an
# exchange, the driver's heap, files opened to go on from a checkpoint. Runs on what mvn -DskipTests verify left in target/.
#   src/test/scripts/scale.sh --processes 16
set -euo pipefail
# shellcheck source=../../../spark-submit/common.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/../../../spark-submit/common.sh"

usage() {
  cat <<'TEXT'
Usage: src/test/scripts/scale.sh [OPTIONS]

Prints a table for several numbers of workers. Checkpoints are written and restored by as many workers in one process;
the exchange runs between as many executors, each a process, as --processes allows, and is modelled beyond.

Options:
  --workers "N ..."   numbers of workers, powers of two (default: "4 16 64 256")
  --processes N       the most executors to start (default: 4); each takes about 600 MB and a core for seconds
  --elements P        elements of the exchanged vector (default: 1000000)
TEXT
}

workers="4 16 64 256"
processes=4
elements=1000000
while (($# > 0)); do
  case "$1" in
    --workers | --processes | --elements)
      (($# > 1)) || rt_die "$1 needs a value" 2
      case "$1" in
        --workers) workers="$2" ;;
        --processes) processes="$2" ;;
        --elements) elements="$2" ;;
      esac
      shift 2 ;;
    -h | --help) usage; exit 0 ;;
    *) usage >&2; exit 2 ;;
  esac
done
[[ "$workers" =~ ^[0-9]+( [0-9]+)*$ && "$processes" =~ ^[0-9]+$ && "$elements" =~ ^[0-9]+$ ]] ||
  rt_die "--workers, --processes and --elements are numbers" 2

rt_check_machine
rt_assembled || rt_die "$RT_TARGET holds no complete build: run mvn -DskipTests verify"
[[ -f "$RT_TARGET/test-classes/io/robusttrain/scale/RestoreScale.class" ]] ||
  rt_die "$RT_TARGET/test-classes holds no RestoreScale: run mvn -DskipTests verify"
rt_environment
cd -- "$RT_ROOT"
results="$(mktemp -d "$RT_TARGET/scale-XXXXXX")"
trap 'rm -rf "$results"' EXIT

rt_say "Restoring checkpoints of $workers workers ..."
read -ra numbers <<<"$workers"
"$RT_JAVA" "${RT_JAVA_OPTIONS[@]}" -Xmx3g -cp "$RT_TARGET/test-classes:$RT_TARGET/test-lib/*:$RT_CLASSPATH" \
  io.robusttrain.scale.RestoreScale "${numbers[@]}" 2>"$results/restore.log" | grep '^restore ' >"$results/restore" ||
  { tail -n 20 "$results/restore.log" >&2; rt_die "restoring failed"; }

# Driver and executors get the class from Spark, as they would get an application.
"$(dirname -- "$(readlink -f -- "$RT_JAVA")")/jar" --create --file "$results/scale.jar" \
  -C "$RT_TARGET/test-classes" io/robusttrain/scale \
  -C "$RT_TARGET/test-classes" io/robusttrain/bigdl/BlockLookups.class \
  -C "$RT_TARGET/test-classes" 'io/robusttrain/bigdl/BlockLookups$Counting.class'
: >"$results/exchange"
for n in "${numbers[@]}"; do
  if ((n > processes)); then continue; fi
  rt_say "Exchanging between $n executors ..."
  ROBUSTTRAIN_BUILD=skip "$RT_SUBMIT/standalone.sh" --workers "$n" --executor-cores 1 --executor-memory 512m \
    --driver-memory 1g --conf "spark.jars=$results/scale.jar" \
    io.robusttrain.scale.ExchangeScale "$n" "$elements" 2>"$results/exchange-$n.log" |
    grep '^exchange ' >>"$results/exchange" ||
    { tail -n 20 "$results/exchange-$n.log" >&2; rt_die "the exchange between $n executors failed"; }
done

printf '%s, %s cores of %s, a vector of %s elements\n\n' "$(date -u +%Y-%m-%d)" "$(nproc)" \
  "$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)" "$elements"
awk -v elements="$elements" '
  FILENAME ~ /exchange$/ {
    measured[$2] = 1; lookups[$2] = $3; bytes[$2] = $4
    vectors[$2] = $5 " / " $6 " / " $7
    seen = $2
    next
  }
  {
    n = $2
    if (!head++) {
      print "| workers | bytes read in a step, all executors | look-ups at the driver in a step | before | vectors on the driver in a step / pause / validation | driver heap planned for 86 M parameters and an average | executor heap planned for them | opens of a restore: driver | workers | 3/4 of the workers | before |"
      print "|---|---|---|---|---|---|---|---|---|---|---|"
    }
    if (n in measured) {
      traffic = sprintf("%.1f MB", bytes[n] / 1e6); asked = lookups[n]; held = vectors[n]
    } else {
      # Each worker gets the weights and the gradients of the slices of all others.
      traffic = sprintf("%.1f MB (model)", 2 * (n - 1) * 4 * elements / 1e6)
      # As many of each worker as of those that were counted.
      asked = (seen == "" ? "not run" : sprintf("%d (model)", lookups[seen] / seen * n))
      held = "not run"
    }
    # Three vectors of state and the memory of the lanes: every worker opened every file for each.
    printf "| %d | %s | %s | %d | %s | %.1f GB | %.1f GB | %d | %d | %d | %d |\n",
      n, traffic, asked, 2 * n * (n - 1), held, $7 / 2^30, $6 / 2^30, $3, $4, $5, 4 * n * n
  }' "$results/exchange" "$results/restore"
