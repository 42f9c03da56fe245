import { Validations } from "aws-cdk-lib";
import {
  CfnIntegration,
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
import type { Construct } from "constructs";
import { FunctionStack, type FunctionStackProps } from "./function-stack";
import type { Names } from "./names";
import type { ParameterChanges, ParameterMapping, Route } from "./workspace";

export interface RouteStackProps extends FunctionStackProps {
  declared: Route;
}

/** A function with its route in the HTTP API. */
export class RouteStack extends FunctionStack {
  constructor(scope: Construct, id: string, props: RouteStackProps) {
    super(scope, id, props);
    this.route(props);
  }

  private route({ declared: route, environment, names }: RouteStackProps): void {
    const { method, path, access, payloadFormat, mapping } = route.trigger;
    const api = HttpApi.fromHttpApiAttributes(this, "Api", { httpApiId: names.lookUp(this, "api/id") });
    const integration = new HttpLambdaIntegration("Integration", this.live, {
      payloadFormatVersion: payloadFormat === "1.0" ? PayloadFormatVersion.VERSION_1_0 : PayloadFormatVersion.VERSION_2_0,
    });
    const httpRoute = new HttpRoute(this, "Route", {
      httpApi: api,
      routeKey: path ? HttpRouteKey.with(path, method as HttpMethod) : HttpRouteKey.DEFAULT,
      integration,
      authorizer: this.authorizer(route, names),
      authorizationScopes: access.kind === "token" && access.scopes.length ? access.scopes.map((scope) => environment.identity.scopePrefix + scope) : undefined,
    });
    if (mapping) mapParameters(httpRoute, mapping);
    if (access.kind === "public") {
      Validations.of(httpRoute).acknowledge({
        id: "AwsSolutions-APIG4",
        reason: `functions/${route.name}/Cargo.toml declares this route public.`,
      });
    }
  }

  private authorizer(route: Route, names: Names): IHttpRouteAuthorizer {
    const { access } = route.trigger;
    if (access.kind === "public") return new HttpNoneAuthorizer();
    if (access.kind === "iam") return new HttpIamAuthorizer();
    if (access.kind === "authorizer") {
      const authorizerId = names.lookUp(this, `authorizer/${access.name}`);
      return HttpAuthorizer.fromHttpAuthorizerAttributes(this, "Authorizer", { authorizerId, authorizerType: "CUSTOM" });
    }
    return HttpAuthorizer.fromHttpAuthorizerAttributes(this, "Tokens", {
      authorizerId: names.lookUp(this, "api/authorizer"),
      authorizerType: "JWT",
    });
  }
}

/** Sets the declared parameter mapping on the integration of a route. CDK has no property for that of responses. */
function mapParameters(route: HttpRoute, { request, responses }: ParameterMapping): void {
  const [integration] = route.node.findAll().filter((construct) => construct instanceof CfnIntegration);
  const ofStatus = ([status, changes]: [string, ParameterChanges]) => {
    const ResponseParameters = Object.entries(changes).map(([Destination, Source]) => ({ Destination, Source }));
    return [status, { ResponseParameters }];
  };
  if (Object.keys(request).length) integration.requestParameters = request;
  if (Object.keys(responses).length) integration.responseParameters = Object.fromEntries(Object.entries(responses).map(ofStatus));
}
