#!/usr/bin/env bash
# Checks the templates of production, with each kind of API that can have the routes, and of the deployment role: cfn-lint
# for errors, checkov for risks, and whether the policy for CloudFormation allows what the templates' resource types need.
#   scripts/lint-templates.sh
# Builds no binaries and calls no network. Needs Node 20, Rust, and Python 3.9 with venv; installs the tools into .venv/lint.
set -euo pipefail
shopt -s nullglob
cd "$(dirname "$0")/.."

case ${1:-} in
  '') ;;
  --help) sed -n '2,5s/^# \{0,1\}//p' "$0"; exit 0 ;;
  *) sed -n '2,5s/^# \{0,1\}//p' "$0" >&2; exit 1 ;;
esac
scripts/venv.sh lint

folder=$PWD/target/lint
rm -rf "$folder"
cd cdk
for api in http rest; do
  if cargo run --quiet --locked --package manifest -- describe --api $api >/dev/null 2>&1; then
    npx cdk synth --quiet --no-notices -c env=production -c code=unbuilt -c api=$api --output "$folder/$api"
  else
    echo "$api: not checked, because an API of this kind cannot have the routes"
  fi
done
# The rules of the templates were checked by the command above.
CDK_VALIDATION=false npx cdk synth --quiet --no-notices --app 'node bin/start.cjs deployment-role' --output "$folder/deployment-role" \
  -c env=production -c repository=octocat/hello-world
cd ..
.venv/lint/bin/cfn-lint "$folder"/*/*.template.json
.venv/lint/bin/python scripts/check-execution-policy.py "$folder"/deployment-role/*.template.json "$folder"/{http,rest}/*.template.json
.venv/lint/bin/checkov --config-file cdk/checkov.yaml --directory "$folder"
