import { UserError } from "./user-error";
import type { Throttle } from "./workspace";

/** One deployment of the whole API. */
export interface Environment {
  name: string;
  project: string;
  /** The account and Region. Without them, those of the caller's credentials. */
  account?: string;
  region?: string;
  /** Whether data and logs are deleted with the environment, and deployments take effect at once. */
  disposable: boolean;
  architecture: Architecture;
  /** The Cargo profile of the binaries. */
  profile: string;
  logRetentionDays: number;
  corsOrigins: string[];
  /** The throttle of routes that declare none. */
  throttle: Throttle;
  rollout: Rollout;
  tracing: boolean;
  /** The ARN of an SNS topic for alarms. */
  notify?: string;
  identity: Identity;
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
const overrides = ["architecture", "profile", "rollout", "issuer", "audience", "scopePrefix"];

/** Reads the environment that `-c env=…` names, from cdk.json and the command line. */
export function readEnvironment(context: (key: string) => unknown): Environment {
  const project = context("project");
  if (typeof project !== "string" || !/^[a-z][a-z0-9-]{0,31}$/.test(project)) {
    throw new UserError(`Invalid context.project in cdk.json: ${print(project)}. Use up to 32 lower-case letters, digits and hyphens.`);
  }
  const environments = (context("environments") ?? {}) as Record<string, unknown>;
  const name = context("env");
  if (typeof name !== "string" || !Object.hasOwn(environments, name) || !/^[a-z][a-z0-9-]{0,31}$/.test(name)) {
    const known = Object.keys(environments);
    throw new UserError(
      `Unknown environment ${print(name)}: cdk.json has ${known.join(", ") || "none"}. ` +
        `Run with -c env=${known[0] ?? "development"}, or add ${print(name)} to context.environments in cdk.json.`,
    );
  }
  const given = { ...(environments[name] as Record<string, unknown>) };
  for (const key of overrides) {
    const value = context(key);
    if (value !== undefined) given[key] = value;
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
    const environment: Environment = {
      name: this.name,
      project,
      account: this.text("account", /^\d{12}$/, "an account number of twelve digits"),
      region: this.text("region", /^[a-z]{2}(-[a-z]+)+-\d$/, "a Region such as eu-central-1"),
      disposable,
      architecture: this.oneOf("architecture", architectures, "arm64"),
      profile: this.text("profile", /^[a-z][a-z0-9-]*$/, "the name of a Cargo profile") ?? "release",
      logRetentionDays: this.oneOf("logRetentionDays", retentions, 30),
      corsOrigins: this.list("corsOrigins"),
      throttle: this.throttle(),
      rollout: this.oneOf("rollout", rollouts, disposable ? "all-at-once" : "canary-10-percent-5-minutes"),
      tracing: this.boolean("tracing", false),
      notify: this.text("notify", /^arn:[^:]+:sns:/, "the ARN of an SNS topic"),
      identity: this.identity(project),
    };
    const unknown = Object.keys(this.given).find((key) => !this.read.has(key));
    if (unknown) this.refuse(unknown, `is not a setting. Use one of ${[...this.read].join(", ")}.`);
    return environment;
  }

  private identity(project: string): Identity {
    const issuer = this.text("issuer", /^(https:\/\/|http:\/\/127\.0\.0\.1[:/])\S+$/, "an https URL");
    const audience = this.list("audience");
    const scopePrefix = this.text("scopePrefix", /^\S*$/, "text without spaces") ?? "";
    const callbackUrls = this.list("callbackUrls");
    if (!issuer) {
      if (audience.length) this.refuse("audience", "needs an issuer. Add -c issuer=https://…");
      // Cognito prefixes scopes with the identifier of their resource server.
      return { kind: "user-pool", resourceServer: project, scopePrefix: `${project}/`, callbackUrls };
    }
    if (!audience.length) {
      this.refuse("issuer", `needs an audience, or every token of ${issuer} would be valid. Add -c audience=<the aud claim of the tokens>`);
    }
    return { kind: "issuer", issuer, audience, scopePrefix };
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

  private list(key: string): string[] {
    const value = this.take(key) ?? [];
    const list = typeof value === "string" ? value.split(",") : value;
    if (Array.isArray(list) && list.every((item) => typeof item === "string" && item !== "")) return list;
    return this.refuse(key, `is ${print(value)}. Use a list of strings.`);
  }

  private oneOf<T extends string | number>(key: string, known: readonly T[], otherwise: T): T {
    const value = (this.take(key) ?? otherwise) as T;
    return known.includes(value) ? value : this.refuse(key, `is ${print(value)}. Use one of ${known.join(", ")}.`);
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
