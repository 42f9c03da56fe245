//! A workspace on disk for the tests.

use std::path::{Path, PathBuf};

use manifest::{Error, Function, HttpTrigger, Trigger, Workspace};
use tempfile::TempDir;

/// A workspace on disk, written file by file.
pub(crate) struct Sample {
    folder: TempDir,
}

impl Sample {
    /// A crate with the table `notes`, and the workspace's defaults.
    pub(crate) fn new() -> Self {
        Self::declaring("")
    }

    /// The same, with more in the root manifest.
    pub(crate) fn declaring(more: &str) -> Self {
        let sample = Self {
            folder: TempDir::new().unwrap(),
        };
        let root = r#"
            [workspace]
            resolver = "3"
            # Not functions/*, which Cargo refuses while there is none.
            members = ["*s/*"]
            [workspace.metadata.route]
            memory = 256
            [workspace.dependencies]
            shelf = { path = "crates/shelf" }
            "#;
        sample.write("Cargo.toml", &format!("{root}{more}"));
        sample.package("crates/paper", "");
        sample.package(
            "crates/shelf",
            r#"
            [dependencies]
            paper = { path = "../paper" }
            [package.metadata.tables.notes]
            partition-key = "id"
            time-to-live = "expiresAt"
            [package.metadata.tables.notes.indexes.by-author]
            partition-key = "author"
            sort-key = { name = "written", type = "N" }
            "#,
        );
        sample
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    /// A package named as its folder, with `rest` below its name.
    pub(crate) fn package(&self, folder: &str, rest: &str) {
        let name = folder.rsplit('/').next().unwrap();
        self.write(
            &format!("{folder}/Cargo.toml"),
            &format!(
                "[package]\nname = {name:?}\ndescription = \"About {name}.\"\n\
                 version = \"0.1.0\"\nedition = \"2024\"\n{rest}"
            ),
        );
        let source = if folder.starts_with("functions") {
            "src/main.rs"
        } else {
            "src/lib.rs"
        };
        self.write(&format!("{folder}/{source}"), "fn main() {}\n");
    }

    pub(crate) fn function(&self, name: &str, route: &str) {
        self.package(
            &format!("functions/{name}"),
            &format!("[package.metadata.route]\n{route}"),
        );
    }

    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.folder.path().canonicalize().unwrap().join(path)
    }

    pub(crate) fn load(&self) -> Result<Workspace, Error> {
        Workspace::load(Some(&self.path("Cargo.toml")))
    }

    /// Returns the only mistake, which both ways of reading must find, as `field: message`.
    pub(crate) fn refusal(&self, function: &str) -> String {
        let manifest = self.path(&format!("functions/{function}/Cargo.toml"));
        let loaded = self.load().unwrap_err();
        let read = Function::read(&manifest).unwrap_err();
        assert_eq!(loaded.problems(), read.problems());
        assert_eq!(loaded.problems().len(), 1, "{loaded}");
        let problem = &loaded.problems()[0];
        assert_eq!(
            problem.file,
            Path::new("functions").join(function).join("Cargo.toml")
        );
        format!("{}: {}", problem.field, problem.message)
    }
}

pub(crate) fn http(function: &Function) -> &HttpTrigger {
    let Trigger::Http(http) = &function.trigger else {
        panic!("{} has no route", function.name);
    };
    http
}
