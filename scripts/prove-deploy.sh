#!/usr/bin/env bash
# Proves a deployment without AWS and without Docker: deploys everything to an independent stand-in for AWS that
# enforces IAM, drives every route, tries what each function may not do, deploys one changed function alone, and
# destroys everything. Its binaries are built with the profile `proof`, which is quick to build and slow to run.
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

# The copy keeps the files' times, so that Cargo builds again only what has changed since the last proof.
copy=$PWD/target/proof/colonnade
rm -rf "$copy"
mkdir -p "$copy"
git ls-files --cached --others --exclude-standard -z | while IFS= read -r -d '' file; do
  [ -e "$file" ] && printf '%s\0' "$file"
done | xargs -0 cp --parents --preserve=timestamps -t "$copy"
ln -s "$PWD/cdk/node_modules" "$copy/cdk/node_modules"
ln -s "$PWD/.venv" "$copy/.venv"

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$PWD/target}
.venv/bin/python scripts/proof/prove.py "$copy" "$folder"
