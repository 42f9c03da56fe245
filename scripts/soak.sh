#!/usr/bin/env bash
# Drives a store of its own with random concurrent histories and faults, and says what it finds.
#   scripts/soak.sh                    at least 1,000,000 operations
#   scripts/soak.sh --operations 50000 --crash-every 20 --seed 7
# Kills processes of functions, and every two minutes the front door itself. Prints operations, faults by kind and
# violations, and fails if there are violations. Needs Rust and about an hour on two idle cores, after a build of ten
# minutes. Ctrl-C ends it with the figures so far. `cargo run -p checker -- --help` tells the options.
set -euo pipefail
cd "$(dirname "$0")/.."

# Long rounds and many clients: a round ends with one reading everything back, while the others wait.
exec cargo run --locked --profile soak --package checker -- --profile soak \
  --operations 1000000 --round 5000 --clients 32 --crash-every 120 "$@"
