# shellcheck shell=bash disable=SC2034 # the launchers use the variables
#
# Shared by all launchers: sourced, never run. Everything that a RobustTrain process needs around it
# (build, class path order, JVM options, native threads) is written down here, in jvm.options and in
# spark.properties, and nowhere else.
#
# Environment that every launcher honours:
#   JAVA_HOME           a JDK from 17 to 25; default: the java on the PATH
#   HADOOP_CONF_DIR     folder of core-site.xml, hdfs-site.xml, yarn-site.xml; also YARN_CONF_DIR
#   SPARK_HOME          a Spark 3.5 to run on; default: target/spark-home, made of Maven artefacts
#   ROBUSTTRAIN_LOG4J   another log4j2.properties; default: spark-submit/spark-home/conf
#   ROBUSTTRAIN_SECRET_FILE  the secret of --secure, a file of mode 600
#   ROBUSTTRAIN_JAVA_OPTS  further JVM options for driver and executors, separated by blanks
#   ROBUSTTRAIN_BUILD   skip: never call Maven nor record classes, run what mvn package left in target/ even if the
#                       sources are newer (the integration tests, which Maven itself runs); default: auto
#   KMP_BLOCKTIME       milliseconds that a waiting thread spins before it sleeps, see rt_threads
#   OMP_WAIT_POLICY     PASSIVE by default

RT_ROOT="$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd -P)"
RT_SUBMIT="$RT_ROOT/spark-submit"
RT_TARGET="$RT_ROOT/target"

rt_say() { printf '%s\n' "$*" >&2; }

rt_die() {
  rt_say "error: $1"
  exit "${2:-1}"
}

# rt_file_uri PATH: an absolute path as the URI that log4j and Spark take it for; they read a bare %, # or blank otherwise.
rt_file_uri() {
  local LC_ALL=C path="$1" uri="" c code i
  for ((i = 0; i < ${#path}; i++)); do
    c="${path:i:1}"
    if [[ "$c" != [a-zA-Z0-9/._~-] ]]; then
      printf -v code "%d" "'$c"
      printf -v c "%%%02X" "$((code & 255))"
    fi
    uri+="$c"
  done
  printf "file:%s" "$uri"
}

# What no build can repair: another JDK, another processor, an old C library.
rt_check_machine() {
  if [[ -n "${JAVA_HOME:-}" ]]; then RT_JAVA="$JAVA_HOME/bin/java"; else RT_JAVA="$(type -P java || true)"; fi
  [[ -n "$RT_JAVA" && -x "$RT_JAVA" ]] ||
    rt_die "no java found (JAVA_HOME='${JAVA_HOME:-}'): install a JDK 17, on Debian and Ubuntu: apt-get install openjdk-17-jdk-headless"
  RT_JAVA_VERSION="$("$RT_JAVA" -version 2>&1 | sed -n '1s/.*version "\([0-9]*\).*/\1/p')"
  [[ "$RT_JAVA_VERSION" =~ ^[0-9]+$ && "$RT_JAVA_VERSION" -ge 17 && "$RT_JAVA_VERSION" -le 25 ]] ||
    rt_die "$RT_JAVA is Java ${RT_JAVA_VERSION:-unknown}, RobustTrain needs a JDK from 17 to 25: point JAVA_HOME to one"
  [[ "$(uname -sm)" == "Linux x86_64" ]] ||
    rt_die "this is $(uname -sm), the native libraries are built for Linux x86_64: use docker/Dockerfile on such a host"
  local libc
  libc="$(getconf GNU_LIBC_VERSION 2>/dev/null || true)"
  libc="${libc##* }"
  [[ -n "$libc" && "$(printf '%s\n2.35\n' "$libc" | sort -V | head -n 1)" == 2.35 ]] ||
    rt_die "the native libraries need glibc 2.35 or newer (Debian 12, Ubuntu 22.04), this machine has ${libc:-another C library}: use docker/Dockerfile"
}

rt_assembled() {
  local jars=("$RT_TARGET"/robusttrain-*.jar)
  [[ -d "$RT_TARGET/app-lib" && -d "$RT_TARGET/spark-home/jars" && -e "${jars[0]}" ]]
}

# rt_unchanged PATH...: nothing of it is newer than the last build. Folders count, too: a deleted source file changes the
# time of its folder only.
rt_unchanged() {
  local stamp="$RT_TARGET/.assembled"
  [[ -f "$stamp" && -z "$(find "$@" -newer "$stamp" -print -quit)" ]]
}

# What says which jars there are.
RT_POMS=("$RT_ROOT/pom.xml" "$RT_ROOT/src/pom.xml" "$RT_ROOT/src/bigdl")

rt_up_to_date() { rt_assembled && rt_unchanged "${RT_POMS[@]}" "$RT_ROOT/src/main" "$RT_SUBMIT/spark-home"; }

# Builds the application and the Spark home, once per change of the sources.
rt_build() {
  case "${ROBUSTTRAIN_BUILD:-auto}" in
    auto) ;;
    skip)
      rt_assembled || rt_die "ROBUSTTRAIN_BUILD=skip, but $RT_TARGET holds no complete build: run mvn -DskipTests package, or unset ROBUSTTRAIN_BUILD"
      return 0 ;;
    *) rt_die "ROBUSTTRAIN_BUILD must be auto or skip, not '$ROBUSTTRAIN_BUILD'" 2 ;;
  esac
  if rt_up_to_date; then return 0; fi
  mkdir -p "$RT_TARGET"
  if type -P flock >/dev/null; then
    # Two launchers at once: the second waits for the build of the first.
    exec 9>"$RT_TARGET/.build-lock"
    flock 9
    if rt_up_to_date; then exec 9>&-; return 0; fi
  fi
  [[ -n "$(type -P mvn || true)" ]] ||
    rt_die "Maven is needed to build RobustTrain and is not installed, on Debian and Ubuntu: apt-get install maven"
  local stamp="$RT_TARGET/.assembled" log="$RT_TARGET/build.log" started=$SECONDS
  rt_say "Building RobustTrain (the first time Maven fetches about 600 MB of dependencies) ..."
  # Jars of versions that the pom no longer names must not stay on the class path.
  rt_unchanged "${RT_POMS[@]}" || rm -rf "$RT_TARGET/app-lib" "$RT_TARGET/notebook-lib" "$RT_TARGET/spark-home/jars"
  rm -f "$stamp"
  touch "$stamp.new"
  if ! (cd "$RT_ROOT" && mvn -B -ntp -Dmaven.test.skip=true package) >"$log" 2>&1 9>&- </dev/null; then
    grep -E '^\[ERROR\]|^.*BUILD FAILURE' "$log" | head -n 40 >&2 || true
    rt_die "the build failed, the whole log is $log"
  fi
  # The time at which the build began: what was edited meanwhile is built next time.
  mv "$stamp.new" "$stamp"
  rt_say "Built in $((SECONDS - started)) s."
  exec 9>&-
}

# Class path, Spark home and JVM options. The order matters: the application, whose commons libraries are newer than
# Spark's; then Spark; then folders of settings, before which a JVM with an archive of classes takes nothing but jars. No jar
# has settings of their names.
rt_environment() {
  export SPARK_HOME="${SPARK_HOME:-$RT_TARGET/spark-home}"
  [[ -d "$SPARK_HOME/jars" ]] || rt_die "SPARK_HOME=$SPARK_HOME has no folder jars: unset SPARK_HOME to use the Spark that the build assembles"
  export SPARK_CONF_DIR="$RT_SUBMIT/spark-home/conf" SPARK_SCALA_VERSION=2.12
  local jars=("$RT_TARGET"/robusttrain-*.jar) jar
  RT_APP_JAR=""
  for jar in "${jars[@]}"; do
    case "$jar" in *-app.jar | *-sources.jar | *-javadoc.jar | *-tests.jar) ;; *) RT_APP_JAR="$jar" ;; esac
  done
  [[ -f "$RT_APP_JAR" ]] || rt_die "no application jar under $RT_TARGET: run mvn -DskipTests package"
  RT_EXTRA_CLASSPATH="$SPARK_CONF_DIR:$RT_APP_JAR:$RT_TARGET/app-lib/*"
  # The cluster's addresses, as Hadoop's own commands find them.
  local hadoop="${HADOOP_CONF_DIR:-}${YARN_CONF_DIR:+:$YARN_CONF_DIR}"
  RT_JARS="$RT_APP_JAR:$RT_TARGET/app-lib/*:$SPARK_HOME/jars/*"
  RT_CLASSPATH="$RT_JARS${hadoop:+:$hadoop}:$SPARK_CONF_DIR"
  RT_JAVA_OPTIONS=()
  local line
  while IFS= read -r line || [[ -n "$line" ]]; do
    if [[ -n "$line" && "$line" != \#* ]]; then RT_JAVA_OPTIONS+=("$line"); fi
  done <"$RT_SUBMIT/jvm.options"
  if [[ -n "${ROBUSTTRAIN_LOG4J:-}" ]]; then
    [[ -f "$ROBUSTTRAIN_LOG4J" ]] || rt_die "ROBUSTTRAIN_LOG4J=$ROBUSTTRAIN_LOG4J is not a file" 2
    # log4j 2 would read it as empty: errors only, and secrets as they are.
    if grep -qE '^log4j\.' "$ROBUSTTRAIN_LOG4J"; then
      rt_die "ROBUSTTRAIN_LOG4J=$ROBUSTTRAIN_LOG4J is written for log4j 1: see spark-submit/spark-home/conf/log4j2.properties" 2
    fi
    RT_JAVA_OPTIONS+=("-Dlog4j2.configurationFile=$(rt_file_uri "$(cd -- "$(dirname -- "$ROBUSTTRAIN_LOG4J")" && pwd -P)/${ROBUSTTRAIN_LOG4J##*/}")")
  fi
  local more=()
  read -r -a more <<<"${ROBUSTTRAIN_JAVA_OPTS:-}"
  RT_JAVA_OPTIONS+=(${more[@]+"${more[@]}"})
}

# rt_fast_start: from now on JVMs take the classes of RT_JARS from an archive, parsed and verified as the JVM keeps them,
# where there is one of this build and this Java; a JVM by itself ignores one that does not fit. A launcher that may build
# makes it, by a training of four steps that records its classes.
rt_fast_start() {
  # A Spark of the user's changes without a build.
  [[ "$SPARK_HOME" == "$RT_TARGET/spark-home" ]] || return 0
  RT_ARCHIVE="$RT_TARGET/shared-classes-$RT_JAVA_VERSION.jsa"
  if ! rt_archived && [[ "${ROBUSTTRAIN_BUILD:-auto}" == auto && -w "$RT_TARGET" ]]; then rt_record; fi
  # An empty one says that it could not be made.
  if rt_archived && [[ -s "$RT_ARCHIVE" ]]; then
    RT_JAVA_OPTIONS+=("-XX:SharedArchiveFile=$RT_ARCHIVE" -Xshare:auto -Xlog:cds=off -Xlog:cds+dynamic=off)
  fi
}

rt_archived() {
  [[ "$RT_ARCHIVE" -nt "$RT_APP_JAR" && "$RT_ARCHIVE" -nt "$RT_TARGET/app-lib" && "$RT_ARCHIVE" -nt "$SPARK_HOME/jars" ]]
}

rt_record() {
  if type -P flock >/dev/null; then
    exec 9>"$RT_TARGET/.record-lock"
    flock 9
    if rt_archived; then exec 9>&-; return 0; fi
  fi
  local log="$RT_TARGET/record.log" started=$SECONDS
  rt_say "Recording the classes of a training, once a build, for faster starts ..."
  rm -f "$RT_ARCHIVE"
  if (rt_recording) >"$log" 2>&1 9>&- </dev/null && [[ -s "$RT_TARGET/recording/classes" ]]; then
    mv "$RT_TARGET/recording/classes" "$RT_ARCHIVE"
    rt_say "Recorded in $((SECONDS - started)) s."
  else
    : >"$RT_ARCHIVE"
    rt_say "warning: they could not be recorded, runs start some seconds later until the next build; the log is $log"
  fi
  rm -rf "$RT_TARGET/recording"
  exec 9>&-
}

# A training on a few drawn images, on this machine alone, whatever the environment says.
rt_recording() {
  unset HADOOP_CONF_DIR YARN_CONF_DIR ROBUSTTRAIN_LOG4J ROBUSTTRAIN_JAVA_OPTS
  rt_environment
  rt_threads 1
  export SPARK_LOCAL_IP=127.0.0.1
  rm -rf "$RT_TARGET/recording"
  mkdir -p "$RT_TARGET/recording" && cd -- "$RT_TARGET/recording" || return 1
  local java=("$RT_JAVA" "${RT_JAVA_OPTIONS[@]}" -Xmx2g)
  local submit=(-cp "$RT_CLASSPATH" org.apache.spark.deploy.SparkSubmit --master "local[1]"
    --properties-file "$RT_SUBMIT/spark.properties" --conf spark.driver.host=127.0.0.1)
  "${java[@]}" "${submit[@]}" --class RobustPrep "$RT_APP_JAR" synthetic --output data --size 32 --train 32 --val 16 ||
    return 1
  "${java[@]}" -XX:ArchiveClassesAtExit=classes "${submit[@]}" --class RobustTrain "$RT_APP_JAR" \
    --config "$RT_ROOT/conf/quickstart.conf" data.path=data run.id=recording train.epochs="2 epochs" train.global-batch=16 \
    train.micro-batch=16
}

# rt_check_main MAIN_CLASS: a mistyped class is wrong usage, not a ClassNotFoundException. One in a package is the
# user's own, from a jar that Spark is told of.
rt_check_main() {
  local classes="$RT_TARGET/classes" file known=""
  case "$1" in *.*) return 0 ;; esac
  if [[ ! -d "$classes" || -f "$classes/${1//.//}.class" ]]; then return 0; fi
  for file in "$classes"/*.class; do
    file="${file##*/}"
    case "$file" in *\$* | \*.class) ;; *) known+=" ${file%.class}" ;; esac
  done
  rt_die "there is no main class $1; there are:${known:- none}" 2
}

# rt_threads N: this process and its children compute on N cores. OpenMP threads that spin at a barrier for long
# hold a core that a thread behind another process could have; threads that sleep at once (PASSIVE alone) are woken
# thousands of times a step and cost up to half of it. So they spin for a millisecond, then sleep:
# KMP_BLOCKTIME is what Intel's runtime, which serves libtorch, reads; docs/speed.md has the measurements.
#
# malloc keeps the pages of large temporaries: returned to the kernel and faulted in again at every operation they cost
# a fifth of the processor time of a training step. It has 8 arenas a core, as it has by default where nothing else is
# set (Hadoop sets 4): threads that share one wait for each other at every tensor.
#
# Java spells file names and arguments in the locale's characters, and silently a question mark for one that POSIX, the
# locale of most containers and daemons, does not have. A glibc that rt_check_machine lets pass has C.UTF-8.
RT_NATIVE_ENV=(LC_ALL OMP_NUM_THREADS OMP_WAIT_POLICY KMP_BLOCKTIME MALLOC_ARENA_MAX MALLOC_MMAP_MAX_ MALLOC_TRIM_THRESHOLD_ MALLOC_TOP_PAD_)
rt_threads() {
  export LC_ALL=C.UTF-8
  export MALLOC_ARENA_MAX="${MALLOC_ARENA_MAX:-$((8 * $1))}" MALLOC_MMAP_MAX_="${MALLOC_MMAP_MAX_:-0}"
  export MALLOC_TRIM_THRESHOLD_="${MALLOC_TRIM_THRESHOLD_:-17179869184}" MALLOC_TOP_PAD_="${MALLOC_TOP_PAD_:-67108864}"
  export OMP_NUM_THREADS="${OMP_NUM_THREADS:-$1}" OMP_WAIT_POLICY="${OMP_WAIT_POLICY:-PASSIVE}"
  export KMP_BLOCKTIME="${KMP_BLOCKTIME:-1}"
}

# The JVM options as the one string that Spark's properties take; blanks inside an option stay.
rt_java_options_string() {
  local option text=""
  for option in "${RT_JAVA_OPTIONS[@]}"; do
    case "$option" in *[[:space:]]*) option="\"$option\"" ;; esac
    text+="${text:+ }$option"
  done
  printf '%s' "$text"
}

# The daemons of a standalone cluster that a launcher starts for itself. Each leads a process group with its
# executors in it. RT_DAEMON_PREFIX is a command that runs them somewhere else, such as ip netns exec NAME.
RT_DAEMONS=()
RT_DAEMON_OPTIONS=()
RT_DAEMON_PREFIX=()
rt_start_daemon() { # LOG CLASS ARGUMENTS...
  local log="$1" class="$2"
  shift 2
  : >"$log"
  ${RT_DAEMON_PREFIX[@]+"${RT_DAEMON_PREFIX[@]}"} setsid "$RT_JAVA" "${RT_JAVA_OPTIONS[@]}" -Xmx512m \
    -XX:TieredStopAtLevel=1 -cp "$RT_JARS:$RT_SUBMIT/daemons" \
    "org.apache.spark.deploy.$class" ${RT_DAEMON_OPTIONS[@]+"${RT_DAEMON_OPTIONS[@]}"} "$@" >"$log" 2>&1 </dev/null &
  RT_DAEMONS+=("$!")
}

# rt_await_line LOG PATTERN WHAT: waits until a line of the log matches.
rt_await_line() {
  local deadline=$((SECONDS + 60)) pid
  until grep -qE "$2" "$1"; do
    for pid in "${RT_DAEMONS[@]}"; do
      kill -0 "$pid" 2>/dev/null || { tail -n 20 "$1" >&2; rt_die "$3 ended while starting, its log is $1"; }
    done
    [[ $SECONDS -lt $deadline ]] || { tail -n 20 "$1" >&2; rt_die "$3 was not ready within 60 s, its log is $1"; }
    sleep 0.2
  done
}

# rt_start_master LOG HOST: starts a master on a free port; its address becomes RT_MASTER.
rt_start_master() {
  rt_start_daemon "$1" master.Master --host "$2" --port 0 --webui-port 0
  rt_await_line "$1" 'elected leader' "the Spark master"
  RT_MASTER="$(sed -n 's|.*Starting Spark master at \(spark://[^ ]*\).*|\1|p' "$1" | head -n 1)"
}

rt_start_worker() { # LOG HOST MASTER FOLDER CORES MEMORY
  rt_start_daemon "$1" worker.Worker --cores "$5" --memory "$6" --host "$2" --port 0 --webui-port 0 --work-dir "$4" "$3"
}

# rt_start_cluster FOLDER WORKERS CORES MEMORY: a master, which becomes RT_MASTER, and workers on this machine, ready; their
# logs and files are in the folder.
rt_start_cluster() {
  local i
  mkdir "$1/local" "$1/work"
  export SPARK_LOCAL_IP=127.0.0.1 SPARK_LOCAL_DIRS="$1/local"
  rt_start_master "$1/master.log" 127.0.0.1
  for ((i = 1; i <= $2; i++)); do
    rt_start_worker "$1/worker-$i.log" 127.0.0.1 "$RT_MASTER" "$1/work/$i" "$3" "$4"
  done
  for ((i = 1; i <= $2; i++)); do
    rt_await_line "$1/worker-$i.log" 'Successfully registered with master' "worker $i"
  done
  rt_say "Spark cluster at $RT_MASTER: $2 x $3 cores, $4 of heap each."
}

# rt_wait_gone PID SECONDS: false if the process, or the group -PID, is still there afterwards.
rt_wait_gone() {
  local deadline=$((SECONDS + $2))
  while kill -0 -- "$1" 2>/dev/null; do
    [[ $SECONDS -lt $deadline ]] || return 1
    sleep 0.1
  done
}

rt_stop_daemons() {
  local pid
  for pid in ${RT_DAEMONS[@]+"${RT_DAEMONS[@]}"}; do kill -TERM -- "-$pid" 2>/dev/null || true; done
  for pid in ${RT_DAEMONS[@]+"${RT_DAEMONS[@]}"}; do
    rt_wait_gone "-$pid" 15 || kill -KILL -- "-$pid" 2>/dev/null || true
  done
  wait 2>/dev/null || true
}

# rt_secure own|foreign: the secret of --secure is in the environment from now on, where Spark looks for it; a command
# line would show it to everybody on the machine. Daemons started from now on demand it. A cluster of one's own gets a new one when none is given.
rt_secure() {
  local file="${ROBUSTTRAIN_SECRET_FILE:-}" mode
  if [[ -n "$file" ]]; then
    [[ -f "$file" && -r "$file" ]] || rt_die "ROBUSTTRAIN_SECRET_FILE=$file is not a file that can be read" 2
    mode="$(stat -L -c %a "$file")"
    (((8#$mode & 077) == 0)) || rt_die "others may read ROBUSTTRAIN_SECRET_FILE=$file (mode $mode): chmod 600 $file" 2
    _SPARK_AUTH_SECRET="$(<"$file")"
    [[ ${#_SPARK_AUTH_SECRET} -ge 16 ]] || rt_die "ROBUSTTRAIN_SECRET_FILE=$file holds less than 16 characters: openssl rand -hex 32 >$file" 2
  elif [[ -z "${_SPARK_AUTH_SECRET:-}" ]]; then
    [[ "$1" == own ]] || rt_die "--secure needs the cluster's secret: ROBUSTTRAIN_SECRET_FILE=FILE, a file of mode 600" 2
    _SPARK_AUTH_SECRET="$(od -An -N 32 -tx1 /dev/urandom | tr -d ' \n')"
  fi
  export _SPARK_AUTH_SECRET
  RT_DAEMON_OPTIONS=(--properties-file "$RT_SUBMIT/secure.properties")
}

# The settings of secure.properties, one KEY=VALUE a line, for --conf.
rt_secure_settings() { sed -nE 's/^(spark[^ ]+) +([^ ]+)$/\1=\2/p' "$RT_SUBMIT/secure.properties"; }

rt_is_count() { [[ "$1" =~ ^[1-9][0-9]*$ ]]; }

# rt_needs_quickstart_data MAIN_CLASS ARGS...: true for a training on conf/quickstart.conf without its data.
rt_needs_quickstart_data() {
  [[ "$1" == RobustTrain && ! -f data/synthetic/dataset.json ]] || return 1
  shift
  local previous="" arg found=1
  for arg in "$@"; do
    case "$arg" in -h | --help | -V | --version) return 1 ;; esac
    if [[ "$previous" == --config || "$previous" == -c ]] && [[ "${arg##*/}" == quickstart.conf ]]; then found=0; fi
    if [[ "$arg" == --config=*quickstart.conf ]]; then found=0; fi
    previous="$arg"
  done
  return "$found"
}

# The embedded data set of the quickstart.
RT_QUICKSTART_PREP=(RobustPrep synthetic --output data/synthetic --size 32)
