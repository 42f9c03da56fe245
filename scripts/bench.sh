#!/usr/bin/env bash
# Measures functions and the front door beside others, in one run, and writes docs/performance.md.
#   scripts/bench.sh                     builds, measures, and writes bench/results.json, docs/performance.md and its charts
#   scripts/bench.sh --only functions    the functions alone; the rest of bench/results.json is kept
#   scripts/bench.sh --only front-door   the front door alone: neither the peer nor the lambdalith is built
#   scripts/bench.sh --document          docs/performance.md and its charts from bench/results.json, without measuring
# Needs Linux, Rust, a C compiler and Python 3.11 with venv. Installs valgrind into .venv unless it is installed. Builds
# are kept in target/bench. Use an idle machine, and compare ratios: times differ between machines.
set -euo pipefail
cd "$(dirname "$0")/.."

[ "$(uname -s)" = Linux ] || { echo "scripts/bench.sh needs Linux: it reads /proc and runs valgrind." >&2; exit 1; }
for tool in cargo cc python3; do
  command -v "$tool" >/dev/null || { echo "$tool is missing. scripts/bench.sh needs Rust, a C compiler and Python 3.11." >&2; exit 1; }
done
scripts/venv.sh build
scripts/venv.sh charts
exec .venv/charts/bin/python scripts/bench/main.py "$@"
