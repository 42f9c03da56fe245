import { UserError } from "./user-error";
import { apiKinds, type ApiKind, type Throttle, type Variable, type Variables } from "./workspace";

/** One deployment of the whole API. */
export interface Environment {
  name: string;
  project: string;
  /** The account and Region. A disposable environment may use those of the caller's credentials. */
  account?: string;
  region?: string;
  /** Whether data and logs are deleted with the environment, and deployments take effect at once. */
  disposable: boolean;
  /** The kind of the API, instead of the declared one. */
  api?: ApiKind;
  architecture: Architecture;
  /** The Cargo profile of the binaries. */
  profile: string;
  logRetentionDays: number;
  /** The origins that CORS allows, instead of the declared ones. */
  corsOrigins?: string[];
  /** The throttle of routes that declare none. */
  throttle: Throttle;
  rollout: Rollout;
  tracing: boolean;
  /** The ARN of an SNS topic for alarms. */
  notify?: string;
  identity: Identity;
  /** The API's own domain name. */
  domain?: Domain;
  /** The settings of a table, by its name in the declarations. */
  tables: Record<string, TableSettings>;
  /** Other values of declared environment variables, by function; `*` is every function that declares the variable. */
  variables: Record<string, Variables>;
}

export interface Domain {
  name: string;
  /** A certificate in the API's Region. */
  certificateArn: string;
  /** The Route 53 zone that gets the record of the name. */
  hostedZoneId?: string;
}

/** Which of the tables with the declared shape the functions use. */
export interface TableSettings {
  /** Increases when the table has to be replaced by a new, empty one. */
  generation: number;
  /** The name of a table that no stack creates, such as one restored from a backup. */
  name?: string;
}

export type Architecture = "arm64" | "x86_64";
export type Rollout = (typeof rollouts)[number];

/** An existing OIDC issuer, or a Cognito user pool in the API's stack. */
export type Identity = { kind: "issuer"; issuer: string; audience: string[]; scopePrefix: string } | UserPool;
export type UserPool = { kind: "user-pool"; resourceServer: string; callbackUrls: string[]; scopePrefix: string };

const architectures = ["arm64", "x86_64"] as const;
const rollouts = [
  "all-at-once",
  "canary-10-percent-5-minutes",
  "canary-10-percent-10-minutes",
  "canary-10-percent-15-minutes",
  "canary-10-percent-30-minutes",
  "linear-10-percent-every-1-minute",
  "linear-10-percent-every-2-minutes",
  "linear-10-percent-every-3-minutes",
  "linear-10-percent-every-10-minutes",
] as const;
const retentions = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];

/** The settings that `-c key=value` on the command line overrides. */
const overrides = ["architecture", "profile", "rollout"];

/**
 * The settings that the command line overrides in a disposable environment. Elsewhere, the next deployment without the
 * same flags would replace the issuer, and every token would be refused, or the API, and its address would change.
 */
const disposableOverrides = ["api", "issuer", "audience", "scopePrefix"];

/** Reads the environment that `-c env=…` names, from cdk.json and the command line. */
export function readEnvironment(context: (key: string) => unknown): Environment {
  const project = context("project");
  if (typeof project !== "string" || !/^[a-z][a-z0-9-]{0,31}$/.test(project)) {
    throw new UserError(`Invalid context.project in cdk.json: ${print(project)}. Use up to 32 lower-case letters, digits and hyphens.`);
  }
  const environments = (context("environments") ?? {}) as Record<string, unknown>;
  const known = Object.keys(environments);
  const name = context("env");
  if (name === undefined) {
    throw new UserError(`No environment is given. Run with -c env=${known[0] ?? "development"}: cdk.json has ${known.join(", ") || "none"}.`);
  }
  if (typeof name !== "string" || !Object.hasOwn(environments, name) || !/^[a-z][a-z0-9-]{0,31}$/.test(name)) {
    throw new UserError(
      `Unknown environment ${print(name)}: cdk.json has ${known.join(", ") || "none"}. ` +
        `Run with -c env=${known[0] ?? "development"}, or add ${print(name)} to context.environments in cdk.json.`,
    );
  }
  const given = { ...(environments[name] as Record<string, unknown>) };
  for (const key of overrides) given[key] = context(key) ?? given[key];
  for (const key of disposableOverrides) {
    const value = context(key);
    if (value === undefined) continue;
    // An assembly without code cannot be deployed, so it may differ.
    if (given.disposable !== true && context("code") !== "unbuilt") {
      throw new UserError(`Environment ${name}: -c ${key} is for disposable environments. Set ${key} in cdk.json, so that every deployment has it.`);
    }
    given[key] = value;
  }
  return new Reading(name, given).environment(project);
}

/** Reads the settings of one environment, and refuses unknown settings. */
class Reading {
  private readonly read = new Set<string>();

  constructor(
    private readonly name: string,
    private readonly given: Record<string, unknown>,
  ) {}

  environment(project: string): Environment {
    const disposable = this.boolean("disposable", false);
    const region = this.text("region", /^[a-z]{2}(-[a-z]+)+-\d$/, "a Region such as eu-central-1");
    const environment: Environment = {
      name: this.name,
      project,
      account: this.text("account", /^\d{12}$/, "an account number of twelve digits"),
      region,
      disposable,
      api: this.optionalOneOf("api", apiKinds),
      architecture: this.oneOf("architecture", architectures, "arm64"),
      profile: this.text("profile", /^[a-z][a-z0-9-]*$/, "the name of a Cargo profile") ?? "release",
      logRetentionDays: this.oneOf("logRetentionDays", retentions, 30),
      corsOrigins: this.list("corsOrigins"),
      throttle: this.throttle(),
      rollout: this.oneOf("rollout", rollouts, disposable ? "all-at-once" : "canary-10-percent-5-minutes"),
      tracing: this.boolean("tracing", false),
      notify: this.text("notify", /^arn:[^:]+:sns:/, "the ARN of an SNS topic"),
      identity: this.identity(project, disposable),
      domain: this.domain(region),
      tables: this.tables(),
      variables: this.variables(),
    };
    const unknown = Object.keys(this.given).find((key) => !this.read.has(key));
    if (unknown) this.refuse(unknown, `is not a setting. Use one of ${[...this.read].join(", ")}.`);
    for (const key of ["account", "region"] as const) {
      if (!disposable && !environment[key]) this.refuse(key, "is missing. Set it in cdk.json, so that no other account or Region can get this environment.");
    }
    return environment;
  }

  private identity(project: string, disposable: boolean): Identity {
    const issuer = this.text("issuer", /^(https:\/\/|http:\/\/127\.0\.0\.1[:/])\S+$/, "an https URL");
    const audience = this.list("audience") ?? [];
    const scopePrefix = this.text("scopePrefix", /^\S*$/, "text without spaces") ?? "";
    const callbackUrls = this.list("callbackUrls") ?? (disposable ? ["http://localhost:5173/"] : []);
    if (!issuer) {
      if (audience.length) this.refuse("audience", "needs an issuer. Add the setting issuer.");
      // Cognito prefixes scopes with the identifier of their resource server.
      return { kind: "user-pool", resourceServer: project, scopePrefix: `${project}/`, callbackUrls };
    }
    if (!audience.length) {
      this.refuse("issuer", `needs an audience, or every token of ${issuer} would be valid. Add the setting audience, the aud claim of the tokens.`);
    }
    return { kind: "issuer", issuer, audience, scopePrefix };
  }

  private domain(region: string | undefined): Domain | undefined {
    const value = this.take("domain");
    if (value === undefined) return undefined;
    const { name, certificateArn, hostedZoneId, ...rest } = value as Record<string, string | undefined>;
    const [, certificateRegion] = /^arn:[^:]+:acm:([^:]+):\d{12}:certificate\/\S+$/.exec(certificateArn ?? "") ?? [];
    const nameIsValid = /^[a-z0-9-]+(\.[a-z0-9-]+)+$/.test(name ?? "");
    if (!name || !nameIsValid || !certificateArn || !certificateRegion || Object.keys(rest).length) {
      return this.refuse("domain", `is ${print(value)}. Use { "name": "api.example.com", "certificateArn": "arn:aws:acm:…", "hostedZoneId": "Z…" }; the zone is optional.`);
    }
    if (region && certificateRegion !== region) this.refuse("domain", `has a certificate in ${certificateRegion}. Use one in ${region}.`);
    return { name, certificateArn, hostedZoneId };
  }

  private tables(): Record<string, TableSettings> {
    const value = (this.take("tables") ?? {}) as Record<string, Record<string, unknown>>;
    return Object.fromEntries(Object.entries(value).map(([table, settings]) => [table, this.table(table, settings)]));
  }

  private table(table: string, { generation = 1, name, ...rest }: Record<string, unknown>): TableSettings {
    const nameIsValid = name === undefined || (typeof name === "string" && /^[A-Za-z0-9_.-]{3,255}$/.test(name));
    if (!Number.isInteger(generation) || (generation as number) < 1 || !nameIsValid || Object.keys(rest).length) {
      this.refuse("tables", `has invalid settings for ${table}. Use { "generation": 2 }, or { "name": "…" } for a table that exists.`);
    }
    return { generation: generation as number, name: name as string | undefined };
  }

  private variables(): Record<string, Variables> {
    const value = this.take("environment") ?? {};
    const isObject = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null && !Array.isArray(value);
    const isVariable = (value: unknown): value is Variable =>
      typeof value === "string" ||
      (isObject(value) && Object.keys(value).length === 1 && [value.parameter, value.secret].some((name) => typeof name === "string" && /^[\w/+=.@-]+$/.test(name)));
    if (!isObject(value) || !Object.values(value).every((variables) => isObject(variables) && Object.values(variables).every(isVariable))) {
      return this.refuse("environment", `is ${print(value)}. Use { "users-get": { "NAME": "value" } }, with { "parameter": "/path" } or { "secret": "name" } for a reference.`);
    }
    return value as Record<string, Variables>;
  }

  private throttle(): Throttle {
    const value = (this.take("throttle") ?? { rate: 1000, burst: 500 }) as Throttle;
    const { rate, burst, ...rest } = value;
    if (!(rate > 0) || !Number.isInteger(burst) || !(burst > 0) || Object.keys(rest).length) {
      this.refuse("throttle", `is ${print(value)}. Use { "rate": 1000, "burst": 500 }.`);
    }
    return { rate, burst };
  }

  private boolean(key: string, otherwise: boolean): boolean {
    const value = this.take(key) ?? otherwise;
    return typeof value === "boolean" ? value : this.refuse(key, `is ${print(value)}. Use true or false.`);
  }

  private text(key: string, pattern: RegExp, expected: string): string | undefined {
    const value = this.take(key);
    if (value === undefined || (typeof value === "string" && pattern.test(value))) return value;
    return this.refuse(key, `is ${print(value)}. Use ${expected}.`);
  }

  private list(key: string): string[] | undefined {
    const value = this.take(key);
    const list = typeof value === "string" ? value.split(",") : value;
    if (list === undefined || (Array.isArray(list) && list.every((item) => typeof item === "string" && item !== ""))) return list;
    return this.refuse(key, `is ${print(value)}. Use a list of strings.`);
  }

  private oneOf<T extends string | number>(key: string, known: readonly T[], otherwise: T): T {
    const value = (this.take(key) ?? otherwise) as T;
    return known.includes(value) ? value : this.refuse(key, `is ${print(value)}. Use one of ${known.join(", ")}.`);
  }

  private optionalOneOf<T extends string>(key: string, known: readonly T[]): T | undefined {
    return this.given[key] === undefined ? void this.take(key) : this.oneOf(key, known, known[0]);
  }

  private take(key: string): unknown {
    this.read.add(key);
    return this.given[key];
  }

  private refuse(key: string, problem: string): never {
    throw new UserError(`Environment ${this.name}: ${key} ${problem}`);
  }
}

function print(value: unknown): string {
  return JSON.stringify(value) ?? "missing";
}
