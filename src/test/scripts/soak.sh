#!/usr/bin/env bash
# Trains for minutes on a standalone cluster while executors are killed, and prints what driver and executors held:
# memory, open files, native handles, checkpoints, step time. Runs on what mvn -DskipTests verify left in target/.
#   src/test/scripts/soak.sh --folder target/soak --minutes 30 --kill-every 60
set -euo pipefail
# shellcheck source=chaos.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/chaos.sh"
chaos_main Soak "$@"
