#!/usr/bin/env bash
# Builds functions for Lambda, each to target/lambda/<architecture>/<profile>/<name>/bootstrap, and prints their hashes.
#   scripts/build.sh health-get
#   scripts/build.sh --architecture x86_64 --profile proof health-get notes-get
#   scripts/build.sh                                 every function, for arm64, with the release profile
#   scripts/build.sh --out FOLDER health-get         copies the binary to FOLDER/bootstrap as well
# The same commit gives the same bytes in every folder. Needs Rust and python3; installs cargo-lambda
# into .venv.
set -euo pipefail
cd "$(dirname "$0")/.."

architecture=arm64 profile=release out=
while [ $# -gt 0 ]; do
  case $1 in
    --architecture) architecture=$2; shift 2 ;;
    --profile) profile=$2; shift 2 ;;
    --out) out=$2; shift 2 ;;
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
scripts/venv.sh build

[ $# -gt 0 ] || set -- $(cd functions && echo *)

# The bytes must not depend on the folders of the sources, the crates and the toolchain.
target_directory=${CARGO_TARGET_DIR:-$PWD/target}
RUSTFLAGS="--remap-path-prefix=$PWD=/colonnade"
RUSTFLAGS+=" --remap-path-prefix=$target_directory=/target"
RUSTFLAGS+=" --remap-path-prefix=${CARGO_HOME:-$HOME/.cargo}=/cargo"
RUSTFLAGS+=" --remap-path-prefix=$sysroot=/rust"
export RUSTFLAGS SOURCE_DATE_EPOCH=0

for name in "$@"; do
  if [ ! -f "functions/$name/Cargo.toml" ]; then
    echo "There is no functions/$name. Known: $(cd functions && echo *)" >&2
    exit 1
  fi
  # One at a time: Cargo unifies the features of packages that it builds together, so a function's bytes would depend
  # on the other functions.
  folder=target/lambda/$architecture/$profile
  PATH="$PWD/.venv/bin:$PATH" .venv/bin/cargo-lambda lambda build --quiet --locked \
    --target "$target" --profile "$profile" --lambda-dir "$folder" --package "$name" >&2
  hash=$(python3 scripts/check-binary.py --architecture "$architecture" "$folder/$name/bootstrap")
  if [ -n "$out" ]; then
    mkdir -p "$out"
    cp "$folder/$name/bootstrap" "$out/bootstrap"
  fi
  echo "$hash  $name"
done
