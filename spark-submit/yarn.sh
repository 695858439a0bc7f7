#!/usr/bin/env bash
# Runs a main class of RobustTrain on a YARN cluster, the driver on this machine or in a container.
set -euo pipefail
# shellcheck source=common.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/common.sh"

usage() {
  cat <<'TEXT'
Usage: spark-submit/yarn.sh [OPTIONS] MAIN_CLASS [ARGUMENTS...]
       spark-submit/yarn.sh [OPTIONS] --put-archive hdfs:///PATH.zip

Builds RobustTrain if its sources changed and runs MAIN_CLASS on the YARN cluster of HADOOP_CONF_DIR. This folder
must be at the same path on every node; otherwise put it on HDFS once (--put-archive) and name it (--archive).

Options:
  --deploy-mode MODE     client: the driver is this process; cluster: it runs in a container (default: client)
  --num-executors N      executors (default: 2)
  --executor-cores N     cores of each executor (default: 1)
  --executor-memory M    Java heap of each executor, as in 6g (default: 6g)
  --executor-native M    memory of each executor outside its heap, for libtorch (default: 4g)
  --driver-memory M      Java heap of the driver (default: 4g, or DRIVER_MEMORY)
  --driver-native M      cluster mode: memory of the driver outside its heap (default: 2g)
  --queue NAME           queue of the scheduler
  --files A,B            files for the working folder of each container; --config and --sweep files are added to
                         them in cluster mode, with what they include
  --archive URI          what --put-archive wrote
  --put-archive URI      writes jars and native libraries there, for --archive, and ends
  --java-home PATH       the JDK of the nodes (default: that of this machine)
  --no-wait              cluster mode: return when the application is submitted
  --secure               authentication and encryption between driver and executors, see docs/security.md; YARN
                         carries the secret
  --conf KEY=VALUE       a Spark property, see spark-submit/spark.properties
  --help                 this text; MAIN_CLASS --help shows the options of a main class

Environment: HADOOP_CONF_DIR, YARN_CONF_DIR, JAVA_HOME, SPARK_HOME, DRIVER_MEMORY, ROBUSTTRAIN_LOG4J,
ROBUSTTRAIN_JAVA_OPTS, ROBUSTTRAIN_BUILD, OMP_WAIT_POLICY, KMP_BLOCKTIME, ROBUSTTRAIN_STOP_SECONDS (the driver's time to end
after a signal, default: 75).

Example:
  ./spark-submit/yarn.sh --deploy-mode cluster --num-executors 4 --executor-cores 8 \
    RobustTrain --config conf/recipes/light.conf --run-id light-1 data.path=hdfs:///imagenet run.dir=hdfs:///runs

The exit code is that of the main class: 0 done, 2 wrong usage or configuration, 3 bad data,
4 training stopped by a guard, 1 anything else. In cluster mode YARN does not tell it when a container
was killed or lost: then it is 1.
TEXT
}

mode=client
executors=2
cores=1
executor_memory=6g
executor_native=4g
driver_memory="${DRIVER_MEMORY:-4g}"
driver_native=2g
queue=""
files=""
archive=""
put=""
java_home=""
wait=true
conf=()
while [[ $# -gt 0 ]]; do
  case "$1" in
    -h | --help) usage; exit 0 ;;
    --no-wait) wait=false; shift ;;
    --secure)
      while IFS= read -r line; do conf+=(--conf "$line"); done < <(rt_secure_settings)
      shift ;;
    --deploy-mode | --num-executors | --executor-cores | --executor-memory | --executor-native | --driver-memory | \
      --driver-native | --queue | --files | --archive | --put-archive | --java-home | --conf)
      [[ $# -ge 2 ]] || rt_die "$1 needs a value, see spark-submit/yarn.sh --help" 2
      case "$1" in
        --deploy-mode) mode="$2" ;;
        --num-executors) executors="$2" ;;
        --executor-cores) cores="$2" ;;
        --executor-memory) executor_memory="$2" ;;
        --executor-native) executor_native="$2" ;;
        --driver-memory) driver_memory="$2" ;;
        --driver-native) driver_native="$2" ;;
        --queue) queue="$2" ;;
        --files) files="$2" ;;
        --archive) archive="$2" ;;
        --put-archive) put="$2" ;;
        --java-home) java_home="$2" ;;
        --conf) conf+=(--conf "$2") ;;
      esac
      shift 2 ;;
    -*) rt_die "unknown option $1, see spark-submit/yarn.sh --help; options of a main class follow its name" 2 ;;
    *) break ;;
  esac
done
[[ $# -ge 1 || -n "$put" ]] || { usage >&2; exit 2; }
[[ "$mode" == client || "$mode" == cluster ]] || rt_die "--deploy-mode must be client or cluster, not '$mode'" 2
rt_is_count "$executors" || rt_die "--num-executors must be a whole number from 1, not '$executors'" 2
rt_is_count "$cores" || rt_die "--executor-cores must be a whole number from 1, not '$cores'" 2
for memory in "$executor_memory" "$executor_native" "$driver_memory" "$driver_native"; do
  [[ "$memory" =~ ^[1-9][0-9]*[mMgG]$ ]] || rt_die "a memory size must be as in 6g or 512m, not '$memory'" 2
done
for uri in "$archive" "$put"; do
  [[ -z "$uri" || "$uri" == *:/*.zip ]] || rt_die "an archive must be a URI as in hdfs:///apps/robusttrain.zip, not '$uri'" 2
done
if [[ -z "${HADOOP_CONF_DIR:-}${YARN_CONF_DIR:-}" && " ${conf[*]-} " != *" spark.hadoop."* ]]; then
  rt_die "which cluster? Set HADOOP_CONF_DIR to the folder with its yarn-site.xml and core-site.xml, or give --conf spark.hadoop.yarn.resourcemanager.address=host:8032 and so on" 2
fi

rt_check_machine
rt_build
rt_environment
# Spark refuses to start without the variable, also when all settings come by --conf.
export HADOOP_CONF_DIR="${HADOOP_CONF_DIR:-${YARN_CONF_DIR:-$SPARK_CONF_DIR}}"

scratch="$(mktemp -d "$RT_TARGET/yarn-XXXXXX")"
submitter=""
# recovery.grace, the end of native code and Spark's own end.
stop_seconds="${ROBUSTTRAIN_STOP_SECONDS:-75}"
rt_is_count "$stop_seconds" || rt_die "ROBUSTTRAIN_STOP_SECONDS must be a whole number of seconds, not '$stop_seconds'" 2

on_exit() {
  local code=$?
  trap - EXIT
  # The first signal lets the current step end and be saved, a second one abandons it.
  trap 'if [[ -n "$submitter" ]]; then kill -TERM "$submitter" 2>/dev/null || true; fi' INT TERM HUP
  if [[ -n "$submitter" ]] && kill -0 "$submitter" 2>/dev/null; then
    kill -TERM "$submitter" 2>/dev/null || true
    rt_wait_gone "$submitter" "$stop_seconds" || kill -KILL "$submitter" 2>/dev/null || true
  fi
  say_where
  rm -rf "$scratch"
  exit "$code"
}

# Where the logs are, and that a driver in a container does not end with this script.
say_where() {
  local id=""
  if [[ -f "$scratch/log" ]]; then id="$(sed -n 's/.*Submitted application \(application_[0-9_]*\).*/\1/p' "$scratch/log" | tail -n 1)"; fi
  if [[ -z "$id" ]]; then return 0; fi
  rt_say "Logs: yarn logs -applicationId $id (before its end: log folders of the nodes, \${yarn.nodemanager.log-dirs}/$id)"
  if [[ $mode == cluster && -n "$submitter" ]]; then
    rt_say "The application goes on: yarn application -status $id, and -kill $id ends it."
  fi
}
trap on_exit EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
trap 'exit 129' HUP

# put_archive URI: all jars in one flat zip. None is there twice.
put_archive() {
  mkdir "$scratch/jars"
  ln -s "$RT_TARGET"/app-lib/*.jar "$RT_APP_JAR" "$scratch/jars"
  local jar
  for jar in "$SPARK_HOME"/jars/*.jar; do
    if [[ ! -e "$scratch/jars/${jar##*/}" ]]; then ln -s "$jar" "$scratch/jars"; fi
  done
  local jar_tool="${RT_JAVA%/java}/jar"
  [[ -x "$jar_tool" ]] || jar_tool="$(dirname -- "$(readlink -f -- "$RT_JAVA")")/jar"
  "$jar_tool" --create --no-manifest --no-compress --file "$scratch/robusttrain.zip" -C "$scratch/jars" .
  local settings=() setting
  for setting in ${conf[@]+"${conf[@]}"}; do
    if [[ "$setting" == spark.hadoop.* ]]; then settings+=(-D "${setting#spark.hadoop.}"); fi
  done
  local shell=("$RT_JAVA" "${RT_JAVA_OPTIONS[@]}" -cp "$RT_CLASSPATH" org.apache.hadoop.fs.FsShell ${settings[@]+"${settings[@]}"})
  "${shell[@]}" -mkdir -p "${1%/*}"
  "${shell[@]}" -put -f "$scratch/robusttrain.zip" "$1"
  rt_say "$1: $(du -h "$scratch/robusttrain.zip" | cut -f 1), use it with --archive $1"
}
if [[ -n "$put" ]]; then
  put_archive "$put"
  exit 0
fi

rt_check_main "$1"
main="$1"
shift
arguments=("$@")

# ship FILE: with what it includes, under its own name into the working folder of the driver's container.
declare -A shipped=()
ship() {
  [[ -f "$1" ]] || rt_die "no such configuration file: $1" 2
  local path folder name="${1##*/}" line included
  folder="$(cd -- "$(dirname -- "$1")" && pwd -P)"
  path="$folder/$name"
  if [[ -n "${shipped[$name]-}" ]]; then
    [[ "${shipped[$name]}" == "$path" ]] ||
      rt_die "$path and ${shipped[$name]} have one name, but go into one folder of the driver's container: rename one" 2
    return 0
  fi
  shipped[$name]="$path"
  files+="${files:+,}$(rt_file_uri "$path")"
  while IFS= read -r line || [[ -n "$line" ]]; do
    included="$(sed -nE 's/^[[:space:]]*include[[:space:]]+(required\()?(file\()?"([^"]+)".*/\3/p' <<<"$line")"
    if [[ -z "$included" ]]; then continue; fi
    [[ "$included" != */* ]] ||
      rt_die "$path includes $included from another folder, which cluster mode cannot ship: put it beside, or use --deploy-mode client" 2
    # As in HOCON: a file that is not there includes nothing.
    if [[ -f "$folder/$included" ]]; then ship "$folder/$included"; fi
  done <"$path"
}

# In cluster mode the driver finds its configuration files in its working folder.
ship_configurations() {
  local i file
  for ((i = 0; i < ${#arguments[@]}; i++)); do
    case "${arguments[i]}" in
      --config | -c | --sweep)
        if ((i + 1 < ${#arguments[@]})); then
          ship "${arguments[i + 1]}"
          arguments[i + 1]="${arguments[i + 1]##*/}"
          i=$((i + 1))
        fi ;;
      --config=* | -c=* | --sweep=*)
        file="${arguments[i]#*=}"
        ship "$file"
        arguments[i]="${arguments[i]%%=*}=${file##*/}" ;;
    esac
  done
}

java_home="${java_home:-${JAVA_HOME:-$(dirname -- "$(dirname -- "$(readlink -f -- "$RT_JAVA")")")}}"
rt_threads "$cores"
settings=(
  # The jars are on the class path of driver and executors already: Spark need not send any.
  "spark.executor.instances=$executors"
  "spark.executor.cores=$cores"
  "spark.executor.memoryOverhead=$executor_native"
  "spark.executor.extraJavaOptions=$(rt_java_options_string)"
  "spark.executorEnv.JAVA_HOME=$java_home"
  "spark.yarn.appMasterEnv.JAVA_HOME=$java_home"
  # Lost containers end the application when they are many in a short time; over a week some are normal.
  "spark.executor.maxNumFailures=$((4 * executors + 8))"
  "spark.executor.failuresValidityInterval=10m"
  # One attempt: with 2, YARN repeats also what ended by itself, a wrong configuration for one.
  "spark.yarn.maxAppAttempts=1"
  # The driver reads the data set and unpacks native libraries before it has a Spark context.
  "spark.yarn.am.waitTime=600s"
  "spark.yarn.submit.waitAppCompletion=$wait"
)
for name in "${RT_NATIVE_ENV[@]}"; do settings+=("spark.executorEnv.$name=${!name}"); done
if [[ -n "$archive" ]]; then
  settings+=("spark.yarn.archive=$archive")
else
  spark="$(rt_file_uri "$SPARK_HOME")"
  settings+=(
    "spark.yarn.jars=local:${spark#file:}/jars/*"
    "spark.driver.extraClassPath=$RT_EXTRA_CLASSPATH"
    "spark.executor.extraClassPath=$RT_EXTRA_CLASSPATH")
fi
if [[ $mode == cluster ]]; then
  ship_configurations
  settings+=(
    "spark.driver.memoryOverhead=$driver_native"
    "spark.driver.extraJavaOptions=$(rt_java_options_string)")
  for name in "${RT_NATIVE_ENV[@]}"; do settings+=("spark.yarn.appMasterEnv.$name=${!name}"); done
  heap=1g
else
  settings+=("spark.yarn.am.extraJavaOptions=$(rt_java_options_string)")
  heap="$driver_memory"
fi
if [[ -n "$files" ]]; then settings+=("spark.yarn.dist.files=$files"); fi

submit=("$RT_JAVA" "${RT_JAVA_OPTIONS[@]}" "-Xmx$heap" -cp "$RT_CLASSPATH"
  org.apache.spark.deploy.SparkSubmit
  --master yarn
  --deploy-mode "$mode"
  --properties-file "$RT_SUBMIT/spark.properties"
  --driver-memory "$driver_memory"
  --executor-memory "$executor_memory")
if [[ -n "$queue" ]]; then submit+=(--queue "$queue"); fi
for setting in "${settings[@]}"; do submit+=(--conf "$setting"); done
submit+=(${conf[@]+"${conf[@]}"})

# run_main CLASS ARGUMENTS...: in the background, so that a signal to this script is handled while it runs. What it
# prints as errors is kept, too: the application's number and, in cluster mode, its exit code stand there.
run_main() {
  local code=0 tee
  rm -f "$scratch/errors"
  mkfifo "$scratch/errors"
  if [[ $mode == cluster ]]; then
    # Without the stack traces of Spark's client and application master.
    tee "$scratch/log" <"$scratch/errors" | grep --line-buffered -vE '^(\s+at |Exception in thread "main" )' >&2 &
  else
    tee "$scratch/log" <"$scratch/errors" >&2 &
  fi
  tee=$!
  "${submit[@]}" --class "$1" spark-internal "${@:2}" <&0 2>"$scratch/errors" &
  submitter=$!
  wait "$submitter" || code=$?
  submitter=""
  wait "$tee" || true
  if [[ $mode == cluster && $code -ne 0 ]]; then
    local status
    status="$(sed -n 's/.*User application exited with status \([0-9]*\).*/\1/p' "$scratch/log" | tail -n 1)"
    code="${status:-$code}"
  fi
  return "$code"
}

if [[ $mode == client ]] && rt_needs_quickstart_data "$main" ${arguments[@]+"${arguments[@]}"}; then
  rt_say "Drawing the embedded data set into data/synthetic ..."
  run_main "${RT_QUICKSTART_PREP[@]}"
fi
run_main "$main" ${arguments[@]+"${arguments[@]}"}
