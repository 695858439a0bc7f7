#!/usr/bin/env bash
# Runs a main class of RobustTrain on a Spark standalone cluster: one of its own on this machine, or a running one.
set -euo pipefail
# shellcheck source=common.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/common.sh"

usage() {
  cat <<'TEXT'
Usage: spark-submit/standalone.sh [OPTIONS] MAIN_CLASS [ARGUMENTS...]

Builds RobustTrain if its sources changed, starts a Spark master and workers on 127.0.0.1, runs MAIN_CLASS
on them and stops them again, also when it fails or is interrupted. With --master it starts nothing and uses
the running cluster; this folder must then be at the same path on every worker (otherwise see docs/spark-submit.md).

Options:
  --workers N            executors, each in a worker of its own (default: 2)
  --executor-cores N     cores of each executor (default: 1)
  --executor-memory M    Java heap of each executor, as in 6g (default: 6g); libtorch's memory is outside of it
  --driver-memory M      Java heap of the driver (default: 4g, or DRIVER_MEMORY)
  --master spark://...   a running standalone cluster
  --secure               authentication and encryption between all processes, see docs/security.md; the secret is in
                         the file ROBUSTTRAIN_SECRET_FILE (mode 600), or a new one for a cluster of its own
  --conf KEY=VALUE       a Spark property, see spark-submit/spark.properties
  --keep-logs            keep the logs of master, workers and executors also when all went well
  --help                 this text; MAIN_CLASS --help shows the options of a main class

Environment: JAVA_HOME, SPARK_HOME, DRIVER_MEMORY, ROBUSTTRAIN_LOG4J, ROBUSTTRAIN_JAVA_OPTS,
ROBUSTTRAIN_SECRET_FILE, ROBUSTTRAIN_BUILD, OMP_WAIT_POLICY, KMP_BLOCKTIME, ROBUSTTRAIN_STOP_SECONDS (the driver's time to end after a signal, default: 75).

Example:
  ./spark-submit/standalone.sh --workers 2 RobustTrain --config conf/quickstart.conf

The exit code is that of the main class: 0 done, 2 wrong usage or configuration, 3 bad data,
4 training stopped by a guard, 1 anything else.
TEXT
}

workers=2
cores=1
executor_memory=6g
driver_memory="${DRIVER_MEMORY:-4g}"
master=""
keep_logs=no
secure=no
conf=()
while [[ $# -gt 0 ]]; do
  case "$1" in
    -h | --help) usage; exit 0 ;;
    --keep-logs) keep_logs=yes; shift ;;
    --secure) secure=yes; shift ;;
    --workers | --executor-cores | --executor-memory | --driver-memory | --master | --conf)
      [[ $# -ge 2 ]] || rt_die "$1 needs a value, see spark-submit/standalone.sh --help" 2
      case "$1" in
        --workers) workers="$2" ;;
        --executor-cores) cores="$2" ;;
        --executor-memory) executor_memory="$2" ;;
        --driver-memory) driver_memory="$2" ;;
        --master) master="$2" ;;
        --conf) conf+=(--conf "$2") ;;
      esac
      shift 2 ;;
    -*) rt_die "unknown option $1, see spark-submit/standalone.sh --help; options of a main class follow its name" 2 ;;
    *) break ;;
  esac
done
[[ $# -ge 1 ]] || { usage >&2; exit 2; }
rt_is_count "$workers" || rt_die "--workers must be a whole number from 1, not '$workers'" 2
rt_is_count "$cores" || rt_die "--executor-cores must be a whole number from 1, not '$cores'" 2
for memory in "$executor_memory" "$driver_memory"; do
  [[ "$memory" =~ ^[1-9][0-9]*[mMgG]$ ]] || rt_die "a memory size must be as in 6g or 512m, not '$memory'" 2
done
[[ -z "$master" || "$master" == spark://* ]] || rt_die "--master must be a standalone master as in spark://host:7077, not '$master'" 2

if [[ $secure == yes ]]; then
  if [[ -z "$master" ]]; then rt_secure own; else rt_secure foreign; fi
  while IFS= read -r setting; do conf+=(--conf "$setting"); done < <(rt_secure_settings)
fi

rt_check_machine
rt_build
rt_environment
rt_check_main "$1"
rt_fast_start

driver=""
# recovery.grace, the end of native code and Spark's own end.
stop_seconds="${ROBUSTTRAIN_STOP_SECONDS:-75}"
rt_is_count "$stop_seconds" || rt_die "ROBUSTTRAIN_STOP_SECONDS must be a whole number of seconds, not '$stop_seconds'" 2
run=""

# Ends what this script started, and nothing else.
stop_all() {
  # The first signal lets the current step end and be saved, a second one abandons it.
  trap 'if [[ -n "$driver" ]]; then kill -TERM "$driver" 2>/dev/null || true; fi' INT TERM HUP
  if [[ -n "$driver" ]] && kill -0 "$driver" 2>/dev/null; then
    kill -TERM "$driver" 2>/dev/null || true
    rt_wait_gone "$driver" "$stop_seconds" || kill -KILL "$driver" 2>/dev/null || true
  fi
  rt_stop_daemons
}

on_exit() {
  local code=$?
  trap - EXIT
  stop_all
  if [[ -n "$run" ]]; then
    rm -rf "$run/local"
    if [[ $code -eq 0 && $keep_logs == no ]]; then
      rm -rf "$run"
    else
      rt_say "Logs of the cluster: $run (executors: work/*/app-*/*/stderr)"
    fi
  fi
  exit "$code"
}
trap on_exit EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
trap 'exit 129' HUP

# The executors inherit the environment of the workers, and a foreign cluster gets it by spark.executorEnv.
rt_threads "$cores"
driver_conf=()
# A foreign cluster has a Spark of its own.
executor_classpath="$RT_EXTRA_CLASSPATH"
if [[ -z "$master" ]]; then
  mkdir -p "$RT_TARGET"
  run="$(mktemp -d "$RT_TARGET/standalone-XXXXXX")"
  driver_conf=(--conf spark.driver.host=127.0.0.1)
  executor_classpath="$RT_JARS:$SPARK_CONF_DIR"
  rt_start_cluster "$run" "$workers" "$cores" "$executor_memory"
  master="$RT_MASTER"
fi

native_conf=()
for name in "${RT_NATIVE_ENV[@]}"; do native_conf+=(--conf "spark.executorEnv.$name=${!name}"); done

submit=("$RT_JAVA" "${RT_JAVA_OPTIONS[@]}" "-Xmx$driver_memory" -cp "$RT_CLASSPATH"
  org.apache.spark.deploy.SparkSubmit
  --master "$master"
  --properties-file "$RT_SUBMIT/spark.properties"
  --driver-memory "$driver_memory"
  --executor-memory "$executor_memory"
  --conf "spark.cores.max=$((workers * cores))"
  --conf "spark.executor.cores=$cores"
  --conf "spark.driver.extraClassPath=$RT_EXTRA_CLASSPATH"
  --conf "spark.executor.extraClassPath=$executor_classpath"
  --conf "spark.executor.extraJavaOptions=$(rt_java_options_string)"
  "${native_conf[@]}"
  ${driver_conf[@]+"${driver_conf[@]}"}
  ${conf[@]+"${conf[@]}"})

# In the background, so that a signal to this script is handled while the driver runs: bash would otherwise
# wait for its end first. A background command ignores SIGINT, stop_all ends it with SIGTERM instead.
run_driver() {
  local code=0
  "${submit[@]}" --class "$1" "$RT_APP_JAR" "${@:2}" <&0 &
  driver=$!
  wait "$driver" || code=$?
  driver=""
  return "$code"
}

if rt_needs_quickstart_data "$@"; then
  rt_say "Drawing the embedded data set into data/synthetic ..."
  run_driver "${RT_QUICKSTART_PREP[@]}"
fi
run_driver "$@"
