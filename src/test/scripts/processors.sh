#!/usr/bin/env bash
# Runs the numeric tests in every arithmetic of this machine and prints a table: the vector instructions of libtorch
# times the code paths of oneMKL times 1 and 2 threads. Needs Maven and a JDK 17, and builds what it needs.
#   src/test/scripts/processors.sh
set -euo pipefail
# shellcheck source=../../../spark-submit/common.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/../../../spark-submit/common.sh"
# shellcheck source=maven.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/maven.sh"

usage() {
  cat <<'TEXT'
Usage: src/test/scripts/processors.sh [OPTIONS]

Compiles, then runs the test classes that are marked @Numeric once for each of ATEN_CPU_CAPABILITY=default, avx2 and
avx512, times oneMKL with MKL_CBWR unset, COMPATIBLE and AVX2 and OpenBLAS, as far as this processor has them, with 1 and with
2 threads, each in one JVM. Logs and reports stay in target/processors.

Options:
  --classes PATTERN    of the numeric classes only these, as -Dtest takes them, such as 'Apgd*' (default: all)
  --capability LIST    of the capabilities only these, separated by commas, such as default,avx2
  --cbwr LIST          of these paths only some: unset,COMPATIBLE,AVX2,openblas
  --threads LIST       other numbers of threads (default: 1,2)
  --no-build           run what is compiled
  --help               this text

The exit code is 0 if all is green, 1 if a test failed or a leg did not run, 2 for wrong usage.
TEXT
}

classes=""
capabilities=default,avx2,avx512
paths=unset,COMPATIBLE,AVX2,openblas
threads=1,2
build=yes
while [[ $# -gt 0 ]]; do
  case "$1" in
    -h | --help) usage; exit 0 ;;
    --no-build) build=no; shift ;;
    --classes | --capability | --cbwr | --threads)
      [[ $# -ge 2 ]] || rt_die "$1 needs a value, see --help" 2
      case "$1" in
        --classes) classes="$2" ;;
        --capability) capabilities="$2" ;;
        --cbwr) paths="$2" ;;
        --threads) threads="$2" ;;
      esac
      shift 2 ;;
    -*) rt_die "unknown option $1, see --help" 2 ;;
    *) rt_die "unknown argument $1, see --help" 2 ;;
  esac
done
IFS=, read -r -a capabilities <<<"$capabilities"
IFS=, read -r -a paths <<<"$paths"
IFS=, read -r -a threads <<<"$threads"
for capability in "${capabilities[@]}"; do
  [[ "$capability" =~ ^(default|avx2|avx512)$ ]] || rt_die "--capability must be of default, avx2 and avx512, not '$capability'" 2
done
for path in "${paths[@]}"; do
  [[ "$path" =~ ^(unset|COMPATIBLE|AVX2|openblas)$ ]] || rt_die "--cbwr must be of unset, COMPATIBLE, AVX2 and openblas, not '$path'" 2
done
for number in "${threads[@]}"; do
  rt_is_count "$number" || rt_die "the number of threads must be a whole number from 1, not '$number'" 2
done

# has NAME: whether the processor computes what a capability or a code path needs.
flags=" $(sed -n '/^flags/{s/^[^:]*://p;q}' /proc/cpuinfo) "
has() {
  local flag needed=()
  case "$1" in
    avx2 | AVX2) needed=(avx2 fma) ;;
    avx512) needed=(avx2 fma avx512f avx512vl avx512bw avx512dq) ;;
  esac
  for flag in ${needed[@]+"${needed[@]}"}; do [[ "$flags" == *" $flag "* ]] || return 1; done
}

require_maven
cd -- "$RT_ROOT"
out="$RT_TARGET/processors"
rm -rf "$out"
mkdir -p "$out"
if [[ $build == yes ]]; then compile_tests "$out"; fi

# leg CAPABILITY PATH THREADS: runs it; leg_result becomes "tests failures seconds".
failed=0
leg() {
  local name="$1-$2-$3" started=$SECONDS counts
  local environment=(env -u MKL_CBWR "ATEN_CPU_CAPABILITY=$1") log="$out/$1-$2-$3.log"
  local blas=mkl_rt
  case "$2" in
    unset) ;;
    openblas) blas=openblas ;;
    *) environment+=("MKL_CBWR=$2") ;;
  esac
  local arguments=("-Dtest.blas=$blas" -Dtest.forks=1 "-Dtest.threads=$3" "-Dtest.reports=$out/$name")
  if [[ -n "$classes" ]]; then arguments+=("-Dtest=$classes" -Dsurefire.failIfNoSpecifiedTests=false); fi
  local code=0
  "${environment[@]}" mvn -B -ntp -pl src "${arguments[@]}" surefire:test@processors >"$log" 2>&1 </dev/null || code=$?
  counts="$(test_counts "$log")"
  if [[ -z "$counts" ]]; then
    leg_result="no tests, see $log"
    failed=1
    return
  fi
  local tests failures errors
  read -r tests failures errors <<<"$counts"
  leg_result="$tests tests, $((failures + errors)) failed, $((SECONDS - started)) s"
  if [[ $code -ne 0 || $((failures + errors)) -gt 0 ]]; then failed=1; fi
  # A test process that crashed takes its classes along, and none of them counts as failed.
  if [[ $code -ne 0 && $((failures + errors)) -eq 0 ]]; then leg_result="Maven failed, see $log"; fi
}

printf '%-10s %-11s' libtorch MKL_CBWR
for number in "${threads[@]}"; do printf ' | %-32s' "$number thread(s)"; done
printf '\n'
for capability in "${capabilities[@]}"; do
  for path in "${paths[@]}"; do
    if ! has "$capability" || ! has "$path"; then
      printf '%-10s %-11s | not on this processor\n' "$capability" "$path"
      continue
    fi
    printf '%-10s %-11s' "$capability" "$path"
    for number in "${threads[@]}"; do
      leg "$capability" "$path" "$number"
      printf ' | %-32s' "$leg_result"
    done
    printf '\n'
  done
done
grep -h '^.*Arithmetic: ' "$out"/*.log | sed 's/^.*Arithmetic: /ran in: /' | sort -u
exit "$failed"
