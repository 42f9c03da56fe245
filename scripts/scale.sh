#!/usr/bin/env bash
# Writes the tables and charts of docs/scale.md: simulations, costs, and the measured capacity of the store.
#   scripts/scale.sh              from the measurements in docs/scale/, in a minute
#   scripts/scale.sh --measure    measures the store first, with up to a million items, in several minutes after a build
# Needs Python with venv and pip, Node with npm, and Rust.
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/venv.sh charts
[ -d cdk/node_modules ] || (cd cdk && npm ci --no-audit --no-fund)
exec .venv/charts/bin/python scripts/scale/main.py "$@"
