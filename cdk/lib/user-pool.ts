import { CfnOutput, RemovalPolicy, Stack, Validations } from "aws-cdk-lib";
import { CfnUserPoolClient, Mfa, OAuthScope, ResourceServerScope, UserPool, type UserPoolDomain } from "aws-cdk-lib/aws-cognito";
import { Construct } from "constructs";
import type { Environment, UserPool as UserPoolIdentity } from "./environment";
import type { Names } from "./names";

export interface UsersProps {
  environment: Environment;
  identity: UserPoolIdentity;
  names: Names;
  /** The scopes that routes require. */
  scopes: string[];
}

/**
 * A user pool with two app clients. Cognito gives scopes to an app client and not to a user, so users sign in with a
 * client that has no declared scope, and programs that administer the API have a client of their own, with a secret.
 * See docs/decisions/0011-two-app-clients.md.
 */
export class Users extends Construct {
  readonly arn: string;
  readonly issuer: string;
  /** The ids of the app clients. An access token of Cognito has no `aud`, and API Gateway compares its `client_id`. */
  readonly audience: string[];

  constructor(scope: Construct, id: string, { environment, identity, names, scopes }: UsersProps) {
    super(scope, id);
    const stack = Stack.of(this);
    const pool = this.pool(environment, names);
    const domain = pool.addDomain("SignIn", { cognitoDomain: { domainPrefix: `${names.prefix}-${stack.account}` } });
    const userClient = this.userClient(pool, identity.callbackUrls);
    const administrationClient = scopes.length ? this.administrationClient(pool, identity.resourceServer, scopes) : undefined;

    this.arn = pool.userPoolArn;
    this.issuer = pool.userPoolProviderUrl;
    this.audience = [userClient, administrationClient].flatMap((client) => client?.userPoolClientId ?? []);
    const outputs = {
      UserPoolId: pool.userPoolId,
      UserClientId: userClient.userPoolClientId,
      ...(administrationClient && { AdministrationClientId: administrationClient.userPoolClientId, TokenEndpoint: `${domain.baseUrl()}/oauth2/token` }),
      ...(identity.callbackUrls.length && { SignInUrl: signInUrl(domain, userClient.userPoolClientId, identity.callbackUrls[0]) }),
    };
    for (const [name, value] of Object.entries(outputs)) new CfnOutput(stack, name, { value });
  }

  private pool(environment: Environment, names: Names): UserPool {
    const pool = new UserPool(this, "Pool", {
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
      { id: "AwsSolutions-COG8", reason: "The Plus tier costs per user and month. A team that wants it deploys its own pool and sets its issuer." },
    );
    return pool;
  }

  /** The client of everybody who signs in: a browser or an app, without a secret and without a declared scope. */
  private userClient(pool: UserPool, callbackUrls: string[]) {
    return pool.addClient("UserClient", {
      userPoolClientName: "users",
      generateSecret: false,
      preventUserExistenceErrors: true,
      // With a password, an operator with AWS credentials gets a token. The public flow never sends the password.
      authFlows: { userSrp: true, adminUserPassword: true },
      ...(callbackUrls.length
        ? { oAuth: { flows: { authorizationCodeGrant: true }, scopes: [OAuthScope.OPENID], callbackUrls } }
        : { disableOAuth: true }),
    });
  }

  /** The client of programs that administer the API. No user can sign in with it. */
  private administrationClient(pool: UserPool, identifier: string, names: string[]) {
    const scopes = names.map((scopeName) => new ResourceServerScope({ scopeName, scopeDescription: scopeName }));
    const server = pool.addResourceServer("Scopes", { identifier, scopes });
    const client = pool.addClient("AdministrationClient", {
      userPoolClientName: "administration",
      generateSecret: true,
      oAuth: { flows: { clientCredentials: true }, scopes: scopes.map((scope) => OAuthScope.resourceServer(server, scope)) },
    });
    // Without a value, Cognito would allow users to sign in with their password.
    (client.node.defaultChild as CfnUserPoolClient).explicitAuthFlows = ["ALLOW_REFRESH_TOKEN_AUTH"];
    return client;
  }
}

function signInUrl(domain: UserPoolDomain, clientId: string, callbackUrl: string): string {
  const query = `response_type=code&scope=openid&redirect_uri=${encodeURIComponent(callbackUrl)}`;
  return `${domain.baseUrl()}/oauth2/authorize?${query}&client_id=${clientId}`;
}
