"""Which declarations differ, and which stacks a change touches. Reads declarations as `manifest -- describe` prints them."""

import posixpath
import re

from revision import Revision

# Tests and the cost table are not part of the app.
NOT_DEPLOYED = ("cdk/test/", "cdk/.gitignore", "cdk/tsconfig.json")
STACK_FILE = re.compile(r"cdk/lib/(.+)-stack\.ts")
IMPORT = re.compile(r'^\s*(?:import(?!\s+type)|export)\b[^;]*?from\s+"(\.[^"]+)"', re.MULTILINE)
# In the order of deployment, by the kind of the API: the stacks before those of functions, and after them.
ENDS = {"http": (("data", "api"), ("stage", "operations")), "rest": (("data",), ("api", "operations"))}
# The stacks of each class of the app. A class without an entry is the stack with its name.
STACKS_OF_CLASS = {
    "http": {"route": "functions", "authorizer": "functions", "function": "functions", "rest-api": None},
    "rest": {"function": "functions", "rest-api": "api", "api": None, "stage": None, "route": None, "authorizer": None},
}


def changed_fields(old: object, new: object, path: str = "") -> list[str]:
    """Returns the fields that differ, as `trigger.throttle.rate: 1000 → 50`."""
    if old == new:
        return []
    if isinstance(old, dict) and isinstance(new, dict):
        fields = sorted(old.keys() | new.keys())
        return [line for field in fields for line in changed_fields(old.get(field), new.get(field), f"{path}.{field}" if path else field)]
    return [f"{path}: {shown(old)} → {shown(new)}"]


def shown(value: object) -> str:
    if value is None:
        return "none"
    return ", ".join(map(shown, value)) or "none" if isinstance(value, list) else str(value)


class Declarations:
    """The differences between two descriptions of the workspace."""

    def __init__(self, old: dict, new: dict):
        before, after = ({f["name"]: {k: v for k, v in f.items() if k != "manifest"} for f in d["functions"]} for d in (old, new))
        self.added = sorted(after.keys() - before.keys())
        self.removed = sorted(before.keys() - after.keys())
        both = sorted(before.keys() & after.keys())
        self.changed = {name: fields for name in both if (fields := changed_fields(before[name], after[name]))}
        self.tables = changed_fields(old["tables"], new["tables"])
        self.table_names = old["tables"].keys() != new["tables"].keys()
        self.scopes = changed_fields(scopes(old), scopes(new), "scopes")
        # What applies to the whole API has no field of a function: CORS, for example.
        whole = [{k: v for k, v in d.items() if k not in ("version", "root", "functions", "tables")} for d in (old, new)]
        self.whole_api = changed_fields(*whole)
        # The stack that names the routes: in a REST API it has them.
        self.of_routes = "api" if kind_of_api(new) == "rest" else "stage"

    def stacks(self) -> dict[str, set[str]]:
        """Returns the touched stacks, each with the reasons."""
        touched: dict[str, set[str]] = {}

        def touch(stack: str, reason: str) -> None:
            touched.setdefault(stack, set()).add(reason)

        for name in self.added:
            touch(name, "new function")
        for name, fields in self.changed.items():
            of_route = [field for field in fields if field.startswith("trigger.")]
            # The stack of a function behind a REST API does not have its route.
            if self.of_routes == "stage" or len(of_route) < len(fields):
                touch(name, "declaration")
            if of_route:
                touch(self.of_routes, "routes")
        if self.added or self.removed:
            touch(self.of_routes, "routes")
            touch("operations", "functions")
        if self.tables:
            touch("data", "tables")
        if self.table_names:
            touch("operations", "tables")
        if self.scopes:
            touch("api", "scopes")
        if self.whole_api:
            touch("api", ", ".join(field.split(":")[0] for field in self.whole_api))
        return touched


def kind_of_api(description: dict) -> str:
    """Returns the declared kind. An environment may have another one."""
    return description.get("api", {}).get("kind", "http")


def scopes(description: dict) -> list[str]:
    accesses = (function["trigger"].get("access", {}) for function in description["functions"])
    return sorted({scope for access in accesses for scope in access.get("scopes", [])})


def of_cdk_files(changed: list[str], before: Revision, after: Revision, functions: list[str], kind_of_api: str = "http") -> dict[str, set[str]]:
    """Returns the stacks that a change of the CDK app touches: those whose file imports a changed file. What the app
    itself imports, and what is no source file, touches every stack."""
    every = every_stack(functions, kind_of_api)
    classes = STACKS_OF_CLASS[kind_of_api]
    touched: dict[str, set[str]] = {}
    for path in changed:
        if not path.startswith("cdk/") or path.startswith(NOT_DEPLOYED):
            continue
        for kind in kinds_of(path, before) | kinds_of(path, after):
            name = classes.get(kind, kind)
            for stack in {"": every, "functions": functions, None: []}.get(name, [name]):
                touched.setdefault(stack, set()).add(path)
    return touched


def kinds_of(path: str, revision: Revision) -> set[str]:
    """Returns the kinds of stacks that a file of the app touches: `api` for api-stack.ts, "" for every stack."""
    importers: dict[str, set[str]] = {}
    for source in (p for p in revision.files if re.match(r"cdk/(bin|lib)/", p)):
        for name in IMPORT.findall(revision.text(source)):
            importers.setdefault(posixpath.normpath(posixpath.join(posixpath.dirname(source), name)) + ".ts", set()).add(source)
    # The cost table is printed, not deployed.
    if path in ("cdk/bin/cost.ts", "cdk/prices.json") or not re.match(r"cdk/(bin|lib)/", path):
        return set() if path.endswith(("cost.ts", "prices.json")) else {""}
    kinds, seen, left = set(), set(), [path]
    while left:
        source = left.pop()
        if source in seen or source == "cdk/bin/cost.ts":
            continue
        seen.add(source)
        if stack := STACK_FILE.fullmatch(source):
            kinds.add(stack[1])
        elif source == "cdk/bin/app.ts":
            kinds.add("")
        else:
            left += importers.get(source, ())
    return kinds


def every_stack(functions: list[str], kind_of_api: str = "http") -> list[str]:
    first, last = ENDS[kind_of_api]
    return [*first, *functions, *last]


def in_order(stacks: set[str], kind_of_api: str = "http") -> list[str]:
    """Returns stacks in the order of deployment."""
    between = stacks - set(every_stack([], kind_of_api))
    return [stack for stack in every_stack(sorted(between), kind_of_api) if stack in stacks]
