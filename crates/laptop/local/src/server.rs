//! The server: functions, gateway and listener together, for one workspace.

use std::{collections::BTreeMap, net::SocketAddr, path::Path, sync::Arc};

use gateway::Principal;
use manifest::Workspace;
use tokio::{net::TcpListener, task::JoinHandle};

use crate::{
    build::Program, error::Error, exchange::Exchange, fetch::Fetcher, functions::Functions,
    listener::Listening, settings::Settings,
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

/// The changes that [`Server::replace`] made.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changes {
    /// Functions that are new, or have a new program or declaration.
    pub deployed: Vec<String>,
    /// Functions that were removed.
    pub removed: Vec<String>,
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
        Self::with(settings, listener, functions, workspace, programs).await
    }

    /// As [`open`](Self::open), with a database that is open already.
    pub(crate) async fn with(
        settings: Settings,
        listener: TcpListener,
        functions: Functions,
        workspace: &Workspace,
        programs: &BTreeMap<String, Program>,
    ) -> Result<Self, Error> {
        let address = listener.local_addr().map_err(|source| Error::Listen {
            address: settings.address,
            source,
        })?;
        let ready = match settings.api(workspace) {
            Ok(api) => functions.deploy(workspace, programs).await.map(|_| api),
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
        let exchange = Arc::new(Exchange::new(
            api,
            functions.host(),
            Fetcher::new(issuer),
            settings.output.clone(),
            settings.patience,
            functions.faults(),
            settings.execution.debug.clone(),
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

    /// Its address.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The endpoint of DynamoDB, for the functions' credentials and for fault injection.
    #[must_use]
    pub fn database_url(&self) -> &str {
        self.functions.database_url()
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

    /// The number of execution environments.
    #[must_use]
    pub fn environments(&self) -> usize {
        self.functions.environments()
    }

    /// Replaces what has changed: creates new tables, deploys functions whose program or declaration
    /// has changed, and replaces the routes. Running requests finish with the old function.
    ///
    /// # Errors
    /// As [`open`](Self::open); the server continues as before.
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
