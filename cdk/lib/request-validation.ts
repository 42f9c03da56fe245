import type { IModel, JsonSchema, MethodOptions, RequestValidator, RestApi } from "aws-cdk-lib/aws-apigateway";
import type { HttpTrigger, Route, Workspace } from "./workspace";

/** What a REST API checks of requests before it invokes a function: models of bodies, required parameters, validators. */
export class RequestValidation {
  private readonly models: Map<string, IModel>;
  private readonly validators = new Map<HttpTrigger["validation"], RequestValidator>();

  constructor(
    private readonly api: RestApi,
    { models }: Workspace,
  ) {
    // Each is a schema of draft 4 already, which CDK's type names otherwise: `ref` for `$ref`.
    const add = (name: string, schema: object) => api.addModel(`Model ${name}`, { modelName: name, contentType: "application/json", schema: schema as JsonSchema });
    this.models = new Map(Object.entries(models).map(([name, schema]) => [name, add(name, schema)]));
  }

  /** Returns the options of a route's method. A route without a declared validation has none. */
  optionsOf({ name, trigger: { validation, requestModels, requiredParameters } }: Route): MethodOptions {
    if (validation === "none") return {};
    const modelOf = (model: string): IModel => {
      const added = this.models.get(model);
      if (!added) throw new Error(`${name} has the model ${model}, which manifest does not describe.`);
      return added;
    };
    return {
      requestValidator: this.validator(validation),
      requestParameters: Object.fromEntries(requiredParameters.map((parameter) => [parameter, true])),
      requestModels: Object.fromEntries(Object.entries(requestModels).map(([mediaType, model]) => [mediaType, modelOf(model)])),
    };
  }

  /** Returns the validator that several methods share. */
  private validator(validation: HttpTrigger["validation"]): RequestValidator {
    const added =
      this.validators.get(validation) ??
      this.api.addRequestValidator(`Validator ${validation}`, {
        validateRequestBody: validation !== "parameters",
        validateRequestParameters: validation !== "body",
      });
    this.validators.set(validation, added);
    return added;
  }
}
