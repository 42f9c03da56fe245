//! The paths that documents name exist.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use reference::root;

/// The folders of the repository that documents name.
const FOLDERS: [&str; 5] = ["cdk/", "crates/", "docs/", "functions/", "scripts/"];

#[test]
fn every_path_in_a_document_exists() {
    let root = root();
    let mut documents = Vec::new();
    find_documents(&root, &mut documents);
    // The guide creates these files. A new service has no guide.
    let created: BTreeSet<_> = fs::read_to_string(root.join("docs/guide.md"))
        .unwrap_or_default()
        .lines()
        .filter_map(|line| Some(root.join(line.split_once(" file=")?.1)))
        .collect();

    for document in &documents {
        let text = fs::read_to_string(document).unwrap();
        let folder = document.parent().unwrap();
        // Every second part is between fences of code.
        let prose: String = text.split("```").step_by(2).collect();
        let named = prose.split('`').skip(1).step_by(2);
        let named = named.filter(|text| FOLDERS.iter().any(|folder| text.starts_with(folder)));
        let links = prose.split("](").skip(1).filter_map(|rest| {
            let target = rest.split(')').next()?.split('#').next()?;
            let is_path = target.contains(['/', '.']) && !target.contains("://");
            is_path.then(|| folder.join(target))
        });
        for path in named.map(|path| root.join(path)).chain(links) {
            let is_pattern = path.to_string_lossy().contains(['*', '<', '…', ' ', '{']);
            let is_dated = path.to_string_lossy().contains("DATE");
            assert!(
                is_pattern || is_dated || created.contains(&path) || path.exists(),
                "{} names {}",
                document.display(),
                path.display()
            );
        }
    }
    assert!(documents.len() > 20, "{documents:?}");
}

fn find_documents(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("the folder can be read") {
        let path = entry.expect("the folder can be read").path();
        let name = path.file_name().unwrap_or_default();
        let name = name.to_string_lossy().into_owned();
        // The templates of a new service name paths of that service, and the script checks them there.
        let is_foreign = ["target", "node_modules", "new-service"].contains(&name.as_str())
            || name.starts_with('.');
        if path.is_dir() && !is_foreign {
            find_documents(&path, found);
        } else if name.ends_with(".md") {
            found.push(path);
        }
    }
}
