#!/usr/bin/env bash
# Checks in AWS what docs/fidelity.md marks as unverified: deploys a short-lived HTTP API to your account, sends it the
# requests of docs/verification/requests.json, records the responses as docs/verification/aws-DATE.json, prints where
# they differ from the local front door's, and removes everything, also after a failure or Ctrl-C.
#   scripts/verify-aws.sh              in the account and region of your AWS credentials, about five minutes
#   scripts/verify-aws.sh --dry-run    prints what it would create and send; needs no account
#   scripts/verify-aws.sh --help
# It creates one CloudFormation stack, colonnade-verify-TIME: an HTTP API, one Lambda function without permissions, its
# role, and no database, bucket or log group. While it exists, anyone who knows the address can call the function.
# The API is also the issuer of its tokens: it serves the public part of a key that is created for this run and deleted.
# About 140 requests cost less than 0.001 USD. After a kill -9, run: aws cloudformation delete-stack.
# Needs Rust, the AWS CLI, and credentials that may use CloudFormation, Lambda, IAM roles and API Gateway.
set -euo pipefail
cd "$(dirname "$0")/.."

template=scripts/verify/template.yaml
stack=colonnade-verify-$(date -u +%Y%m%d-%H%M%S)
verify() { cargo run --quiet --locked --package verify -- "$@"; }
fail() { echo "$*" >&2; exit 1; }

case ${1:-} in
  '') ;;
  --dry-run)
    echo "Would create the stack $stack of $template:"
    sed -n 's/^    Type: \(AWS::.*\)/  \1/p' "$template" | sort | uniq -c
    echo "Would send:"
    verify list
    echo "Would delete the stack."
    exit 0 ;;
  --help) sed -n '2,12s/^# \{0,1\}//p' "$0"; exit 0 ;;
  *) sed -n '2,12s/^# \{0,1\}//p' "$0" >&2; exit 1 ;;
esac

command -v cargo >/dev/null || fail 'cargo is missing. Install Rust as https://rustup.rs says.'
command -v curl >/dev/null || fail 'curl is missing. Run: apt-get install curl'
command -v aws >/dev/null || fail 'The AWS CLI is missing. Install it as https://docs.aws.amazon.com/cli says.'
# Version 1 of the CLI only reads the second variable.
region=${AWS_REGION:-${AWS_DEFAULT_REGION:-$(aws configure get region || true)}}
[ -n "$region" ] || fail 'No region is configured. Run: export AWS_REGION=eu-central-1 (or another)'
export AWS_REGION=$region AWS_DEFAULT_REGION=$region
account=$(aws sts get-caller-identity --query Account --output text 2>&1) ||
  fail "AWS does not accept the credentials: $account
Run: aws configure (or aws sso login, or set AWS_PROFILE)"

keys=$(mktemp -d)
remove() {
  status=$?
  # The removal must not be interrupted, and only its end shows whether it succeeded.
  trap '' INT TERM HUP
  trap - EXIT
  rm -rf "$keys"
  if [ -n "${created:-}" ]; then
    echo "Removing $stack…" >&2
    if ! { aws cloudformation delete-stack --stack-name "$stack" &&
           aws cloudformation wait stack-delete-complete --stack-name "$stack"; }; then
      echo "$stack in $region is NOT removed. Run: aws cloudformation delete-stack --stack-name $stack --region $region" >&2
      status=1
    fi
  fi
  exit "$status"
}
trap remove EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

deploy() {
  aws cloudformation deploy --stack-name "$stack" --template-file "$template" --capabilities CAPABILITY_IAM \
    --parameter-overrides "file://$keys/parameters.json" >&2
}

# Compiled before the stack is created, so that the stack exists only as long as necessary.
verify key-set --keys "$keys" >"$keys/set.json"
parameters() {
  printf '["KeySet=%s","Tokens=%s"]' "$(sed 's/"/\\"/g' "$keys/set.json")" "$1" >"$keys/parameters.json"
}

echo "Deploying $stack to account $account in $region…" >&2
parameters no
created=yes
deploy
url=$(aws cloudformation describe-stacks --stack-name "$stack" --query 'Stacks[0].Outputs[0].OutputValue' --output text)
# API Gateway reads the issuer's documents when it creates the authorizer.
curl --silent --fail --retry 30 --retry-delay 2 --retry-all-errors --output /dev/null "$url/.well-known/openid-configuration" ||
  fail "$url does not serve its issuer documents."
parameters yes
deploy
# A deployed route is not available everywhere at once.
for _ in $(seq 30); do
  [ "$(curl --silent --output /dev/null --write-out '%{http_code}' "$url/scoped")" = 401 ] && break
  sleep 2
done

verify send "$url" --keys "$keys" --region "$region"
