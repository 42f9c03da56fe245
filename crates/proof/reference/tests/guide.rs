//! The code of `docs/guide.md` builds, and its tests pass, in a copy of the workspace. Takes about a
//! minute: `cargo test -p reference --test guide`.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::{
    fs,
    io::Write,
    path::Path,
    process::{Command, Stdio},
};

use reference::root;

/// What a code block does to the workspace.
enum Edit<'a> {
    /// `file=PATH`: the block is the whole file.
    File(&'a str, String),
    /// `diff`: the block is a patch.
    Patch(String),
}

fn edits(guide: &str) -> Vec<Edit<'_>> {
    let mut edits = Vec::new();
    let mut lines = guide.lines();
    while let Some(line) = lines.next() {
        let Some(info) = line.strip_prefix("```") else {
            continue;
        };
        let block: Vec<_> = lines.by_ref().take_while(|line| *line != "```").collect();
        let block = block.join("\n") + "\n";
        match info.split_once("file=") {
            Some((_, path)) => edits.push(Edit::File(path, block)),
            None if info == "diff" => edits.push(Edit::Patch(block)),
            None => {}
        }
    }
    edits
}

/// Copies the files that Git knows or would add.
fn copy_workspace(to: &Path) {
    let listed = Command::new("git")
        .args(["ls-files", "--cached", "--others", "--exclude-standard"])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(
        listed.status.success(),
        "git lists the files of the workspace"
    );
    for path in String::from_utf8(listed.stdout).unwrap().lines() {
        let (source, target) = (root().join(path), to.join(path));
        if source.is_file() {
            fs::create_dir_all(target.parent().unwrap()).unwrap();
            fs::copy(source, target).unwrap();
        }
    }
}

fn apply(patch: &str, folder: &Path) {
    let mut git = Command::new("git")
        .args(["apply", "-"])
        .current_dir(folder)
        // Not as a part of the repository around the target folder.
        .env("GIT_CEILING_DIRECTORIES", folder.parent().unwrap())
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    git.stdin
        .take()
        .unwrap()
        .write_all(patch.as_bytes())
        .unwrap();
    assert!(git.wait().unwrap().success(), "{patch}");
}

#[test]
fn the_code_of_the_guide_builds_and_passes_its_tests() {
    let guide = fs::read_to_string(root().join("docs/guide.md")).unwrap();
    // At one place, so that Cargo builds it at one place of the target folder.
    let copy = Path::new(env!("CARGO_TARGET_TMPDIR")).join("guide");
    let _ = fs::remove_dir_all(&copy);
    copy_workspace(&copy);
    // Cargo tells packages in one target folder apart by name, version and path in the workspace. Equal
    // ones would take the place of this workspace's own.
    let manifest = copy.join("Cargo.toml");
    let text = fs::read_to_string(&manifest).unwrap();
    let version = format!("version = {:?}", env!("CARGO_PKG_VERSION"));
    assert!(text.contains(&version), "the workspace has {version}");
    fs::write(&manifest, text.replacen(&version, "version = \"0.0.0\"", 1)).unwrap();

    let edits = edits(&guide);
    assert!(edits.len() > 20, "{} blocks", edits.len());
    for edit in edits {
        match edit {
            Edit::File(path, text) => {
                let file = copy.join(path);
                fs::create_dir_all(file.parent().unwrap()).unwrap();
                fs::write(file, text).unwrap();
            }
            Edit::Patch(patch) => apply(&patch, &copy),
        }
    }

    let target = std::env::current_exe().unwrap();
    let target = target.ancestors().nth(3).unwrap();
    let cargo = |subcommand: &str, packages: &[&str]| {
        let mut cargo = Command::new(std::env::var("CARGO").unwrap());
        // ring is built anew when the variables change that Cargo sets for a test.
        for (name, _) in std::env::vars_os() {
            let name = name.to_string_lossy().into_owned();
            if name.starts_with("CARGO_") && name != "CARGO_HOME" {
                cargo.env_remove(name);
            }
        }
        let output = cargo
            .args([subcommand, "--offline", "--quiet", "--target-dir"])
            .arg(target)
            .args(packages.iter().flat_map(|package| ["--package", package]))
            .current_dir(&copy)
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        let complained = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{said}\n{complained}");
    };
    // The tests of the routes compare responses with openapi.json.
    cargo("run", &["reference"]);
    let reviews = [
        "products-reviews-post",
        "products-reviews-list",
        "products-reviews-get",
    ];
    let packages = ["domain", "problem", "products-post", "products-patch"];
    cargo("test", &[&packages[..], &reviews[..]].concat());
}
