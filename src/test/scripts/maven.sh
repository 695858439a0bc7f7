#!/usr/bin/env bash
# How the scripts of this folder compile tests and read what Maven says; sourced after spark-submit/common.sh.

# compile_tests FOLDER: compiles program and tests, the log is FOLDER/build.log.
compile_tests() {
  rt_say "Compiling, the log is $1/build.log ..."
  mvn -B -ntp test-compile >"$1/build.log" 2>&1 </dev/null ||
    { grep '^\[ERROR\]' "$1/build.log" | head -n 20 >&2 || true; rt_die "the build failed, its log is $1/build.log"; }
}

# test_counts LOG: the numbers of tests, failures and errors of a run of Surefire; nothing if none ran.
test_counts() {
  sed -n 's/^.*Tests run: \([0-9]*\), Failures: \([0-9]*\), Errors: \([0-9]*\), Skipped: [0-9]*$/\1 \2 \3/p' "$1" | tail -n 1
}

# require_maven: or the script ends.
require_maven() {
  rt_check_machine
  [[ -n "$(type -P mvn || true)" ]] || rt_die "Maven is needed, on Debian and Ubuntu: apt-get install maven"
}
