#!/usr/bin/env bash
# Proves a deployment without AWS and without Docker: deploys everything to an independent stand-in for AWS that
# enforces IAM, calls every route, checks that each function can call its declared actions only, deploys one changed
# function alone, and destroys everything. The profile `proof` of its binaries is quick to build and slow to run.
#   scripts/prove-deploy.sh
# Needs Rust, Node 20 and Python 3.11 with venv. Works on a copy in target/proof; servers listen on 127.0.0.1 only.
set -euo pipefail
cd "$(dirname "$0")/.."

for tool in cargo npm python3; do
  if ! command -v "$tool" >/dev/null; then
    echo "$tool is missing. Install Rust from https://rustup.rs, Node 20 from https://nodejs.org, Python 3.11 from https://python.org" >&2
    exit 1
  fi
done
[ -d cdk/node_modules ] || (cd cdk && npm ci --silent)
scripts/venv.sh build
scripts/venv.sh proof

# A copy, because the proof changes one function. Its path has a space, to show that the build accepts one.
copy="$PWD/target/proof/a copy"
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
# A folder of its own: the paths of the copy differ, and Cargo builds everything again if paths change.
export CARGO_TARGET_DIR=$PWD/target/proof/target
.venv/proof/bin/python scripts/proof/prove.py "$PWD" "$copy" "$folder"
