import { Duration, RemovalPolicy, Stack, Validations, type StackProps } from "aws-cdk-lib";
import {
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
import { Alias, Architecture, Function as LambdaFunction, LoggingFormat, Runtime, Tracing, type Code } from "aws-cdk-lib/aws-lambda";
import { LogGroup } from "aws-cdk-lib/aws-logs";
import type { Construct } from "constructs";
import { Alarms } from "./alarms";
import type { Environment } from "./environment";
import { functionRole } from "./function-role";
import type { Names } from "./names";
import { addRollout, addRouteAlarms } from "./rollout";
import { UserError } from "./user-error";
import { valuesOf, variablesOf } from "./variables";
import type { Route } from "./workspace";

export interface RouteStackProps extends StackProps {
  environment: Environment;
  names: Names;
  route: Route;
  code: Code;
}

/** One route: its function and role, the live version, the route in the API, its alarms, and the rollout of versions. */
export class RouteStack extends Stack {
  constructor(scope: Construct, id: string, props: RouteStackProps) {
    super(scope, id, props);
    const { environment, names, route } = props;
    // CDK writes a DependsOn for each GetAtt, though the GetAtt implies it.
    this.templateOptions.metadata = { "cfn-lint": { config: { ignore_checks: ["W3005"] } } };

    const lambda = this.lambda(props);
    const live = new Alias(this, "Live", { aliasName: "live", version: lambda.currentVersion });
    this.route(route, environment, names, live);
    const alarms = new Alarms(this, environment);
    // A disposable environment has no alarms. They would cost as much as those of production.
    if (!environment.disposable) addRouteAlarms(alarms, route, names);
    if (environment.rollout !== "all-at-once") addRollout(this, alarms, { route, names, lambda, live, rollout: environment.rollout });
  }

  private lambda({ environment, names, route, code }: RouteStackProps): LambdaFunction {
    const logGroup = new LogGroup(this, "Logs", {
      logGroupName: names.logGroup(route.name),
      retention: environment.logRetentionDays,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const { scopePrefix } = environment.identity;
    return new LambdaFunction(this, "Function", {
      functionName: names.of(route.name),
      description: route.description,
      runtime: Runtime.PROVIDED_AL2023,
      architecture: environment.architecture === "arm64" ? Architecture.ARM_64 : Architecture.X86_64,
      handler: "bootstrap",
      code,
      role: functionRole(this, { environment, names, route, logGroup }),
      memorySize: route.memory,
      timeout: Duration.seconds(route.timeout),
      reservedConcurrentExecutions: route.reservedConcurrency ?? undefined,
      tracing: environment.tracing ? Tracing.ACTIVE : Tracing.DISABLED,
      loggingFormat: LoggingFormat.JSON,
      logGroup,
      environment: {
        ...Object.fromEntries(Object.entries(route.tables).map(([variable, table]) => [variable, names.table(table)])),
        ...(scopePrefix && { SCOPE_PREFIX: scopePrefix }),
        ...valuesOf(variablesOf(route, environment)),
      },
      // The version before is kept for rollbacks. A version whose own deployment fails is deleted: Lambda publishes no
      // second version of the same code, so the next deployment of it would fail.
      currentVersionOptions: { removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE },
    });
  }

  private route(route: Route, environment: Environment, names: Names, live: Alias): void {
    const { method, path, access, payloadFormat } = route.trigger;
    const api = HttpApi.fromHttpApiAttributes(this, "Api", { httpApiId: names.lookUp(this, "api/id") });
    const httpRoute = new HttpRoute(this, "Route", {
      httpApi: api,
      routeKey: path ? HttpRouteKey.with(path, method as HttpMethod) : HttpRouteKey.DEFAULT,
      integration: new HttpLambdaIntegration("Integration", live, {
        payloadFormatVersion: payloadFormat === "1.0" ? PayloadFormatVersion.VERSION_1_0 : PayloadFormatVersion.VERSION_2_0,
      }),
      authorizer: this.authorizer(route, names),
      authorizationScopes: access.kind === "token" && access.scopes.length ? access.scopes.map((scope) => environment.identity.scopePrefix + scope) : undefined,
    });
    if (access.kind === "public") {
      Validations.of(httpRoute).acknowledge({
        id: "AwsSolutions-APIG4",
        reason: `functions/${route.name}/Cargo.toml declares this route public.`,
      });
    }
  }

  private authorizer(route: Route, names: Names): IHttpRouteAuthorizer {
    const { kind } = route.trigger.access;
    if (kind === "public") return new HttpNoneAuthorizer();
    if (kind === "iam") return new HttpIamAuthorizer();
    if (kind === "authorizer") {
      throw new UserError(`functions/${route.name}/Cargo.toml declares a Lambda authorizer, which is not deployed yet. Write access = "token", "iam" or "public".`);
    }
    return HttpAuthorizer.fromHttpAuthorizerAttributes(this, "Tokens", {
      authorizerId: names.lookUp(this, "api/authorizer"),
      authorizerType: "JWT",
    });
  }
}
