import { createHash } from "node:crypto";
import { ArnFormat, RemovalPolicy, Validations, type Stack } from "aws-cdk-lib";
import { Effect, PolicyDocument, PolicyStatement, Role, ServicePrincipal, type IRole } from "aws-cdk-lib/aws-iam";
import type { ILogGroup } from "aws-cdk-lib/aws-logs";
import type { Environment } from "./environment";
import type { Names } from "./names";
import { secretsOf, variablesOf } from "./variables";
import type { LambdaFunction } from "./workspace";

export interface FunctionRoleProps {
  environment: Environment;
  names: Names;
  declared: LambdaFunction;
  logGroup: ILogGroup;
}

/**
 * Returns the role of a function, which allows its declared actions on its tables.
 *
 * A role is never changed: its logical id contains a hash of its policy, so other permissions give another role. A
 * published version keeps the role that it was published with. During a canary and after a rollback, the version
 * before therefore has the permissions of its own declaration. See docs/decisions/0014-roles-and-tables-of-versions.md.
 */
export function functionRole(stack: Stack, { environment, names, declared, logGroup }: FunctionRoleProps): IRole {
  const policy = new PolicyDocument({
    statements: [
      new PolicyStatement({ actions: ["logs:CreateLogStream", "logs:PutLogEvents"], resources: [logGroup.logGroupArn] }),
      ...Object.entries(declared.permissions).map(([key, actions]) => databaseStatement(stack, names, key, actions)),
      ...secretsOf(variablesOf(declared, environment)).map((secret) => secretStatement(stack, secret)),
      ...(environment.tracing ? [tracing()] : []),
    ],
  });
  const hash = createHash("sha256").update(JSON.stringify(stack.resolve(policy))).digest("hex").slice(0, 8);
  const role = new Role(stack, `Role${hash}`, {
    // Names the role's owner for scripts/, which delete the roles of deleted versions.
    path: names.rolePath(declared.name),
    description: `The role of ${declared.name}.`,
    assumedBy: new ServicePrincipal("lambda.amazonaws.com"),
    inlinePolicies: { Declared: policy },
  });
  role.applyRemovalPolicy(environment.disposable ? RemovalPolicy.DESTROY : RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE);
  if (environment.tracing) {
    Validations.of(role).acknowledge({
      id: "AwsSolutions-IAM5[Resource::*]",
      reason: "X-Ray's actions do not support resources.",
    });
  }
  // Constructs such as the function would add statements to the policy.
  return role.withoutPolicyUpdates();
}

/** Returns the statement for a table, `notes`, or an index, `notes/by-author`. */
function databaseStatement(stack: Stack, names: Names, key: string, actions: string[]): PolicyStatement {
  const [table, index] = key.split("/");
  const resourceName = index ? `${names.table(table)}/index/${index}` : names.table(table);
  return new PolicyStatement({
    actions: actions.map((action) => `dynamodb:${action}`),
    resources: [stack.formatArn({ service: "dynamodb", resource: "table", resourceName })],
  });
}

/** Returns the statement for a secret. Secrets Manager adds a hyphen and six random characters to its name. */
function secretStatement(stack: Stack, name: string): PolicyStatement {
  const secret = stack.formatArn({ service: "secretsmanager", resource: "secret", resourceName: `${name}-??????`, arnFormat: ArnFormat.COLON_RESOURCE_NAME });
  return new PolicyStatement({ actions: ["secretsmanager:GetSecretValue"], resources: [secret] });
}

function tracing(): PolicyStatement {
  return new PolicyStatement({ effect: Effect.ALLOW, actions: ["xray:PutTraceSegments", "xray:PutTelemetryRecords"], resources: ["*"] });
}
