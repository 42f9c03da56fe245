#!/usr/bin/env bash
# Drives a store of its own with random concurrent histories and faults, and says what it finds.
#   scripts/soak.sh                    at least 1,000,000 operations
#   scripts/soak.sh --operations 50000 --crash-every 20 --seed 7
# Prints operations, faults by kind and violations, and fails if there are violations. Takes hours for a million: needs
# Rust and an idle machine. `cargo run -p checker -- --help` tells the options.
set -euo pipefail
cd "$(dirname "$0")/.."

# Without debug information, as functions start again and again.
exec cargo run --quiet --package checker -- --profile proof --operations 1000000 --crash-every 120 "$@"
