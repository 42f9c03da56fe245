#!/usr/bin/env bash
# Runs valgrind: the installed one, or on Debian and Ubuntu the distribution's package, unpacked into .venv/valgrind.
#   scripts/valgrind.sh --tool=callgrind PROGRAM
# Needs no root. The version is the distribution's: the instructions that callgrind counts do not depend on it.
set -euo pipefail
folder=$(dirname "$(realpath "$0")")/../.venv/valgrind

command -v valgrind >/dev/null && exec valgrind "$@"
if [ ! -x "$folder/usr/bin/valgrind" ]; then
  command -v apt-get >/dev/null || { echo "valgrind is missing. Install it with the package manager of this system." >&2; exit 1; }
  echo "unpacking valgrind into .venv/valgrind" >&2
  state=$folder/apt
  mkdir -p "$state/lists/partial" "$state/cache/archives/partial"
  # Lists and packages in this folder, so that nothing of the system changes.
  options=(-qq -o "Dir::State=$state" -o "Dir::State::status=/var/lib/dpkg/status" -o "Dir::Cache=$state/cache" -o "APT::Sandbox::User=$(id -un)")
  (
    cd "$state"
    apt-get "${options[@]}" update
    apt-get "${options[@]}" download valgrind
    dpkg --extract valgrind_*.deb "$folder"
  ) >&2
  rm -r "$state"
fi
VALGRIND_LIB=$folder/usr/libexec/valgrind exec "$folder/usr/bin/valgrind" "$@"
