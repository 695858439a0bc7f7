#!/usr/bin/env bash
# Shows that tests still fail where a rule is wrong by a little: puts each wrong rule of wrong-rules.tsv into a copy of
# the compiled program, and runs the test that must refuse it. Needs Maven and a JDK 17.
#   src/test/scripts/wrong-rules.sh
set -euo pipefail
# shellcheck source=../../../spark-submit/common.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/../../../spark-submit/common.sh"
# shellcheck source=maven.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/maven.sh"

usage() {
  cat <<'TEXT'
Usage: src/test/scripts/wrong-rules.sh [OPTIONS]

Compiles, then goes through src/test/scripts/wrong-rules.tsv: changes one place of one class, in a copy, and runs the test
that must fail. Logs and the copy stay in target/wrong-rules; sources and compiled classes are left as they are.

Options:
  --test NAME    only the rows of this test class
  --no-build     change what is compiled
  --help         this text

The exit code is 0 if every wrong rule was refused, 1 if one was not, 2 for wrong usage.
TEXT
}

only=""
build=yes
while [[ $# -gt 0 ]]; do
  case "$1" in
    -h | --help) usage; exit 0 ;;
    --no-build) build=no; shift ;;
    --test)
      [[ $# -ge 2 ]] || rt_die "$1 needs a value, see --help" 2
      only="$2"
      shift 2 ;;
    -*) rt_die "unknown option $1, see --help" 2 ;;
    *) rt_die "unknown argument $1, see --help" 2 ;;
  esac
done

require_maven
cd -- "$RT_ROOT"
rules="$RT_ROOT/src/test/scripts/wrong-rules.tsv"
[[ -z "$only" ]] || grep -q "^${only}[#"$'\t'"]" "$rules" || rt_die "no wrong rule for a test named $only in $rules" 2
out="$RT_TARGET/wrong-rules"
rm -rf "$out"
mkdir -p "$out/tree/target" "$out/tree/src" "$out/source"
if [[ $build == yes ]]; then compile_tests "$out"; fi
[[ -d "$RT_TARGET/test-classes" ]] || rt_die "nothing is compiled in $RT_TARGET, run without --no-build"
mvn -B -ntp -q -pl src dependency:build-classpath -Dmdep.includeScope=test "-Dmdep.outputFile=$out/classpath" \
  >"$out/classpath.log" 2>&1 </dev/null || rt_die "Maven does not tell the class path, see $out/classpath.log"
cp -r -- "$RT_TARGET/classes" "$RT_TARGET/test-classes" "$out/tree/target/"
# Folder src itself is one of the copy: target/ is found beside it.
cp -- pom.xml "$out/tree/"
cp -- src/pom.xml "$out/tree/src/"
for entry in spark-submit conf docker docs README.md src/bigdl src/main src/test; do
  ln -s "$RT_ROOT/$entry" "$out/tree/$entry"
done

# run NAME TEST: runs a test in the copy, its log is NAME.log; sets tests and wrong to the numbers run and not green.
run() {
  local counts failures errors
  mvn -B -ntp -f "$out/tree/pom.xml" -pl src -Dtest.forks=1 "-Dtest=$2" surefire:test@default-test >"$out/$1.log" 2>&1 </dev/null || true
  counts="$(test_counts "$out/$1.log")"
  read -r tests failures errors <<<"${counts:-0 0 0}"
  wrong=$((failures + errors))
}

# change CLASS TEXT WRONG: compiles a class with the wrong text into the copy.
change() {
  local source="src/main/java/io/robusttrain/$1.java" text changed
  [[ -f "$source" ]] || rt_die "$source of $rules does not exist"
  text="$(<"$source")"
  changed="${text/"$2"/"$3"}"
  [[ "$changed" != "$text" && "${text#*"$2"}" != *"$2"* ]] || rt_die "'$2' is not there exactly once in $source"
  printf '%s\n' "$changed" >"$out/source/$(basename "$source")"
  javac --release 17 -proc:none -nowarn -cp "$RT_TARGET/classes:$(<"$out/classpath")" -d "$out/tree/target/classes" \
    "$out/source/$(basename "$source")" >"$out/javac.log" 2>&1 || rt_die "the wrong rule does not compile, see $out/javac.log"
}

number=0
failed=0
green=" "
while IFS=$'\t' read -r -u 3 test class text false words; do
  name="${test%%#*}"
  if [[ "$test" == "#"* || (-n "$only" && "$name" != "$only") ]]; then continue; fi
  number=$((number + 1))
  if [[ "$green" != *" $test "* ]]; then
    run "right-$name" "$test"
    [[ $tests -gt 0 && $wrong -eq 0 ]] || rt_die "$name is not green without any wrong rule, see $out/right-$name.log"
    green+="$test "
  fi
  change "$class" "$text" "$false"
  run "$number-$name" "$test"
  cp -- "$RT_TARGET/classes/io/robusttrain/$class"*.class "$out/tree/target/classes/io/robusttrain/$(dirname "$class")/"
  verdict="refused by $wrong of $tests tests"
  if [[ $wrong -eq 0 ]]; then verdict="NOT REFUSED, see $out/$number-$name.log"; failed=1; fi
  printf '%-26s %-47s %s\n' "$name" "$words" "$verdict"
done 3<"$rules"
exit "$failed"
