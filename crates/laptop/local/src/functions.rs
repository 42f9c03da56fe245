//! The running functions of a workspace, each with its own credentials for the database.

use std::{collections::BTreeMap, sync::Arc};

use dynamodb_host::{DynamoDb, Faults};
use lambda_host::{FunctionConfiguration, Host};
use manifest::{Function, Workspace};
use tokio::sync::Mutex;

use crate::{
    build::Program, debugging, environment_file::EnvironmentFile, error::Error, output::LogFormat,
    secrets::Secrets, settings::Settings,
};

/// The Lambda host, the database and the deployed functions.
#[derive(Debug)]
pub(crate) struct Functions {
    database: DynamoDb,
    host: Arc<Host>,
    environment_file: EnvironmentFile,
    secrets: Secrets,
    /// The function that is debugged.
    debugged: Option<String>,
    deployed: Mutex<BTreeMap<String, (Function, Program)>>,
}

impl Functions {
    /// Starts both, with the workspace's tables and without functions.
    pub(crate) async fn start(settings: &Settings, workspace: &Workspace) -> Result<Self, Error> {
        let debugged = settings.execution.debug.clone();
        if let Some(name) = &debugged
            && workspace.function(name).is_none()
        {
            return Err(Error::UnknownFunction {
                name: name.clone(),
                functions: workspace.functions.iter().map(|f| f.name.clone()).collect(),
            });
        }
        let environment_file = EnvironmentFile::read(settings.execution.env_file.as_deref())?;
        for warning in environment_file.warnings(workspace) {
            eprintln!("warning: {warning}");
        }
        let database = DynamoDb::start(settings.storage.clone(), &workspace.tables).await?;
        let faults = database.faults();
        faults.set(settings.faults.clone()).map_err(Error::Faults)?;
        let output = settings.output.clone();
        let mut host = lambda_host::Settings::new(move |line| output.function(&line));
        host.log_format = match settings.output.format() {
            LogFormat::Text => lambda_host::LogFormat::Text,
            LogFormat::Json => lambda_host::LogFormat::Json,
        };
        settings.execution.apply(&mut host);
        Ok(Self {
            database,
            host: Arc::new(Host::start(host).map_err(Error::Lambda)?),
            environment_file,
            secrets: Secrets::start().await.map_err(Error::Secrets)?,
            debugged,
            deployed: Mutex::default(),
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

    /// Creates the tables that are new.
    pub(crate) async fn declare_tables(&self, workspace: &Workspace) -> Result<(), Error> {
        Ok(self.database.declare(&workspace.tables).await?)
    }

    /// Deploys the functions whose program or declaration has changed, and returns their names.
    pub(crate) async fn deploy(
        &self,
        workspace: &Workspace,
        programs: &BTreeMap<String, Program>,
    ) -> Result<Vec<String>, Error> {
        let mut deployed = self.deployed.lock().await;
        let mut names = Vec::new();
        for function in &workspace.functions {
            // A function that does not compile keeps running as before.
            let Some(program) = programs.get(&function.name) else {
                continue;
            };
            let now = (function.clone(), program.clone());
            if deployed.get(&function.name) == Some(&now) {
                continue;
            }
            let debugger = (self.debugged.as_ref() == Some(&function.name))
                .then(|| debugging::announce(function, workspace));
            self.host
                .deploy(FunctionConfiguration {
                    name: function.name.clone(),
                    binary: program.path.clone(),
                    memory_mb: function.memory,
                    timeout: function.timeout,
                    reserved_concurrency: function.reserved_concurrency,
                    environment: self.environment(function),
                    debugger,
                })
                .await
                .map_err(Error::Lambda)?;
            deployed.insert(function.name.clone(), now);
            names.push(function.name.clone());
        }
        Ok(names)
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
        gone
    }

    /// Ends every process and thread, and closes the database.
    pub(crate) async fn stop(self) {
        self.host.shutdown().await;
        self.database.stop().await;
    }

    /// The environment variables besides Lambda's own: the endpoint of DynamoDB, credentials, the names
    /// of the tables, and the declared variables.
    fn environment(&self, function: &Function) -> BTreeMap<String, String> {
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
            .chain(self.environment_file.variables(function))
            .collect()
    }
}
