//! Events of an HTTP API (payload format 2.0), made from a recorded one.

use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use serde_json::{Value, json};

/// An event to which a test adds what it needs.
#[derive(Clone, Debug)]
pub struct Event(Value);

impl Event {
    /// Returns a request of the route `route_key`, such as `GET /users/{userId}`, without parameters,
    /// caller and body.
    pub(crate) fn of_route(route_key: &str) -> Self {
        let mut event: Value =
            serde_json::from_str(include_str!("event.json")).expect("the template is JSON");
        let (method, path) = route_key
            .split_once(' ')
            .expect("a route key is a method and a path");
        event["routeKey"] = json!(route_key);
        event["requestContext"]["routeKey"] = json!(route_key);
        event["requestContext"]["http"]["method"] = json!(method);
        event["rawPath"] = json!(path);
        Self(event)
    }

    /// Sets a variable of the path.
    #[must_use]
    pub fn path(mut self, name: &str, value: impl ToString) -> Self {
        let value = value.to_string();
        let path = self.0["rawPath"]
            .as_str()
            .unwrap_or_default()
            .replace(&format!("{{{name}}}"), &value);
        self.0["rawPath"] = json!(path);
        self.0["requestContext"]["http"]["path"] = json!(path);
        self.0["pathParameters"][name] = json!(value);
        self
    }

    /// Changes a variable of the path that has been set.
    pub(crate) fn path_again(mut self, name: &str, value: &str) -> Self {
        let before = self.0["pathParameters"][name].as_str().unwrap_or_default();
        let path = self.0["rawPath"].as_str().unwrap_or_default();
        let path = path.replace(before, &format!("{{{name}}}"));
        self.0["rawPath"] = json!(path);
        self.path(name, value)
    }

    /// Appends a query parameter.
    #[must_use]
    pub fn query(mut self, name: &str, value: &str) -> Self {
        let raw = self.0["rawQueryString"]
            .as_str()
            .unwrap_or_default()
            .to_owned();
        let raw = form_urlencoded::Serializer::new(raw)
            .append_pair(name, value)
            .finish();
        let parsed = form_urlencoded::parse(raw.as_bytes());
        let parameters = parsed.fold(serde_json::Map::new(), |mut parameters, (name, value)| {
            let joined = match parameters.get(name.as_ref()).and_then(Value::as_str) {
                Some(first) => format!("{first},{value}"),
                None => value.into_owned(),
            };
            parameters.insert(name.into_owned(), joined.into());
            parameters
        });
        self.0["queryStringParameters"] = parameters.into();
        self.0["rawQueryString"] = raw.into();
        self
    }

    /// Sets a header. Its name is in lower case, as in API Gateway's events.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.0["headers"][name] = json!(value);
        self
    }

    /// Sets the claims of a token of `subject` with `scopes`, separated by spaces. The route requires
    /// no scope.
    #[must_use]
    pub fn caller(mut self, subject: &str, scopes: &str) -> Self {
        self.0["requestContext"]["authorizer"] =
            json!({ "jwt": { "claims": { "sub": subject, "scope": scopes }, "scopes": null } });
        self
    }

    /// Sets a JSON body.
    #[must_use]
    pub fn json(self, body: &Value) -> Self {
        self.text("application/json", &body.to_string())
    }

    /// Sets a text body.
    #[must_use]
    pub fn text(mut self, content_type: &str, body: &str) -> Self {
        self.0["body"] = json!(body);
        self.header("content-type", content_type)
    }

    /// Sets a body that API Gateway has encoded in base64.
    #[must_use]
    pub fn base64(self, content_type: &str, encoded: &str) -> Self {
        let mut event = self.text(content_type, encoded);
        event.0["isBase64Encoded"] = json!(true);
        event
    }

    /// Returns the method and the path of the route.
    pub(crate) fn route(&self) -> (&str, &str) {
        let key = self.0["routeKey"].as_str().unwrap_or_default();
        key.split_once(' ').unwrap_or_default()
    }

    /// Returns the media type and the JSON of a body that is not encoded in base64.
    pub(crate) fn json_body(&self) -> Option<(&str, Value)> {
        let content_type = self.0["headers"]["content-type"].as_str()?;
        let media_type = content_type.split(';').next()?.trim();
        if self.0["isBase64Encoded"] == true {
            return None;
        }
        let body = serde_json::from_str(self.0["body"].as_str()?).ok()?;
        Some((media_type, body))
    }

    pub(crate) fn without_body(mut self) -> Self {
        if let Some(event) = self.0.as_object_mut() {
            event.remove("body");
        }
        self.without_content_type()
    }

    pub(crate) fn without_content_type(mut self) -> Self {
        if let Some(headers) = self.0["headers"].as_object_mut() {
            headers.remove("content-type");
        }
        self
    }
}

impl From<Event> for ApiGatewayV2httpRequest {
    fn from(event: Event) -> Self {
        serde_json::from_value(event.0).expect("the template with its changes is an event")
    }
}
