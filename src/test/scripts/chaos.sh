# shellcheck shell=bash
#
# Shared by the scripts of this folder: sourced, never run.

# shellcheck source=../../../spark-submit/common.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/../../../spark-submit/common.sh"

# chaos_main CLASS ARGUMENTS...: runs a main class of the tests, from the root of the repository.
chaos_main() {
  rt_check_machine
  rt_assembled || rt_die "$RT_TARGET holds no complete build: run mvn -DskipTests verify"
  [[ -f "$RT_TARGET/test-classes/io/robusttrain/chaos/$1.class" ]] ||
    rt_die "$RT_TARGET/test-classes holds no $1: run mvn -DskipTests verify"
  rt_environment
  cd -- "$RT_ROOT" || exit
  local main="io.robusttrain.chaos.$1"
  shift
  exec "$RT_JAVA" -Xmx256m -cp "$RT_TARGET/test-classes:$RT_TARGET/test-lib/*:$RT_CLASSPATH" "$main" "$@"
}
