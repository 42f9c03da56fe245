"""The edits that scripts/prove-impact.sh makes, one at a time.

Those that Cargo rebuilds most functions for come last and together, because undoing one means the same work again.
"""

from dataclasses import dataclass


@dataclass
class Edit:
    """Replaces `old` by `new` in a file (or appends `new`), then runs a command that updates what follows from it."""

    name: str
    file: str = ""
    new: str = ""
    old: str = ""
    then: str = ""


# Writes the members' entries of Cargo.lock again, as `cargo build` does without --locked.
LOCK = "cargo update --quiet --workspace"

EDITS = [
    Edit("one function's answer", "functions/health-get/src/main.rs", 'status: "fine"', old='status: "ok"'),
    Edit("one function's tests", "functions/users-get/src/tests.rs", "\n// One more line.\n"),
    Edit("the store's tests", "crates/shop/store/tests/capacity.rs", "\n// One more line.\n"),
    Edit("the README", "README.md", "\nOne more line.\n"),
    Edit("a dependency's version, of the laptop alone", then="cargo update --quiet --package indicatif --precise 0.18.0"),
    Edit("a dependency of one function", "functions/health-get/Cargo.toml", "[dependencies]\nfastrand.workspace = true\n", old="[dependencies]\n", then=LOCK),
    Edit("a dependency of one function's tests", "functions/users-get/Cargo.toml", "[dev-dependencies]\nproptest.workspace = true\n", old="[dev-dependencies]\n", then=LOCK),
    Edit("another profile", "Cargo.toml", "codegen-units = 8", old="codegen-units = 16"),
    Edit("an index of a table", "crates/shop/store/Cargo.toml", '[package.metadata.tables.users]\nindexes.by-name = { partition-key = "name" }\n', old="[package.metadata.tables.users]\n"),
    Edit("a permission of one function", "functions/users-get/Cargo.toml", 'tables = { users = ["GetItem", "Query"] }', old='tables = { users = ["GetItem"] }'),
    Edit("a memory size for all functions", "Cargo.toml", "memory = 512", old="memory = 256"),
    Edit("a stack of the CDK app", "cdk/lib/stage-stack.ts", "\n// One more line.\n"),
    Edit("a script", "scripts/soak.sh", "\n# One more line.\n"),
    Edit("the local server", "crates/laptop/local/src/lib.rs", "\n// One more line.\n"),
    Edit("a message of a domain type", "crates/shop/domain/src/order.rs", "is not from 1 to 1000", old="is not between 1 and 1000"),
    Edit("a query of the store", "crates/shop/store/src/orders.rs", '.set("updatedAt", &now)\n            .add("stock", units)\n            .if_between("stock", 1,', old='.set("updatedAt", &now)\n            .add("stock", units)\n            .if_between("stock", 0,'),
    Edit("a status in kit/function", "crates/kit/function/src/reply.rs", "status: 202,", old="status: 201,"),
    Edit("a comment in kit/dynamodb", "crates/kit/dynamodb/src/retry.rs", "//! One more line.\n//! Trying again", old="//! Trying again"),
    Edit("the README of kit/function", "crates/kit/function/README.md", "\nOne more line.\n"),
    Edit("a dependency's version, of the domain", then="cargo update --quiet --package email_address --precise 0.2.9"),
    Edit("a feature of the domain's dependency", "Cargo.toml", 'email_address = { version = "0.2", default-features = false, features = ["serde_support"] }', old='email_address = { version = "0.2", default-features = false }', then=LOCK),
    Edit("the profile's settings for one dependency", "Cargo.toml", "\n[profile.proof.package.email_address]\nopt-level = 1\n"),
    Edit("a lint", "Cargo.toml", 'unreachable_pub = "warn"\nunused_lifetimes = "warn"', old='unreachable_pub = "warn"'),
    Edit("the version of all packages", "Cargo.toml", 'version = "0.2.0"\nedition', old='version = "0.1.0"\nedition', then=LOCK),
]
