#!/usr/bin/env bash
# Kills executors and drivers of a tiny training at random moments and compares each run with an undisturbed one;
# prints the rows of the table in docs/reliability.md. Runs on what mvn -DskipTests verify left in target/.
#   src/test/scripts/campaign.sh --folder target/campaign --seed 1
set -euo pipefail
# shellcheck source=chaos.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/chaos.sh"
chaos_main Campaign "$@"
