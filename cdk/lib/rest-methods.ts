import { ArnFormat, Duration, Validations, type Stack } from "aws-cdk-lib";
import {
  AuthorizationType,
  CfnAuthorizer,
  CfnMethod,
  LambdaIntegration,
  RequestAuthorizer,
  TokenAuthorizer,
  type IAuthorizer,
  type Method,
  type MethodOptions,
  type RestApi,
} from "aws-cdk-lib/aws-apigateway";
import { Function as Lambda, type IFunction } from "aws-cdk-lib/aws-lambda";
import type { Environment } from "./environment";
import { liveAlias } from "./function-stack";
import type { Names } from "./names";
import { RequestValidation } from "./request-validation";
import { Users } from "./user-pool";
import { authorizersOf, routesOf, scopesOf, type Authorizer, type Route, type Workspace } from "./workspace";

/** Scopes in the access tokens of a Cognito user, from the sign-in with a password and from the sign-in page. */
const userScopes = ["aws.cognito.signin.user.admin", "openid"];

/** Adds the methods of a REST API, with their integrations, authorizers and validators. */
export class RestMethods {
  readonly issuer: string;
  readonly audience: string[];
  private readonly tokens: IAuthorizer;
  /** The scopes of which a token has one on a route that declares none. */
  private readonly anyScope?: string[];
  private readonly authorizers: Map<string, IAuthorizer>;
  private readonly validation: RequestValidation;

  constructor(
    private readonly stack: Stack,
    private readonly api: RestApi,
    private readonly props: { environment: Environment; names: Names; workspace: Workspace },
  ) {
    const { environment, names, workspace } = props;
    const { identity } = environment;
    const scopes = scopesOf(routesOf(workspace));
    if (identity.kind === "issuer") {
      this.issuer = identity.issuer;
      this.audience = identity.audience;
      this.tokens = this.jwtAuthorizer(identity);
    } else {
      const users = new Users(stack, "Users", { environment, identity, names, scopes });
      this.issuer = users.issuer;
      this.audience = users.audience;
      this.tokens = this.userPoolAuthorizer(users.arn);
      this.anyScope = [...userScopes, ...scopes.map((scope) => identity.scopePrefix + scope)];
    }
    this.validation = new RequestValidation(api, workspace);
    this.authorizers = new Map(authorizersOf(workspace).map((authorizer) => [authorizer.name, this.lambdaAuthorizer(authorizer)]));
  }

  /** Adds the method of a route. The API may invoke its function for this method only. */
  add(route: Route): Method {
    const { method: httpMethod, path, requiresKey } = route.trigger;
    const integration = new LambdaIntegration(this.live(route.name), { allowTestInvoke: false });
    const { authorizationScopes, ...authorization } = this.authorization(route);
    const options = { apiKeyRequired: requiresKey || undefined, ...authorization, ...this.validation.optionsOf(route) };
    const method = this.api.root.resourceForPath(path ?? "/").addMethod(httpMethod ?? "ANY", integration, options);
    if (authorizationScopes) {
      // CDK allows scopes for user pools only.
      (method.node.defaultChild as CfnMethod).authorizationScopes = authorizationScopes;
      this.deployWith({ method: route.name, authorizationScopes });
    }
    const reason = `functions/${route.name}/Cargo.toml declares the access ${route.trigger.access.kind}.`;
    if (route.trigger.access.kind === "public") {
      Validations.of(method).acknowledge({ id: "AwsSolutions-APIG4", reason });
      (method.node.defaultChild as CfnMethod).addMetadata("checkov", { skip: [{ id: "CKV_AWS_59", comment: reason }] });
    }
    Validations.of(method).acknowledge({ id: "AwsSolutions-COG4", reason });
    return method;
  }

  private authorization({ name, trigger: { access } }: Route): MethodOptions {
    const { scopePrefix } = this.props.environment.identity;
    switch (access.kind) {
      case "public":
        return { authorizationType: AuthorizationType.NONE };
      case "iam":
        return { authorizationType: AuthorizationType.IAM };
      case "token":
        return { authorizer: this.tokens, authorizationScopes: access.scopes.length ? access.scopes.map((scope) => scopePrefix + scope) : this.anyScope };
      case "authorizer": {
        const authorizer = this.authorizers.get(access.name);
        if (!authorizer) throw new Error(`${name} has the authorizer ${access.name}, which manifest does not describe.`);
        return { authorizer };
      }
    }
  }

  /** aws-cdk-lib has neither the type JWT nor its property yet. */
  private jwtAuthorizer({ issuer, audience }: { issuer: string; audience: string[] }): IAuthorizer {
    const authorizer = new CfnAuthorizer(this.stack, "Tokens", {
      restApiId: this.api.restApiId,
      name: "tokens",
      type: "JWT",
      identitySource: "method.request.header.Authorization",
    });
    authorizer.addPropertyOverride("JwtConfiguration", { Issuers: [{ Issuer: issuer, Audiences: audience }] });
    Validations.of(authorizer).acknowledge({ id: "CloudFormation-Validate::F3002", reason: "The property is in CloudFormation since November 2026." });
    authorizer.addMetadata("cfn-lint", { config: { ignore_checks: ["E3002"] } });
    this.deployWith({ authorizer: { issuer, audience } });
    return { authorizerId: authorizer.ref, authorizationType: "JWT" as AuthorizationType };
  }

  /**
   * An authorizer of type JWT compares `aud`, which an access token of Cognito does not have. An authorizer for user
   * pools takes access tokens on methods with scopes, and ID tokens on others.
   */
  private userPoolAuthorizer(userPoolArn: string): IAuthorizer {
    const authorizer = new CfnAuthorizer(this.stack, "Tokens", {
      restApiId: this.api.restApiId,
      name: "tokens",
      type: "COGNITO_USER_POOLS",
      identitySource: "method.request.header.Authorization",
      providerArns: [userPoolArn],
    });
    this.deployWith({ authorizer: "user-pool" });
    return { authorizerId: authorizer.ref, authorizationType: AuthorizationType.COGNITO };
  }

  private lambdaAuthorizer({ name, trigger: { event, identity, ttl } }: Authorizer): IAuthorizer {
    const handler = this.live(name);
    const resultsCacheTtl = Duration.seconds(ttl);
    const sources = identity.map((source) => source.replace(/^\$request\./, "method.request.").replace(/^\$/, ""));
    if (event === "token") return new TokenAuthorizer(this.stack, `Authorizer ${name}`, { authorizerName: name, handler, resultsCacheTtl, identitySource: sources[0] });
    return new RequestAuthorizer(this.stack, `Authorizer ${name}`, { authorizerName: name, handler, resultsCacheTtl, identitySources: sources });
  }

  /** The logical id of the deployment follows what is added here, because CDK does not see it. */
  private deployWith(settings: object): void {
    this.api.latestDeployment?.addToLogicalId(settings);
  }

  /** Returns the version of a function that its alias refers to. By name: the stack of the function has no export. */
  private live(name: string): IFunction {
    const { names } = this.props;
    const id = `Function ${name}`;
    const resourceName = `${names.of(name)}:${liveAlias}`;
    const functionArn = this.stack.formatArn({ service: "lambda", resource: "function", resourceName, arnFormat: ArnFormat.COLON_RESOURCE_NAME });
    return Lambda.fromFunctionAttributes(this.stack, id, { functionArn, sameEnvironment: true });
  }
}
