import { Duration } from "aws-cdk-lib";
import { ResponseType, type RestApi } from "aws-cdk-lib/aws-apigateway";
import type { Cors, GatewayResponse, Route } from "./workspace";

/** Adds a method OPTIONS to the resource of each route. A route that declares OPTIONS answers itself. */
export function addPreflight(api: RestApi, cors: Cors, routes: Route[]): void {
  const declared = routes.filter(({ trigger }) => trigger.method === "OPTIONS").map(({ trigger }) => trigger.path);
  const paths = new Set(routes.map(({ trigger }) => trigger.path ?? "/").filter((path) => !declared.includes(path)));
  for (const path of paths) {
    api.root.resourceForPath(path).addCorsPreflight({
      allowOrigins: cors.origins,
      allowMethods: cors.methods.includes("*") ? undefined : cors.methods,
      allowHeaders: cors.headers,
      exposeHeaders: cors.exposedHeaders.length ? cors.exposedHeaders : undefined,
      maxAge: cors.maxAge === null ? undefined : Duration.seconds(cors.maxAge),
      allowCredentials: cors.credentials || undefined,
    });
  }
}

/**
 * Adds the declared gateway responses. With CORS, the responses that are not declared have a header that allows pages to
 * read them.
 */
export function addGatewayResponses(api: RestApi, declared: Record<string, GatewayResponse>, cors: Cors | undefined): void {
  const header = cors && { "Access-Control-Allow-Origin": `'${errorOrigin(cors)}'` };
  const unchanged: GatewayResponse = { status: null, headers: {}, templates: {} };
  const all: Record<string, GatewayResponse> = cors ? { DEFAULT_4XX: unchanged, DEFAULT_5XX: unchanged, ...declared } : declared;
  for (const [type, { status, headers, templates }] of Object.entries(all)) {
    const responseHeaders = { ...(type.startsWith("DEFAULT_") && header), ...headers };
    api.addGatewayResponse(`Response ${type}`, {
      type: ResponseType.of(type),
      statusCode: status?.toString(),
      responseHeaders: Object.keys(responseHeaders).length ? responseHeaders : undefined,
      templates: Object.keys(templates).length ? templates : undefined,
    });
  }
}

/**
 * Returns the origin whose pages may read errors. A gateway response cannot choose between origins. Errors contain no
 * data, so with several origins every page may read them, unless pages send credentials, which `*` does not allow.
 */
function errorOrigin({ origins, credentials }: Cors): string {
  return origins.length === 1 || credentials ? origins[0] : "*";
}
