import { ArnFormat, Duration } from "aws-cdk-lib";
import { AuthorizerPayloadVersion, HttpApi, HttpAuthorizer, HttpAuthorizerType } from "aws-cdk-lib/aws-apigatewayv2";
import { ServicePrincipal } from "aws-cdk-lib/aws-iam";
import type { Construct } from "constructs";
import { FunctionStack, type FunctionStackProps } from "./function-stack";
import type { Authorizer } from "./workspace";

export interface AuthorizerStackProps extends FunctionStackProps {
  declared: Authorizer;
}

/** A function with its authorizer in the HTTP API. */
export class AuthorizerStack extends FunctionStack {
  constructor(scope: Construct, id: string, props: AuthorizerStackProps) {
    super(scope, id, props);
    const { names, declared } = props;
    const { payloadFormat, simpleResponses, identity, ttl } = declared.trigger;

    const httpApi = HttpApi.fromHttpApiAttributes(this, "Api", { httpApiId: names.lookUp(this, "api/id") });
    const { authorizerId } = new HttpAuthorizer(this, "Authorizer", {
      httpApi,
      type: HttpAuthorizerType.LAMBDA,
      authorizerName: declared.name,
      authorizerUri: this.formatArn({
        service: "apigateway",
        account: "lambda",
        resource: "path",
        resourceName: `2015-03-31/functions/${this.live.functionArn}/invocations`,
      }),
      identitySource: identity,
      payloadFormatVersion: payloadFormat === "2.0" ? AuthorizerPayloadVersion.VERSION_2_0 : AuthorizerPayloadVersion.VERSION_1_0,
      enableSimpleResponses: payloadFormat === "2.0" ? simpleResponses : undefined,
      resultsCacheTtl: Duration.seconds(ttl),
    });
    this.live.addPermission("Authorizer", {
      principal: new ServicePrincipal("apigateway.amazonaws.com"),
      sourceArn: this.formatArn({ service: "execute-api", resource: httpApi.apiId, resourceName: `authorizers/${authorizerId}`, arnFormat: ArnFormat.SLASH_RESOURCE_NAME }),
    });
    names.publish(this, `authorizer/${declared.name}`, authorizerId);
  }
}
