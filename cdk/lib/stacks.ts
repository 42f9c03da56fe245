import type { App, Stack } from "aws-cdk-lib";
import type { Code } from "aws-cdk-lib/aws-lambda";
import { ApiStack } from "./api-stack";
import { AuthorizerStack } from "./authorizer-stack";
import { DataStack } from "./data-stack";
import type { Environment } from "./environment";
import { FunctionStack } from "./function-stack";
import { Names } from "./names";
import { OperationsStack } from "./operations-stack";
import { RestApiStack } from "./rest-api-stack";
import { UserError } from "./user-error";
import { checkVariables } from "./variables";
import { RouteStack } from "./route-stack";
import { StageStack } from "./stage-stack";
import { authorizersOf, corsOf, routesOf, scopesOf, type LambdaFunction, type Workspace } from "./workspace";

export interface Colonnade {
  environment: Environment;
  workspace: Workspace;
  /** The binary of a function. */
  code: (functionName: string) => Code;
}

/**
 * Adds every stack of one environment, in the order of deployment. The API is deployed before the routes of an HTTP API,
 * each of which is in the stack of its function, and after the functions of a REST API, which deploys all its methods at
 * once.
 */
export function addStacks(app: App, { environment, workspace, code }: Colonnade): void {
  const names = new Names(environment);
  const { tables, api } = workspace;
  const routes = routesOf(workspace);
  const authorizers = authorizersOf(workspace);
  const functions = [...authorizers, ...routes];
  checkSettings(environment, workspace);
  checkVariables(environment, functions);
  for (const { name } of functions) checkName(name, names);
  const common = (id: string) => ({
    stackName: names.of(id),
    env: { account: environment.account, region: environment.region },
    // Not the commit: another tag would update every stack.
    tags: { project: environment.project, environment: environment.name },
    terminationProtection: !environment.disposable,
    environment,
    names,
  });
  const ofFunction = <D extends LambdaFunction>(declared: D) => {
    const { tags, ...others } = common(declared.name);
    return { ...others, tags: { ...tags, function: declared.name }, description: declared.description, declared, code: code(declared.name) };
  };
  const after = <S extends Stack>(stack: S, ...others: Stack[]): S => {
    for (const other of others) stack.addStackDependency(other);
    return stack;
  };

  const data = new DataStack(app, "data", { ...common("data"), description: "The tables.", tables });
  const addHttpApi = (): Stack => {
    const description = "The HTTP API and its authorizer.";
    const httpApi = new ApiStack(app, "api", { ...common("api"), description, scopes: scopesOf(routes), cors: corsOf(workspace, environment) });
    const authorizerStacks = authorizers.map((declared) => after(new AuthorizerStack(app, declared.name, ofFunction(declared)), data, httpApi));
    const routeStacks = routes.map((declared) => {
      const { access } = declared.trigger;
      const ofAccess = authorizerStacks.filter((stack) => access.kind === "authorizer" && access.name === stack.node.id);
      return after(new RouteStack(app, declared.name, ofFunction(declared)), data, httpApi, ...ofAccess);
    });
    return after(new StageStack(app, "stage", { ...common("stage"), description: "The API's stage: access log and throttles.", routes }), httpApi, ...routeStacks);
  };
  const addRestApi = (): Stack => {
    const cors = corsOf(workspace, environment);
    const functionStacks = functions.map((declared) => after(new FunctionStack(app, declared.name, { ...ofFunction(declared), cors: declared.trigger.kind === "http" ? cors : undefined }), data));
    const description = "The REST API: methods, authorizers, deployment, stage and usage plans.";
    return after(new RestApiStack(app, "api", { ...common("api"), description, workspace }), ...functionStacks);
  };
  const last = api.kind === "rest" ? addRestApi() : addHttpApi();
  after(
    new OperationsStack(app, "operations", { ...common("operations"), description: "Dashboard, alarms and saved queries.", functions, tables, api }),
    data,
    last,
  );
}

/** Fails if the name of a function cannot be that of a stack or of a Lambda function. */
function checkName(name: string, names: Names): void {
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
