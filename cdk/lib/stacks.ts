import type { App, Stack } from "aws-cdk-lib";
import type { Code } from "aws-cdk-lib/aws-lambda";
import { ApiStack } from "./api-stack";
import { DataStack } from "./data-stack";
import type { Environment } from "./environment";
import { Names } from "./names";
import { OperationsStack } from "./operations-stack";
import { UserError } from "./user-error";
import { RouteStack } from "./route-stack";
import { StageStack } from "./stage-stack";
import { routesOf, scopesOf, type Workspace } from "./workspace";

export interface Colonnade {
  environment: Environment;
  workspace: Workspace;
  /** The binary of a function. */
  code: (functionName: string) => Code;
}

/** Adds every stack of one environment, in the order of deployment. */
export function addStacks(app: App, { environment, workspace, code }: Colonnade): void {
  const names = new Names(environment.project, environment.name);
  const { tables } = workspace;
  const routes = routesOf(workspace);
  const common = (id: string) => ({
    stackName: names.of(id),
    env: { account: environment.account, region: environment.region },
    tags: { project: environment.project, environment: environment.name },
    environment,
    names,
  });
  const after = <S extends Stack>(stack: S, ...others: Stack[]): S => {
    for (const other of others) stack.addStackDependency(other);
    return stack;
  };

  const data = new DataStack(app, "data", { ...common("data"), description: "The tables.", tables });
  const api = new ApiStack(app, "api", { ...common("api"), description: "The HTTP API and its authorizer.", scopes: scopesOf(routes) });
  const routeStacks = routes.map((route) => {
    if (["data", "api", "stage", "operations"].includes(route.name)) {
      throw new UserError(`functions/${route.name}: the name is that of another stack. Rename the folder and its package.`);
    }
    const stack = new RouteStack(app, route.name, { ...common(route.name), description: route.description, route, code: code(route.name) });
    return after(stack, data, api);
  });
  const stage = after(new StageStack(app, "stage", { ...common("stage"), description: "The API's stage: access log and throttles.", routes }), api, ...routeStacks);
  after(
    new OperationsStack(app, "operations", { ...common("operations"), description: "Dashboard, alarms and saved queries.", routes, tables: Object.keys(tables) }),
    data,
    stage,
  );
}
