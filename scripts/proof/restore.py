"""Rehearses the restoration of a table, as docs/operations.md describes it, without point-in-time recovery."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

from standin import StandIn

sys.path.insert(0, str(Path(__file__).parent.parent))
from api import Api  # noqa: E402
from scenario import RESTORED_TABLE, create_restored, name_of_restored  # noqa: E402


def rehearse_restore(stand_in: StandIn, connect: Callable[[], Api], workspace: Path, source: str, deploy: Callable[[], None]) -> str:
    """Restores the table `source` beside itself, with other names in its items, and deploys. Returns the name of the new table."""
    path = create_restored(connect())
    target = f"{source}-restored"
    if restore_beside(stand_in, source, target) == 0:
        sys.exit(f"{source} is empty.")
    rename_items(stand_in, target)
    use_table(workspace, "proof", RESTORED_TABLE, target)
    deploy()
    # Another connection: the first one was idle during the deployment.
    name = name_of_restored(connect(), path)
    if name != "Restored":
        sys.exit(f"The functions do not use {target}: the item's name is {name}.")
    return target


def restore_beside(stand_in: StandIn, source: str, target: str) -> int:
    """Creates a table with the keys, indexes and items of another. Returns the number of items."""
    client = stand_in.client("dynamodb")
    described = client.describe_table(TableName=source)["Table"]
    indexes = [{key: index[key] for key in ("IndexName", "KeySchema", "Projection")} for index in described.get("GlobalSecondaryIndexes", [])]
    client.create_table(
        TableName=target,
        KeySchema=described["KeySchema"],
        AttributeDefinitions=described["AttributeDefinitions"],
        BillingMode="PAY_PER_REQUEST",
        **({"GlobalSecondaryIndexes": indexes} if indexes else {}),
    )
    client.get_waiter("table_exists").wait(TableName=target)
    items = client.get_paginator("scan").paginate(TableName=source).build_full_result()["Items"]
    for item in items:
        client.put_item(TableName=target, Item=item)
    return len(items)


def rename_items(stand_in: StandIn, table: str) -> None:
    """Changes the names in a table, so that reads show which table they come from."""
    client = stand_in.client("dynamodb")
    for item in client.get_paginator("scan").paginate(TableName=table).build_full_result()["Items"]:
        client.put_item(TableName=table, Item={**item, "name": {"S": "Restored"}})


def use_table(workspace: Path, environment: str, table: str, name: str) -> None:
    """Sets the name of an existing table for an environment."""
    file = workspace / "cdk/cdk.json"
    settings = json.loads(file.read_text())
    settings["context"]["environments"][environment].setdefault("tables", {})[table] = {"name": name}
    file.write_text(json.dumps(settings, indent=2))
