import { CfnDynamicReference, CfnDynamicReferenceService } from "aws-cdk-lib";
import type { Environment } from "./environment";
import { UserError } from "./user-error";
import type { LambdaFunction, Variables } from "./workspace";

/** Returns the environment variables of a function: the declared ones, with the values that the environment replaces. */
export function variablesOf({ name, environment: declared }: LambdaFunction, { variables }: Environment): Variables {
  const ofAll = Object.entries(variables["*"] ?? {}).filter(([variable]) => Object.hasOwn(declared, variable));
  return { ...declared, ...Object.fromEntries(ofAll), ...variables[name] };
}

/**
 * Returns the variables as Lambda gets them. CloudFormation reads the value of a parameter. A secret's variable has the
 * name of the secret, because everybody who may read the function's configuration could read a value. See
 * docs/decisions/0016-environment-variables.md.
 */
export function valuesOf(variables: Variables): Record<string, string> {
  return Object.fromEntries(
    Object.entries(variables).map(([name, variable]) => {
      if (typeof variable === "string") return [name, variable];
      if ("secret" in variable) return [name, variable.secret];
      return [name, new CfnDynamicReference(CfnDynamicReferenceService.SSM, variable.parameter).toString()];
    }),
  );
}

/** Returns the names of the secrets that the function reads. */
export function secretsOf(variables: Variables): string[] {
  const secrets = Object.values(variables).flatMap((variable) => (typeof variable === "object" && "secret" in variable ? [variable.secret] : []));
  return [...new Set(secrets)];
}

/** Fails if the environment sets a variable that no function declares, or that CloudFormation may not read. */
export function checkVariables(environment: Environment, functions: LambdaFunction[]): void {
  const fail = (message: string): never => {
    throw new UserError(`Environment ${environment.name}: environment ${message}`);
  };
  for (const [name, variables] of Object.entries(environment.variables)) {
    const meant = functions.filter((route) => name === "*" || route.name === name);
    if (!meant.length) fail(`has variables for ${name}. The functions are ${functions.map((route) => route.name).join(", ")}.`);
    for (const [variable, value] of Object.entries(variables)) {
      const declaring = meant.filter(({ environment }) => Object.hasOwn(environment, variable));
      if (!declaring.length) {
        const declares = name === "*" ? "No function declares" : `${name} does not declare`;
        fail(`sets ${variable} of ${name}. ${declares} it in [package.metadata.route.environment] of its Cargo.toml.`);
      }
      const isSecret = (value: unknown) => typeof value === "object" && value !== null && "secret" in value;
      const other = declaring.find((route) => isSecret(route.environment[variable]) !== isSecret(value));
      if (other) fail(`sets ${variable} of ${other.name}. A secret can only be replaced by another secret, and a value by a value or a parameter.`);
    }
  }
  for (const route of functions) {
    for (const [variable, value] of Object.entries(variablesOf(route, environment))) {
      const below = `/${environment.project}/`;
      if (typeof value === "object" && "parameter" in value && !value.parameter.startsWith(below)) {
        fail(`gives ${variable} of ${route.name} the parameter ${value.parameter}. CloudFormation may read those below ${below}. Rename the parameter, or set another one in cdk.json.`);
      }
    }
  }
}
