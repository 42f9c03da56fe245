#![doc = include_str!("../README.md")]

mod crates;
mod openapi;
mod problems;
mod routes;
mod unused_permissions;

use std::{
    env,
    path::{Path, PathBuf},
};

pub use crates::{Member, members};
pub use openapi::openapi;
pub use unused_permissions::unused_permissions;

/// A generated part of a document.
pub struct Part {
    /// The document, relative to the root of the workspace.
    pub file: &'static str,
    /// The name in the markers.
    pub name: &'static str,
    /// The text between the markers.
    pub text: String,
}

/// The document has no place for a part.
#[derive(Debug)]
pub struct MissingMarkers {
    file: &'static str,
    name: &'static str,
}

impl std::fmt::Display for MissingMarkers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { file, name } = self;
        write!(
            f,
            "{file} needs the lines <!-- {name}: begin --> and <!-- {name}: end -->"
        )
    }
}

impl std::error::Error for MissingMarkers {}

impl Part {
    /// Returns the document with this part up to date.
    ///
    /// # Errors
    ///
    /// [`MissingMarkers`].
    pub fn insert_into(&self, document: &str) -> Result<String, MissingMarkers> {
        let Self { file, name, text } = self;
        let missing = MissingMarkers { file, name };
        let begin = format!("<!-- {name}: begin -->\n");
        let end = format!("<!-- {name}: end -->\n");
        let Some((before, rest)) = document.split_once(&begin) else {
            return Err(missing);
        };
        let Some((_, after)) = rest.split_once(&end) else {
            return Err(missing);
        };
        Ok(format!("{before}{begin}{text}{end}{after}"))
    }
}

/// Every generated part of a document.
///
/// # Errors
///
/// Fails if the workspace cannot be read.
pub fn parts(root: &Path) -> Result<[Part; 3], Box<dyn std::error::Error>> {
    let part = |file, name, text| Part { file, name, text };
    Ok([
        part("README.md", "routes", routes::table(root)?),
        part("ARCHITECTURE.md", "crates", crates::table(root)?),
        part("docs/problems.md", "problems", problems::table()),
    ])
}

/// Returns the root of this workspace. Cargo may run a program that it built for a copy of the workspace, so the
/// folder is read from the environment and not compiled in.
///
/// # Panics
///
/// Panics if this program is not run by Cargo.
#[must_use]
pub fn root() -> PathBuf {
    let folder = env::var_os("CARGO_MANIFEST_DIR").expect("this program is run by Cargo");
    Path::new(&folder)
        .join("../../..")
        .canonicalize()
        .expect("the workspace is three folders up")
}
