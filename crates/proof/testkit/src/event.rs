//! Requests of a function's tests, of no kind of API yet: [`answer`](crate::answer) makes an event of
//! the kind that is tested.

use std::collections::BTreeMap;

use serde_json::Value;

/// A request to a function's route, to which a test adds what it needs.
#[derive(Clone, Debug)]
pub struct Event {
    pub(crate) method: String,
    /// The path of the route: `/users/{userId}`.
    pub(crate) resource: String,
    pub(crate) path_parameters: BTreeMap<String, String>,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) claims: Option<Value>,
    pub(crate) body: Option<String>,
    pub(crate) is_base64_encoded: bool,
}

impl Event {
    /// Returns a request of the route `route_key`, such as `GET /users/{userId}`, without parameters,
    /// caller and body.
    pub(crate) fn of_route(route_key: &str) -> Self {
        let (method, resource) = route_key
            .split_once(' ')
            .expect("a route key is a method and a path");
        Self {
            method: method.to_owned(),
            resource: resource.to_owned(),
            path_parameters: BTreeMap::new(),
            query: Vec::new(),
            headers: BTreeMap::new(),
            claims: None,
            body: None,
            is_base64_encoded: false,
        }
    }

    /// Sets a variable of the path.
    #[must_use]
    pub fn path(mut self, name: &str, value: impl ToString) -> Self {
        self.path_parameters
            .insert(name.to_owned(), value.to_string());
        self
    }

    /// Appends a query parameter.
    #[must_use]
    pub fn query(mut self, name: &str, value: &str) -> Self {
        self.query.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Sets a header. Its name is in lower case.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.insert(name.to_owned(), value.to_owned());
        self
    }

    /// Sets the claims of a token of `subject` with `scopes`, separated by spaces. The route requires
    /// no scope.
    #[must_use]
    pub fn caller(mut self, subject: &str, scopes: &str) -> Self {
        self.claims = Some(serde_json::json!({ "sub": subject, "scope": scopes }));
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
        self.body = Some(body.to_owned());
        self.is_base64_encoded = false;
        self.header("content-type", content_type)
    }

    /// Sets a body that an HTTP API encodes in base64.
    #[must_use]
    pub fn base64(self, content_type: &str, encoded: &str) -> Self {
        Self {
            is_base64_encoded: true,
            ..self.text(content_type, encoded)
        }
    }

    /// Returns the method and the path of the route.
    pub(crate) fn route(&self) -> (&str, &str) {
        (&self.method, &self.resource)
    }

    /// Returns the media type and the JSON of a body that is not encoded in base64.
    pub(crate) fn json_body(&self) -> Option<(&str, Value)> {
        let content_type = self.headers.get("content-type")?;
        let media_type = content_type.split(';').next()?.trim();
        if self.is_base64_encoded {
            return None;
        }
        let body = serde_json::from_str(self.body.as_deref()?).ok()?;
        Some((media_type, body))
    }

    pub(crate) fn without_body(mut self) -> Self {
        self.body = None;
        self.without_content_type()
    }

    pub(crate) fn without_content_type(mut self) -> Self {
        self.headers.remove("content-type");
        self
    }

    /// The path with the variables' values, each written by `write`.
    pub(crate) fn concrete_path(&self, write: impl Fn(&str) -> String) -> String {
        let mut path = self.resource.clone();
        for (name, value) in &self.path_parameters {
            path = path.replace(&format!("{{{name}}}"), &write(value));
        }
        path
    }
}
