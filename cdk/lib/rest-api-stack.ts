import { CfnOutput, Stack, Validations, type StackProps } from "aws-cdk-lib";
import { AccessLogFormat, EndpointType, LogGroupLogDestination, RestApi, type CfnStage, type Method } from "aws-cdk-lib/aws-apigateway";
import { CfnApiMapping } from "aws-cdk-lib/aws-apigatewayv2";
import type { Construct } from "constructs";
import { accessLogGroup, restAccessLog } from "./access-log";
import { addDomainName } from "./domain-name";
import type { Environment } from "./environment";
import type { Names } from "./names";
import { addGatewayResponses, addPreflight } from "./rest-cors";
import { RestMethods } from "./rest-methods";
import { addUsagePlans } from "./usage-plans";
import { corsOf, routesOf, type Throttle, type Workspace } from "./workspace";

export interface RestApiStackProps extends StackProps {
  environment: Environment;
  names: Names;
  workspace: Workspace;
}

/**
 * The REST API with its resources, methods, models, authorizers, deployment, stage and usage plans.
 *
 * A deployment of a REST API is a snapshot of all methods, so they are in one stack, which is deployed after the
 * functions. Methods refer to functions by the name of their alias: another version of a function changes nothing here.
 */
export class RestApiStack extends Stack {
  constructor(scope: Construct, id: string, props: RestApiStackProps) {
    super(scope, id, props);
    const { environment, names, workspace } = props;
    const { domain } = environment;
    const { stage, binaryMediaTypes } = workspace.api;
    const routes = routesOf(workspace);
    const cors = corsOf(workspace, environment);

    const api = new RestApi(this, "RestApi", {
      restApiName: names.prefix,
      endpointTypes: [EndpointType.REGIONAL],
      binaryMediaTypes: binaryMediaTypes.length ? binaryMediaTypes : undefined,
      // Otherwise a client could avoid what is in front of the domain name, such as a firewall.
      disableExecuteApiEndpoint: domain !== undefined,
      // The role belongs to the account and the Region. Each API that set it would overwrite that of another one.
      cloudWatchRole: false,
      deployOptions: {
        stageName: stage,
        accessLogDestination: new LogGroupLogDestination(accessLogGroup(this, names, environment, "rest")),
        accessLogFormat: AccessLogFormat.custom(JSON.stringify(restAccessLog)),
        tracingEnabled: environment.tracing,
      },
    });
    const ofRoutes = routes.flatMap(({ trigger: { method, path, throttle } }) => (throttle ? methodSetting(method ?? "ANY", path ?? "/", throttle) : []));
    (api.deploymentStage.node.defaultChild as CfnStage).methodSettings = [methodSetting("*", "/*", environment.throttle), ...ofRoutes];
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

/** Returns the stage's settings of a method. CDK's own function refuses the path `/`. */
function methodSetting(httpMethod: string, path: string, { rate, burst }: Throttle): CfnStage.MethodSettingProperty {
  const resourcePath = ["/", "/*"].includes(path) ? path : `/${path.replaceAll("/", "~1")}`;
  return { httpMethod, resourcePath, throttlingRateLimit: rate, throttlingBurstLimit: burst };
}

function acknowledge(api: RestApi): void {
  Validations.of(api).acknowledge({ id: "AwsSolutions-APIG2", reason: "Functions check every request." });
  Validations.of(api.deploymentStage).acknowledge(
    { id: "AwsSolutions-APIG3", reason: "A firewall costs by the month and by the request. The deploying team may add one." },
    { id: "AwsSolutions-APIG6", reason: "The access log has every request, and the functions log their own. An execution log would repeat both." },
  );
}
