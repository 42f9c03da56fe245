//! One deployed version of a function: a copy of the program, and what its environments share. It
//! exists as long as an environment uses it, also after the function was replaced.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use tempfile::TempDir;
use tokio::sync::mpsc;

use crate::{Error, FunctionConfiguration, LogFormat, Settings};

pub(crate) struct Version {
    pub(crate) name: Arc<str>,
    pub(crate) arn: Arc<str>,
    pub(crate) account: String,
    pub(crate) memory_mb: u32,
    pub(crate) timeout: Duration,
    /// How long the init phase may take.
    pub(crate) init_limit: Duration,
    pub(crate) reserved_concurrency: Option<u32>,
    pub(crate) cpu_share: bool,
    pub(crate) program: PathBuf,
    /// Lambda's `/var/task`; removed with the last environment.
    pub(crate) folder: TempDir,
    pub(crate) variables: BTreeMap<String, String>,
    /// Receives the ids of the processes of a function that is debugged.
    pub(crate) debugger: Option<mpsc::UnboundedSender<u32>>,
}

/// The time-outs of a function that is debugged. A breakpoint may stop it for as long as its developer
/// thinks, and it reads its deadline from the Runtime API.
const DEBUGGING: Duration = Duration::from_hours(24);

impl Version {
    /// Checks the configuration and copies the program. Blocks while it copies.
    ///
    /// A hard link would be cheaper, but some linkers write into an existing file, and a later
    /// environment of this version would run other bytes.
    pub(crate) fn prepare(
        function: FunctionConfiguration,
        settings: &Settings,
        parent: &Path,
    ) -> Result<Self, Error> {
        check(&function)?;
        let FunctionConfiguration {
            name,
            binary,
            memory_mb,
            timeout,
            reserved_concurrency,
            environment,
            debugger,
        } = function;
        let debugging = debugger.as_ref().map(|_| DEBUGGING);
        let copied = tempfile::Builder::new()
            .prefix("task-")
            .tempdir_in(parent)
            .and_then(|folder| {
                // Not `bootstrap` as in Lambda, so that lists of processes and debuggers show the name.
                let program = folder.path().join(&name);
                fs::copy(&binary, &program)?;
                Ok((folder, program))
            });
        let (folder, program) = match copied {
            Ok(copied) => copied,
            Err(source) => {
                return Err(Error::Binary {
                    function: name,
                    binary,
                    source,
                });
            }
        };
        let arn = format!(
            "arn:aws:lambda:{}:{}:function:{name}",
            settings.region, settings.account
        );
        let variables = variables(&name, memory_mb, folder.path(), settings, environment);
        Ok(Self {
            name: name.into(),
            arn: arn.into(),
            account: settings.account.clone(),
            memory_mb,
            timeout: debugging.unwrap_or(timeout),
            init_limit: debugging.unwrap_or(settings.init_limit),
            reserved_concurrency,
            cpu_share: settings.cpu_share && debugging.is_none(),
            program,
            folder,
            variables,
            debugger,
        })
    }

    /// Returns whether the function is debugged.
    pub(crate) fn is_debugged(&self) -> bool {
        self.debugger.is_some()
    }
}

fn check(function: &FunctionConfiguration) -> Result<(), Error> {
    let FunctionConfiguration {
        memory_mb, timeout, ..
    } = *function;
    if !(128..=10_240).contains(&memory_mb) {
        return Err(Error::Memory {
            function: function.name.clone(),
            memory_mb,
        });
    }
    if !(Duration::from_secs(1)..=Duration::from_secs(900)).contains(&timeout) {
        return Err(Error::Timeout {
            function: function.name.clone(),
            timeout,
        });
    }
    let impossible = function.environment.iter().find(|(name, value)| {
        name.is_empty() || name.contains(['=', '\0']) || value.contains('\0')
    });
    if let Some((variable, _)) = impossible {
        return Err(Error::Variable {
            function: function.name.clone(),
            variable: variable.clone(),
        });
    }
    // Lambda does not count the variables that it sets itself, such as credentials.
    let bytes: usize = function
        .environment
        .iter()
        .filter(|(name, _)| !name.starts_with("AWS_"))
        .map(|(name, value)| name.len() + value.len())
        .sum();
    if bytes > 4_096 {
        return Err(Error::Environment {
            function: function.name.clone(),
            bytes,
        });
    }
    Ok(())
}

/// Returns the variables of fact 9.2 that are the same for every process of this version.
fn variables(
    name: &str,
    memory_mb: u32,
    task: &Path,
    settings: &Settings,
    own: BTreeMap<String, String>,
) -> BTreeMap<String, String> {
    let defaults = [
        ("_HANDLER", "bootstrap"),
        ("AWS_REGION", &settings.region),
        ("AWS_DEFAULT_REGION", &settings.region),
        // An SDK needs credentials to sign; no service accepts these.
        ("AWS_ACCESS_KEY_ID", "ASIALOCAL"),
        ("AWS_SECRET_ACCESS_KEY", "local"),
        ("AWS_SESSION_TOKEN", "local"),
        ("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand"),
        ("LAMBDA_RUNTIME_DIR", "/var/runtime"),
        ("TZ", ":UTC"),
        ("LANG", "en_US.UTF-8"),
        (
            "PATH",
            "/var/lang/bin:/usr/local/bin:/usr/bin/:/bin:/opt/bin",
        ),
        (
            "LD_LIBRARY_PATH",
            "/var/lang/lib:/lib64:/usr/lib64:/var/runtime:/var/runtime/lib:/var/task:/var/task/lib:/opt/lib",
        ),
        ("AWS_XRAY_DAEMON_ADDRESS", "169.254.79.129:2000"),
        ("_AWS_XRAY_DAEMON_ADDRESS", "169.254.79.129"),
        ("_AWS_XRAY_DAEMON_PORT", "2000"),
        ("AWS_XRAY_CONTEXT_MISSING", "LOG_ERROR"),
    ];
    let json_logging = match settings.log_format {
        LogFormat::Text => &[][..],
        LogFormat::Json => &[
            ("AWS_LAMBDA_LOG_FORMAT", "JSON"),
            ("AWS_LAMBDA_LOG_LEVEL", "INFO"),
        ],
    };
    let mut variables: BTreeMap<String, String> = defaults
        .iter()
        .chain(json_logging)
        .map(|&(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    variables.insert(
        "LAMBDA_TASK_ROOT".into(),
        task.to_string_lossy().into_owned(),
    );
    variables.extend(own);
    variables.extend([
        ("AWS_LAMBDA_FUNCTION_NAME".into(), name.to_owned()),
        (
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE".into(),
            memory_mb.to_string(),
        ),
        ("AWS_LAMBDA_FUNCTION_VERSION".into(), "$LATEST".to_owned()),
        (
            "AWS_LAMBDA_LOG_GROUP_NAME".into(),
            format!("/aws/lambda/{name}"),
        ),
    ]);
    variables
}
