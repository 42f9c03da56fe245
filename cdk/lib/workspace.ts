import { execFileSync } from "node:child_process";
import { basename, dirname, join, relative, sep } from "node:path";
import type { Throttle } from "./environment";
import { Refusal } from "./refusal";

/** What the Cargo workspace declares: the functions with their routes, and the tables. */
export interface Workspace {
  root: string;
  routes: Route[];
  tables: Record<string, Table>;
}

/** One function and the route it answers, completed by the workspace's defaults and Lambda's. */
export interface Route {
  /** One name for folder, package, binary, Lambda function and stack. */
  name: string;
  description: string;
  /** `undefined` for the route `$default`. */
  on?: { method: string; path: string };
  access: "public" | "token" | "iam" | { scopes: string[] };
  /** The DynamoDB actions it may call, by table (`users`) or index (`products/by-category`). */
  permissions: Record<string, string[]>;
  memory: number;
  timeout: number;
  throttle?: Throttle;
  reservedConcurrency?: number;
  payloadFormat: "1.0" | "2.0";
}

export interface Key {
  name: string;
  type: "S" | "N" | "B";
}

export interface Table {
  partitionKey: Key;
  sortKey?: Key;
  timeToLive?: string;
  indexes: Record<string, { partitionKey: Key; sortKey?: Key }>;
}

/** How API Gateway spells a route. */
export function routeKey(route: Route): string {
  return route.on ? `${route.on.method} ${route.on.path}` : "$default";
}

/** The tables a function names, whether by themselves or by an index. */
export function tablesOf(route: Route): string[] {
  return [...new Set(Object.keys(route.permissions).map((key) => key.split("/")[0]))].sort();
}

/** The scopes that the routes ask for. */
export function scopesOf(routes: Route[]): string[] {
  return [...new Set(routes.flatMap(({ access }) => (typeof access === "object" ? access.scopes : [])))].sort();
}

/** Asks Cargo for the workspace whose root is `folder`. */
export function readWorkspace(folder: string): Workspace {
  const command = ["metadata", "--no-deps", "--format-version", "1"];
  let output: string;
  try {
    output = execFileSync("cargo", command, { cwd: folder, encoding: "utf8", maxBuffer: 1 << 28, stdio: ["ignore", "pipe", "pipe"] });
  } catch (error) {
    const { code, stderr } = error as { code?: string; stderr?: string };
    if (code === "ENOENT") throw new Refusal("cargo is missing. Install Rust as https://rustup.rs says.");
    const words = (stderr ?? "").trim().split(/\n\s*/).join(" ");
    throw new Refusal(`Cargo cannot read the workspace: ${words} See: cargo ${command.join(" ")}`);
  }
  return workspaceOf(JSON.parse(output) as CargoMetadata);
}

export interface CargoMetadata {
  workspace_root: string;
  metadata?: { route?: Fields } | null;
  packages: { name: string; description?: string | null; manifest_path: string; metadata?: { route?: Fields; tables?: Fields } | null }[];
}

/** The workspace that Cargo describes; refused by the first declaration that is wrong. */
export function workspaceOf(metadata: CargoMetadata): Workspace {
  const root = metadata.workspace_root;
  const inRepository = (file: string) => relative(root, file).split(sep).join("/");
  const declaring = metadata.packages.filter((member) => member.metadata?.tables);
  if (declaring.length > 1) {
    const files = declaring.map((member) => inRepository(member.manifest_path));
    throw new Refusal(`Tables are declared in ${files.join(" and ")}. Keep all of them in one.`);
  }
  const tables: Record<string, Table> = {};
  for (const member of declaring) {
    const file = new Declaration(inRepository(member.manifest_path), "package.metadata.tables");
    for (const [name, fields] of Object.entries(member.metadata!.tables!)) {
      tables[name] = file.in(name).table(fields as Fields);
    }
  }
  const defaults = metadata.metadata?.route ?? {};
  const functions = join(root, "functions") + sep;
  const routes = metadata.packages
    .filter((member) => member.metadata?.route || member.manifest_path.startsWith(functions))
    .map((member) => {
      const folder = dirname(member.manifest_path);
      const file = new Declaration(inRepository(member.manifest_path), "package.metadata.route");
      if (basename(folder) !== member.name) {
        throw new Refusal(`${inRepository(member.manifest_path)}: package.name is "${member.name}", but the folder is "${basename(folder)}". Give both one name.`);
      }
      return file.route(member.name, member.description ?? "", member.metadata?.route, defaults, tables);
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  oneFunctionPerRoute(routes);
  return { root, routes, tables };
}

function oneFunctionPerRoute(routes: Route[]): void {
  const taken = new Map<string, string>();
  for (const route of routes) {
    const shape = routeKey(route).replace(/\{[^}+]*(\+?)\}/g, "{$1}");
    const other = taken.get(shape);
    if (other) throw new Refusal(`functions/${other} and functions/${route.name} both answer ${routeKey(route)}. Change the route of one, or delete its folder.`);
    taken.set(shape, route.name);
  }
}

type Fields = Record<string, unknown>;

const methods = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "ANY"];
const actions = [
  "BatchGetItem",
  "BatchWriteItem",
  "ConditionCheckItem",
  "DeleteItem",
  "DescribeTable",
  "DescribeTimeToLive",
  "GetItem",
  "PartiQLDelete",
  "PartiQLInsert",
  "PartiQLSelect",
  "PartiQLUpdate",
  "PutItem",
  "Query",
  "Scan",
  "UpdateItem",
];
const routeFields = ["method", "path", "access", "tables", "memory", "timeout", "throttle", "reserved-concurrency", "payload-format"];

/** A place in a manifest; a refusal names it. */
class Declaration {
  constructor(
    private readonly file: string,
    private readonly field: string,
  ) {}

  in(field: string): Declaration {
    return new Declaration(this.file, `${this.field}.${field}`);
  }

  route(name: string, description: string, fields: Fields | undefined, defaults: Fields, tables: Record<string, Table>): Route {
    if (!fields) return this.refuse("is missing: declare method, path and access.");
    this.knownFields(fields, routeFields);
    const limit = (field: string, otherwise?: unknown) => fields[field] ?? defaults[field] ?? otherwise;
    return {
      name: /^[a-z][a-z0-9-]{0,40}$/.test(name) ? name : this.refuse(`belongs to "${name}": a stack's name takes lower-case letters, digits and hyphens.`),
      description,
      on: this.on(fields),
      access: this.in("access").access(fields.access),
      permissions: this.in("tables").permissions((fields.tables ?? {}) as Fields, tables),
      memory: this.in("memory").whole(limit("memory", 128), 128, 10240)!,
      timeout: this.in("timeout").whole(limit("timeout", 3), 1, 900)!,
      throttle: this.in("throttle").throttle(limit("throttle") as Fields | undefined),
      reservedConcurrency: this.in("reserved-concurrency").whole(fields["reserved-concurrency"], 0, 100_000),
      payloadFormat: this.in("payload-format").oneOf(fields["payload-format"] ?? "2.0", ["1.0", "2.0"]) as "1.0" | "2.0",
    };
  }

  private on({ method, path }: Fields): Route["on"] {
    if (path === "$default") {
      return method === undefined ? undefined : this.in("method").refuse("does not go with the path $default. Remove it.");
    }
    const segment = "[A-Za-z0-9._~!$&'()*+,;=:@-]+|\\{[A-Za-z0-9._:-]+\\}";
    if (typeof path !== "string" || !new RegExp(`^/$|^(/(${segment}))*(/(${segment}|\\{[A-Za-z0-9._:-]+\\+\\}))$`).test(path)) {
      return this.in("path").refuse(`is ${say(path)}. Write a path such as "/users/{userId}".`);
    }
    return { method: this.in("method").oneOf(method, methods), path };
  }

  private access(value: unknown): Route["access"] {
    if (value === "public" || value === "token" || value === "iam") return value;
    const { scopes, ...rest } = (typeof value === "object" && value !== null ? value : {}) as Fields;
    if (Array.isArray(scopes) && scopes.length > 0 && scopes.length <= 10 && scopes.every((s) => typeof s === "string" && /^[!#-[\]-~]+$/.test(s)) && !Object.keys(rest).length) {
      return { scopes };
    }
    return this.refuse(`is ${say(value)}. Write "public", "token", "iam" or { scopes = ["users:write"] }.`);
  }

  private permissions(value: Fields, tables: Record<string, Table>): Record<string, string[]> {
    const permissions: Record<string, string[]> = {};
    for (const [key, list] of Object.entries(value)) {
      const at = this.in(`"${key}"`);
      const [table, index, ...more] = key.split("/");
      if (!Object.hasOwn(tables, table)) at.refuse(`names an unknown table. Known: ${Object.keys(tables).join(", ") || "none"}.`);
      const indexes = Object.keys(tables[table].indexes);
      if (more.length || (index !== undefined && !indexes.includes(index))) at.refuse(`names an unknown index. Known: ${indexes.join(", ") || "none"}.`);
      if (!Array.isArray(list) || !list.length) at.refuse("names no action. List the DynamoDB actions it may call.");
      permissions[key] = [...(list as unknown[])].map((action) => at.oneOf(action, actions)).sort();
    }
    return permissions;
  }

  private throttle(value: Fields | undefined): Throttle | undefined {
    if (value === undefined) return undefined;
    this.knownFields(value, ["rate", "burst"]);
    const { rate } = value;
    if (typeof rate !== "number" || !(rate > 0)) this.in("rate").refuse(`is ${say(rate)}. Write requests per second.`);
    return { rate: rate as number, burst: this.in("burst").whole(value.burst, 1, 0xffff_ffff) ?? this.in("burst").refuse("is missing.") };
  }

  table(fields: Fields): Table {
    this.knownFields(fields, ["partition-key", "sort-key", "time-to-live", "indexes"]);
    const timeToLive = fields["time-to-live"];
    if (timeToLive !== undefined && typeof timeToLive !== "string") this.in("time-to-live").refuse("takes an attribute's name.");
    const indexes: Table["indexes"] = {};
    for (const [name, index] of Object.entries((fields.indexes ?? {}) as Record<string, Fields>)) {
      const at = this.in(`indexes.${name}`);
      at.knownFields(index, ["partition-key", "sort-key"]);
      indexes[name] = at.keys(index);
    }
    return { ...this.keys(fields), timeToLive: timeToLive as string | undefined, indexes };
  }

  private keys(fields: Fields): { partitionKey: Key; sortKey?: Key } {
    return {
      partitionKey: this.in("partition-key").key(fields["partition-key"]) ?? this.in("partition-key").refuse("is missing."),
      sortKey: this.in("sort-key").key(fields["sort-key"]),
    };
  }

  private key(value: unknown): Key | undefined {
    if (value === undefined) return undefined;
    if (typeof value === "string") return { name: value, type: "S" };
    const { name, type } = value as Fields;
    if (typeof name !== "string") this.refuse(`is ${say(value)}. Write an attribute's name, or { name = "at", type = "N" }.`);
    return { name: name as string, type: this.in("type").oneOf(type, ["S", "N", "B"]) as Key["type"] };
  }

  private whole(value: unknown, least: number, most: number): number | undefined {
    if (value === undefined) return undefined;
    if (Number.isInteger(value) && (value as number) >= least && (value as number) <= most) return value as number;
    return this.refuse(`is ${say(value)}. It takes a whole number from ${least} to ${most}.`);
  }

  private oneOf(value: unknown, known: string[]): string {
    if (typeof value === "string" && known.includes(value)) return value;
    const hint = typeof value === "string" && value.startsWith("Transact") ? " A transaction has no action of its own: name what it does to each item." : "";
    return this.refuse(`is ${say(value)}. Use one of ${known.join(", ")}.${hint}`);
  }

  private knownFields(fields: Fields, known: string[]): void {
    const unknown = Object.keys(fields).find((field) => !known.includes(field));
    if (unknown) this.in(unknown).refuse(`is not a field. Known: ${known.join(", ")}.`);
  }

  private refuse(problem: string): never {
    throw new Refusal(`${this.file}: ${this.field} ${problem}`);
  }
}

function say(value: unknown): string {
  return JSON.stringify(value) ?? "missing";
}
