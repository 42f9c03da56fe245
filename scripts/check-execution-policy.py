#!/usr/bin/env python3
"""Checks that the policy for CloudFormation allows the actions that the resource types of templates need.

    scripts/check-execution-policy.py deployment-role.template.json data.template.json users-get.template.json

The first template has the policy. The resource schemas of AWS list the actions; cfn-lint contains the schemas. Prints
each action that is missing. scripts/lint-templates.sh calls this.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from fnmatch import fnmatchcase
from pathlib import Path

# Actions of features that no template uses, by type of resource or for all types.
UNUSED = {
    "*": ["kms:*", "kinesis:*", "ec2:*", "elasticfilesystem:*", "s3files:*", "firehose:*", "cloudfront:*", "iam:CreateServiceLinkedRole"],
    # The policy of a private API.
    "AWS::ApiGateway::RestApi": ["apigateway:UpdateRestApiPolicy"],
    "AWS::ApiGatewayV2::Api": ["s3:getObject"],
    "AWS::ApiGatewayV2::Authorizer": ["iam:PassRole"],
    "AWS::ApiGatewayV2::Integration": ["iam:PassRole"],
    # IAM has no such actions. Tags are set by POST and removed by DELETE.
    "AWS::ApiGatewayV2::Stage": ["apigateway:TagResource", "apigateway:UntagResource"],
    "AWS::CodeDeploy::DeploymentGroup": ["codedeploy:RegisterOnPremisesInstance"],
    "AWS::Cognito::UserPool": ["iam:PassRole"],
    "AWS::Cognito::UserPoolClient": ["iam:*"],
    # The import of a table, replicas and streams. Without them, CloudFormation neither reads nor writes items.
    "AWS::DynamoDB::Table": [
        *["dynamodb:*Item", "dynamodb:Query", "dynamodb:Scan", "dynamodb:*TableReplica", "dynamodb:*Import*", "dynamodb:*KinesisStreamingDestination"],
        *["dynamodb:PutResourcePolicy", "dynamodb:DeleteResourcePolicy", "logs:*", "s3:*"],
    ],
    "AWS::IAM::Policy": ["iam:*GroupPolicy", "iam:*UserPolicy"],
    "AWS::IAM::Role": ["iam:*PermissionsBoundary"],
    "AWS::Lambda::Function": ["lambda:AssociateRuntimeAlias", "lambda:PassCapacityProvider", "s3:GetObjectVersion"],
    "AWS::Logs::LogGroup": ["logs:AssociateKmsKey", "logs:DisassociateKmsKey", "s3:REST.PUT.OBJECT"],
}


def main() -> None:
    if len(sys.argv) < 3 or "--help" in sys.argv:
        sys.exit(__doc__)
    policy, *templates = [json.loads(Path(name).read_text()) for name in sys.argv[1:]]
    types = {resource["Type"] for template in templates for resource in template["Resources"].values()}
    patterns = allowed_patterns(policy)
    problems = [f"{kind} needs {action}" for kind, actions in sorted(needed(types).items()) for action in missing(kind, actions, patterns)]
    if problems:
        sys.exit("\n".join(problems) + "\nAdd the actions to cdk/lib/execution-policy.ts, or to UNUSED in scripts/check-execution-policy.py.")
    print(f"The policy for CloudFormation allows what {len(types)} resource types need.")


def allowed_patterns(template: dict) -> list[str]:
    """Returns the actions that the managed policies of a template allow, in lower case."""
    policies = [resource["Properties"]["PolicyDocument"] for resource in template["Resources"].values() if resource["Type"] == "AWS::IAM::ManagedPolicy"]
    return [action.lower() for policy in policies for statement in policy["Statement"] for action in in_list(statement["Action"])]


def in_list(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def needed(types: set[str]) -> dict[str, set[str]]:
    """Returns the actions that creating, reading, changing and deleting a resource needs, by its type."""
    import cfnlint

    actions: dict[str, set[str]] = {}
    for file in (Path(cfnlint.__file__).parent / "data/schemas/resources").glob("*.json"):
        schema = json.loads(file.read_text())
        if schema.get("typeName") in types:
            handlers = [handler for name, handler in schema.get("handlers", {}).items() if name != "list"]
            actions.setdefault(schema["typeName"], set()).update(action for handler in handlers for action in handler["permissions"])
    return actions


def missing(kind: str, actions: Iterable[str], patterns: list[str]) -> list[str]:
    """Returns the actions that no pattern allows. IAM ignores the case of actions."""
    unused = [*UNUSED["*"], *UNUSED.get(kind, [])]
    covered = lambda action: any(fnmatchcase(action.lower(), pattern.lower()) for pattern in [*patterns, *unused])
    return sorted(action for action in actions if not covered(action))


if __name__ == "__main__":
    main()
