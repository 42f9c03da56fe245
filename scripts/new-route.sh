#!/usr/bin/env bash
# Makes the folder of a new route, with code that compiles and a test that passes.
#   scripts/new-route.sh GET '/products/{productId}/reviews'        makes functions/products-reviews-list
#   scripts/new-route.sh GET /version version-get                   the name, where it is not <collection>-<method>
# Afterwards it is served, tested, documented and deployed with no other edit but its row in README.md. Needs Rust.
set -euo pipefail
cd "$(dirname "$0")/.."

usage() {
  echo "$1 See the first lines of scripts/new-route.sh." >&2
  exit 1
}
[ $# -eq 2 ] || [ $# -eq 3 ] || usage "A method and a path are wanted."
method=$1 path=$2
[[ $method =~ ^(GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS|ANY)$ ]] || usage "The method $method is none of GET, POST, PUT, PATCH, DELETE, HEAD, OPTIONS, ANY."
[[ $path =~ ^(/([a-z0-9-]+|\{[a-zA-Z][a-zA-Z0-9]*\+?\}))+$ ]] || usage "The path $path is not made of /words and /{variables}."

collection=$(grep -oE '/[a-z0-9-]+' <<<"$path" | tr -d '\n' | sed 's|^/||; s|/|-|g')
verb=$(tr '[:upper:]' '[:lower:]' <<<"$method")
if [ $# -eq 3 ]; then
  name=$3
elif [[ $method == GET && $path != *\} ]]; then
  verb=list name=$collection-list
else
  name=$collection-$verb
fi
[[ $name =~ ^[a-z][a-z0-9-]*$ ]] || usage "The name $name is not made of lower-case letters, digits and hyphens."
folder=functions/$name
if [ -e "$folder" ]; then
  echo "$folder is there already. Change it, or give another name as the third word." >&2
  exit 1
fi

# What the handler reads and answers: the variables of the path.
reads='' fields='' names='' event='' expected=''
for variable in $(grep -oE '\{[a-zA-Z0-9]+' <<<"$path" | tr -d '{'); do
  field=$(awk '{ gsub(/[A-Z]/, "_&"); sub(/^_/, ""); print tolower($0) }' <<<"$variable")
  reads+="let $field: String = request.path(\"$variable\")?;"
  fields+="$field: String,"
  names+="$field, "
  event+=".path(\"$variable\", \"one\")"
  expected+="${expected:+, }\"$variable\": \"one\""
done
request=$([ -n "$reads" ] && echo request || echo _)

mkdir -p "$folder/src"
cat >"$folder/Cargo.toml" <<END
[package]
name = "$name"
description = "Answer $method $path."
version.workspace = true
edition.workspace = true
rust-version.workspace = true
license.workspace = true
publish.workspace = true

[package.metadata.route]
method = "$method"
path = "$path"
access = "token"

[lints]
workspace = true

[dependencies]
api.workspace = true
serde.workspace = true
tokio.workspace = true

[dev-dependencies]
serde_json.workspace = true
testkit.workspace = true
END
cat >"$folder/src/main.rs" <<END
//! \`$method $path\`: answers with what its path says.

use api::{Problem, Reply, Request, StartError};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), StartError> {
    api::serve((), $verb).await
}

async fn $verb((): &(), $request: &Request) -> Result<Reply, Problem> {
    $reads
    Ok(Reply::ok(&Answer { $names }))
}

/// What the route answers.
#[derive(serde::Serialize)]
#[serde(rename_all = "camelCase")]
struct Answer { $fields }

#[cfg(test)]
mod tests;
END
cat >"$folder/src/tests.rs" <<END
use serde_json::json;
use testkit::{Shop, answer};

use super::*;

#[tokio::test]
async fn the_path_is_answered() {
    let shop = Shop::open().await;
    let event = shop.event()$event.caller("ada", "");

    let answer = answer(&(), $verb, event).await;

    assert_eq!((answer.status, answer.body), (200, json!({ $expected })));
}
END
cargo update --quiet --workspace
cargo fmt --package "$name"

cat <<END
$folder answers $method $path for whoever has a token.
  test it     cargo test -p $name
  serve it    cargo local
  deploy it   cd cdk && npx cdk deploy $name --exclusively && npx cdk deploy stage --exclusively
Add its row to the route table of README.md:
| \`$method $path\` | token | \`$name\` | Answer $method $path. |
END
