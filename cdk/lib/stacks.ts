import type { App, Stack } from "aws-cdk-lib";
import type { Code } from "aws-cdk-lib/aws-lambda";
import { ApiStack } from "./api-stack";
import { DataStack } from "./data-stack";
import type { Environment } from "./environment";
import { Names } from "./names";
import { OperationsStack } from "./operations-stack";
import { UserError } from "./user-error";
import { checkVariables } from "./variables";
import { RouteStack } from "./route-stack";
import { StageStack } from "./stage-stack";
import { routesOf, scopesOf, type Route, type Workspace } from "./workspace";

export interface Colonnade {
  environment: Environment;
  workspace: Workspace;
  /** The binary of a function. */
  code: (functionName: string) => Code;
}

/** Adds every stack of one environment, in the order of deployment. */
export function addStacks(app: App, { environment, workspace, code }: Colonnade): void {
  const names = new Names(environment);
  const { tables } = workspace;
  const routes = routesOf(workspace);
  checkSettings(environment, workspace);
  checkVariables(environment, routes);
  const common = (id: string) => ({
    stackName: names.of(id),
    env: { account: environment.account, region: environment.region },
    // Not the commit: another tag would update every stack.
    tags: { project: environment.project, environment: environment.name },
    terminationProtection: !environment.disposable,
    environment,
    names,
  });
  const after = <S extends Stack>(stack: S, ...others: Stack[]): S => {
    for (const other of others) stack.addStackDependency(other);
    return stack;
  };

  const data = new DataStack(app, "data", { ...common("data"), description: "The tables.", tables });
  const api = new ApiStack(app, "api", { ...common("api"), description: "The HTTP API and its authorizer.", scopes: scopesOf(routes), cors: workspace.cors });
  const routeStacks = routes.map((route) => {
    checkName(route, names);
    const { tags, ...others } = common(route.name);
    const stack = new RouteStack(app, route.name, { ...others, tags: { ...tags, function: route.name }, description: route.description, declared: route, code: code(route.name) });
    return after(stack, data, api);
  });
  const stage = after(new StageStack(app, "stage", { ...common("stage"), description: "The API's stage: access log and throttles.", routes }), api, ...routeStacks);
  after(
    new OperationsStack(app, "operations", { ...common("operations"), description: "Dashboard, alarms and saved queries.", routes, tables }),
    data,
    stage,
  );
}

/** Fails if the name of a function cannot be that of a stack or of a Lambda function. */
function checkName({ name }: Route, names: Names): void {
  if (["data", "api", "stage", "operations"].includes(name)) {
    throw new UserError(`functions/${name}: the name is that of another stack. Rename the folder and its package.`);
  }
  const most = 64;
  const full = names.of(name);
  if (full.length > most) {
    throw new UserError(`functions/${name}: ${full} has ${full.length} characters, and Lambda allows ${most}. Rename the folder and its package.`);
  }
}

/** Fails if a setting of the environment has no counterpart in the declarations. */
function checkSettings(environment: Environment, { tables, cors }: Workspace): void {
  const unknown = Object.keys(environment.tables).find((table) => !Object.hasOwn(tables, table));
  if (unknown) {
    throw new UserError(`Environment ${environment.name}: tables has settings for ${unknown}. The declared tables are ${Object.keys(tables).join(", ")}.`);
  }
  if (environment.corsOrigins?.length && !cors) {
    throw new UserError(`Environment ${environment.name}: corsOrigins needs [workspace.metadata.cors] in the root Cargo.toml, which declares methods and headers.`);
  }
}
