#!/usr/bin/env bash
# JShell on a terminal with the API of RobustTrain imported and a Spark session.
set -euo pipefail
# shellcheck source=common.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/common.sh"

usage() {
  cat <<'TEXT'
Usage: spark-submit/shell.sh [OPTIONS] [FILE...]

Builds RobustTrain if its sources changed, then opens JShell with the class path, the JVM options and the native threads
of the launchers. Package io.robusttrain.api is imported, and `spark` is a session (docs/api.md). Statements of FILEs are
run first; the FILE - is the standard input, after which JShell ends.

Options:
  --master M           local[N], or a standalone cluster, spark://host:port (default: local[N] with the cores)
  --cores N            cores to use, on a cluster those of all executors (default: all of this machine, or LOCAL_CORES)
  --executor-cores N   cores of an executor of a cluster (default: all that --cores says)
  --executor-memory M  Java heap of an executor of a cluster, as in 6g (default: 4g)
  --driver-memory M    Java heap, as in 4g (default: 4g, or DRIVER_MEMORY); libtorch's memory is outside of it
  --conf KEY=VALUE     a Spark property, see spark-submit/spark.properties
  --help               this text

Environment: JAVA_HOME, SPARK_HOME, LOCAL_CORES, DRIVER_MEMORY, ROBUSTTRAIN_LOG4J, ROBUSTTRAIN_JAVA_OPTS,
ROBUSTTRAIN_BUILD, OMP_NUM_THREADS, OMP_WAIT_POLICY, KMP_BLOCKTIME.

Example:
  ./spark-submit/shell.sh
  jshell> var run = RobustTrain.on(spark).config("conf/quickstart.conf").set("train.epochs", 2).run()
  jshell> run.metrics()

Ctrl-C interrupts a statement: a training writes a checkpoint first. /exit N ends the shell with exit code N.
TEXT
}

cores="${LOCAL_CORES:-$(nproc)}"
executor_cores=""
executor_memory=4g
memory="${DRIVER_MEMORY:-4g}"
master=""
conf=()
files=()
while [[ $# -gt 0 ]]; do
  case "$1" in
    -h | --help) usage; exit 0 ;;
    --master | --cores | --executor-cores | --executor-memory | --driver-memory | --conf)
      [[ $# -ge 2 ]] || rt_die "$1 needs a value, see spark-submit/shell.sh --help" 2
      case "$1" in
        --master) master="$2" ;;
        --cores) cores="$2" ;;
        --executor-cores) executor_cores="$2" ;;
        --executor-memory) executor_memory="$2" ;;
        --driver-memory) memory="$2" ;;
        --conf)
          [[ "$2" == spark.*=* ]] || rt_die "--conf must be a Spark property as in spark.ui.enabled=true, not '$2'" 2
          conf+=("$2") ;;
      esac
      shift 2 ;;
    -) files+=("$1"); shift ;;
    -*) rt_die "unknown option $1, see spark-submit/shell.sh --help" 2 ;;
    *) files+=("$1"); shift ;;
  esac
done
rt_is_count "$cores" || rt_die "the number of cores must be a whole number from 1, not '$cores'" 2
executor_cores="${executor_cores:-$cores}"
rt_is_count "$executor_cores" || rt_die "--executor-cores must be a whole number from 1, not '$executor_cores'" 2
for size in "$executor_memory" "$memory"; do
  [[ "$size" =~ ^[1-9][0-9]*[mMgG]$ ]] || rt_die "a memory size must be as in 4g or 512m, not '$size'" 2
done
master="${master:-local[$cores]}"
[[ "$master" =~ ^local\[[1-9][0-9]*\]$ || "$master" == spark://* ]] ||
  rt_die "--master must be local[N] or a standalone master as in spark://host:7077, not '$master'; on YARN and Kubernetes use the launchers" 2
for file in ${files[@]+"${files[@]}"}; do
  [[ "$file" == - || -f "$file" ]] || rt_die "there is no file $file of statements" 2
done

rt_check_machine
rt_build
rt_environment
jshell="${RT_JAVA%/java}/jshell"
[[ -x "$jshell" ]] || jshell="$(dirname -- "$(readlink -f -- "$RT_JAVA")")/jshell"
[[ -x "$jshell" ]] || rt_die "$RT_JAVA has no jshell beside it: point JAVA_HOME to a JDK"

# What SparkSubmit makes of a launcher's options.
settings=("spark.master=$master" "spark.app.name=RobustTrain shell" "spark.driver.memory=$memory")
if [[ "$master" == spark://* ]]; then
  rt_threads "$executor_cores"
  settings+=("spark.cores.max=$cores" "spark.executor.cores=$executor_cores" "spark.executor.memory=$executor_memory"
    "spark.executor.extraClassPath=$RT_EXTRA_CLASSPATH" "spark.executor.extraJavaOptions=$(rt_java_options_string)")
  for name in "${RT_NATIVE_ENV[@]}"; do settings+=("spark.executorEnv.$name=${!name}"); done
else
  rt_threads "$cores"
  export SPARK_LOCAL_IP="${SPARK_LOCAL_IP:-127.0.0.1}"
  settings+=("spark.driver.host=127.0.0.1")
fi
settings+=(${conf[@]+"${conf[@]}"})

# A text as a string of Java.
java_string() {
  local text="${1//\\/\\\\}"
  printf '"%s"' "${text//\"/\\\"}"
}

startup="$(mktemp "${TMPDIR:-/tmp}/robusttrain-shell-XXXXXX")"
trap 'rm -f "$startup"' EXIT
# Ctrl-C is JShell's, which interrupts a statement.
trap : INT
{
  # A value of blanks and quotes would not survive JShell's options.
  for setting in "${settings[@]}"; do
    printf 'System.setProperty(%s, %s);\n' "$(java_string "${setting%%=*}")" "$(java_string "${setting#*=}")"
  done
  printf 'import io.robusttrain.api.*;\nvar spark = RobustTrain.session();\n'
} >"$startup"

options=("-R-Xmx$memory")
for option in "${RT_JAVA_OPTIONS[@]}"; do options+=("-R$option"); done
# JShell's second JVM, in which statements run, has no terminal of its own to see.
if [[ -t 1 ]]; then options+=(-R-Drobusttrain.terminal=true); fi
# The jars one by one: JShell's compiler knows no wildcards. The environment's class path is that of both JVMs.
CLASSPATH=""
IFS=: read -r -a places <<<"$RT_CLASSPATH"
for place in "${places[@]}"; do
  if [[ "$place" == *'/*' ]]; then
    for jar in "${place%/\*}"/*.jar; do CLASSPATH+="${CLASSPATH:+:}$jar"; done
  else
    CLASSPATH+="${CLASSPATH:+:}$place"
  fi
done
export CLASSPATH
code=0
"$jshell" "${options[@]}" --startup DEFAULT --startup "$startup" ${files[@]+"${files[@]}"} || code=$?
exit "$code"
