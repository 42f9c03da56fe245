//! The server: functions, gateway and listener together, for one workspace.

use std::{
    collections::BTreeMap,
    net::{IpAddr, SocketAddr},
    path::Path,
    sync::Arc,
};

use dynamodb_host::{Credentials, Storage};
use front_door::{Exchange, Invoker, Listening};
use gateway::Principal;
use http::Method;
use manifest::{Function, Workspace};
use tokio::{net::TcpListener, task::JoinHandle};

use crate::{
    build::Program,
    error::Error,
    fetch::Fetcher,
    front_door_hooks::FrontDoorHooks,
    functions::Functions,
    reference_page::{self, ReferencePage},
    settings::{Authorizer, Settings},
};

/// A workspace that is being served.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    settings: Settings,
    functions: Functions,
    exchange: Arc<Exchange>,
    listening: Listening,
    issuer_documents: Option<JoinHandle<()>>,
}

impl Server {
    /// Serves `workspace` with the `programs` of its functions on `listener`, which
    /// [`Settings::bind`] made.
    ///
    /// # Errors
    /// When the database or the functions cannot be used, or API Gateway would refuse the API.
    pub async fn open(
        settings: Settings,
        listener: TcpListener,
        workspace: &Workspace,
        programs: &BTreeMap<String, Program>,
    ) -> Result<Self, Error> {
        let functions = Functions::start(&settings, workspace).await?;
        let server = Self::start(settings, listener, functions, workspace).await?;
        for function in &workspace.functions {
            let deployed = match programs.get(&function.name) {
                Some(program) => server.deploy(function, program.clone()).await.map(drop),
                None => {
                    server.fail(&function.name);
                    Ok(())
                }
            };
            if let Err(error) = deployed {
                server.close().await;
                return Err(error);
            }
        }
        Ok(server)
    }

    /// Serves `workspace` with a database that is open already, and without functions. Requests wait
    /// for their function to be [deployed](Self::deploy).
    pub(crate) async fn start(
        settings: Settings,
        listener: TcpListener,
        functions: Functions,
        workspace: &Workspace,
    ) -> Result<Self, Error> {
        let address = listener.local_addr().map_err(|source| Error::Listen {
            address: settings.address,
            source,
        })?;
        let ready = match settings.api(workspace) {
            Ok(api) => functions.declare(workspace).await.map(|()| api),
            Err(error) => Err(error),
        };
        let api = match ready {
            Ok(api) => api,
            Err(error) => {
                functions.stop().await;
                return Err(error);
            }
        };
        let issuer = settings.development_issuer();
        let issuer_documents = match &issuer {
            Some(issuer) => match issuer.listen().await {
                Ok(listener) => Some(tokio::spawn(
                    Arc::clone(issuer).serve(listener, settings.patience),
                )),
                Err(_) => None,
            },
            None => None,
        };
        let reference_page =
            ReferencePage::new(address.port(), functions.latest_declarations(), &settings);
        let hooks = FrontDoorHooks {
            reference_page,
            fetcher: Fetcher::new(issuer),
            usage: settings.usage.clone(),
            faults: functions.faults(),
        };
        let invoker = Invoker {
            host: functions.host(),
            availability: functions.availability(),
            output: settings.output.clone(),
            debugged: settings.execution.debug.clone(),
        };
        let exchange = Exchange::new(api, invoker, settings.patience, Box::new(hooks));
        let exchange = Arc::new(exchange);
        let listening = Listening::start(listener, Arc::clone(&exchange), settings.patience);
        Ok(Self {
            address,
            settings,
            functions,
            exchange,
            listening,
            issuer_documents,
        })
    }

    /// The URL before the paths of the routes: of a REST API, with the stage.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}{}", self.address, self.settings.base_path())
    }

    /// Returns the URL of the reference page. None if a declared route has its path, or if the server
    /// cannot be reached by a loopback address.
    #[must_use]
    pub fn reference_url(&self) -> Option<String> {
        let ip = self.address.ip();
        let host = match ip {
            _ if self.exchange.has_route(&Method::GET, reference_page::PATH) => return None,
            _ if ip.is_unspecified() => "127.0.0.1".to_owned(),
            IpAddr::V4(ip) if ip.is_loopback() => ip.to_string(),
            IpAddr::V6(ip) if ip.is_loopback() => format!("[{ip}]"),
            _ => return None,
        };
        let port = self.port();
        Some(format!("http://{host}:{port}{}", reference_page::PATH))
    }

    /// The port of its address.
    pub(crate) fn port(&self) -> u16 {
        self.address.port()
    }

    /// The endpoint of DynamoDB, for the functions' credentials and for fault injection.
    #[must_use]
    pub fn database_url(&self) -> &str {
        self.functions.database_url()
    }

    /// Returns credentials for the database with all permissions.
    pub(crate) fn database_owner(&self) -> Credentials {
        self.functions.database_owner()
    }

    /// Returns the file of the database; none if it is in memory.
    pub(crate) fn database_file(&self) -> Option<&Path> {
        match &self.settings.storage {
            Storage::File(file) => Some(file),
            Storage::Memory => None,
        }
    }

    /// Returns the bearer token for `/_faults`.
    #[must_use]
    pub fn fault_token(&self) -> &str {
        self.functions.fault_token()
    }

    /// Whether other programs can read the development issuer's documents from this process.
    #[must_use]
    pub fn shows_issuer_documents(&self) -> bool {
        self.issuer_documents.is_some()
    }

    /// The issuer whose tokens are accepted.
    pub(crate) fn authorizer(&self) -> &Authorizer {
        &self.settings.authorizer
    }

    /// The number of execution environments.
    #[must_use]
    pub fn environments(&self) -> usize {
        self.functions.environments()
    }

    /// Serves `workspace` as it is declared now: creates new tables, replaces the routes, removes
    /// functions, and expects new ones to be deployed. Returns the removed functions.
    ///
    /// # Errors
    /// As [`open`](Self::open); the server continues as before.
    pub async fn declare(&self, workspace: &Workspace) -> Result<Vec<String>, Error> {
        let api = self.settings.api(workspace)?;
        self.functions.declare(workspace).await?;
        self.exchange.replace_api(api);
        Ok(self.functions.remove_all_but(workspace).await)
    }

    /// Deploys a function. Running requests finish with the old program. Returns false if neither its
    /// program nor its declaration has changed.
    ///
    /// # Errors
    /// Fails if Lambda would refuse it, or its program cannot be read. The server continues as before.
    pub async fn deploy(&self, function: &Function, program: Program) -> Result<bool, Error> {
        self.functions.deploy(function, program).await
    }

    /// Ends the wait for a function that could not be built. If it has no earlier program, its route
    /// answers 500.
    pub fn fail(&self, function: &str) {
        self.functions.availability().failed(function);
    }

    /// Returns the program of a function that is deployed.
    pub(crate) async fn deployed(&self, function: &str) -> Option<Program> {
        self.functions.deployed(function).await
    }

    /// Stops listening, waits a while for running requests, and ends every process and thread.
    pub async fn close(self) {
        self.listening.stop(self.settings.grace).await;
        if let Some(documents) = self.issuer_documents {
            documents.abort();
        }
        self.functions.stop().await;
    }
}

/// Reads the file of `--principals`.
pub(crate) fn read_principals(file: &Path) -> Result<Vec<Principal>, Error> {
    #[derive(serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct File {
        #[serde(default)]
        principals: Vec<Principal>,
    }
    let bad = |source: Box<dyn std::error::Error + Send + Sync>| Error::Principals {
        file: file.to_path_buf(),
        source,
    };
    let text = std::fs::read_to_string(file).map_err(|error| bad(error.into()))?;
    let file: File = toml::from_str(&text).map_err(|error| bad(error.into()))?;
    Ok(file.principals)
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::read_principals;

    #[test]
    fn principals_are_read_from_a_small_file() {
        let folder = TempDir::new().unwrap();
        let file = folder.path().join("principals.toml");
        let ann = "[[principals]]\naccess-key-id = \"AKIDANN\"\nsecret-access-key = \"s3cret\"\n\
                   arn = \"arn:aws:iam::000000000000:user/ann\"\nallow = [\"GET/notes/*\"]\n";

        std::fs::write(&file, ann).unwrap();
        let read = read_principals(&file).unwrap();
        assert_eq!(read.len(), 1);
        assert_eq!(read[0].allow, ["GET/notes/*"]);

        std::fs::write(&file, ann.replace("allow", "allows")).unwrap();
        let error = crate::error::chain(&read_principals(&file).unwrap_err());
        assert!(error.contains("principals.toml"), "{error}");
        assert!(error.contains("unknown field `allows`"), "{error}");
    }
}
