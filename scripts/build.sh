#!/usr/bin/env bash
# Builds functions for Lambda, each to target/lambda/<architecture>/<profile>/<name>/bootstrap, and prints their hashes.
#   scripts/build.sh health-get
#   scripts/build.sh --architecture x86_64 --profile proof health-get notes-get
#   scripts/build.sh                                 every function, for arm64, with the release profile
#   scripts/build.sh --out FOLDER health-get         copies the binary to FOLDER/bootstrap as well
# The same commit gives the same bytes in every folder. Needs Rust and Python 3.9 with venv; installs cargo-lambda into
# .venv/build. Runs on Linux and macOS, and on Windows in WSL.
set -euo pipefail
cd "$(dirname "$0")/.."

architecture=arm64 profile=release out=
while [ $# -gt 0 ]; do
  case $1 in
    --architecture) architecture=$2; shift 2 ;;
    --profile) profile=$2; shift 2 ;;
    --out) out=$2; shift 2 ;;
    --help) sed -n '2,8s/^# \{0,1\}//p' "$0"; exit 0 ;;
    -*) echo "Unknown option $1. See the first lines of scripts/build.sh." >&2; exit 1 ;;
    *) break ;;
  esac
done

case $architecture in
  arm64) target=aarch64-unknown-linux-gnu ;;
  x86_64) target=x86_64-unknown-linux-gnu ;;
  *) echo "Unknown architecture $architecture. Use arm64 or x86_64." >&2; exit 1 ;;
esac
if ! command -v cargo >/dev/null; then
  echo "Cannot find cargo. Install Rust as https://rustup.rs says." >&2
  exit 1
fi
sysroot=$(rustc --print sysroot)
if [ ! -d "$sysroot/lib/rustlib/$target/lib" ]; then
  echo "Rust has no standard library for $target. Run: rustup target add $target (or build with --architecture, deploy with -c architecture=)" >&2
  exit 1
fi
# Before the build, which takes minutes: the Python that checks the binaries must be able to run the check.
python3 scripts/check-binary.py --help >/dev/null || { echo "scripts/check-binary.py needs Python 3.9 or later. Install it from https://python.org" >&2; exit 1; }
scripts/venv.sh build

[ $# -gt 0 ] || set -- $(cd functions && echo *)
for name in "$@"; do
  if [ ! -f "functions/$name/Cargo.toml" ]; then
    echo "There is no functions/$name. Known: $(cd functions && echo *)" >&2
    exit 1
  fi
done

# The bytes must not depend on the folders of the sources, the crates and the toolchain.
remap=(
  "--remap-path-prefix=$PWD=/colonnade"
  "--remap-path-prefix=${CARGO_TARGET_DIR:-$PWD/target}=/target"
  "--remap-path-prefix=${CARGO_HOME:-$HOME/.cargo}=/cargo"
  "--remap-path-prefix=$sysroot=/rust"
)
# The encoded form separates flags by the character 0x1f, so paths may contain spaces.
CARGO_ENCODED_RUSTFLAGS=$(IFS=$'\x1f'; echo "${remap[*]}")
unset RUSTFLAGS
export CARGO_ENCODED_RUSTFLAGS SOURCE_DATE_EPOCH=0

for name in "$@"; do
  # One at a time: Cargo unifies the features of packages that it builds together, so a function's bytes would depend
  # on the other functions.
  folder=target/lambda/$architecture/$profile
  PATH="$PWD/.venv/build/bin:$PATH" .venv/build/bin/cargo-lambda lambda build --quiet --locked \
    --target "$target" --profile "$profile" --lambda-dir "$folder" --package "$name" >&2
  hash=$(python3 scripts/check-binary.py --architecture "$architecture" "$folder/$name/bootstrap")
  if [ -n "$out" ]; then
    mkdir -p "$out"
    cp "$folder/$name/bootstrap" "$out/bootstrap"
  fi
  echo "$hash  $name"
done
