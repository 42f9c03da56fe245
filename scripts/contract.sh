#!/usr/bin/env bash
# Compares the running API with openapi.json by tools that were not made here: Redocly and Spectral read the document,
# Schemathesis sends requests made of it, a browser opens the reference page.
# shop: begin
# Clients generated from it, in TypeScript and in Rust, order something.
# shop: end
#   scripts/contract.sh                with the seed of CI
#   scripts/contract.sh --seed 7       with other requests
# Needs Rust, Node 20.19 with npm and Python 3.11 with venv. Screenshots of the page are in target/contract/screenshots.
set -euo pipefail
cd "$(dirname "$0")/.."

seed=1
case ${1:-} in
  --seed) seed=${2:?--seed needs a number} ;;
  '') ;;
  *) sed -n '2,/^set/{/^set/d;/: begin$/d;/: end$/d;s/^# \{0,1\}//p}' "$0"; [ "$1" = --help ] && exit 0 || exit 1 ;;
esac
for tool in cargo npm python3; do
  command -v "$tool" >/dev/null || {
    echo "$tool is missing. Install Rust from https://rustup.rs, Node 20 from https://nodejs.org, Python 3.11 from https://python.org" >&2
    exit 1
  }
done

target=${CARGO_TARGET_DIR:-$PWD/target}
mkdir -p "$target/contract"
(cd scripts/contract && npm ci --silent --no-audit --no-fund) >"$target/contract/npm.log" 2>&1 & npm=$!
scripts/venv.sh contract
cargo build --quiet --locked --bin cargo-local
wait "$npm" || { cat "$target/contract/npm.log" >&2; exit 1; }
# No prompts, no telemetry, no search for updates.
export CI=${CI:-} REDOCLY_TELEMETRY=off REDOCLY_SUPPRESS_UPDATE_NOTICE=true
exec python3 scripts/contract/run.py --seed "$seed" --cargo-local "$target/debug/cargo-local"
