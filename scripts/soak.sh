#!/usr/bin/env bash
# Drives a store of its own with random concurrent histories and faults, and says what it finds.
#   scripts/soak.sh                    at least 1,000,000 operations
#   scripts/soak.sh --operations 50000 --crash-every 20 --seed 7
# Kills processes of functions, and every two minutes the front door itself. Prints operations, faults by kind and
# violations, and fails if there are violations. Takes hours for a million: needs Rust and a machine with nothing else to
# do. `cargo run -p checker -- --help` tells the options.
set -euo pipefail
cd "$(dirname "$0")/.."

exec cargo run --quiet --package checker -- --operations 1000000 --crash-every 120 "$@"
