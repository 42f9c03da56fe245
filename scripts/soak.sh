#!/usr/bin/env bash
# Sends random concurrent requests to a new store with injected faults, and checks the responses.
#   scripts/soak.sh                    at least 1,000,000 operations
#   scripts/soak.sh --operations 50000 --crash-every 20 --seed 7
# Kills processes of functions, and the front door every two minutes. Prints operations, faults and violations, and
# fails if there are violations. Needs Rust and about an hour on two idle cores, after a build of ten minutes. Ctrl-C
# stops after the current round and prints the figures. Options: `cargo run -p checker -- --help`.
set -euo pipefail
cd "$(dirname "$0")/.."

# Long rounds, because at the end of each round a single client reads all data.
exec cargo run --locked --profile soak --package checker -- --profile soak \
  --operations 1000000 --round 5000 --clients 32 --crash-every 120 "$@"
