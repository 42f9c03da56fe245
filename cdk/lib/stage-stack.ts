import { Stack, type StackProps } from "aws-cdk-lib";
import { CfnApiMapping, CfnStage } from "aws-cdk-lib/aws-apigatewayv2";
import type { Construct } from "constructs";
import { accessLogGroup, httpAccessLog } from "./access-log";
import type { Environment } from "./environment";
import type { Names } from "./names";
import type { Route, Throttle } from "./workspace";

export interface StageStackProps extends StackProps {
  environment: Environment;
  names: Names;
  routes: Route[];
}

/**
 * The stage `$default` of an HTTP API, which serves each route as soon as its stack is deployed.
 *
 * A route that declares a throttle is named in the stage's settings. API Gateway refuses settings for a route that does
 * not exist, so this stack is deployed after the routes. Every other route has the throttle of the environment.
 */
export class StageStack extends Stack {
  constructor(scope: Construct, id: string, props: StageStackProps) {
    super(scope, id, props);
    const { environment, names, routes } = props;

    const logGroup = accessLogGroup(this, names, environment, "http");
    const throttled = routes.flatMap(({ trigger: { routeKey, throttle } }) => (throttle ? [[routeKey, setting(throttle)]] : []));
    const stage = new CfnStage(this, "Stage", {
      apiId: names.lookUp(this, "api/id"),
      stageName: "$default",
      autoDeploy: true,
      accessLogSettings: { destinationArn: logGroup.logGroupArn, format: JSON.stringify(httpAccessLog) },
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
