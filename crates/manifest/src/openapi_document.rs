//! What `openapi.json` says about the requests to a route.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
};

use serde_json::{Map, Value};

use crate::{
    model::{COMPONENTS, model_of},
    path::Path,
    required_parameter::{ParameterPlace, RequiredParameter},
    route::Method,
};

/// The document of the API, in the root folder of the workspace.
pub const OPENAPI_FILE: &str = "openapi.json";

/// The document of the API.
#[derive(Debug)]
pub(crate) struct OpenApiDocument(Value);

impl OpenApiDocument {
    /// Reads the document of the workspace in the folder `root`. The error is a message.
    pub(crate) fn read(root: &std::path::Path) -> Result<Self, String> {
        let text = fs::read_to_string(root.join(OPENAPI_FILE)).map_err(|error| {
            format!("needs {OPENAPI_FILE} beside the root Cargo.toml; reading it failed: {error}")
        })?;
        Self::parse(&text).map_err(|message| format!("{OPENAPI_FILE} {message}"))
    }

    fn parse(text: &str) -> Result<Self, String> {
        let document: Value =
            serde_json::from_str(text).map_err(|error| format!("is not JSON: {error}"))?;
        match document["openapi"].as_str() {
            Some(version) if version.starts_with("3.1.") => Ok(Self(document)),
            _ => Err("must have \"openapi\": \"3.1.…\"".to_owned()),
        }
    }

    /// Returns the operation of a route. The error is a message.
    pub(crate) fn operation(
        &self,
        method: Method,
        path: &Path,
    ) -> Result<ApiOperation<'_>, String> {
        if method == Method::Any {
            return Err(
                "the methods of a route with the method ANY take different requests; write \"none\", \
                 or declare a route for each method"
                    .to_owned(),
            );
        }
        // OpenAPI has no greedy variables.
        let path = path.as_str().replace("+}", "}");
        let item = &self.0["paths"][&path];
        let operation = &item[method.as_str().to_lowercase()];
        if !operation.is_object() {
            return Err(format!(
                "{OPENAPI_FILE} has no operation {method} {path}; add it, or write the document again"
            ));
        }
        Ok(ApiOperation {
            document: &self.0,
            item,
            operation,
        })
    }
}

/// One operation of the document.
#[derive(Debug)]
pub(crate) struct ApiOperation<'d> {
    document: &'d Value,
    item: &'d Value,
    operation: &'d Value,
}

impl ApiOperation<'_> {
    /// Returns the parameters that a request must have. Cookies are not among them, because a REST API
    /// has no parameters of this kind.
    pub(crate) fn required_parameters(&self) -> Result<BTreeSet<RequiredParameter>, String> {
        let lists = [&self.item["parameters"], &self.operation["parameters"]];
        let mut required = BTreeSet::new();
        for parameter in lists.into_iter().filter_map(Value::as_array).flatten() {
            let parameter = self.resolve(parameter)?;
            let name = parameter["name"].as_str().unwrap_or_default();
            let place = match parameter["in"].as_str() {
                Some("header") if !is_ignored_header(name) => ParameterPlace::Header,
                Some("path") => ParameterPlace::Path,
                Some("query") => ParameterPlace::QueryString,
                _ => continue,
            };
            let name = name.to_owned();
            let declared = RequiredParameter { place, name };
            // A parameter of the operation replaces that of its path.
            if parameter["required"] == true {
                required.insert(declared);
            } else {
                required.remove(&declared);
            }
        }
        Ok(required)
    }

    /// Returns the models of the body by media type, each with its name. A body that may be missing
    /// has none: a REST API would refuse a request without it.
    pub(crate) fn models(&self) -> Result<BTreeMap<String, (String, Value)>, String> {
        let body = self.resolve(&self.operation["requestBody"])?;
        if body["required"] != true {
            return Ok(BTreeMap::new());
        }
        let none = Map::new();
        let components = &self.document["components"]["schemas"];
        let components = components.as_object().unwrap_or(&none);
        let contents = body["content"].as_object().into_iter().flatten();
        let models = contents.map(|(media_type, content)| {
            let name = content["schema"]["$ref"].as_str();
            let name = name.and_then(|target| target.strip_prefix(COMPONENTS));
            let name = name.ok_or_else(|| {
                format!(
                    "the schema of the body of {media_type} is not a reference to one of the \
                     components, whose name would be that of the model"
                )
            })?;
            let model =
                model_of(name, components).map_err(|message| format!("{OPENAPI_FILE}{message}"))?;
            Ok((media_type.to_lowercase(), (name.to_owned(), model)))
        });
        models.collect()
    }

    /// Follows a reference to a component.
    fn resolve<'v>(&'v self, value: &'v Value) -> Result<&'v Value, String> {
        let Some(target) = value["$ref"].as_str() else {
            return Ok(value);
        };
        let place = target.strip_prefix('#').unwrap_or_default();
        let resolved = self.document.pointer(place).filter(|_| !place.is_empty());
        resolved.ok_or_else(|| format!("{OPENAPI_FILE} has no {target}"))
    }
}

/// Whether OpenAPI ignores a parameter with the name of this header.
fn is_ignored_header(name: &str) -> bool {
    ["accept", "authorization", "content-type"]
        .iter()
        .any(|ignored| name.eq_ignore_ascii_case(ignored))
}
