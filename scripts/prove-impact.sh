#!/usr/bin/env bash
# Proves that scripts/impact.sh misses no function: makes each edit of scripts/impact/edits.py in a copy of the last
# commit, builds all functions, and compares those with other bytes with the predicted ones.
#   scripts/prove-impact.sh            all edits
#   scripts/prove-impact.sh 3 17       these edits
# Takes 20 minutes on an idle core, so scripts/test.sh does not run it. Builds for this machine with the profile `proof`,
# which is quick to build, and with the flags of scripts/build.sh. Needs Rust, git, Python 3.11 and crates.io.
set -euo pipefail
cd "$(dirname "$0")/.."

copy=target/impact/colonnade
rm -rf "$copy"
git clone --quiet --local . "$copy"
# A folder of its own: its paths differ, and Cargo builds everything again if paths change.
export CARGO_TARGET_DIR=$PWD/target/impact/target
exec python3 scripts/impact/prove.py "$PWD/$copy" "$@"
