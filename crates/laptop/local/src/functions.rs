//! The running functions of a workspace, each with its own credentials for the database.

use std::{
    collections::BTreeMap,
    sync::{Arc, PoisonError, RwLock},
};

use dynamodb_host::{Credentials, Denial, DynamoDb, Faults};
use front_door::Availability;
use lambda_host::{FunctionConfiguration, Host};
use manifest::{Function, Workspace};
use request_log::{DeniedCall, say};
use tokio::sync::Mutex;

use crate::{
    build::Program, debugging, environment_file::EnvironmentFile, error::Error, secrets::Secrets,
    settings::Settings,
};

/// The Lambda host, the database and the deployed functions.
#[derive(Debug)]
pub(crate) struct Functions {
    database: DynamoDb,
    host: Arc<Host>,
    /// The latest declarations, for the place of a missing permission.
    declarations: Arc<RwLock<Arc<Workspace>>>,
    environment_file: EnvironmentFile,
    secrets: Secrets,
    settings: Settings,
    deployed: Mutex<BTreeMap<String, Deployed>>,
    availability: Arc<Availability>,
}

/// What a function was deployed with.
#[derive(Debug, PartialEq)]
struct Deployed {
    function: Function,
    program: Program,
    /// The CORS settings in its environment.
    cors: Option<(String, String)>,
}

impl Functions {
    /// Starts both, with the workspace's tables and without functions.
    pub(crate) async fn start(settings: &Settings, workspace: &Workspace) -> Result<Self, Error> {
        if let Some(name) = &settings.execution.debug
            && workspace.function(name).is_none()
        {
            return Err(Error::UnknownFunction {
                option: "--debug",
                pattern: name.clone(),
                hint: manifest::did_you_mean(
                    name,
                    workspace.functions.iter().map(|f| f.name.as_str()),
                ),
            });
        }
        let environment_file = EnvironmentFile::read(settings.execution.env_file.as_deref())?;
        for warning in environment_file.warnings(workspace) {
            say(&format!("warning: {warning}"));
        }
        let database = DynamoDb::start(settings.storage.clone(), &workspace.tables).await?;
        let faults = database.faults();
        faults.set(settings.faults.clone()).map_err(Error::Faults)?;
        let output = settings.output.clone();
        let declarations = Arc::new(RwLock::new(Arc::new(workspace.clone())));
        let (declared, denials) = (Arc::clone(&declarations), settings.output.clone());
        database.observe_denials(move |denial| {
            let workspace = Arc::clone(&declared.read().unwrap_or_else(PoisonError::into_inner));
            let (call, trace_id) = denied_call(&workspace, denial);
            denials.denied(call, trace_id);
        });
        let mut host = lambda_host::Settings::new(move |line| output.log(line));
        host.log_format = settings.output.format();
        settings.execution.apply(&mut host);
        Ok(Self {
            database,
            host: Arc::new(Host::start(host).map_err(Error::Lambda)?),
            declarations,
            environment_file,
            secrets: Secrets::start().await.map_err(Error::Secrets)?,
            settings: settings.clone(),
            deployed: Mutex::default(),
            availability: Arc::default(),
        })
    }

    /// The Lambda host.
    pub(crate) fn host(&self) -> Arc<Host> {
        Arc::clone(&self.host)
    }

    /// The endpoint of DynamoDB.
    pub(crate) fn database_url(&self) -> &str {
        self.database.endpoint()
    }

    /// Credentials for the database with all permissions.
    pub(crate) fn database_owner(&self) -> Credentials {
        self.database.owner()
    }

    /// The bearer token for DynamoDB's `/_faults`.
    pub(crate) fn fault_token(&self) -> &str {
        self.database.fault_token()
    }

    /// The faults that are injected.
    pub(crate) fn faults(&self) -> Faults {
        self.database.faults().clone()
    }

    /// The number of execution environments.
    pub(crate) fn environments(&self) -> usize {
        self.host.environments()
    }

    /// The latest declarations, which [`declare`](Self::declare) replaces.
    pub(crate) fn latest_declarations(&self) -> Arc<RwLock<Arc<Workspace>>> {
        Arc::clone(&self.declarations)
    }

    fn declarations(&self) -> Arc<Workspace> {
        let declarations = self.declarations.read();
        Arc::clone(&declarations.unwrap_or_else(PoisonError::into_inner))
    }

    /// Which functions can be invoked.
    pub(crate) fn availability(&self) -> Arc<Availability> {
        Arc::clone(&self.availability)
    }

    /// Creates the tables that are new, and expects the functions to be deployed.
    pub(crate) async fn declare(&self, workspace: &Workspace) -> Result<(), Error> {
        self.database.declare(&workspace.tables).await?;
        *self
            .declarations
            .write()
            .unwrap_or_else(PoisonError::into_inner) = Arc::new(workspace.clone());
        let names = workspace.functions.iter().map(|f| f.name.as_str());
        self.availability.expect(names);
        Ok(())
    }

    /// Deploys a function. Returns false if neither its program nor its declaration has changed.
    pub(crate) async fn deploy(
        &self,
        function: &Function,
        program: Program,
    ) -> Result<bool, Error> {
        let mut deployed = self.deployed.lock().await;
        let now = Deployed {
            function: function.clone(),
            program,
            cors: self.settings.cors_variable(&self.declarations()),
        };
        if deployed.get(&function.name) == Some(&now) {
            return Ok(false);
        }
        let debugger = (self.settings.execution.debug.as_ref() == Some(&function.name))
            .then(|| debugging::announce(function, &self.declarations()));
        self.host
            .deploy(FunctionConfiguration {
                name: function.name.clone(),
                binary: now.program.path.clone(),
                memory_mb: function.memory,
                timeout: function.timeout,
                reserved_concurrency: function.reserved_concurrency,
                environment: self.environment(&now),
                debugger,
            })
            .await
            .map_err(Error::Lambda)?;
        deployed.insert(function.name.clone(), now);
        self.availability.deployed(&function.name);
        Ok(true)
    }

    /// Returns the program of a function that is deployed.
    pub(crate) async fn deployed(&self, name: &str) -> Option<Program> {
        let deployed = self.deployed.lock().await;
        deployed.get(name).map(|deployed| deployed.program.clone())
    }

    /// Removes the functions that `workspace` no longer has, and returns their names.
    pub(crate) async fn remove_all_but(&self, workspace: &Workspace) -> Vec<String> {
        let mut deployed = self.deployed.lock().await;
        let gone: Vec<String> = deployed
            .keys()
            .filter(|name| workspace.function(name).is_none())
            .cloned()
            .collect();
        for name in &gone {
            deployed.remove(name);
            self.host.remove(name);
        }
        self.availability
            .retain(|name| workspace.function(name).is_some());
        gone
    }

    /// Ends every process and thread, and closes the database.
    pub(crate) async fn stop(self) {
        self.host.shutdown().await;
        self.database.stop().await;
    }

    /// The environment variables besides Lambda's own: the endpoint of DynamoDB, credentials, the names
    /// of the tables, the CORS settings, and the declared variables.
    fn environment(&self, deployed: &Deployed) -> BTreeMap<String, String> {
        let function = &deployed.function;
        let credentials = self.database.admit(&function.name, &function.permissions);
        let tables = function
            .permissions
            .tables()
            .into_iter()
            .map(|table| (manifest::environment_variable(table), table.to_owned()));
        self.secrets.admit(
            &credentials.session_token,
            self.environment_file.secrets(function),
        );
        let own = [
            (
                "AWS_ENDPOINT_URL_DYNAMODB",
                self.database.endpoint().to_owned(),
            ),
            (
                "AWS_ENDPOINT_URL_SECRETS_MANAGER",
                self.secrets.endpoint().to_owned(),
            ),
            ("AWS_ACCESS_KEY_ID", credentials.access_key_id),
            ("AWS_SECRET_ACCESS_KEY", credentials.secret_access_key),
            ("AWS_SESSION_TOKEN", credentials.session_token),
        ];
        own.into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .chain(tables)
            .chain(deployed.cors.clone())
            .chain(self.environment_file.variables(function))
            .collect()
    }
}

/// Returns a denied call with the place that could permit it, and the trace of its invocation.
fn denied_call(workspace: &Workspace, denial: Denial) -> (DeniedCall, Option<String>) {
    let function = workspace.function(&denial.function);
    let place = function
        .zip(denial.resource.as_ref())
        .map(|(function, resource)| {
            let problem = workspace.problem_of_permission(function, resource, String::new());
            let file = problem.file.display();
            match problem.line {
                Some(line) => format!("{file}:{line}"),
                None => file.to_string(),
            }
        });
    let call = DeniedCall {
        function: denial.function,
        action: denial.action,
        resource: denial.resource.map(|resource| resource.to_string()),
        place,
    };
    (call, denial.trace_id)
}
