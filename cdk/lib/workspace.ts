import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { UserError } from "./user-error";

/** The resolved workspace, as `cargo run -p manifest -- describe` prints it. crates/manifest/README.md documents the format. */
export interface Workspace {
  version: number;
  root: string;
  functions: LambdaFunction[];
  tables: Record<string, Table>;
  cors: Cors | null;
  /** The kind of the API, and the stage and the binary media types of a REST API. */
  api: { kind: ApiKind; stage: string; binaryMediaTypes: string[] };
  plans: Record<string, Plan>;
  gatewayResponses: Record<string, GatewayResponse>;
  /** The models of request bodies by name, schemas of JSON Schema draft 4. Only a REST API has them. */
  models: Record<string, object>;
}

export const apiKinds = ["http", "rest"] as const;
export type ApiKind = (typeof apiKinds)[number];

/** One function. The folder, the package, the binary, the Lambda function and the stack have its name. */
export interface LambdaFunction {
  name: string;
  description: string;
  trigger: HttpTrigger | AuthorizerTrigger;
  /** The DynamoDB actions it may call, by table (`notes`) or index (`notes/by-colour`). */
  permissions: Record<string, string[]>;
  /** The tables it uses, by the environment variable that names each. */
  tables: Record<string, string>;
  /** Its declared environment variables. */
  environment: Variables;
  memory: number;
  timeout: number;
  reservedConcurrency: number | null;
}

/** The value of an environment variable, or the name of the parameter with the value, or of a secret. */
export type Variable = string | { parameter: string } | { secret: string };
export type Variables = Record<string, Variable>;

export interface HttpTrigger {
  kind: "http";
  routeKey: string;
  /** `null` for the route `$default`. */
  method: string | null;
  path: string | null;
  access: { kind: "public" } | { kind: "token"; scopes: string[] } | { kind: "iam" } | { kind: "authorizer"; name: string };
  throttle: Throttle | null;
  payloadFormat: "1.0" | "2.0";
  requiresKey: boolean;
  validation: "none" | "body" | "parameters" | "all";
  /** As CloudFormation writes them: `method.request.header.X`. */
  requiredParameters: string[];
  /** The names of models by media type. */
  requestModels: Record<string, string>;
  mapping: ParameterMapping | null;
}

/** The values of changed parameters by the keys of CloudFormation: `overwrite:header.x`. */
export type ParameterChanges = Record<string, string>;

/** The parameter mapping of an HTTP API. Responses are changed by their status. */
export interface ParameterMapping {
  request: ParameterChanges;
  responses: Record<string, ParameterChanges>;
}

/** A Lambda authorizer. */
export interface AuthorizerTrigger {
  kind: "authorizer";
  event: "request" | "token";
  payloadFormat: "1.0" | "2.0";
  simpleResponses: boolean;
  /** As an HTTP API writes them: `$request.header.Authorization`. */
  identity: string[];
  ttl: number;
}

/** A usage plan of a REST API. `routes` has throttles by the name of the function. */
export interface Plan {
  throttle: Throttle | null;
  quota: { limit: number; period: "day" | "week" | "month"; offset: number } | null;
  routes: Record<string, Throttle>;
}

/** What a REST API changes of its own responses of one type. */
export interface GatewayResponse {
  status: number | null;
  headers: Record<string, string>;
  templates: Record<string, string>;
}

export type Throttle = { rate: number; burst: number };

export interface Key {
  name: string;
  type: "S" | "N" | "B";
}

export interface Table {
  partitionKey: Key;
  sortKey: Key | null;
  timeToLive: string | null;
  indexes: Record<string, { partitionKey: Key; sortKey: Key | null }>;
}

/** Which pages may call the API. An environment may replace the origins. */
export interface Cors {
  origins: string[];
  methods: string[];
  headers: string[];
  exposedHeaders: string[];
  maxAge: number | null;
  credentials: boolean;
}

/** A function that an HTTP route triggers. */
export type Route = LambdaFunction & { trigger: HttpTrigger };

export function routesOf({ functions }: Workspace): Route[] {
  return functions.filter((candidate): candidate is Route => candidate.trigger.kind === "http");
}

/** A function that decides who may call routes. */
export type Authorizer = LambdaFunction & { trigger: AuthorizerTrigger };

export function authorizersOf({ functions }: Workspace): Authorizer[] {
  return functions.filter((candidate): candidate is Authorizer => candidate.trigger.kind === "authorizer");
}

/** Returns the declared CORS settings with the environment's origins, or nothing without an origin. */
export function corsOf({ cors }: Workspace, { corsOrigins }: { corsOrigins?: string[] }): Cors | undefined {
  const origins = corsOrigins ?? cors?.origins ?? [];
  return cors && origins.length ? { ...cors, origins } : undefined;
}

/** The scopes that the routes require. */
export function scopesOf(routes: Route[]): string[] {
  const scopes = routes.flatMap(({ trigger }) => (trigger.access.kind === "token" ? trigger.access.scopes : []));
  return [...new Set(scopes)].sort();
}

/** Reads the workspace whose root is `folder`, for an API of the declared kind if no other is given. */
export function readWorkspace(folder: string, api?: ApiKind): Workspace {
  const reader = resolve(__dirname, "../..");
  // Building manifest for the first time takes a while, so Cargo's progress is shown.
  if (!existsSync(join(process.env.CARGO_TARGET_DIR ?? join(reader, "target"), "debug/manifest"))) {
    spawnSync("cargo", ["build", "--locked", "--package", "manifest"], { cwd: reader, stdio: ["ignore", "ignore", "inherit"] });
  }
  const words = ["run", "--quiet", "--locked", "--package", "manifest", "--", "describe", "--manifest-path", join(folder, "Cargo.toml")];
  if (api) words.push("--api", api);
  const { error, status, stdout, stderr } = spawnSync("cargo", words, { cwd: reader, encoding: "utf8", maxBuffer: 1 << 28 });
  if (error) throw new UserError("Cannot start cargo. Install Rust as https://rustup.rs says.");
  if (status !== 0) throw new UserError(stderr.trim());
  const workspace = JSON.parse(stdout) as Workspace;
  if (workspace.version !== 3) throw new UserError(`manifest describes the workspace in version ${workspace.version}. This app reads version 3.`);
  return workspace;
}
