#!/usr/bin/env bash
# Starts Jupyter with a Java kernel that trains, attacks and analyses in its own process, or on a standalone cluster.
set -euo pipefail
# shellcheck source=common.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/common.sh"

usage() {
  cat <<'TEXT'
Usage: spark-submit/notebook.sh [OPTIONS] [COMMAND [ARGUMENTS...]]

Builds RobustTrain if its sources changed, then starts Jupyter with the kernel "RobustTrain (Java)"; nothing is installed.
Cells work in the folder in which this is called. A COMMAND takes the place of jupyter-notebook, such as
  spark-submit/notebook.sh jupyter-nbconvert --to notebook --execute --inplace notebooks/01-train.ipynb

Options:
  --install            only register the kernel for this user, for any Jupyter, with the options given here
  --cores N            cores of the kernel without a cluster (default: all of this machine, or LOCAL_CORES)
  --driver-memory M    Java heap of the kernel, as in 4g (default: 4g, or DRIVER_MEMORY); libtorch's memory is outside of it
  --master spark://... a running standalone cluster; this folder must be at the same path on every worker
  --workers N          executors; without --master, of a cluster on 127.0.0.1 that lives as long as this script
  --executor-cores N   cores of each executor (default: 1)
  --executor-memory M  Java heap of each executor, as in 6g (default: 6g)
  --conf KEY=VALUE     a Spark property, see spark-submit/spark.properties
  --help               this text

Jupyter calls it with --kernel FILE; the kernel gets JAVA_HOME, SPARK_HOME, HADOOP_CONF_DIR, YARN_CONF_DIR and
ROBUSTTRAIN_JAVA_OPTS as they are when it is registered.

Environment: JAVA_HOME, SPARK_HOME, LOCAL_CORES, DRIVER_MEMORY, ROBUSTTRAIN_LOG4J, ROBUSTTRAIN_JAVA_OPTS,
ROBUSTTRAIN_BUILD, OMP_NUM_THREADS, OMP_WAIT_POLICY, KMP_BLOCKTIME, JUPYTER_DATA_DIR.
TEXT
}

cores="${LOCAL_CORES:-$(nproc)}"
memory="${DRIVER_MEMORY:-4g}"
master=""
workers=""
executor_cores=1
executor_memory=6g
directory="$PWD"
connection=""
install=no
conf=()
environment=()
for name in JAVA_HOME SPARK_HOME HADOOP_CONF_DIR YARN_CONF_DIR ROBUSTTRAIN_JAVA_OPTS; do
  if [[ -n "${!name:-}" ]]; then environment+=("$name=${!name}"); fi
done
while [[ $# -gt 0 ]]; do
  case "$1" in
    -h | --help) usage; exit 0 ;;
    --install) install=yes; shift ;;
    --cores | --driver-memory | --master | --workers | --executor-cores | --executor-memory | --conf | --kernel | --directory)
      [[ $# -ge 2 ]] || rt_die "$1 needs a value, see spark-submit/notebook.sh --help" 2
      case "$1" in
        --cores) cores="$2" ;;
        --driver-memory) memory="$2" ;;
        --master) master="$2" ;;
        --workers) workers="$2" ;;
        --executor-cores) executor_cores="$2" ;;
        --executor-memory) executor_memory="$2" ;;
        --conf) conf+=(--conf "$2") ;;
        --kernel) connection="$2" ;;
        --directory) directory="$2" ;;
      esac
      shift 2 ;;
    -*) rt_die "unknown option $1, see spark-submit/notebook.sh --help; options of a command follow its name" 2 ;;
    *) break ;;
  esac
done
rt_is_count "$cores" || rt_die "the number of cores must be a whole number from 1, not '$cores'" 2
rt_is_count "${workers:-1}" || rt_die "--workers must be a whole number from 1, not '$workers'" 2
rt_is_count "$executor_cores" || rt_die "--executor-cores must be a whole number from 1, not '$executor_cores'" 2
for size in "$memory" "$executor_memory"; do
  [[ "$size" =~ ^[1-9][0-9]*[mMgG]$ ]] || rt_die "a memory size must be as in 6g or 512m, not '$size'" 2
done
[[ -z "$master" || "$master" == spark://* ]] || rt_die "--master must be a standalone master as in spark://host:7077, not '$master'" 2
[[ $install == no || -n "$master" || -z "$workers" ]] ||
  rt_die "--install with --workers needs --master: a kernel that is started by another Jupyter finds no cluster of this script" 2

# The kernel itself, in the place of this script: signals and the exit code are the JVM's own.
if [[ -n "$connection" ]]; then
  # Jupyter waits a minute for a kernel, a build takes longer.
  export ROBUSTTRAIN_BUILD=skip
  rt_check_machine
  rt_build
  rt_environment
  rt_fast_start
  [[ -d "$RT_TARGET/notebook-lib" ]] || rt_die "$RT_TARGET holds no libraries of the notebook: run mvn -DskipTests package"
  cd -- "$directory"
  place=()
  if [[ -n "$master" ]]; then
    rt_threads "$executor_cores"
    place=(--master "$master" --executor-memory "$executor_memory"
      --conf "spark.executor.cores=$executor_cores"
      --conf "spark.cores.max=$((${workers:-2} * executor_cores))"
      --conf "spark.executor.extraClassPath=$RT_EXTRA_CLASSPATH"
      --conf "spark.executor.extraJavaOptions=$(rt_java_options_string)")
    for name in "${RT_NATIVE_ENV[@]}"; do place+=(--conf "spark.executorEnv.$name=${!name}"); done
    if [[ "$master" == spark://127.0.0.1:* ]]; then
      export SPARK_LOCAL_IP=127.0.0.1
      place+=(--conf spark.driver.host=127.0.0.1)
    fi
  else
    rt_threads "$cores"
    export SPARK_LOCAL_IP="${SPARK_LOCAL_IP:-127.0.0.1}"
    place=(--master "local[$cores]" --conf spark.driver.host=127.0.0.1)
  fi
  # The libraries of the notebook come last: what other processes have before them is the same for all.
  exec "$RT_JAVA" "${RT_JAVA_OPTIONS[@]}" "-Xmx$memory" -cp "$RT_JARS:$RT_TARGET/notebook-lib/*${RT_CLASSPATH#"$RT_JARS"}" \
    org.apache.spark.deploy.SparkSubmit "${place[@]}" \
    --properties-file "$RT_SUBMIT/spark.properties" \
    --driver-memory "$memory" \
    ${conf[@]+"${conf[@]}"} \
    --class io.robusttrain.notebook.Notebook "$RT_APP_JAR" "$connection" </dev/null
fi

jupyter="jupyter-notebook"
how="on Debian and Ubuntu: apt-get install jupyter-notebook; with Python anywhere: pip install notebook"
if [[ $install == no && $# -eq 0 && -z "$(type -P "$jupyter" || true)" ]]; then
  jupyter="jupyter-lab"
  [[ -n "$(type -P "$jupyter" || true)" ]] || rt_die "there is no Jupyter, $how"
fi

rt_check_machine
rt_build
rt_environment
rt_fast_start

run=""
on_exit() {
  local code=$?
  trap - EXIT
  if [[ -n "$command" ]]; then
    kill -TERM "$command" 2>/dev/null || true
    wait "$command" 2>/dev/null || true
  fi
  rt_stop_daemons
  if [[ -n "$run" ]]; then rm -rf "$run"; fi
  exit "$code"
}
command=""
trap on_exit EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
trap 'exit 129' HUP

# quoted TEXT: as a string of JSON.
quoted() {
  local text="${1//\\/\\\\}"
  printf '"%s"' "${text//\"/\\\"}"
}

# write_kernel FOLDER: how Jupyter starts the kernel.
write_kernel() {
  local words=("$RT_SUBMIT/notebook.sh" --kernel "{connection_file}" --directory "$directory"
    --cores "$cores" --driver-memory "$memory" ${conf[@]+"${conf[@]}"}) word argv=""
  if [[ -n "$master" ]]; then
    words+=(--master "$master" --workers "${workers:-2}" --executor-cores "$executor_cores"
      --executor-memory "$executor_memory")
  fi
  for word in "${words[@]}"; do argv+="${argv:+, }$(quoted "$word")"; done
  # A Jupyter of a desktop, say, may know nothing of the shell in which the kernel was registered.
  local name env=""
  for name in ${environment[@]+"${environment[@]}"}; do env+="${env:+, }$(quoted "${name%%=*}"): $(quoted "${name#*=}")"; done
  mkdir -p "$1"
  printf '{"argv": [%s],\n "env": {%s},\n "display_name": "RobustTrain (Java)", "language": "java", "interrupt_mode": "message"}\n' \
    "$argv" "$env" >"$1/kernel.json"
}

if [[ $install == yes ]]; then
  folder="${JUPYTER_DATA_DIR:-${XDG_DATA_HOME:-$HOME/.local/share}/jupyter}/kernels/robusttrain"
  write_kernel "$folder"
  rt_say "The kernel RobustTrain (Java) is registered in $folder; it works in $directory."
  [[ -n "$(type -P jupyter || true)" ]] || rt_say "There is no Jupyter yet, $how"
  exit 0
fi

if [[ ! -f data/synthetic/dataset.json && -f conf/quickstart.conf ]]; then
  rt_say "Drawing the embedded data set into data/synthetic ..."
  (
    rt_threads "$cores"
    SPARK_LOCAL_IP=127.0.0.1 "$RT_JAVA" "${RT_JAVA_OPTIONS[@]}" -Xmx2g -cp "$RT_CLASSPATH" org.apache.spark.deploy.SparkSubmit \
      --master "local[$cores]" --properties-file "$RT_SUBMIT/spark.properties" --conf spark.driver.host=127.0.0.1 \
      --class "${RT_QUICKSTART_PREP[0]}" "$RT_APP_JAR" "${RT_QUICKSTART_PREP[@]:1}"
  )
fi

run="$(mktemp -d "$RT_TARGET/notebook-XXXXXX")"
if [[ -n "$workers" && -z "$master" ]]; then
  rt_threads "$executor_cores"
  rt_start_cluster "$run" "$workers" "$executor_cores" "$executor_memory"
  master="$RT_MASTER"
fi
write_kernel "$run/jupyter/kernels/robusttrain"
export JUPYTER_PATH="$run/jupyter${JUPYTER_PATH:+:$JUPYTER_PATH}"

# In the background, so that a signal to this script is handled while it runs; it ends by SIGTERM.
if [[ $# -eq 0 ]]; then set -- "$jupyter"; fi
code=0
"$@" <&0 &
command=$!
wait "$command" || code=$?
command=""
if [[ $code -ne 0 ]]; then exit "$code"; fi
