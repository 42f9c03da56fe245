import { CfnOutput, RemovalPolicy, Stack, Validations, type StackProps } from "aws-cdk-lib";
import { CorsHttpMethod, HttpApi, HttpAuthorizer, HttpAuthorizerType } from "aws-cdk-lib/aws-apigatewayv2";
import { Mfa, OAuthScope, ResourceServerScope, UserPool } from "aws-cdk-lib/aws-cognito";
import type { Construct } from "constructs";
import type { Environment, UserPool as UserPoolIdentity } from "./environment";
import type { Names } from "./names";

export interface ApiStackProps extends StackProps {
  environment: Environment;
  names: Names;
  /** The scopes that routes require. A user pool has to list them. */
  scopes: string[];
}

/** The HTTP API, its CORS settings and its authorizer. Its routes are in their own stacks. */
export class ApiStack extends Stack {
  constructor(scope: Construct, id: string, props: ApiStackProps) {
    super(scope, id, props);
    const { environment, names } = props;

    const api = new HttpApi(this, "Api", {
      apiName: names.prefix,
      createDefaultStage: false,
      corsPreflight: environment.corsOrigins.length
        ? {
            allowOrigins: environment.corsOrigins,
            allowMethods: [CorsHttpMethod.ANY],
            allowHeaders: ["authorization", "content-type", "idempotency-key", "if-match", "if-none-match"],
            exposeHeaders: ["apigw-requestid", "etag", "idempotency-replayed", "link", "location", "retry-after"],
          }
        : undefined,
    });
    const { issuer, audience } =
      environment.identity.kind === "issuer" ? environment.identity : this.userPool(environment, environment.identity, names, props.scopes);
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
    new CfnOutput(this, "Url", { value: api.apiEndpoint });
    new CfnOutput(this, "Issuer", { value: issuer });
    new CfnOutput(this, "Audience", { value: audience.join(",") });
  }

  private userPool(environment: Environment, identity: UserPoolIdentity, names: Names, scopes: string[]) {
    const pool = new UserPool(this, "Users", {
      userPoolName: names.prefix,
      selfSignUpEnabled: false,
      signInAliases: { email: true },
      mfa: Mfa.OPTIONAL,
      mfaSecondFactor: { otp: true, sms: false },
      passwordPolicy: { minLength: 12, requireDigits: true, requireLowercase: true, requireUppercase: true, requireSymbols: true },
      deletionProtection: !environment.disposable,
      removalPolicy: environment.disposable ? RemovalPolicy.DESTROY : RemovalPolicy.RETAIN,
    });
    Validations.of(pool).acknowledge(
      { id: "AwsSolutions-COG2", reason: "A second factor is each user's choice. The deploying team may require it." },
      { id: "AwsSolutions-COG8", reason: "The Plus tier costs per user and month. A team that wants it deploys its own pool and sets -c issuer." },
    );
    const declared = scopes.map((scopeName) => new ResourceServerScope({ scopeName, scopeDescription: scopeName }));
    const server = declared.length
      ? pool.addResourceServer("Scopes", { identifier: identity.resourceServer, scopes: declared })
      : undefined;
    const client = pool.addClient("Client", {
      generateSecret: false,
      preventUserExistenceErrors: true,
      authFlows: { userSrp: true },
      oAuth: {
        flows: { authorizationCodeGrant: true },
        scopes: [OAuthScope.OPENID, ...(server ? declared.map((scope) => OAuthScope.resourceServer(server, scope)) : [])],
        callbackUrls: identity.callbackUrls.length ? identity.callbackUrls : ["http://localhost:5173/"],
      },
    });
    pool.addDomain("SignIn", { cognitoDomain: { domainPrefix: `${names.prefix}-${this.account}` } });
    return { issuer: pool.userPoolProviderUrl, audience: [client.userPoolClientId] };
  }
}
