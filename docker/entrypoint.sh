#!/usr/bin/env bash
# The image's entry point. Spark's Kubernetes back end starts a container with `driver ARGUMENTS...` or `executor`
# and describes the process in environment variables; every other word is a main class for spark-submit/local.sh.
#
# The JVM takes this script's place (exec): a SIGTERM of the kubelet reaches it as it is, and its exit code is the
# container's.
#
# Read, for a driver:    SPARK_DRIVER_BIND_ADDRESS, SPARK_CLASSPATH; memory and JVM options are in the properties file
# Read, for an executor: SPARK_DRIVER_URL, SPARK_EXECUTOR_ID, SPARK_EXECUTOR_CORES, SPARK_EXECUTOR_MEMORY,
#                        SPARK_EXECUTOR_POD_IP, SPARK_EXECUTOR_POD_NAME, SPARK_RESOURCE_PROFILE_ID,
#                        SPARK_APPLICATION_ID, SPARK_CLASSPATH, SPARK_JAVA_OPT_0, SPARK_JAVA_OPT_1 ...,
#                        SPARK_LOCAL_DIRS (its working directory)
# Read, for both:        JAVA_HOME, ROBUSTTRAIN_HOME (default /opt/robusttrain), SPARK_HOME (default its
#                        target/spark-home)
set -euo pipefail

home="${ROBUSTTRAIN_HOME:-/opt/robusttrain}"
export SPARK_HOME="${SPARK_HOME:-$home/target/spark-home}" SPARK_SCALA_VERSION=2.12

die() {
  printf 'error: %s\n' "$1" >&2
  exit 2
}

need() {
  local name
  for name in "$@"; do
    [[ -n "${!name:-}" ]] || die "$role needs the environment variable $name, which Spark's Kubernetes back end sets"
  done
}

java_binary() {
  if [[ -n "${JAVA_HOME:-}" ]]; then printf '%s' "$JAVA_HOME/bin/java"; else type -P java || die "no java in the image"; fi
}

# What Spark was told to put in front, then Spark itself.
class_path() {
  printf '%s' "${SPARK_CLASSPATH:+$SPARK_CLASSPATH:}$SPARK_HOME/jars/*"
}

# The options in the order of their numbers; a value may hold blanks.
executor_options() {
  local i=0 name
  while name="SPARK_JAVA_OPT_$i"; [[ -n "${!name+set}" ]]; do
    options+=("${!name}")
    i=$((i + 1))
  done
}

role="${1:-}"
case "$role" in
  driver)
    need SPARK_DRIVER_BIND_ADDRESS
    shift
    java="$(java_binary)"
    # Spark's own launcher reads the properties file that was mounted (heap, JVM options, class path) and prints a line
    # with a zero byte, then the driver's command line, each word ended by a zero byte; the last word is its exit code.
    words=()
    while IFS= read -r -d '' word; do words+=("$word"); done < <(
      "$java" -cp "$SPARK_HOME/jars/*" org.apache.spark.launcher.Main org.apache.spark.deploy.SparkSubmit \
        --conf "spark.driver.bindAddress=$SPARK_DRIVER_BIND_ADDRESS" --deploy-mode client "$@"
      printf '%d\0' $?)
    last=$((${#words[@]} - 1))
    [[ $last -gt 1 && "${words[last]}" == 0 ]] || die "the driver's command line cannot be made of: $*"
    unset 'words[last]'
    words[1]="${words[1]#$'\n'}"
    exec "${words[@]:1}"
    ;;
  executor)
    need SPARK_DRIVER_URL SPARK_EXECUTOR_ID SPARK_EXECUTOR_CORES SPARK_EXECUTOR_MEMORY SPARK_APPLICATION_ID \
      SPARK_EXECUTOR_POD_IP SPARK_EXECUTOR_POD_NAME SPARK_RESOURCE_PROFILE_ID
    java="$(java_binary)"
    # An executor reads spark.authenticate.secret.file only where it knows that it is on Kubernetes, and its first
    # connection, which asks the driver for all settings, must be authenticated already.
    options=(-Dspark.master=k8s://of-the-driver)
    executor_options
    # Spark puts the jars and files that it fetches from the driver into the working directory.
    work="${SPARK_LOCAL_DIRS:-/tmp}"
    work="${work%%,*}"
    mkdir -p "$work"
    cd "$work"
    exec "$java" ${options[@]+"${options[@]}"} "-Xms$SPARK_EXECUTOR_MEMORY" "-Xmx$SPARK_EXECUTOR_MEMORY" \
      -cp "$(class_path)" org.apache.spark.scheduler.cluster.k8s.KubernetesExecutorBackend \
      --driver-url "$SPARK_DRIVER_URL" --executor-id "$SPARK_EXECUTOR_ID" --cores "$SPARK_EXECUTOR_CORES" \
      --app-id "$SPARK_APPLICATION_ID" --hostname "$SPARK_EXECUTOR_POD_IP" \
      --resourceProfileId "$SPARK_RESOURCE_PROFILE_ID" --podName "$SPARK_EXECUTOR_POD_NAME"
    ;;
  *.sh)
    [[ -x "$home/spark-submit/$role" ]] || die "there is no launcher spark-submit/$role in the image"
    exec "$home/spark-submit/$role" "${@:2}"
    ;;
  *)
    exec "$home/spark-submit/local.sh" "$@"
    ;;
esac
