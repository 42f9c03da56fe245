//! Notices changed sources.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    time::Duration,
};

use manifest::{Function, OPENAPI_FILE, Workspace};
use notify::{
    RecommendedWatcher, RecursiveMode,
    event::{EventKind, MetadataKind, ModifyKind},
};
use notify_debouncer_full::{DebounceEventResult, Debouncer, RecommendedCache, new_debouncer};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::error::Error;

/// How long a file must rest: editors write in several steps.
const REST: Duration = Duration::from_millis(100);

/// Watches what the functions of a workspace are built from.
pub(crate) struct Watch {
    debouncer: Debouncer<RecommendedWatcher, RecommendedCache>,
    watched: BTreeSet<PathBuf>,
    changed: UnboundedReceiver<Vec<PathBuf>>,
    /// What has changed and was not taken yet.
    edits: BTreeSet<PathBuf>,
    /// The content of Cargo.lock after the last build.
    lock: Option<Vec<u8>>,
}

impl Watch {
    pub(crate) fn start(workspace: &Workspace) -> Result<Self, Error> {
        let (tell, changed) = unbounded_channel();
        let debouncer =
            new_debouncer(REST, None, move |events| report(events, &tell)).map_err(Error::Watch)?;
        let mut watch = Self {
            debouncer,
            watched: BTreeSet::new(),
            changed,
            edits: BTreeSet::new(),
            lock: None,
        };
        watch.follow(workspace)?;
        Ok(watch)
    }

    /// Watches what `workspace` is built from now, too.
    pub(crate) fn follow(&mut self, workspace: &Workspace) -> Result<(), Error> {
        if self.watched.insert(workspace.root.clone()) {
            // Its Cargo.toml, Cargo.lock and openapi.json, but not everything below.
            self.debouncer
                .watch(&workspace.root, RecursiveMode::NonRecursive)
                .map_err(Error::Watch)?;
        }
        for folder in sources(workspace) {
            if folder.is_dir() && self.watched.insert(folder.clone()) {
                self.debouncer
                    .watch(&folder, RecursiveMode::Recursive)
                    .map_err(Error::Watch)?;
            }
        }
        Ok(())
    }

    /// Waits for an edit.
    pub(crate) async fn changed(&mut self, workspace: &Workspace) {
        while self.edits.is_empty() {
            let Some(paths) = self.changed.recv().await else {
                // The watcher has ended, so no change follows.
                std::future::pending::<()>().await;
                continue;
            };
            self.edits.extend(paths);
            // Changes that belong together do not always arrive together.
            while let Ok(Some(paths)) = tokio::time::timeout(REST, self.changed.recv()).await {
                self.edits.extend(paths);
            }
            self.edits.retain(|path| matters(path, workspace));
        }
    }

    /// Returns the edits since the last call, without waiting.
    pub(crate) fn take(&mut self, workspace: &Workspace) -> BTreeSet<PathBuf> {
        self.notice(workspace);
        let lock = workspace.root.join("Cargo.lock");
        if self.edits.contains(&lock) && std::fs::read(&lock).ok() == self.lock {
            self.edits.remove(&lock);
        }
        std::mem::take(&mut self.edits)
    }

    /// A build has ended. Cargo may have written Cargo.lock itself, which is not an edit.
    pub(crate) fn built(&mut self, workspace: &Workspace) {
        self.lock = std::fs::read(workspace.root.join("Cargo.lock")).ok();
    }

    /// Whether an edit that has not been taken changes what `function` is built from.
    pub(crate) fn is_edited(&mut self, function: &Function, workspace: &Workspace) -> bool {
        self.notice(workspace);
        let mut folders = function.local_dependencies.iter().chain([&function.folder]);
        folders.any(|folder| self.edits.iter().any(|path| path.starts_with(folder)))
    }

    fn notice(&mut self, workspace: &Workspace) {
        while let Ok(paths) = self.changed.try_recv() {
            self.edits.extend(paths);
        }
        self.edits.retain(|path| matters(path, workspace));
    }
}

fn report(events: DebounceEventResult, tell: &UnboundedSender<Vec<PathBuf>>) {
    let Ok(events) = events else {
        return;
    };
    let paths: Vec<PathBuf> = events
        .into_iter()
        .filter(|event| is_change(&event.kind))
        .flat_map(|event| event.event.paths)
        .collect();
    if !paths.is_empty() {
        // Nobody listens any more when the server is stopping.
        let _ = tell.send(paths);
    }
}

/// Reading is not a change, and the compiler reads everything.
fn is_change(kind: &EventKind) -> bool {
    match kind {
        EventKind::Access(_) => false,
        EventKind::Modify(ModifyKind::Metadata(MetadataKind::AccessTime)) => false,
        EventKind::Any
        | EventKind::Create(_)
        | EventKind::Modify(_)
        | EventKind::Remove(_)
        | EventKind::Other => true,
    }
}

/// The folders to watch: the parents of the functions, where new ones will appear, and whatever the
/// functions are built from.
fn sources(workspace: &Workspace) -> BTreeSet<PathBuf> {
    let mut folders = BTreeSet::new();
    for function in &workspace.functions {
        match function.folder.parent() {
            Some(parent) if parent != workspace.root && parent.starts_with(&workspace.root) => {
                folders.insert(parent.to_path_buf());
            }
            _ => {
                folders.insert(function.folder.clone());
            }
        }
        folders.extend(function.local_dependencies.iter().cloned());
    }
    folders
}

fn matters(path: &Path, workspace: &Workspace) -> bool {
    if path.starts_with(&workspace.target_directory) {
        return false;
    }
    let extension = path.extension().and_then(|extension| extension.to_str());
    if path.parent() == Some(&workspace.root) {
        // A REST API validates requests by the document.
        let is_document = path.ends_with(OPENAPI_FILE);
        return is_document || matches!(extension, Some("toml" | "lock"));
    }
    // A folder may have been moved here with its files. Sources may include files of any kind, but not
    // those that editors and tools leave beside them.
    let name = path
        .file_name()
        .and_then(|name| name.to_str())
        .unwrap_or_default();
    let is_leftover = name.starts_with(['.', '#']) || name.ends_with('~');
    !is_leftover && !matches!(extension, Some("swp" | "swx" | "tmp" | "bak"))
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeMap, path::Path};

    use manifest::Workspace;
    use notify::event::{AccessKind, CreateKind, EventKind};

    use super::{is_change, matters};

    #[test]
    fn sources_and_manifests_cause_a_build_and_other_files_do_not() {
        let workspace = Workspace {
            root: "/w".into(),
            target_directory: "/w/functions/target".into(),
            functions: Vec::new(),
            without_route: Vec::new(),
            tables: BTreeMap::new(),
            cors: None,
            api: manifest::Api::default(),
            plans: BTreeMap::new(),
            gateway_responses: BTreeMap::new(),
        };
        let cases = [
            ("/w/functions/notes-get/src/main.rs", true),
            ("/w/functions/notes-get/Cargo.toml", true),
            ("/w/functions/notes-get/src/greeting.txt", true),
            ("/w/functions/notes-put", true),
            ("/w/Cargo.toml", true),
            ("/w/Cargo.lock", true),
            ("/w/openapi.json", true),
            ("/w/README.md", false),
            ("/w/functions/target/debug/notes-get", false),
            ("/w/functions/notes-get/src/.main.rs.swp", false),
            ("/w/functions/notes-get/src/main.rs~", false),
        ];
        for (path, expected) in cases {
            assert_eq!(matters(Path::new(path), &workspace), expected, "{path}");
        }
    }

    #[test]
    fn reading_is_not_a_change() {
        assert!(!is_change(&EventKind::Access(AccessKind::Read)));
        assert!(is_change(&EventKind::Create(CreateKind::File)));
    }
}
