//! Builds the functions, deploys each as soon as it is linked, and does so again after each edit.

use std::{
    collections::BTreeSet,
    path::Path,
    time::{Duration, Instant},
};

use jiff::{Timestamp, tz::TimeZone};
use manifest::{Function, Workspace};
use request_log::say;

use crate::{
    build::{Builder, Built, Program},
    build_progress::Progress,
    cli::Cli,
    error::{Error, chain},
    route_table,
    selection::select,
    server::Server,
    watch::Watch,
};

/// How many functions a line names.
const NAMED: usize = 4;

/// Keeps a server up to date with the sources.
pub(crate) struct EditLoop<'a> {
    server: &'a Server,
    workspace: Workspace,
    only: &'a [String],
    builder: Builder,
    watch: Option<Watch>,
    /// When a function could be called for the first time.
    first_deployed: Option<Instant>,
}

/// Reads the workspace that is to be served.
pub(crate) fn load(cli: &Cli) -> Result<Workspace, Error> {
    let workspace = read(cli.manifest_path.as_deref())?;
    if workspace.functions.is_empty() {
        return Err(Error::NoFunctions {
            root: workspace.root,
        });
    }
    let all = workspace.functions.len();
    let workspace = select(workspace, &cli.serve.only)?;
    let left_out = all - workspace.functions.len();
    if left_out > 0 {
        say(&format!("--only leaves out {left_out} of {all} functions."));
    }
    Ok(workspace)
}

impl<'a> EditLoop<'a> {
    /// Begins to watch the sources, before the first build reads them.
    pub(crate) fn start(
        cli: &'a Cli,
        server: &'a Server,
        workspace: Workspace,
    ) -> Result<Self, Error> {
        let watch = match cli.serve.no_watch {
            true => None,
            false => Some(Watch::start(&workspace)?),
        };
        Ok(Self {
            server,
            workspace,
            only: &cli.serve.only,
            builder: Builder::new(&cli.serve.profile, Progress::terminal())
                .debug(cli.serve.execution.debug.clone()),
            watch,
            first_deployed: None,
        })
    }

    /// The workspace as it is served.
    pub(crate) fn workspace(&self) -> &Workspace {
        &self.workspace
    }

    /// Builds, and builds again until no noticed edit is left.
    pub(crate) async fn first_build(&mut self) -> Result<(), Error> {
        let begun = Instant::now();
        let (mut built, _) = self.build().await?;
        if self.watch.is_none() && !built.failed.is_empty() {
            // No edit can mend it.
            return Err(Error::Build);
        }
        while self.take_edits().await? {
            (built, _) = self.build().await?;
        }
        let took = begun.elapsed().as_secs_f64();
        let first = self.first_deployed.map(|at| at.duration_since(begun));
        let first = first.map_or(String::new(), |first| {
            format!(", the first in {:.1} s", first.as_secs_f64())
        });
        let functions = count(built.functions.len(), "function");
        say(&format!("Built {functions} in {took:.1} s{first}."));
        self.report_failures(&built).await;
        Ok(())
    }

    /// Builds after each edit.
    pub(crate) async fn follow_edits(&mut self) -> Result<(), Error> {
        let Some(watch) = &mut self.watch else {
            return std::future::pending().await;
        };
        watch.changed(&self.workspace).await;
        if self.take_edits().await? {
            let begun = Instant::now();
            let (built, deployed) = self.build().await?;
            report_deployed(&deployed, begun.elapsed());
            self.report_failures(&built).await;
        }
        Ok(())
    }

    /// Takes the noticed edits, and serves what is declared now. Returns whether there is something to
    /// build.
    async fn take_edits(&mut self) -> Result<bool, Error> {
        let Some(watch) = &mut self.watch else {
            return Ok(false);
        };
        let edits = watch.take(&self.workspace);
        if edits.is_empty() {
            return Ok(false);
        }
        if edits.iter().any(|path| declares(path, &self.workspace)) {
            match reload(&self.workspace, self.only) {
                Ok(changed) => {
                    let routes = route_table::changes(&self.workspace, &changed);
                    if !routes.is_empty() {
                        say(routes.trim_end());
                    }
                    self.workspace = changed;
                }
                Err(error) => return Ok(refuse(&error)),
            }
            watch.follow(&self.workspace)?;
        }
        match self.server.declare(&self.workspace).await {
            Ok(removed) if !removed.is_empty() => say(&format!("Removed {}.", removed.join(", "))),
            Ok(_) => {}
            Err(error) => return Ok(refuse(&error)),
        }
        Ok(true)
    }

    /// Builds once, and returns which functions were deployed.
    async fn build(&mut self) -> Result<(Built, Vec<String>), Error> {
        let Self {
            server,
            workspace,
            builder,
            watch,
            first_deployed,
            ..
        } = self;
        let mut deployed = Vec::new();
        let mut refused = BTreeSet::new();
        let linked = async |function: &Function, program: Program| {
            // It may have been compiled before the edit. The next build follows at once, and until then
            // requests wait.
            let is_outdated = watch
                .as_mut()
                .is_some_and(|w| w.is_edited(function, workspace));
            if is_outdated && server.deployed(&function.name).await.is_none() {
                return;
            }
            match server.deploy(function, program).await {
                Ok(true) => {
                    first_deployed.get_or_insert_with(Instant::now);
                    deployed.push(function.name.clone());
                }
                Ok(false) => {}
                Err(error) => {
                    say(&format!("error: {}", chain(&error)));
                    refused.insert(function.name.clone());
                }
            }
        };
        let mut built = builder.build(workspace, linked).await?;
        if let Some(watch) = watch {
            watch.built(workspace);
        }
        built.functions.retain(|name| !refused.contains(name));
        built.failed.extend(refused);
        for name in &built.failed {
            server.fail(name);
        }
        Ok((built, deployed))
    }

    /// Says what does not compile, and which build of it is served.
    async fn report_failures(&self, built: &Built) {
        for (name, errors) in &built.errors {
            let errors = count(*errors, "error");
            let serving = match built.failed.contains(name) {
                true => self.serving(name).await,
                false => String::new(),
            };
            say(&format!("✗ {name}: {errors}{serving}"));
        }
        let mut kept = Vec::new();
        let mut missing = Vec::new();
        for name in &built.failed {
            if !built.errors.contains_key(name) {
                match self.server.deployed(name).await {
                    Some(_) => kept.push(name.clone()),
                    None => missing.push(name.clone()),
                }
            }
        }
        if !kept.is_empty() {
            say(&format!("✗ {}: serving earlier builds", names(&kept)));
        }
        if !missing.is_empty() {
            say(&format!("✗ {}: not served", names(&missing)));
        }
    }

    async fn serving(&self, name: &str) -> String {
        let Some(program) = self.server.deployed(name).await else {
            return ", not served until it compiles".to_owned();
        };
        let linked = program.modified.map(Timestamp::try_from);
        match linked {
            Some(Ok(linked)) => {
                let time = linked.to_zoned(TimeZone::system()).strftime("%H:%M");
                format!(", serving the build of {time}")
            }
            _ => ", serving its earlier build".to_owned(),
        }
    }
}

fn reload(workspace: &Workspace, only: &[String]) -> Result<Workspace, Error> {
    select(read(Some(&workspace.root.join("Cargo.toml")))?, only)
}

/// Reads the declarations, and checks that the declared kind of API can have them.
fn read(manifest_path: Option<&Path>) -> Result<Workspace, Error> {
    let workspace = Workspace::load(manifest_path).map_err(Error::Workspace)?;
    let checked = workspace.check_for(workspace.api.kind);
    checked.map_err(Error::Workspace)?;
    Ok(workspace)
}

/// Says that wrong declarations change nothing. Returns that there is nothing to build.
fn refuse(error: &Error) -> bool {
    say(&format!("error: {}\nServing as before.", chain(error)));
    false
}

/// Whether a changed path may change declarations: a manifest, or a folder that was added or removed.
fn declares(path: &Path, workspace: &Workspace) -> bool {
    let is_manifest = path.file_name().is_some_and(|name| name == "Cargo.toml");
    let is_folder = |folder: &Path| folder.parent() == path.parent() || folder == path;
    is_manifest || workspace.functions.iter().any(|f| is_folder(&f.folder))
}

fn report_deployed(deployed: &[String], took: Duration) {
    if !deployed.is_empty() {
        say(&format!(
            "↻ {} {:.1} s",
            names(deployed),
            took.as_secs_f64()
        ));
    }
}

pub(crate) fn count(number: usize, thing: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {thing}{plural}")
}

/// The first names, and the number of the others.
fn names(all: &[String]) -> String {
    match all.len().checked_sub(NAMED) {
        Some(more @ 1..) => format!("{} and {more} more", all[..NAMED].join(", ")),
        _ => all.join(", "),
    }
}

#[cfg(test)]
mod tests {
    use super::names;

    #[test]
    fn a_line_names_a_few_functions_and_counts_the_others() {
        let all: Vec<String> = ["a", "b", "c", "d", "e"].map(str::to_owned).into();

        assert_eq!(names(&all[..2]), "a, b");
        assert_eq!(names(&all[..4]), "a, b, c, d");
        assert_eq!(names(&all), "a, b, c, d and 1 more");
    }
}
