import { RemovalPolicy, Stack, type StackProps } from "aws-cdk-lib";
import { CfnApiMapping, CfnStage } from "aws-cdk-lib/aws-apigatewayv2";
import { LogGroup } from "aws-cdk-lib/aws-logs";
import type { Construct } from "constructs";
import type { Environment } from "./environment";
import type { Names } from "./names";
import type { Route, Throttle } from "./workspace";

export interface StageStackProps extends StackProps {
  environment: Environment;
  names: Names;
  routes: Route[];
}

/** The access log of a request. It has no address, no path and no token. */
const accessLog = {
  requestId: "$context.requestId",
  lambdaRequestId: "$context.integration.requestId",
  time: "$context.requestTimeEpoch",
  routeKey: "$context.routeKey",
  status: "$context.status",
  responseLength: "$context.responseLength",
  responseLatency: "$context.responseLatency",
  integrationLatency: "$context.integrationLatency",
  integrationStatus: "$context.integrationStatus",
  integrationError: "$context.integrationErrorMessage",
  authorizerError: "$context.authorizer.error",
  error: "$context.error.message",
};

/**
 * The stage `$default`, which serves each route as soon as its stack is deployed.
 *
 * A route that declares a throttle is named in the stage's settings. API Gateway refuses settings for a route that does
 * not exist, so this stack is deployed after the routes. Every other route has the throttle of the environment.
 */
export class StageStack extends Stack {
  constructor(scope: Construct, id: string, props: StageStackProps) {
    super(scope, id, props);
    const { environment, names, routes } = props;

    const logGroup = new LogGroup(this, "AccessLog", {
      logGroupName: names.accessLog,
      retention: environment.logRetentionDays,
      removalPolicy: environment.disposable ? RemovalPolicy.DESTROY : RemovalPolicy.RETAIN,
    });
    const throttled = routes.flatMap(({ trigger: { routeKey, throttle } }) => (throttle ? [[routeKey, setting(throttle)]] : []));
    const stage = new CfnStage(this, "Stage", {
      apiId: names.lookUp(this, "api/id"),
      stageName: "$default",
      autoDeploy: true,
      accessLogSettings: { destinationArn: logGroup.logGroupArn, format: JSON.stringify(accessLog) },
      defaultRouteSettings: { throttlingRateLimit: environment.throttle.rate, throttlingBurstLimit: environment.throttle.burst },
      routeSettings: throttled.length ? Object.fromEntries(throttled) : undefined,
    });
    if (environment.domain) {
      new CfnApiMapping(this, "Mapping", { apiId: stage.apiId, domainName: environment.domain.name, stage: stage.ref });
    }
  }
}

/** `routeSettings` is untyped JSON that CDK passes on unchanged, so its fields have CloudFormation's names. */
function setting({ rate, burst }: Throttle) {
  return { ThrottlingRateLimit: rate, ThrottlingBurstLimit: burst };
}
