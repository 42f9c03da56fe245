import type { AuthorizerTrigger, Cors, HttpTrigger, LambdaFunction, Route, Table, Workspace } from "../lib/workspace";

type Fields = Partial<Omit<LambdaFunction, "trigger">> & { trigger?: Partial<HttpTrigger> };

export const notesTable: Table = { partitionKey: { name: "id", type: "S" }, sortKey: null, timeToLive: null, indexes: {} };

export const notesCors: Cors = { origins: [], methods: ["GET"], headers: ["authorization"], exposedHeaders: ["etag"], maxAge: 300, credentials: false };

/** Returns a workspace with the table `notes` and the function `notes-get`. */
export function notes({ trigger, ...fields }: Fields = {}, tables: Record<string, Table> = { notes: notesTable }): Workspace {
  const route: Route = {
    name: "notes-get",
    description: "Fetch one note.",
    trigger: {
      kind: "http",
      routeKey: "GET /notes/{noteId}",
      method: "GET",
      path: "/notes/{noteId}",
      access: { kind: "token", scopes: [] },
      throttle: null,
      payloadFormat: "2.0",
      requiresKey: false,
      validation: "none",
      requiredParameters: [],
      requestModels: {},
      mapping: null,
      ...trigger,
    },
    permissions: { notes: ["GetItem"] },
    tables: { TABLE_NOTES: "notes" },
    environment: {},
    memory: 128,
    timeout: 3,
    reservedConcurrency: null,
    ...fields,
  };
  return { version: 3, root: "/repository", functions: [route], tables, cors: notesCors, api: { kind: "http", stage: "prod", binaryMediaTypes: [] }, plans: {}, gatewayResponses: {}, models: {} };
}

/** Returns `workspace` with a REST API. */
export function behindRest(workspace: Workspace, settings: Partial<Workspace> = {}): Workspace {
  return { ...workspace, ...settings, api: { ...workspace.api, ...settings.api, kind: "rest" } };
}

/** Returns the workspace `notes` whose route has the Lambda authorizer `doorkeeper`. */
export function guardedNotes(trigger: Partial<AuthorizerTrigger> = {}): Workspace {
  const workspace = notes({ trigger: { access: { kind: "authorizer", name: "doorkeeper" } } });
  const doorkeeper: LambdaFunction = {
    ...workspace.functions[0],
    name: "doorkeeper",
    description: "Decide who may read notes.",
    trigger: { kind: "authorizer", event: "request", payloadFormat: "1.0", simpleResponses: false, identity: ["$request.header.Authorization"], ttl: 300, ...trigger },
    permissions: {},
    tables: {},
  };
  return { ...workspace, functions: [doorkeeper, ...workspace.functions] };
}
