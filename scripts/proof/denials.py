"""Calls every DynamoDB action on every table with each function's role, and checks that only declared actions work."""

import json
from collections.abc import Callable

from botocore.exceptions import ClientError
from standin import ACCOUNT, StandIn


def check_denials(stand_in: StandIn, functions: dict[str, dict], tables: dict[str, dict], physical: dict[str, str]) -> tuple[int, int]:
    """`functions` has the declarations by physical name, and `physical` the tables' names by logical name. Returns the
    numbers of permitted and of denied calls."""
    permitted = denied = 0
    for function, declared in functions.items():
        client = stand_in.client("dynamodb", credentials_of(stand_in, function))
        permissions = declared["permissions"]
        for place, action, call in attempts(client, tables, physical):
            expected = action in permissions.get(place, [])
            if works(call) != expected:
                raise SystemExit(f"{function} {'cannot' if expected else 'can'} call {action} on {place}, which is {'' if expected else 'not '}declared.")
            permitted += expected
            denied += not expected
    return permitted, denied


def credentials_of(stand_in: StandIn, function: str) -> dict[str, str]:
    """Returns temporary credentials of a function's role, after changing its trust policy: only Lambda may assume it."""
    role = stand_in.client("lambda").get_function_configuration(FunctionName=function)["Role"]
    trust = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root", "Service": "lambda.amazonaws.com"}}]}
    stand_in.client("iam").update_assume_role_policy(RoleName=role.rsplit("/", 1)[1], PolicyDocument=json.dumps(trust))
    session = stand_in.client("sts").assume_role(RoleArn=role, RoleSessionName="proof")["Credentials"]
    return {
        "aws_access_key_id": session["AccessKeyId"],
        "aws_secret_access_key": session["SecretAccessKey"],
        "aws_session_token": session["SessionToken"],
    }


def works(call: Callable[[], object]) -> bool:
    try:
        call()
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if code in ("AccessDeniedException", "AccessDenied"):
            return False
        # The conditions of the attempts are false, so these errors show that the call was permitted.
        if code not in ("ConditionalCheckFailedException", "TransactionCanceledException"):
            raise
    return True


def attempts(client, tables: dict[str, dict], physical: dict[str, str]):
    """Yields every table or index, with every action and a call that changes nothing."""
    for logical, shape in tables.items():
        name = physical[logical]
        keys = [key["name"] for key in (shape["partitionKey"], shape["sortKey"]) if key]
        item = {key: {"S": "nobody"} for key in keys}
        never = {"ConditionExpression": "attribute_exists(#k)", "ExpressionAttributeNames": {"#k": keys[0]}}
        by_key = lambda key: {"KeyConditionExpression": "#k = :v", "ExpressionAttributeNames": {"#k": key}, "ExpressionAttributeValues": {":v": {"S": "nobody"}}}

        yield logical, "GetItem", lambda: client.get_item(TableName=name, Key=item)
        yield logical, "PutItem", lambda: client.put_item(TableName=name, Item=item, **never)
        yield logical, "UpdateItem", lambda: client.update_item(TableName=name, Key=item, **never)
        yield logical, "DeleteItem", lambda: client.delete_item(TableName=name, Key=item, **never)
        yield logical, "ConditionCheckItem", lambda: client.transact_write_items(TransactItems=[{"ConditionCheck": {"TableName": name, "Key": item, **never}}])
        yield logical, "BatchGetItem", lambda: client.batch_get_item(RequestItems={name: {"Keys": [item]}})
        yield logical, "BatchWriteItem", lambda: client.batch_write_item(RequestItems={name: [{"DeleteRequest": {"Key": item}}]})
        yield logical, "Query", lambda: client.query(TableName=name, **by_key(keys[0]))
        yield logical, "Scan", lambda: client.scan(TableName=name)
        for index, index_shape in shape["indexes"].items():
            yield f"{logical}/{index}", "Query", lambda: client.query(TableName=name, IndexName=index, **by_key(index_shape["partitionKey"]["name"]))
            yield f"{logical}/{index}", "Scan", lambda: client.scan(TableName=name, IndexName=index)
