#!/usr/bin/env bash
# Says which functions, declarations and stacks a change touches, and which it does not: REV compared with the files
# of this folder, committed or not.
#   scripts/impact.sh main
#   scripts/impact.sh --json HEAD~1        as JSON
#   scripts/impact.sh --build main         builds the listed functions of both, and compares the bytes
# The list of functions comes from Cargo's graph and the files of each package. It may be too long (a comment is listed
# as well), but it is never too short. Options: --architecture and --profile, as in scripts/build.sh. Needs Rust, git
# and Python 3.11. docs/decisions/0013-impact.md says what counts.
set -euo pipefail
cd "$(dirname "$0")/.."

for tool in cargo git python3; do
  command -v "$tool" >/dev/null || { echo "$tool is missing. scripts/impact.sh needs Rust, git and Python 3.11." >&2; exit 1; }
done
exec python3 scripts/impact/main.py "$@"
