//! The responses of operations: problems of the function and messages of API Gateway.

use std::collections::BTreeMap;

use function::Kind;
use manifest::{Path, Segment};
use serde_json::{Map, Value, json};

use crate::openapi::component_schemas::{PLACE, Schemas, problem_name};

/// The responses that several operations share, by name.
#[derive(Default)]
pub(crate) struct Responses(Map<String, Value>);

/// What API Gateway responds itself.
pub(crate) fn gateway_message(status: u16) -> Option<&'static str> {
    Some(match status {
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        413 => "Request Entity Too Large",
        429 => "Too Many Requests",
        431 => "Request Header Fields Too Large",
        500 => "Internal Server Error",
        503 => "Service Unavailable",
        _ => return None,
    })
}

impl Responses {
    /// Returns the responses of an operation that are not its success, by status. `by_gateway` are the
    /// statuses of API Gateway's own responses.
    pub(crate) fn of(
        &mut self,
        kinds: &[Kind],
        by_gateway: &[u16],
        schemas: &mut Schemas,
    ) -> BTreeMap<String, Value> {
        let mut statuses: Vec<u16> = kinds.iter().map(|kind| kind.status).collect();
        statuses.extend(by_gateway);
        statuses.sort_unstable();
        statuses.dedup();
        let responses = statuses.into_iter().map(|status| {
            let kinds: Vec<_> = kinds.iter().filter(|kind| kind.status == status).collect();
            let message = by_gateway
                .contains(&status)
                .then(|| gateway_message(status))
                .flatten();
            (status.to_string(), self.add(&kinds, message, schemas))
        });
        responses.collect()
    }

    fn add(&mut self, kinds: &[&Kind], message: Option<&str>, schemas: &mut Schemas) -> Value {
        let mut names: Vec<_> = kinds
            .iter()
            .map(|kind| problem_name(**kind).replace("Problem", ""))
            .collect();
        names.extend(message.map(|message| format!("Gateway{}", message.replace(' ', ""))));
        let name = names.join("Or");
        let mut titles: Vec<_> = kinds
            .iter()
            .map(|kind| format!("{}.", kind.title))
            .collect();
        titles.extend(message.map(|message| format!("API Gateway responds \"{message}\".")));
        let mut response = json!({
            "description": titles.join(" Or: "),
            "headers": { "apigw-requestid": request_id() },
            "content": {},
        });
        if !kinds.is_empty() {
            let refs: Vec<_> = kinds.iter().map(|kind| schemas.problem(**kind)).collect();
            response["content"]["application/problem+json"] =
                json!({ "schema": one_of(kinds, refs) });
        }
        if message.is_some() {
            let schema = json!({ "$ref": format!("#{PLACE}/Message") });
            let media = json!({ "schema": schema, "example": { "message": message } });
            response["content"]["application/json"] = media;
        }
        if kinds.iter().any(|kind| kind.status == 503) {
            response["headers"]["Retry-After"] = json!({
                "description": "The seconds after which to try again. API Gateway's own response has no such header.",
                "schema": { "type": "integer", "format": "int32", "minimum": 1, "maximum": 3600, "examples": [1] },
            });
        }
        self.0.insert(name.clone(), response);
        json!({ "$ref": format!("#/components/responses/{name}") })
    }

    pub(crate) fn into_components(self) -> Map<String, Value> {
        self.0
    }
}

/// Returns a schema of one of several problems, told apart by `type`.
fn one_of(kinds: &[&Kind], mut refs: Vec<Value>) -> Value {
    if refs.len() == 1 {
        return refs.remove(0);
    }
    let mapping: Map<_, _> = kinds
        .iter()
        .zip(&refs)
        .map(|(kind, schema)| (format!("/problems/{}", kind.name), schema["$ref"].clone()))
        .collect();
    json!({ "oneOf": refs, "discriminator": { "propertyName": "type", "mapping": mapping } })
}

/// Returns the header with the id of the request.
pub(crate) fn request_id() -> Value {
    json!({
        "description": "API Gateway's id of the request.",
        "required": true,
        "schema": { "type": "string", "maxLength": 64, "examples": ["ATfSmjLgPHcESJw="] },
    })
}

/// Returns the header with the version of an entity.
pub(crate) fn entity_tag() -> Value {
    json!({
        "description": "The version of the entity.",
        "required": true,
        "schema": { "type": "string", "maxLength": 22, "pattern": "^\"[1-9][0-9]*\"$", "examples": ["\"3\""] },
    })
}

/// Returns the header with the address of an entity that was created in `collection`.
pub(crate) fn location(collection: &Path) -> Value {
    let segments = collection.segments().iter().map(|segment| match segment {
        Segment::Literal(text) => format!("/{text}"),
        Segment::Variable(_) | Segment::Greedy(_) => "/[^/]+".to_owned(),
    });
    let collection: String = segments.collect();
    json!({
        "description": "The address of the entity.",
        "required": true,
        "schema": {
            "type": "string",
            "format": "uri-reference",
            "maxLength": 1024,
            "pattern": format!("^{collection}/.+$"),
        },
    })
}

/// Returns the header of a response to a request that was sent again.
pub(crate) fn idempotency_replayed() -> Value {
    json!({
        "description": "An earlier request with the same Idempotency-Key made the change.",
        "schema": { "type": "string", "const": "true" },
    })
}

/// Returns the header with the address of the next page.
pub(crate) fn next_page() -> Value {
    json!({
        "description": "The address of the next page, with rel=\"next\" (RFC 8288). Not on the last page.",
        "schema": { "type": "string", "maxLength": 8192, "pattern": "^<.+>; rel=\"next\"$" },
    })
}
