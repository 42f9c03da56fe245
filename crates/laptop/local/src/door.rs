//! The front door: functions, gateway and listener together, for one workspace.

use crate::build::Program;
use crate::error::Error;
use crate::exchange::Exchange;
use crate::fetch::Fetcher;
use crate::functions::Functions;
use crate::issuer::{DEFAULT_AUDIENCE, Issuer};
use crate::listener::Listening;
use crate::output::{LogFormat, Output};
use crate::routes;
use dynamodb_host::{FaultSettings, Storage};
use gateway::{Configuration, Cors, HttpApi, IdentitySource, JwtAuthorizer, Principal};
use manifest::Workspace;
use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// How a workspace is served.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where to listen; port 0 takes a free one.
    pub address: SocketAddr,
    /// Where the tables live.
    pub storage: Storage,
    /// Whose tokens are accepted.
    pub authorizer: Authorizer,
    /// Origins whose pages may call; without any, CORS is left to the functions.
    pub cors_origins: Vec<String>,
    /// Who may sign requests to routes with `access = "iam"`.
    pub principals: Vec<Principal>,
    /// Where log lines go.
    pub output: Output,
    /// What goes wrong on purpose.
    pub faults: FaultSettings,
    /// How long a client may take to send a head, and then a body.
    pub patience: Duration,
    /// How long requests under way may take when the door closes.
    pub grace: Duration,
}

/// Whose tokens a door accepts.
#[derive(Debug, Clone)]
pub enum Authorizer {
    /// The development issuer's.
    Development {
        /// The issuer.
        issuer: Arc<Issuer>,
        /// The audiences to accept; `local` when empty.
        audience: Vec<String>,
    },
    /// An identity provider's.
    Provider {
        /// Its URL, as its tokens spell it.
        issuer: String,
        /// The audiences to accept.
        audience: Vec<String>,
    },
}

/// A workspace that is being served.
#[derive(Debug)]
pub struct Door {
    address: SocketAddr,
    settings: Settings,
    functions: Functions,
    exchange: Arc<Exchange>,
    listening: Listening,
    issuer_documents: Option<JoinHandle<()>>,
}

/// What [`Door::replace`] has done.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changes {
    /// Functions that are new, or run a new program or under a new declaration.
    pub deployed: Vec<String>,
    /// Functions that are gone.
    pub removed: Vec<String>,
}

impl Settings {
    /// A free loopback port, a database in memory, tokens of `issuer`, and no output.
    #[must_use]
    pub fn ephemeral(issuer: Arc<Issuer>) -> Self {
        Self {
            address: SocketAddr::from(([127, 0, 0, 1], 0)),
            storage: Storage::Memory,
            authorizer: Authorizer::Development {
                issuer,
                audience: Vec::new(),
            },
            cors_origins: Vec::new(),
            principals: Vec::new(),
            output: Output::none(LogFormat::Text),
            faults: FaultSettings::default(),
            patience: Duration::from_secs(30),
            grace: Duration::from_secs(2),
        }
    }

    /// Takes the port, so that somebody who cannot have it need not wait for a build to learn so.
    ///
    /// # Errors
    /// When the port is in use, or the address is not this machine's.
    pub async fn bind(&self) -> Result<TcpListener, Error> {
        TcpListener::bind(self.address)
            .await
            .map_err(|source| match source.kind() {
                ErrorKind::AddrInUse => Error::PortInUse {
                    host: self.address.ip(),
                    port: self.address.port(),
                },
                _ => Error::Listen {
                    address: self.address,
                    source,
                },
            })
    }

    fn development_issuer(&self) -> Option<Arc<Issuer>> {
        match &self.authorizer {
            Authorizer::Development { issuer, .. } => Some(Arc::clone(issuer)),
            Authorizer::Provider { .. } => None,
        }
    }

    fn jwt(&self) -> JwtAuthorizer {
        let (issuer, audience) = match &self.authorizer {
            Authorizer::Development { issuer, audience } => (issuer.url(), audience),
            Authorizer::Provider { issuer, audience } => (issuer.clone(), audience),
        };
        let mut audience = audience.clone();
        if audience.is_empty() {
            audience.push(DEFAULT_AUDIENCE.to_owned());
        }
        JwtAuthorizer {
            issuer,
            audience,
            identity_source: IdentitySource::default(),
        }
    }

    fn api(&self, workspace: &Workspace) -> Result<HttpApi, Error> {
        let cors = (!self.cors_origins.is_empty()).then(|| Cors {
            allow_origins: self.cors_origins.clone(),
            allow_methods: vec!["*".to_owned()],
            allow_headers: vec!["*".to_owned()],
            expose_headers: vec!["*".to_owned()],
            max_age: Some(300),
            allow_credentials: false,
        });
        HttpApi::new(Configuration {
            routes: routes::of(&workspace.functions)?,
            jwt: Some(self.jwt()),
            principals: self.principals.clone(),
            cors,
            ..Configuration::default()
        })
        .map_err(Error::Gateway)
    }
}

impl Door {
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
        let address = listener.local_addr().map_err(|source| Error::Listen {
            address: settings.address,
            source,
        })?;
        let api = settings.api(workspace)?;
        let functions = Functions::start(&settings, workspace).await?;
        if let Err(error) = functions.deploy(workspace, programs).await {
            functions.stop().await;
            return Err(error);
        }
        let issuer = settings.development_issuer();
        let issuer_documents = match &issuer {
            Some(issuer) => match issuer.listen().await {
                Ok(listener) => Some(tokio::spawn(Arc::clone(issuer).serve(listener))),
                Err(_) => None,
            },
            None => None,
        };
        let exchange = Arc::new(Exchange::new(
            api,
            functions.host(),
            Fetcher::new(issuer),
            settings.output.clone(),
            settings.patience,
            functions.faults(),
        ));
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

    /// Where it answers.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Where DynamoDB answers, to the functions' credentials and about its faults.
    #[must_use]
    pub fn database_url(&self) -> &str {
        self.functions.database_url()
    }

    /// Whether other programs can read the development issuer's documents from this process.
    #[must_use]
    pub fn shows_issuer_documents(&self) -> bool {
        self.issuer_documents.is_some()
    }

    /// How many execution environments there are.
    #[must_use]
    pub fn environments(&self) -> usize {
        self.functions.environments()
    }

    /// Replaces what has changed: tables that are new are made, functions whose program or
    /// declaration is another are deployed, routes follow. Requests under way finish as they began.
    ///
    /// # Errors
    /// As [`open`](Self::open); what was served goes on being served.
    pub async fn replace(
        &self,
        workspace: &Workspace,
        programs: &BTreeMap<String, Program>,
    ) -> Result<Changes, Error> {
        let api = self.settings.api(workspace)?;
        self.functions.declare_tables(workspace).await?;
        let deployed = self.functions.deploy(workspace, programs).await?;
        self.exchange.replace_api(api);
        let removed = self.functions.remove_all_but(workspace).await;
        Ok(Changes { deployed, removed })
    }

    /// Closes the door, lets requests under way finish for a while, and ends every process and
    /// thread.
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
    use super::read_principals;
    use tempfile::TempDir;

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
