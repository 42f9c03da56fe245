//! What the functions' environment variables have on this machine.

use std::{collections::BTreeMap, fmt, path::Path};

use manifest::{Function, Variable, Workspace};

use crate::error::Error;

/// Variables that functions get from the shell of the developer, without a declaration.
const FROM_SHELL: [&str; 2] = ["RUST_BACKTRACE", "RUST_LOG"];

/// The values of `--env-file`, and those from the shell.
#[derive(Clone, Default)]
pub(crate) struct EnvironmentFile {
    values: BTreeMap<String, String>,
    shell: BTreeMap<String, String>,
}

impl EnvironmentFile {
    /// Reads `file`. The environment of this process does not change.
    pub(crate) fn read(file: Option<&Path>) -> Result<Self, Error> {
        let shell = FROM_SHELL
            .into_iter()
            .filter_map(|name| Some((name.to_owned(), std::env::var(name).ok()?)));
        let values = match file {
            Some(file) => dotenvy::from_path_iter(file)
                .and_then(Iterator::collect)
                .map_err(|source| Error::EnvFile {
                    file: file.to_path_buf(),
                    source,
                })?,
            None => BTreeMap::new(),
        };
        Ok(Self {
            values,
            shell: shell.collect(),
        })
    }

    /// Returns the variables of `function`. As in AWS, a secret's variable has the name of the secret. A
    /// parameter without a value is left out.
    pub(crate) fn variables(&self, function: &Function) -> BTreeMap<String, String> {
        let mut variables = BTreeMap::new();
        for (name, variable) in &function.environment {
            let value = match variable {
                Variable::Value(value) => Some(self.values.get(name).unwrap_or(value)),
                Variable::Parameter { .. } => self.values.get(name),
                Variable::Secret { secret } => Some(secret),
            };
            if let Some(value) = value {
                variables.insert(name.clone(), value.clone());
            }
        }
        variables.extend(self.shell.clone());
        for name in FROM_SHELL {
            if let Some(value) = self.values.get(name) {
                variables.insert(name.to_owned(), value.clone());
            }
        }
        variables
    }

    /// Returns the secrets that `function` may read, by name. A secret without a value does not exist.
    pub(crate) fn secrets(&self, function: &Function) -> BTreeMap<String, Option<String>> {
        let secrets = function.environment.iter();
        secrets
            .filter_map(|(name, variable)| match variable {
                Variable::Secret { secret } => {
                    Some((secret.clone(), self.values.get(name).cloned()))
                }
                Variable::Value(_) | Variable::Parameter { .. } => None,
            })
            .collect()
    }

    /// Returns a line for each reference without a value, and for each value without a declaration.
    pub(crate) fn warnings(&self, workspace: &Workspace) -> Vec<String> {
        let mut warnings = Vec::new();
        for function in &workspace.functions {
            for (name, variable) in &function.environment {
                let referred = match variable {
                    Variable::Value(_) => continue,
                    Variable::Parameter { parameter } => format!("the parameter {parameter}"),
                    Variable::Secret { secret } => format!("the secret {secret}"),
                };
                if !self.values.contains_key(name) {
                    warnings.push(format!(
                        "{}: {referred} has no value here; add {name}=… to a file, and name it with \
                         --env-file",
                        function.name
                    ));
                }
            }
        }
        for name in self.values.keys() {
            let mut functions = workspace.functions.iter();
            let is_declared = functions.any(|function| function.environment.contains_key(name));
            if !is_declared && !FROM_SHELL.contains(&name.as_str()) {
                warnings.push(format!(
                    "{name} of --env-file is not used: no function declares it in its \
                     `environment`"
                ));
            }
        }
        warnings
    }
}

/// Values stay out of logs.
impl fmt::Debug for EnvironmentFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.values.keys()).finish()
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use tempfile::NamedTempFile;

    use super::*;

    #[test]
    fn rust_log_of_the_shell_replaces_a_declared_one() {
        let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixture/Cargo.toml");
        let mut workspace = Workspace::load(Some(&manifest)).unwrap();
        let function = &mut workspace.functions[0];
        let declared = Variable::Value("info".to_owned());
        function.environment.insert("RUST_LOG".to_owned(), declared);
        let shell = [("RUST_LOG", "trace"), ("RUST_BACKTRACE", "1")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()));
        let shell = BTreeMap::from(shell);
        let file = EnvironmentFile {
            values: BTreeMap::new(),
            shell: shell.clone(),
        };

        assert_eq!(file.variables(function), shell);
    }

    #[test]
    fn what_has_no_value_or_no_declaration_is_named() {
        let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixture/Cargo.toml");
        let mut workspace = Workspace::load(Some(&manifest)).unwrap();
        let parameter = "/notes/limit".to_owned();
        workspace.functions[0]
            .environment
            .insert("LIMIT".to_owned(), Variable::Parameter { parameter });
        let mut file = NamedTempFile::new().unwrap();
        file.write_all(b"LIMITS=5\nRUST_LOG=debug\n").unwrap();

        let warnings = EnvironmentFile::read(Some(file.path()))
            .unwrap()
            .warnings(&workspace);

        assert_eq!(
            warnings,
            [
                "doorkeeper: the parameter /notes/limit has no value here; add LIMIT=… to a file, and \
                 name it with --env-file",
                "LIMITS of --env-file is not used: no function declares it in its \
                 `environment`",
            ]
        );
    }

    #[test]
    fn a_line_that_is_wrong_is_reported_with_its_file() {
        let mut file = NamedTempFile::new().unwrap();
        file.write_all(b"LIMIT\n").unwrap();

        let error = EnvironmentFile::read(Some(file.path())).unwrap_err();

        let message = crate::error::chain(&error);
        assert!(
            message.contains(&file.path().display().to_string()),
            "{message}"
        );
        assert!(message.contains("LIMIT"), "{message}");
    }
}
