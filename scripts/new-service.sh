#!/usr/bin/env bash
# Writes the workspace of a new service: this one without the shop, with one resource that can be created, read and listed.
#   scripts/new-service.sh ../library --resource loans
#   scripts/new-service.sh ../library --resource entries --singular entry     where the plural does not tell the singular
#   scripts/new-service.sh ../My-Library --name library --resource loans      where the folder's name is not the service's
# The folder must not exist, or be empty. Afterwards the workspace is complete: `cargo local` serves POST /loans, and
# scripts/test.sh passes. Needs Rust and Git. The parts of the new service are in scripts/new-service/.
set -euo pipefail

fail() { echo "error: $*" >&2; exit 1; }
has_value() { [ $# -gt 1 ] || fail "$1 needs a value"; }
usage() { sed -n '2,/^set/s/^# \{0,1\}//p' "$0"; }

target='' resource='' singular='' name=''
while [ $# -gt 0 ]; do
  case $1 in
    --help) usage; exit 0 ;;
    --resource) has_value "$@"; resource=$2; shift 2 ;;
    --singular) has_value "$@"; singular=$2; shift 2 ;;
    --name) has_value "$@"; name=$2; shift 2 ;;
    -*) fail "unknown option $1; see scripts/new-service.sh --help" ;;
    *) [ -z "$target" ] || fail "unexpected $1; give one folder"; target=$1; shift ;;
  esac
done
[ -n "$target" ] && [ -n "$resource" ] || { usage >&2; exit 1; }

root=$(cd "$(dirname "$0")/.." && pwd)
templates=$root/scripts/new-service
parent=$(dirname "$target")
[ -d "$parent" ] || fail "the folder $parent does not exist"
target=$(cd "$parent" && pwd)/$(basename "$target")
case $target/ in
  "$root"/target/*) ;;
  "$root"/*) fail "$target is inside this workspace; give a folder beside it, such as ../library" ;;
esac
[ ! -e "$target" ] || { [ -d "$target" ] && [ -z "$(ls -A "$target")" ]; } || fail "$target is not empty; give a new folder"

# The names. Each is words of lower-case letters and digits, joined by hyphens.
check_name() { # option, name
  [[ $2 =~ ^[a-z][a-z0-9]*(-[a-z][a-z0-9]*)*$ ]] && [ ${#2} -le 24 ] ||
    fail "$1 \"$2\" is not valid: use up to 24 lower-case letters and digits, in words joined by hyphens, such as gift-cards"
}
if [ -z "$name" ]; then
  name=$(basename "$target")
  [[ $name =~ ^[a-z][a-z0-9-]*$ ]] || fail "the folder's name \"$name\" cannot be the service's; give one with --name"
fi
check_name --name "$name"
check_name --resource "$resource"
if [ -z "$singular" ]; then
  case $resource in
    *ies) singular=${resource%ies}y ;;
    *sses | *xes | *ches | *shes) singular=${resource%es} ;;
    *ss | *us) ;;
    *s) singular=${resource%s} ;;
  esac
  [ -n "$singular" ] || fail "what is one of \"$resource\"? Give the singular with --singular"
fi
check_name --singular "$singular"
[ "$resource" != "$singular" ] || fail "the plural and the singular must differ: a type and its collection have these names"

# gift-cards as gift_cards, "gift cards", GiftCards, giftCards and "Gift cards".
snake() { tr - _ <<<"$1"; }
words() { tr - ' ' <<<"$1"; }
pascal() { awk -F- '{ for (i = 1; i <= NF; i++) printf "%s%s", toupper(substr($i, 1, 1)), substr($i, 2) }' <<<"$1"; }
camel() { pascal "$1" | awk '{ print tolower(substr($0, 1, 1)) substr($0, 2) }'; }
sentence() { words "$1" | awk '{ print toupper(substr($0, 1, 1)) substr($0, 2) }'; }

keywords=' abstract as async await become box break const continue crate do dyn else enum extern false final fn for gen if impl in let loop macro match mod move mut override priv pub ref return self static struct super trait true try type typeof union unsafe unsized use virtual where while yield '
for word in "$(snake "$resource")" "$(snake "$singular")"; do
  case $keywords in *" $word "*) fail "\"$word\" is a word of Rust; choose another resource, or another singular with --singular" ;; esac
done
for word in "$name" "$resource" "$singular"; do
  if grep -rqwE "$(snake "$word")|$(pascal "$word")" "$templates/crates" "$templates/functions"; then
    fail "the code of a new service uses the name \"$word\" already; choose another"
  fi
done
for wing in "$root"/crates/*; do
  [ "$name" != "$(basename "$wing")" ] || fail "\"$name\" is the name of another folder of crates; choose another with --name"
done
[ "$name" != "$resource" ] && [ "$name" != "$singular" ] || fail "the service and its resource must have different names; choose another with --name"
[ ! -e "$root/functions/health-get" ] || [ "$resource" != health ] || fail '"health" has a function already; choose another resource'

case $singular in [aeiou]*) article=an ;; *) article=a ;; esac
# The words of the resource that kit, laptop and manifest must not use, if they do not.
forbidden=
if ! grep -rqi "$(words "$singular")" "$root"/crates/{kit,laptop,manifest} && [[ $resource$singular != *-* ]]; then
  forbidden="\"$singular\", \"$resource\""
fi

# What this workspace's files say about the shop is left out. A new folder of crates has the name of the service.
marker='^ *(<!--|#|\/\/) shop:'
copied() {
  # Some versions of sed add the end of a line to a file without one.
  if [[ $1 = *.der ]]; then cat "$1"; return; fi
  LC_ALL=C sed -E -e "/$marker begin( -->)?\$/,/$marker end( -->)?\$/d" -e "s/crates\/shop/crates\/$name/g" -e "s/\`shop\`/\`$name\`/g" "$1"
}
# The templates are the code of a service `acme` with field notes. Two words, so that each spelling can be told apart.
renames=(
  -e "s/(^|[^a-z])a_field_note/\1${article}_field_note/g"
  -e "s/a field note/$article field note/g"
  -e "s/field-notes/$resource/g"
  -e "s/field_notes/$(snake "$resource")/g"
  -e "s/field notes/$(words "$resource")/g"
  -e "s/Field notes/$(sentence "$resource")/g"
  -e "s/FieldNotes/$(pascal "$resource")/g"
  -e "s/field_note/$(snake "$singular")/g"
  -e "s/field note/$(words "$singular")/g"
  -e "s/FieldNote/$(pascal "$singular")/g"
  -e "s/fieldNote/$(camel "$singular")/g"
  -e "s/acme/$name/g"
  -e "s/Acme/$(pascal "$name")/g"
  -e "s/\/\* words \*\//$forbidden/"
)
renamed() { LC_ALL=C sed -E "${renames[@]}"; }
write() { # source, path: writes standard input
  mkdir -p "$target/$(dirname "$2")"
  cat >"$target/$2"
  [ ! -x "$1" ] || chmod +x "$target/$2"
}

trap 'rm -rf "$target"; echo "error: $target could not be completed and was removed" >&2' EXIT
mkdir -p "$target"
left_out='^(\.ci/|bench/|CHANGELOG\.md|openapi\.json|crates/shop/|crates/proof/(capacity|checker|samples)/|crates/proof/reference/tests/(guide|new_service)\.rs'
left_out+='|docs/(guide\.md|performance|terminal\.svg)|docs/decisions/(0004|0010|0015)-'
left_out+='|scripts/(bench|charts|check-instructions|contract/client|impact/(edits|prove)|load-csv|new-service|prove-impact|replay-orders|sample-data|scale|simulate-cold-starts|soak|terminal-svg|valgrind)'
left_out+='|cdk/(bin|lib|test)/monthly-cost|docs/scale|scripts/python/(charts|test_bench|test_check_instructions|test_cold_starts|test_hot_keys|test_scale_document))'
cd "$root"
git ls-files --cached --others --exclude-standard | grep -vE "$left_out" | { grep -v '^functions/' || true; } | while read -r path; do
  [ ! -f "$path" ] || copied "$path" | write "$path" "$path"
done
git ls-files --cached --others --exclude-standard functions/health-get | while read -r path; do
  copied "$path" | write "$path" "$path"
done
cd "$templates"
find . -type f | while read -r path; do
  renamed <"$path" | write "$path" "$(renamed <<<"${path#./}")"
done

cd "$target"
for file in cdk/cdk.json cdk/package.json cdk/package-lock.json; do
  sed -e "s/\"project\": \"colonnade\"/\"project\": \"$name\"/" -e "s/\"name\": \"colonnade-cdk\"/\"name\": \"$name-cdk\"/" "$file" >"$file.new"
  mv "$file.new" "$file"
done
# Its first version. Also, Cargo tells packages in one target folder apart by name, version and path in the workspace.
sed 's/^version = ".*"$/version = "0.0.1"/' Cargo.toml >Cargo.toml.new
mv Cargo.toml.new Cargo.toml
# Without the network, if Cargo has downloaded the crates before.
cargo update --quiet --workspace --offline 2>/dev/null || cargo update --quiet --workspace
cargo fmt --all
# In the target folder of this workspace, where most of it is built already.
CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$root/target} cargo run --quiet --locked --package reference
git rev-parse --is-inside-work-tree >/dev/null 2>&1 || git init --quiet
trap - EXIT

cat <<END

$target is the workspace of $name, with $(words "$resource"): one $(words "$singular") has a name and a description.
  serve it        cd $target && cargo local
  test it         scripts/test.sh rust
  make it yours   crates/$name/domain/src/$(snake "$singular").rs, then what the compiler and the tests find
  add a route     scripts/new-route.sh PATCH '/$resource/{$(camel "$singular")Id}'
  keep it         git add --all && git commit
README.md says more.
END
