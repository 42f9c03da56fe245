//! The front door: functions, gateway and listener together, for one workspace.

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

/// What [`Server::replace`] has done.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changes {
    /// Functions that are new, or run a new program or under a new declaration.
    pub deployed: Vec<String>,
    /// Functions that are gone.
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

    /// Returns DynamoDB's URL, for the functions' credentials and, at `/_faults`, for its faults.
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
