import { Duration, RemovalPolicy, Stack, Validations, type StackProps } from "aws-cdk-lib";
import {
  HttpApi,
  HttpAuthorizer,
  HttpMethod,
  HttpNoneAuthorizer,
  HttpRoute,
  HttpRouteKey,
  PayloadFormatVersion,
  type IHttpRouteAuthorizer,
} from "aws-cdk-lib/aws-apigatewayv2";
import { HttpIamAuthorizer } from "aws-cdk-lib/aws-apigatewayv2-authorizers";
import { HttpLambdaIntegration } from "aws-cdk-lib/aws-apigatewayv2-integrations";
import { Alarm, ComparisonOperator, Stats, TreatMissingData, type IAlarmAction } from "aws-cdk-lib/aws-cloudwatch";
import { LambdaDeploymentConfig, LambdaDeploymentGroup, type ILambdaDeploymentConfig } from "aws-cdk-lib/aws-codedeploy";
import { ManagedPolicy, PolicyStatement, Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { Alias, Architecture, Function as LambdaFunction, LoggingFormat, Runtime, Tracing, type Code } from "aws-cdk-lib/aws-lambda";
import { LogGroup } from "aws-cdk-lib/aws-logs";
import type { Construct } from "constructs";
import { alarmActions } from "./alarms";
import type { Environment, Rollout } from "./environment";
import { metric } from "./metrics";
import type { Names } from "./names";
import type { Route } from "./workspace";

export interface RouteStackProps extends StackProps {
  environment: Environment;
  names: Names;
  route: Route;
  code: Code;
}

/**
 * One route: its function and role, the live version, the route in the API, and the alarms that roll a bad version
 * back.
 */
export class RouteStack extends Stack {
  constructor(scope: Construct, id: string, props: RouteStackProps) {
    super(scope, id, props);
    const { environment, names, route } = props;
    // CDK writes a DependsOn for each GetAtt, though the GetAtt implies it.
    this.templateOptions.metadata = { "cfn-lint": { config: { ignore_checks: ["W3005"] } } };

    const lambda = this.lambda(props);
    // The previous version is kept for rollbacks.
    const live = new Alias(this, "Live", { aliasName: "live", version: lambda.currentVersion });
    this.route(route, environment, names, live);
    const alarms = this.alarms(route, lambda, live, alarmActions(this, environment));
    if (environment.rollout !== "all-at-once") this.rollOut(live, environment.rollout, alarms);
  }

  private lambda({ environment, names, route, code }: RouteStackProps): LambdaFunction {
    const logGroup = new LogGroup(this, "Logs", {
      logGroupName: names.logGroup(route.name),
      retention: environment.logRetentionDays,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const role = new Role(this, "Role", {
      description: `The role of ${route.name}.`,
      assumedBy: new ServicePrincipal("lambda.amazonaws.com"),
    });
    role.addToPolicy(new PolicyStatement({ actions: ["logs:CreateLogStream", "logs:PutLogEvents"], resources: [logGroup.logGroupArn] }));
    const tables = Object.fromEntries(Object.values(route.tables).map((table) => [table, names.lookUp(this, `table/${table}`)]));
    for (const [key, actions] of Object.entries(route.permissions)) {
      const [table, index] = key.split("/");
      const resourceName = index ? `${tables[table]}/index/${index}` : tables[table];
      role.addToPolicy(
        new PolicyStatement({
          actions: actions.map((action) => `dynamodb:${action}`),
          resources: [this.formatArn({ service: "dynamodb", resource: "table", resourceName })],
        }),
      );
    }
    const { scopePrefix } = environment.identity;
    const lambda = new LambdaFunction(this, "Function", {
      functionName: names.of(route.name),
      description: route.description,
      runtime: Runtime.PROVIDED_AL2023,
      architecture: environment.architecture === "arm64" ? Architecture.ARM_64 : Architecture.X86_64,
      handler: "bootstrap",
      code,
      role,
      memorySize: route.memory,
      timeout: Duration.seconds(route.timeout),
      reservedConcurrentExecutions: route.reservedConcurrency ?? undefined,
      tracing: environment.tracing ? Tracing.ACTIVE : Tracing.DISABLED,
      loggingFormat: LoggingFormat.JSON,
      logGroup,
      environment: {
        ...Object.fromEntries(Object.entries(route.tables).map(([variable, table]) => [variable, tables[table]])),
        ...(scopePrefix && { SCOPE_PREFIX: scopePrefix }),
      },
      currentVersionOptions: { removalPolicy: RemovalPolicy.RETAIN },
    });
    if (environment.tracing) {
      Validations.of(role.node.findChild("DefaultPolicy")).acknowledge({
        id: "AwsSolutions-IAM5[Resource::*]",
        reason: "X-Ray's actions do not support resources.",
      });
    }
    return lambda;
  }

  private route(route: Route, environment: Environment, names: Names, live: Alias): void {
    const { method, path, access, payloadFormat } = route.trigger;
    const api = HttpApi.fromHttpApiAttributes(this, "Api", { httpApiId: names.lookUp(this, "api/id") });
    const httpRoute = new HttpRoute(this, "Route", {
      httpApi: api,
      routeKey: path ? HttpRouteKey.with(path, method as HttpMethod) : HttpRouteKey.DEFAULT,
      integration: new HttpLambdaIntegration("Integration", live, {
        payloadFormatVersion: payloadFormat === "1.0" ? PayloadFormatVersion.VERSION_1_0 : PayloadFormatVersion.VERSION_2_0,
      }),
      authorizer: this.authorizer(route, names),
      authorizationScopes: access.kind === "token" && access.scopes.length ? access.scopes.map((scope) => environment.identity.scopePrefix + scope) : undefined,
    });
    if (access.kind === "public") {
      Validations.of(httpRoute).acknowledge({
        id: "AwsSolutions-APIG4",
        reason: `functions/${route.name}/Cargo.toml declares this route public.`,
      });
    }
  }

  private authorizer(route: Route, names: Names): IHttpRouteAuthorizer {
    const { kind } = route.trigger.access;
    if (kind === "public") return new HttpNoneAuthorizer();
    if (kind === "iam") return new HttpIamAuthorizer();
    return HttpAuthorizer.fromHttpAuthorizerAttributes(this, "Tokens", {
      authorizerId: names.lookUp(this, "api/authorizer"),
      authorizerType: "JWT",
    });
  }

  /** The alarms that show a bad version. */
  private alarms(route: Route, lambda: LambdaFunction, live: Alias, actions: IAlarmAction[]): Alarm[] {
    const minute = Duration.minutes(1);
    const alarms = [
      new Alarm(this, "Failures", {
        alarmDescription: `${route.name}: the function crashed or timed out three times within a minute.`,
        metric: live.metricErrors({ period: minute, statistic: Stats.SUM }),
        threshold: 3,
        evaluationPeriods: 1,
        comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
        treatMissingData: TreatMissingData.NOT_BREACHING,
      }),
      new Alarm(this, "ServerErrors", {
        alarmDescription: `${route.name}: five responses within a minute were a 5xx.`,
        metric: metric("Duration", { Route: lambda.functionName, StatusClass: "5xx" }, { period: minute, statistic: Stats.SAMPLE_COUNT }),
        threshold: 5,
        evaluationPeriods: 1,
        comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
        treatMissingData: TreatMissingData.NOT_BREACHING,
      }),
      new Alarm(this, "Slow", {
        alarmDescription: `${route.name}: for three minutes, p99 of the duration was more than half of the timeout.`,
        metric: live.metricDuration({ period: minute, statistic: "p99" }),
        threshold: route.timeout * 500,
        evaluationPeriods: 3,
        comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
        treatMissingData: TreatMissingData.NOT_BREACHING,
      }),
    ];
    for (const alarm of alarms) alarm.addAlarmAction(...actions);
    return alarms;
  }

  /** CodeDeploy shifts the alias to a new version, and back if an alarm goes off meanwhile. */
  private rollOut(alias: Alias, rollout: Exclude<Rollout, "all-at-once">, alarms: Alarm[]): void {
    const role = new Role(this, "RolloutRole", {
      assumedBy: new ServicePrincipal("codedeploy.amazonaws.com"),
      managedPolicies: [ManagedPolicy.fromAwsManagedPolicyName("service-role/AWSCodeDeployRoleForLambdaLimited")],
    });
    Validations.of(role).acknowledge({
      id: "AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSCodeDeployRoleForLambdaLimited]",
      reason: "CodeDeploy's own policy for Lambda, in its limited form.",
    });
    new LambdaDeploymentGroup(this, "Rollout", {
      alias,
      role,
      alarms,
      deploymentConfig: deploymentConfigs[rollout],
      autoRollback: { deploymentInAlarm: true, failedDeployment: true, stoppedDeployment: true },
    });
  }
}

const deploymentConfigs: Record<Exclude<Rollout, "all-at-once">, ILambdaDeploymentConfig> = {
  "canary-10-percent-5-minutes": LambdaDeploymentConfig.CANARY_10PERCENT_5MINUTES,
  "canary-10-percent-10-minutes": LambdaDeploymentConfig.CANARY_10PERCENT_10MINUTES,
  "canary-10-percent-15-minutes": LambdaDeploymentConfig.CANARY_10PERCENT_15MINUTES,
  "canary-10-percent-30-minutes": LambdaDeploymentConfig.CANARY_10PERCENT_30MINUTES,
  "linear-10-percent-every-1-minute": LambdaDeploymentConfig.LINEAR_10PERCENT_EVERY_1MINUTE,
  "linear-10-percent-every-2-minutes": LambdaDeploymentConfig.LINEAR_10PERCENT_EVERY_2MINUTES,
  "linear-10-percent-every-3-minutes": LambdaDeploymentConfig.LINEAR_10PERCENT_EVERY_3MINUTES,
  "linear-10-percent-every-10-minutes": LambdaDeploymentConfig.LINEAR_10PERCENT_EVERY_10MINUTES,
};
