import { CfnOutput, Stack, Validations, type StackProps } from "aws-cdk-lib";
import { EndpointType, LogGroupLogDestination, AccessLogFormat, RestApi, type Method, type MethodDeploymentOptions } from "aws-cdk-lib/aws-apigateway";
import { CfnApiMapping } from "aws-cdk-lib/aws-apigatewayv2";
import type { Construct } from "constructs";
import { accessLogGroup, restAccessLog } from "./access-log";
import { addDomainName } from "./domain-name";
import type { Environment } from "./environment";
import { addGatewayResponses, addPreflight } from "./rest-cors";
import { RestMethods } from "./rest-methods";
import { addUsagePlans } from "./usage-plans";
import type { Names } from "./names";
import { corsOf, routesOf, type Route, type Workspace } from "./workspace";

export interface RestApiStackProps extends StackProps {
  environment: Environment;
  names: Names;
  workspace: Workspace;
}

/**
 * The REST API with its resources, methods, authorizers, deployment, stage and usage plans.
 *
 * A deployment of a REST API is a snapshot of all methods, so they are in one stack, which is deployed after the
 * functions. Methods refer to functions by the name of their alias: another version of a function changes nothing here.
 */
export class RestApiStack extends Stack {
  constructor(scope: Construct, id: string, props: RestApiStackProps) {
    super(scope, id, props);
    const { environment, names, workspace } = props;
    const { domain } = environment;
    const { stage } = workspace.api;
    const routes = routesOf(workspace);
    const cors = corsOf(workspace, environment);

    const api = new RestApi(this, "RestApi", {
      restApiName: names.prefix,
      endpointTypes: [EndpointType.REGIONAL],
      // Otherwise a client could avoid what is in front of the domain name, such as a firewall.
      disableExecuteApiEndpoint: domain !== undefined,
      // The role belongs to the account and the Region. Each API that set it would overwrite that of another one.
      cloudWatchRole: false,
      deployOptions: {
        stageName: stage,
        accessLogDestination: new LogGroupLogDestination(accessLogGroup(this, names, environment, "rest")),
        accessLogFormat: AccessLogFormat.custom(JSON.stringify(restAccessLog)),
        throttlingRateLimit: environment.throttle.rate,
        throttlingBurstLimit: environment.throttle.burst,
        tracingEnabled: environment.tracing,
        methodOptions: Object.fromEntries(routes.flatMap(methodOptions)),
      },
    });
    const methods = new RestMethods(this, api, props);
    const added = new Map<string, Method>(routes.map((route) => [route.name, methods.add(route)]));
    if (cors) addPreflight(api, cors, routes);
    addGatewayResponses(api, workspace.gatewayResponses, cors);
    addUsagePlans(this, names, api, workspace.plans, added);
    if (domain) {
      const { name } = addDomainName(this, domain);
      new CfnApiMapping(this, "Mapping", { apiId: api.restApiId, domainName: name, stage: api.deploymentStage.stageName });
    }
    acknowledge(api);
    new CfnOutput(this, "Url", { value: domain ? `https://${domain.name}` : `https://${api.restApiId}.execute-api.${this.region}.${this.urlSuffix}/${stage}` });
    new CfnOutput(this, "Issuer", { value: methods.issuer });
    new CfnOutput(this, "Audience", { value: methods.audience.join(",") });
  }
}

/** Returns the stage's settings of a route with a throttle. */
function methodOptions({ trigger: { method, path, throttle } }: Route): [string, MethodDeploymentOptions][] {
  if (!throttle) return [];
  return [[`${path === "/" ? "" : path}/${method === "ANY" ? "*" : method}`, { throttlingRateLimit: throttle.rate, throttlingBurstLimit: throttle.burst }]];
}

function acknowledge(api: RestApi): void {
  Validations.of(api).acknowledge({ id: "AwsSolutions-APIG2", reason: "Functions check every request. A route that the API checks before declares validate." });
  Validations.of(api.deploymentStage).acknowledge(
    { id: "AwsSolutions-APIG3", reason: "A firewall costs by the month and by the request. The deploying team may add one." },
    { id: "AwsSolutions-APIG6", reason: "The access log has every request, and the functions log their own. An execution log would repeat both." },
  );
}
