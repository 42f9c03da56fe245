//! What a REST API checks of requests, by `validate` and `openapi.json`.

use std::{
    cell::LazyCell,
    collections::{BTreeMap, BTreeSet},
};

use serde_json::Value;

use crate::{
    error::{Error, Found},
    openapi_document::OpenApiDocument,
    request_validation::RequestValidation,
    required_parameter::RequiredParameter,
    route::Route,
    trigger::HttpTrigger,
    workspace::Workspace,
};

/// What a REST API checks of requests before it invokes functions.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct RequestChecks {
    /// The models of bodies by name. Each is a schema of draft 4.
    pub models: BTreeMap<String, Value>,
    /// By the name of the function.
    pub routes: BTreeMap<String, RouteChecks>,
}

/// What a REST API checks of the requests to one route.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RouteChecks {
    pub parameters: BTreeSet<RequiredParameter>,
    /// The names of the models of bodies by media type. A body of another media type is not checked.
    pub models: BTreeMap<String, String>,
}

impl Workspace {
    /// Returns what a REST API checks of requests.
    ///
    /// # Errors
    /// Fails with every route that declares `validate` and whose requests `openapi.json` does not
    /// describe as a REST API can check them.
    pub fn request_checks(&self) -> Result<RequestChecks, Error> {
        let mut found = Found::default();
        let checks = collect(self, &mut found);
        found.into_result(&self.root)?;
        Ok(checks)
    }
}

/// Returns the checks of all routes, and adds a problem for each route that cannot have them.
pub(crate) fn collect(workspace: &Workspace, found: &mut Found) -> RequestChecks {
    let mut checks = RequestChecks::default();
    let validated = workspace
        .routes()
        .filter(|(_, http)| http.validation != RequestValidation::None);
    let document = LazyCell::new(|| OpenApiDocument::read(&workspace.root));
    for (function, http) in validated {
        let result = match &*document {
            Ok(document) => checks.add(&function.name, http, document),
            Err(message) => Err(message.clone()),
        };
        if let Err(message) = result {
            found
                .in_file(&function.manifest_path)
                .add("package.metadata.route.validate", message);
        }
    }
    checks
}

impl RequestChecks {
    fn add(
        &mut self,
        function: &str,
        http: &HttpTrigger,
        document: &OpenApiDocument,
    ) -> Result<(), String> {
        let Route::Path { method, path } = &http.route else {
            // A REST API has no such route.
            return Ok(());
        };
        let operation = document.operation(*method, path)?;
        let mut checks = RouteChecks::default();
        if http.validation.includes_parameters() {
            checks.parameters = operation.required_parameters()?;
        }
        if http.validation.includes_body() {
            for (media_type, (name, model)) in operation.models()? {
                checks.models.insert(media_type, name.clone());
                self.models.insert(name, model);
            }
        }
        self.routes.insert(function.to_owned(), checks);
        Ok(())
    }
}
