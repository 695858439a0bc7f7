#!/usr/bin/env bash
# Runs a main class of RobustTrain on this machine, in one JVM, on Spark's local master.
set -euo pipefail
# shellcheck source=common.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/common.sh"

usage() {
  cat <<'TEXT'
Usage: spark-submit/local.sh [OPTIONS] MAIN_CLASS [ARGUMENTS...]

Builds RobustTrain if its sources changed, then runs MAIN_CLASS with Spark inside one JVM.
MAIN_CLASS is RobustTrain, RobustPrep, RobustSpeed ...; what follows it is passed on as it is.

Options:
  --cores N            cores to use (default: all of this machine, or LOCAL_CORES)
  --driver-memory M    Java heap, as in 4g (default: 4g, or DRIVER_MEMORY); libtorch's memory is outside of it
  --conf KEY=VALUE     a Spark property, see spark-submit/spark.properties
  --help               this text; MAIN_CLASS --help shows the options of a main class

Environment: JAVA_HOME, SPARK_HOME, LOCAL_CORES, DRIVER_MEMORY, ROBUSTTRAIN_LOG4J, ROBUSTTRAIN_JAVA_OPTS,
ROBUSTTRAIN_BUILD, OMP_NUM_THREADS, OMP_WAIT_POLICY, KMP_BLOCKTIME.

Example:
  ./spark-submit/local.sh RobustTrain --config conf/quickstart.conf

The exit code is that of the main class: 0 done, 2 wrong usage or configuration, 3 bad data,
4 training stopped by a guard, 1 anything else.
TEXT
}

cores="${LOCAL_CORES:-$(nproc)}"
memory="${DRIVER_MEMORY:-4g}"
conf=()
while [[ $# -gt 0 ]]; do
  case "$1" in
    -h | --help) usage; exit 0 ;;
    --cores | --driver-memory | --conf)
      [[ $# -ge 2 ]] || rt_die "$1 needs a value, see spark-submit/local.sh --help" 2
      case "$1" in
        --cores) cores="$2" ;;
        --driver-memory) memory="$2" ;;
        --conf) conf+=(--conf "$2") ;;
      esac
      shift 2 ;;
    -*) rt_die "unknown option $1, see spark-submit/local.sh --help; options of a main class follow its name" 2 ;;
    *) break ;;
  esac
done
[[ $# -ge 1 ]] || { usage >&2; exit 2; }
rt_is_count "$cores" || rt_die "the number of cores must be a whole number from 1, not '$cores'" 2
[[ "$memory" =~ ^[1-9][0-9]*[kKmMgG]$ ]] || rt_die "the driver memory must be a size as in 4g, not '$memory'" 2

rt_check_machine
rt_build
rt_environment
rt_check_main "$1"
rt_fast_start
rt_threads "$cores"
export SPARK_LOCAL_IP="${SPARK_LOCAL_IP:-127.0.0.1}"

command=("$RT_JAVA" "${RT_JAVA_OPTIONS[@]}" "-Xmx$memory" -cp "$RT_CLASSPATH"
  org.apache.spark.deploy.SparkSubmit
  --master "local[$cores]"
  --properties-file "$RT_SUBMIT/spark.properties"
  --conf spark.driver.host=127.0.0.1
  --driver-memory "$memory"
  ${conf[@]+"${conf[@]}"})

if rt_needs_quickstart_data "$@"; then
  rt_say "Drawing the embedded data set into data/synthetic ..."
  "${command[@]}" --class "${RT_QUICKSTART_PREP[0]}" "$RT_APP_JAR" "${RT_QUICKSTART_PREP[@]:1}"
fi

# exec: signals and the exit code are the JVM's own.
main="$1"
shift
exec "${command[@]}" --class "$main" "$RT_APP_JAR" "$@"
