import { CfnOutput, Stack, type StackProps } from "aws-cdk-lib";
import { CfnApi, HttpApi, HttpAuthorizer, HttpAuthorizerType } from "aws-cdk-lib/aws-apigatewayv2";
import type { Construct } from "constructs";
import { addDomainName } from "./domain-name";
import type { Environment } from "./environment";
import type { Names } from "./names";
import { Users } from "./user-pool";
import type { Cors } from "./workspace";

export interface ApiStackProps extends StackProps {
  environment: Environment;
  names: Names;
  /** The scopes that routes require. A user pool has to list them. */
  scopes: string[];
  cors: Cors | undefined;
}

/** The HTTP API, its domain name, its CORS settings and its authorizer. Its routes are in their own stacks. */
export class ApiStack extends Stack {
  constructor(scope: Construct, id: string, props: ApiStackProps) {
    super(scope, id, props);
    const { environment, names, scopes, cors } = props;
    const { domain, identity } = environment;

    const api = new HttpApi(this, "Api", {
      apiName: names.prefix,
      createDefaultStage: false,
      // Otherwise a client could avoid what is in front of the domain name, such as a firewall.
      disableExecuteApiEndpoint: domain !== undefined,
    });
    (api.node.defaultChild as CfnApi).corsConfiguration = cors && corsConfiguration(cors);
    const { issuer, audience } = identity.kind === "issuer" ? identity : new Users(this, "Users", { environment, identity, names, scopes });
    const authorizer = new HttpAuthorizer(this, "Tokens", {
      httpApi: api,
      type: HttpAuthorizerType.JWT,
      authorizerName: "tokens",
      identitySource: ["$request.header.Authorization"],
      jwtIssuer: issuer,
      jwtAudience: audience,
    });

    names.publish(this, "api/id", api.apiId);
    names.publish(this, "api/authorizer", authorizer.authorizerId);
    if (domain) addDomainName(this, domain);
    new CfnOutput(this, "Url", { value: domain ? `https://${domain.name}` : api.apiEndpoint });
    new CfnOutput(this, "Issuer", { value: issuer });
    new CfnOutput(this, "Audience", { value: audience.join(",") });
  }
}

function corsConfiguration(cors: Cors): CfnApi.CorsProperty {
  return {
    allowOrigins: cors.origins,
    allowMethods: cors.methods,
    allowHeaders: cors.headers,
    exposeHeaders: cors.exposedHeaders,
    maxAge: cors.maxAge ?? undefined,
    allowCredentials: cors.credentials,
  };
}
