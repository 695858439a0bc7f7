#!/usr/bin/env bash
# Executes the notebooks at their full size and stores what they show in them.
set -euo pipefail
root="$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../../.." && pwd -P)"

usage() {
  cat <<'TEXT'
Usage: src/test/scripts/notebooks.sh [--check]

Executes all notebooks of notebooks/ in a new folder below target/, on all cores, checks what their cells show, and stores
it in them; 05-cluster on a cluster of two executors. Minutes. Needs Python's jupyter_client (Debian:
python3-jupyter-client).

Options:
  --check   store nothing
  --help    this text
TEXT
}

store=(--store)
case "${1:-}" in
  "") ;;
  -h | --help) usage; exit 0 ;;
  --check) store=() ;;
  *) printf 'error: unknown argument %s, see src/test/scripts/notebooks.sh --help\n' "$1" >&2; exit 2 ;;
esac
python=""
for each in python3 /usr/bin/python3; do
  if [[ -z "$python" ]] && "$each" -c 'import jupyter_client' 2>/dev/null; then python="$each"; fi
done
if [[ -z "$python" ]]; then
  printf 'error: no Python here has jupyter_client, on Debian and Ubuntu: apt-get install python3-jupyter-client\n' >&2
  exit 1
fi

mkdir -p "$root/target"
folder="$(mktemp -d "$root/target/notebooks-XXXXXX")"
trap 'rm -rf "$folder"' EXIT
ln -s "$root/conf" "$folder/conf"
cd -- "$folder"
books=()
for book in "$root"/notebooks/*.ipynb; do
  case "$book" in */05-cluster.ipynb) ;; *) books+=("$book") ;; esac
done
"$root/spark-submit/notebook.sh" "$python" "$root/src/test/scripts/notebooks.py" ${store[@]+"${store[@]}"} "${books[@]}"
"$root/spark-submit/notebook.sh" --workers 2 --executor-memory 2g \
  "$python" "$root/src/test/scripts/notebooks.py" ${store[@]+"${store[@]}"} "$root/notebooks/05-cluster.ipynb"
