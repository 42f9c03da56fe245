#!/usr/bin/env bash
# Makes the files of a release in a folder: each function's binary for both architectures, SHA256SUMS, and the software
# bill of materials of each function (CycloneDX).
#   scripts/release.sh target/release-files
# .github/workflows/release.yml publishes them. Needs Rust with both targets, and python3. Installs cargo-cyclonedx into
# target/.
set -euo pipefail
cd "$(dirname "$0")/.."

if [ $# -ne 1 ]; then
  echo "Give a folder. See the first lines of scripts/release.sh." >&2
  exit 1
fi
mkdir -p "$1"
folder=$(cd "$1" && pwd)
# From the OWASP project that defines the format.
cargo install --quiet --locked --version 0.5.9 --root target/tools cargo-cyclonedx

for architecture in arm64 x86_64; do
  scripts/build.sh --architecture "$architecture" >&2
  for binary in target/lambda/"$architecture"/release/*/bootstrap; do
    cp "$binary" "$folder/$(basename "$(dirname "$binary")")-$architecture"
  done
done

# It writes a file for every member of the workspace. Those of the functions are kept.
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct) target/tools/bin/cargo-cyclonedx cyclonedx --quiet --format json \
  --spec-version 1.5 --target aarch64-unknown-linux-gnu --override-filename bom
for name in $(cd functions && echo *); do
  mv "functions/$name/bom.json" "$folder/$name.cdx.json"
done
git clean --quiet --force -- '*/bom.json'
(cd "$folder" && sha256sum -- * >SHA256SUMS)
