//! One operation: what a function takes and answers.

use function::Kind;
use manifest::{
    Access, Answer, Body, Function, HttpTrigger, Operation, Path, Problem, Segment, Workspace,
    did_you_mean,
};
use serde_json::{Map, Value, json};

use crate::openapi::{
    api_parameters::Parameter,
    api_responses::{self, Responses},
    api_security,
    component_schemas::Schemas,
};

/// Returns the resource of a path: its first segment.
pub(crate) fn tag(path: &Path) -> String {
    match path.segments().first() {
        Some(Segment::Literal(text)) => text.clone(),
        _ => "root".to_owned(),
    }
}

/// The operations of the document, with what they refer to.
pub(crate) struct Operations {
    pub(crate) schemas: Schemas,
    pub(crate) responses: Responses,
    /// What is wrong with the declarations.
    pub(crate) problems: Vec<Problem>,
}

impl Operations {
    /// Returns the operation of a function.
    pub(crate) fn operation(
        &mut self,
        workspace: &Workspace,
        function: &Function,
        http: &HttpTrigger,
        path: &Path,
    ) -> Value {
        let mut value = json!({
            "operationId": function.name,
            "summary": function.description.trim_end_matches('.'),
            "description": format!("{} {}", function.description, api_security::describe(&http.access)),
            "tags": [tag(path)],
            "security": api_security::requirement(&http.access),
        });
        let Some(declared) = &http.operation else {
            let variables = path.variables().map(|name| {
                json!({ "name": name, "in": "path", "required": true, "schema": { "type": "string" } })
            });
            value["parameters"] = variables.collect();
            value["responses"] = json!({ "default": {
                "description": "The function does not declare its responses.",
            } });
            return value;
        };
        let mut refuse = |field: &str, message: String| {
            let problem = workspace.problem_of_operation(function, field, message);
            self.problems.push(problem);
        };
        let parameters = parameters(declared, http, path);
        let mut objects = Vec::new();
        for parameter in &parameters {
            match parameter.to_value(&mut self.schemas) {
                Some(value) => objects.push(value),
                None => {
                    let hint = did_you_mean(&parameter.r#type, self.schemas.parameter_names());
                    let field = match parameter.place {
                        "path" => "path".to_owned(),
                        place => format!("{place}.{}", parameter.name),
                    };
                    let message = format!(
                        "{} would be of type {:?}, which the contract does not have{hint}",
                        parameter.name, parameter.r#type
                    );
                    refuse(&field, message);
                }
            }
        }
        if !objects.is_empty() {
            value["parameters"] = objects.into();
        }
        if let Some(body) = &declared.body {
            match self.schemas.body(body.name()) {
                Some(schema) => value["requestBody"] = request_body(body, &schema),
                None => {
                    let hint = did_you_mean(body.name(), self.schemas.body_names());
                    let field = match body {
                        Body::Json(_) => "body",
                        Body::MergePatch(_) => "merge-patch",
                    };
                    refuse(field, format!("unknown type {:?}{hint}", body.name()));
                }
            }
        }
        let mut names = implied_problems(declared, !parameters.is_empty());
        names.extend(declared.problems.iter().map(String::as_str));
        let mut kinds: Vec<Kind> = Vec::new();
        for name in names {
            match self.schemas.kind(name) {
                Some(kind) => kinds.push(kind),
                None => {
                    let hint = did_you_mean(name, self.schemas.problem_names());
                    refuse("problems", format!("unknown problem {name:?}{hint}"));
                }
            }
        }
        let by_gateway = gateway_statuses(&http.access, declared, path);
        let mut responses = self.responses.of(&kinds, &by_gateway, &mut self.schemas);
        let body = match &declared.answer {
            Answer::Page(name) => self.schemas.page(name),
            answer => answer.body().and_then(|name| self.schemas.reply(name)),
        };
        if let (None, Some(name)) = (&body, declared.answer.body()) {
            let hint = did_you_mean(name, self.schemas.reply_names());
            refuse("answer", format!("unknown type {name:?}{hint}"));
        }
        responses.extend(successes(declared, http, path, body));
        value["responses"] = json!(responses);
        value
    }
}

fn is_get(http: &HttpTrigger) -> bool {
    http.route.to_string().starts_with("GET ")
}

fn parameters(declared: &Operation, http: &HttpTrigger, path: &Path) -> Vec<Parameter> {
    let mut parameters: Vec<_> = path.variables().map(Parameter::path).collect();
    let query = declared.query.iter();
    parameters.extend(query.map(|(name, r#type)| Parameter::query(name, r#type)));
    match declared.answer {
        Answer::Page(_) => parameters.extend(Parameter::page()),
        Answer::Item(_) if is_get(http) => parameters.push(Parameter::if_none_match()),
        Answer::Created(_) | Answer::Changed(_) => parameters.push(Parameter::idempotency_key()),
        Answer::Item(_) | Answer::Ok(_) | Answer::NoContent => (),
    }
    if declared.if_match {
        parameters.push(Parameter::if_match());
    }
    parameters
}

/// Returns the body of a request.
fn request_body(body: &Body, schema: &Value) -> Value {
    let types: &[&str] = match body {
        Body::Json(_) => &["application/json"],
        Body::MergePatch(_) => &["application/merge-patch+json", "application/json"],
    };
    let content = types
        .iter()
        .map(|r#type| ((*r#type).to_owned(), json!({ "schema": schema })));
    json!({ "required": true, "content": content.collect::<Map<_, _>>() })
}

/// Returns the problems that follow from what an operation takes.
fn implied_problems(declared: &Operation, has_parameters: bool) -> Vec<&str> {
    let mut names = vec!["internal", "unavailable"];
    if has_parameters {
        names.push("invalid-parameter");
    }
    if declared.body.is_some() {
        names.extend([
            "body-too-large",
            "invalid-body",
            "unreadable-body",
            "unsupported-media-type",
        ]);
    }
    if declared.if_match {
        names.push("precondition-failed");
    }
    if matches!(declared.answer, Answer::Created(_) | Answer::Changed(_)) {
        names.extend(["idempotency-key-reused", "outcome-deleted"]);
    }
    names
}

/// Returns the statuses with which API Gateway responds itself.
fn gateway_statuses(access: &Access, declared: &Operation, path: &Path) -> Vec<u16> {
    let mut statuses = vec![429, 431, 500, 503];
    match access {
        Access::Public => (),
        Access::Token { scopes } if scopes.is_empty() => statuses.push(401),
        Access::Token { .. } | Access::Authorizer { .. } => statuses.extend([401, 403]),
        Access::Iam => statuses.push(403),
    }
    // A variable that is empty, that has a slash or that cannot be decoded.
    if path.variables().next().is_some() {
        statuses.extend([400, 404]);
    }
    if declared.body.is_some() {
        statuses.push(413);
    }
    statuses
}

/// Returns the responses to a request that succeeds.
fn successes(
    declared: &Operation,
    http: &HttpTrigger,
    path: &Path,
    body: Option<Value>,
) -> Vec<(String, Value)> {
    let mut headers = Map::new();
    headers.insert("apigw-requestid".to_owned(), api_responses::request_id());
    let mut header = |name: &str, value| headers.insert(name.to_owned(), value);
    let (status, description) = match &declared.answer {
        Answer::Ok(_) => ("200", "The function answers."),
        Answer::Item(_) => ("200", "The entity."),
        Answer::Created(_) => ("201", "The entity that was created."),
        Answer::Changed(_) => ("200", "The entity after the change."),
        Answer::Page(_) => ("200", "A page of the list."),
        Answer::NoContent => ("204", "Done."),
    };
    match &declared.answer {
        Answer::Item(_) => drop(header("ETag", api_responses::entity_tag())),
        Answer::Created(_) | Answer::Changed(_) => {
            header("ETag", api_responses::entity_tag());
            header(
                "Idempotency-Replayed",
                api_responses::idempotency_replayed(),
            );
        }
        Answer::Page(_) => drop(header("Link", api_responses::next_page())),
        Answer::Ok(_) | Answer::NoContent => (),
    }
    if matches!(declared.answer, Answer::Created(_)) {
        header("Location", api_responses::location(path));
    }
    let mut responses = Vec::new();
    if is_get(http) && matches!(declared.answer, Answer::Item(_)) {
        let response =
            json!({ "description": "The client has the current version.", "headers": headers });
        responses.push(("304".to_owned(), response));
    }
    let mut response = json!({ "description": description, "headers": headers });
    if let Some(schema) = body {
        response["content"] = json!({ "application/json": { "schema": schema } });
    }
    responses.push((status.to_owned(), response));
    responses
}
