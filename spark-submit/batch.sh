#!/usr/bin/env bash
# A scheduled job: trains, evaluates the best model, publishes the pages. For cron, a CronJob, or any other scheduler.
set -euo pipefail
# shellcheck source=common.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/common.sh"

usage() {
  cat <<'TEXT'
Usage: spark-submit/batch.sh [OPTIONS] LAUNCHER [ITS OPTIONS...] -- TRAINING ARGUMENTS...

Runs RobustTrain by LAUNCHER (local.sh, standalone.sh, yarn.sh or k8s.sh, which lie beside this script) with the training
arguments, then RobustEval of the best model by the same LAUNCHER and its options, then publishes report.html, eval.html and eval.json.
Run again with the same id it goes on where it ended, which is what a scheduler's retry does.

Options:
  --data DIR        data set, on any Hadoop file system
  --runs DIR        where run directories are; the evaluation goes to DIR/ID/eval (default: runs)
  --run-id ID       name of the run (default: batch- and today's date in UTC: a run a day)
  --eps RADIUS      radius of the evaluation, as in 4/255
  --n N             images of the evaluation (default: all)
  --attacks LIST    attacks of the evaluation (default: standard, which is AutoAttack)
  --publish DIR     a local directory, as of a web server; DIR/ID/ appears whole or not at all, DIR/latest points to it
  --help            this text

The exit code is that of the first step that failed, and what comes after it is left out: 2 wrong usage or configuration,
3 bad data, 4 stopped by a guard, 1 anything else. A scheduler retries 1 and leaves 2, 3 and 4, which would come again.

Example:
  ./spark-submit/batch.sh --data hdfs:///imagenet --runs hdfs:///runs --eps 4/255 --n 1000 --publish /srv/www/robust \
    yarn.sh --num-executors 4 --executor-cores 8 -- --config conf/recipes/light.conf
TEXT
}

data="" runs=runs id="" eps="" count="" attacks=standard publish=""
while [[ $# -gt 0 ]]; do
  case "$1" in
    -h | --help) usage; exit 0 ;;
    --data | --runs | --run-id | --eps | --n | --attacks | --publish)
      [[ $# -ge 2 ]] || rt_die "$1 needs a value, see spark-submit/batch.sh --help" 2
      case "$1" in
        --data) data="$2" ;;
        --runs) runs="${2%/}" ;;
        --run-id) id="$2" ;;
        --eps) eps="$2" ;;
        --n) count="$2" ;;
        --attacks) attacks="$2" ;;
        --publish) publish="${2%/}" ;;
      esac
      shift 2 ;;
    -*) rt_die "unknown option $1, see spark-submit/batch.sh --help" 2 ;;
    *) break ;;
  esac
done
launcher=()
while [[ $# -gt 0 && "$1" != -- ]]; do
  launcher+=("$1")
  shift
done
[[ ${#launcher[@]} -gt 0 ]] || rt_die "which launcher? Name local.sh, standalone.sh, yarn.sh or k8s.sh with its options" 2
[[ $# -gt 0 ]] || rt_die "what to train? Give the arguments of RobustTrain after --, as in -- --config conf/quickstart.conf" 2
shift
case "${launcher[0]}" in
  local.sh | standalone.sh | yarn.sh | k8s.sh) launcher[0]="$RT_SUBMIT/${launcher[0]}" ;;
  *) rt_die "LAUNCHER must be local.sh, standalone.sh, yarn.sh or k8s.sh, not '${launcher[0]}'" 2 ;;
esac
[[ -n "$data" ]] || rt_die "which images? Give --data DIR" 2
[[ -n "$eps" ]] || rt_die "how far may an attack go? Give --eps, as in 4/255" 2
[[ -n "$publish" ]] || rt_die "where to? Give --publish DIR" 2
[[ -z "$count" ]] || rt_is_count "$count" || rt_die "--n must be a whole number from 1, not '$count'" 2
id="${id:-batch-$(date -u +%Y%m%d)}"
[[ "$id" =~ ^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$ && "$id" != latest ]] || rt_die "--run-id must be letters, digits, dots and dashes, not '$id'" 2
# Hours of training must not end here.
mkdir -p "$publish" 2>/dev/null && [[ -w "$publish" ]] || rt_die "cannot write into --publish $publish: name another directory" 2

run="$runs/$id"
scratch=""
trap 'if [[ -n "$scratch" ]]; then rm -rf "$scratch"; fi' EXIT

# step NAME COMMAND...: ends the job with the command's exit code if it fails. A signal reaches the command by the
# group's or by being waited for: the launchers end what they started.
child=""
trap 'if [[ -n "$child" ]]; then kill -TERM "$child" 2>/dev/null || true; fi' INT TERM HUP
step() {
  local name="$1" code=0
  shift
  rt_say "$(date -u +%FT%TZ) $name"
  "$@" <&0 &
  child=$!
  # A wait that a signal ends is taken up again: the run is being saved.
  while :; do
    code=0
    wait "$child" || code=$?
    kill -0 "$child" 2>/dev/null || break
  done
  child=""
  if [[ $code -ne 0 ]]; then
    rt_say "$(date -u +%FT%TZ) $name ended with exit code $code: nothing is published"
    exit "$code"
  fi
}

# fetch PATH FILE: from any Hadoop file system into a local file.
fetch() {
  if [[ "$1" != *:/* ]]; then
    cp -- "$1" "$2"
    return
  fi
  rt_check_machine
  rt_build
  rt_environment
  "$RT_JAVA" "${RT_JAVA_OPTIONS[@]}" -cp "$RT_CLASSPATH" org.apache.hadoop.fs.FsShell -get "$1" "$2"
}

# A reader sees the old pages or the new ones, and never half of them.
publish() {
  scratch="$(mktemp -d "$publish/.batch-XXXXXX")"
  fetch "$run/report.html" "$scratch/report.html"
  fetch "$run/eval/eval.html" "$scratch/eval.html"
  fetch "$run/eval/eval.json" "$scratch/eval.json"
  chmod 755 "$scratch"
  rm -rf "${publish:?}/.old-$id"
  if [[ -e "$publish/$id" ]]; then mv -- "$publish/$id" "$publish/.old-$id"; fi
  mv -- "$scratch" "$publish/$id"
  scratch=""
  rm -rf "${publish:?}/.old-$id"
  ln -sfn -- "$id" "$publish/.latest-$id"
  mv -fT -- "$publish/.latest-$id" "$publish/latest"
}

evaluation=(--model "$run" --data "$data" --eps "$eps" --attacks "$attacks" --output "$run/eval")
if [[ -n "$count" ]]; then evaluation+=(--n "$count"); fi
step "training of $id" "${launcher[@]}" RobustTrain "$@" "data.path=$data" "run.dir=$runs" "run.id=$id"
step "evaluation of $id" "${launcher[@]}" RobustEval "${evaluation[@]}"
publish
rt_say "$(date -u +%FT%TZ) published in $publish/$id"
