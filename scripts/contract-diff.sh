#!/usr/bin/env bash
# Compares openapi.json with that of another commit, and fails if a change breaks clients.
#   scripts/contract-diff.sh origin/main
# Needs Git and Python 3.9.
set -euo pipefail
cd "$(dirname "$0")/.."

if [ $# -ne 1 ]; then
  echo "Give a commit to compare with. See the first lines of scripts/contract-diff.sh." >&2
  exit 1
fi
git rev-parse --verify --quiet "$1^{commit}" >/dev/null || {
  echo "$1 is not a commit of this repository. Give a branch, a tag or a commit id." >&2
  exit 1
}
old=$(mktemp)
trap 'rm -f "$old"' EXIT
if ! git show "$1:openapi.json" >"$old" 2>/dev/null; then
  echo "$1 has no openapi.json, so there is nothing to compare with."
  exit 0
fi
python3 scripts/contract-diff.py "$old" openapi.json
