#!/usr/bin/env bash
# Makes the folder of a new route, with code that compiles and a test that passes.
#   scripts/new-route.sh GET '/notes/{noteId}/pages'        makes functions/notes-pages-list
#   scripts/new-route.sh GET /version version-get           the name, where it is not <collection>-<method>
# Afterwards it is served, tested, documented and deployed with no other edit. Needs Rust.
set -euo pipefail
cd "$(dirname "$0")/.."

if [ $# -ne 2 ] && [ $# -ne 3 ]; then
  echo "Give a method and a path. See the first lines of scripts/new-route.sh." >&2
  exit 1
fi
method=$1 path=$2
# manifest derives the names and checks them, as it checks declarations.
names=$(cargo run --quiet --locked --package manifest -- new-route "$@") || exit 1
{ read -r name; read -r handler; read -r variables || true; } <<<"$names"
folder=functions/$name
if [ -e "$folder" ]; then
  echo "$folder exists already. Change it, or give another name as the third argument." >&2
  exit 1
fi

# What the handler reads and answers: the variables of the path.
reads='' fields='' values='' event='' expected=''
for variable in $variables; do
  field=$(awk '{ gsub(/[A-Z]/, "_&"); sub(/^_/, ""); print tolower($0) }' <<<"$variable")
  reads+="let $field: String = request.path(\"$variable\")?;"
  fields+="$field: String,"
  values+="$field, "
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
function.workspace = true
serde.workspace = true
tokio.workspace = true

[dev-dependencies]
serde_json.workspace = true
testkit.workspace = true
END
cat >"$folder/src/main.rs" <<END
//! \`$method $path\`: answers with the variables of its path.

use function::{Problem, Reply, Request, StartError};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), StartError> {
    function::serve((), $handler).await
}

async fn $handler((): &(), $request: &Request) -> Result<Reply, Problem> {
    $reads
    Ok(Reply::ok(&Answer { $values }))
}

/// The body of the answer.
#[derive(serde::Serialize)]
#[serde(rename_all = "camelCase")]
struct Answer { $fields }

#[cfg(test)]
mod tests;
END
cat >"$folder/src/tests.rs" <<END
use serde_json::json;
use testkit::{Fixture, answer};

use super::*;

#[testkit::test]
async fn the_answer_has_the_path_variables() {
    let fixture = Fixture::open().await;
    let event = fixture.event()$event.caller("ada", "");

    let answer = answer(&(), $handler, event).await;

    assert_eq!((answer.status, answer.body), (200, json!({ $expected })));
}
END
cargo update --quiet --workspace
cargo fmt --package "$name"
cargo run --quiet --package reference

cat <<END
$folder answers $method $path for callers with a token.
  test it     cargo test -p $name
  serve it    cargo local
  deploy it   cd cdk && npx cdk deploy $name --exclusively -c env=development && npx cdk deploy stage operations --exclusively -c env=development
END
