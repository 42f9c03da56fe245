import { RemovalPolicy, type Stack } from "aws-cdk-lib";
import { LogGroup } from "aws-cdk-lib/aws-logs";
import type { Environment } from "./environment";
import type { Names } from "./names";
import type { ApiKind } from "./workspace";

/** The access log of a request, in both kinds of API. It has no address, no path and no token. */
const accessLog = {
  requestId: "$context.requestId",
  lambdaRequestId: "$context.integration.requestId",
  time: "$context.requestTimeEpoch",
  status: "$context.status",
  responseLength: "$context.responseLength",
  responseLatency: "$context.responseLatency",
  integrationStatus: "$context.integrationStatus",
  integrationError: "$context.integrationErrorMessage",
  authorizerError: "$context.authorizer.error",
  error: "$context.error.message",
};

export const httpAccessLog = { ...accessLog, routeKey: "$context.routeKey", integrationLatency: "$context.integrationLatency" };

/** `routeKey` has the same text as in an HTTP API. API keys appear by their id only. */
export const restAccessLog = {
  ...accessLog,
  routeKey: "$context.httpMethod $context.resourcePath",
  integrationLatency: "$context.integration.latency",
  integrationError: "$context.integration.error",
  responseType: "$context.error.responseType",
  validationError: "$context.error.validationErrorString",
  apiKeyId: "$context.identity.apiKeyId",
};

export function accessLogGroup(stack: Stack, names: Names, environment: Environment, kind: ApiKind): LogGroup {
  return new LogGroup(stack, "AccessLog", {
    logGroupName: names.accessLog(kind),
    retention: environment.logRetentionDays,
    removalPolicy: environment.disposable ? RemovalPolicy.DESTROY : RemovalPolicy.RETAIN,
  });
}
