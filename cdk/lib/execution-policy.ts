import { ArnFormat, type Stack } from "aws-cdk-lib";
import { PolicyStatement } from "aws-cdk-lib/aws-iam";

/**
 * Returns what CloudFormation may do when it deploys the stacks of a project: change the project's resources, and
 * neither read its data nor call its functions. `scripts/check-execution-policy.py` compares this with what the
 * resource types of the templates need.
 */
export function executionStatements(stack: Stack, project: string, qualifier: string): PolicyStatement[] {
  const arn = (service: string, resource: string, resourceName: string, arnFormat = ArnFormat.SLASH_RESOURCE_NAME) =>
    stack.formatArn({ service, resource, resourceName, arnFormat, region: service === "iam" ? "" : undefined });
  const named = (service: string, resource: string) => arn(service, resource, `${project}-*`, ArnFormat.COLON_RESOURCE_NAME);
  const allow = (service: string, actions: string[], ...resources: string[]) =>
    new PolicyStatement({ actions: actions.map((action) => `${service}:${action}`), resources });
  // CodeDeploy's roles, and below the path of the project those of the functions.
  const roles = [arn("iam", "role", `${project}-*`), arn("iam", "role", `${project}/*`)];
  const passRole = allow("iam", ["PassRole"], ...roles);
  passRole.addCondition("StringEquals", { "iam:PassedToService": ["lambda.amazonaws.com", "codedeploy.amazonaws.com"] });
  const attach = allow("iam", ["AttachRolePolicy", "DetachRolePolicy"], ...roles);
  attach.addCondition("ArnEquals", {
    "iam:PolicyARN": stack.formatArn({ service: "iam", region: "", account: "aws", resource: "policy", resourceName: "service-role/AWSCodeDeployRoleForLambdaLimited" }),
  });

  return [
    allow("ssm", ["GetParameter", "GetParameters"], arn("ssm", "parameter", `cdk-bootstrap/${qualifier}/version`)),
    allow("ssm", ["GetParameters", "PutParameter", "DeleteParameter", "AddTagsToResource", "RemoveTagsFromResource", "ListTagsForResource"], arn("ssm", "parameter", `${project}/*`)),
    allow("s3", ["GetObject"], `arn:${stack.partition}:s3:::cdk-${qualifier}-assets-${stack.account}-${stack.region}/*`),
    allow(
      "dynamodb",
      [
        ...["CreateTable", "UpdateTable", "DeleteTable", "DescribeTable", "TagResource", "UntagResource", "ListTagsOfResource", "GetResourcePolicy"],
        ...["UpdateTimeToLive", "DescribeTimeToLive", "UpdateContinuousBackups", "DescribeContinuousBackups"],
        ...["DescribeContributorInsights", "UpdateContributorInsights", "DescribeKinesisStreamingDestination"],
      ],
      arn("dynamodb", "table", `${project}-*`),
    ),
    allow("lambda", ["Create*", "Update*", "Delete*", "Get*", "List*", "Put*", "AddPermission", "RemovePermission", "PublishVersion", "TagResource", "UntagResource"], named("lambda", "function")),
    allow(
      "iam",
      [
        ...["CreateRole", "DeleteRole", "GetRole", "UpdateRole", "UpdateRoleDescription", "UpdateAssumeRolePolicy", "TagRole", "UntagRole"],
        ...["GetRolePolicy", "PutRolePolicy", "DeleteRolePolicy", "ListRolePolicies", "ListAttachedRolePolicies"],
      ],
      ...roles,
    ),
    attach,
    passRole,
    allow(
      "apigateway",
      ["GET", "POST", "PUT", "PATCH", "DELETE"],
      // An API of either kind, an API key and a usage plan have no name in their ARN.
      ...["apis*", "restapis*", "apikeys*", "usageplans*", "domainnames*", "tags/*"].map((path) => `arn:${stack.partition}:apigateway:${stack.region}::/${path}`),
    ),
    // For a domain name of the API.
    allow("route53", ["GetHostedZone", "GetChange", "ChangeResourceRecordSets", "ListResourceRecordSets"], `arn:${stack.partition}:route53:::hostedzone/*`, `arn:${stack.partition}:route53:::change/*`),
    // A new user pool has no name in its ARN.
    allow("cognito-idp", ["CreateUserPool", "DescribeUserPoolDomain"], "*"),
    allow(
      "cognito-idp",
      [
        ...["UpdateUserPool", "DeleteUserPool", "DescribeUserPool", "AddCustomAttributes", "GetUserPoolMfaConfig", "SetUserPoolMfaConfig"],
        ...["TagResource", "UntagResource", "ListTagsForResource", "CreateUserPoolDomain", "UpdateUserPoolDomain", "DeleteUserPoolDomain"],
        ...["CreateUserPoolClient", "UpdateUserPoolClient", "DeleteUserPoolClient", "DescribeUserPoolClient", "ListUserPoolClientSecrets"],
        ...["CreateResourceServer", "UpdateResourceServer", "DeleteResourceServer", "DescribeResourceServer"],
        ...["CreateGroup", "UpdateGroup", "DeleteGroup", "GetGroup"],
      ],
      arn("cognito-idp", "userpool", "*"),
    ),
    allow("codedeploy", ["Create*", "Update*", "Delete*", "Get*", "List*", "StopDeployment", "RegisterApplicationRevision", "TagResource", "UntagResource"], named("codedeploy", "application"), named("codedeploy", "deploymentgroup")),
    allow("codedeploy", ["GetDeploymentConfig"], arn("codedeploy", "deploymentconfig", "*", ArnFormat.COLON_RESOURCE_NAME)),
    allow("cloudwatch", ["PutMetricAlarm", "PutCompositeAlarm", "DeleteAlarms", "DescribeAlarms", "TagResource", "UntagResource", "ListTagsForResource"], named("cloudwatch", "alarm")),
    allow("cloudwatch", ["PutDashboard", "GetDashboard", "DeleteDashboards", "TagResource", "UntagResource", "ListTagsForResource"], `arn:${stack.partition}:cloudwatch::${stack.account}:dashboard/${project}-*`),
    allow("logs", ["Create*", "Put*", "Delete*", "List*", "GetDataProtectionPolicy", "TagResource", "UntagResource"], named("logs", "log-group"), arn("logs", "log-group", `*/${project}-*`, ArnFormat.COLON_RESOURCE_NAME)),
    // For the access log and the saved queries. These actions have no resource.
    allow("logs", ["Describe*", "CreateLogDelivery", "GetLogDelivery", "UpdateLogDelivery", "DeleteLogDelivery", "ListLogDeliveries", "PutResourcePolicy", "DeleteResourcePolicy", "PutQueryDefinition", "DeleteQueryDefinition"], "*"),
  ];
}
