//! The workspace that `scripts/new-service.sh` writes is complete: it passes its checks, it is
//! served, and it has no word of the shop. Takes about two minutes: `scripts/test.sh service`.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::{
    env,
    ffi::OsStr,
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
};

use reference::root;

/// The target folder of this workspace, in which the crates of others are built already.
fn target() -> PathBuf {
    let test = env::current_exe().unwrap();
    test.ancestors().nth(3).unwrap().to_owned()
}

/// A folder for a new service. Always the same, so that Cargo builds a service at one place.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&folder);
    folder
}

/// A command that builds in the target folder of this workspace.
fn command(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    // ring is built anew when the variables change that Cargo sets for a test.
    for (name, _) in env::vars_os() {
        let name = name.to_string_lossy().into_owned();
        if name.starts_with("CARGO_") && name != "CARGO_HOME" {
            command.env_remove(name);
        }
    }
    command.env("CARGO_TARGET_DIR", target());
    command
}

fn new_service(folder: &Path, arguments: &[&str]) -> Output {
    command(root().join("scripts/new-service.sh"))
        .arg(folder)
        .args(arguments)
        .output()
        .unwrap()
}

fn cargo(folder: &Path, arguments: &[&str]) -> Command {
    let mut cargo = command(env::var("CARGO").unwrap());
    cargo.args(arguments).current_dir(folder);
    cargo
}

/// Runs a command to its end and returns what it printed.
fn succeeds(command: &mut Command) -> String {
    let output = command.output().unwrap();
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}\n{printed}\n{errors}");
    printed
}

/// Every text file below a folder, except what Git and Cargo keep.
fn texts(folder: &Path) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && !path.ends_with(".git") && !path.ends_with("target") {
            found.extend(texts(&path));
        } else if let Ok(text) = fs::read_to_string(&path) {
            found.push((path, text));
        }
    }
    found
}

/// The words of the shop in a text. "Order" is also a word of English, so only its uses as a
/// resource or a type are found.
fn shop_words(text: &str) -> Vec<&str> {
    const WORDS: [&str; 7] = [
        "product", "products", "sku", "skus", "shop", "stock", "checker",
    ];
    const ORDERS: [&str; 7] = [
        "/orders", "orders-", "orderId", "OrderId", "NewOrder", "an order", "An order",
    ];
    let words = text.split(|c: char| !c.is_alphanumeric());
    let words = words.filter(|word| WORDS.contains(&word.to_lowercase().as_str()));
    let ids = text.split(|c: char| !c.is_alphanumeric());
    let ids =
        ids.filter(|word| word.contains("Product") || word.contains("Sku") || *word == "Order");
    let orders = ORDERS.into_iter().filter(|order| text.contains(order));
    words.chain(ids).chain(orders).collect()
}

/// `cargo local`, which ends with this value.
struct Server {
    process: Child,
    address: String,
}

impl Server {
    fn start(folder: &Path) -> Self {
        let mut process = cargo(folder, &["local", "--ephemeral", "--port", "0"])
            .args(["--no-watch", "--log-format", "json"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let address = lines.find_map(|line| {
            let line = line.unwrap();
            let (_, address) = line.split_once("\"endpoint\":\"http://")?;
            address
                .split_once('"')
                .map(|(address, _)| address.to_owned())
        });
        // A full pipe would block the server.
        std::thread::spawn(move || lines.for_each(drop));
        Self {
            process,
            address: address.expect("the server says where it listens"),
        }
    }

    /// Sends a request and returns the status line and the rest of the response.
    fn send(&self, line: &str, token: &str, body: &str) -> (String, String) {
        let mut connection = TcpStream::connect(&self.address).unwrap();
        write!(
            connection,
            "{line} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\nauthorization: Bearer {token}\r\n\
             content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            self.address,
            body.len()
        )
        .unwrap();
        let mut response = String::new();
        connection.read_to_string(&mut response).unwrap();
        let (status, rest) = response.split_once("\r\n").unwrap();
        (status.to_owned(), rest.to_owned())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // SIGTERM, so that it ends the processes of its functions.
        let id = self.process.id().to_string();
        let _ = Command::new("kill").arg(id).status();
        let _ = self.process.wait();
    }
}

#[test]
fn a_new_service_is_complete() {
    // Not the "library" of the documents: Cargo would take what it builds here, inside its target folder, for the
    // programs of every other workspace with the same names.
    let folder = folder("lending");

    let written = new_service(&folder, &["--resource", "loans"]);

    let errors = String::from_utf8_lossy(&written.stderr);
    assert!(written.status.success(), "{errors}");
    has_no_word_of_the_shop(&folder);
    has_no_broken_link(&folder);
    passes_its_checks(&folder);
    serves_its_resource(&folder);
}

fn has_no_word_of_the_shop(folder: &Path) {
    for (file, text) in texts(folder) {
        let license = file.ends_with("LICENSE-APACHE");
        for (at, line) in text.lines().enumerate().filter(|_| !license) {
            let found = shop_words(line);
            assert!(
                found.is_empty(),
                "{}:{} has {found:?}: say it for any service, put it between `shop: begin` and \
                 `shop: end`, or leave the file out in scripts/new-service.sh",
                file.strip_prefix(folder).unwrap().display(),
                at + 1
            );
        }
    }
}

fn has_no_broken_link(folder: &Path) {
    for (file, text) in texts(folder) {
        if file.extension().is_none_or(|extension| extension != "md") {
            continue;
        }
        for target in text
            .split("](")
            .skip(1)
            .filter_map(|rest| rest.split(')').next())
        {
            let path = target.split('#').next().unwrap();
            // Links of rustdoc name items, not files.
            let is_file = path.contains('.') && !path.contains("://");
            let found = !is_file || file.parent().unwrap().join(path).exists();
            assert!(found, "{} links to {target}", file.display());
        }
    }
}

/// What `scripts/test.sh rust` runs, for the crates that differ from those of this workspace.
fn passes_its_checks(folder: &Path) {
    let packages = [
        "domain",
        "store",
        "problem",
        "samples",
        "reference",
        "health-get",
        "loans-post",
        "loans-get",
        "loans-list",
    ];
    let packages = packages.map(|name| ["--package", name]).concat();
    succeeds(cargo(folder, &["fmt", "--all", "--check"]).stdin(Stdio::null()));
    let lints = ["clippy", "--offline", "--locked", "--all-targets"];
    succeeds(
        cargo(folder, &lints)
            .args(&packages)
            .args(["--", "-D", "warnings"]),
    );
    let tests = ["test", "--offline", "--locked", "--quiet"];
    succeeds(cargo(folder, &tests).args(&packages));
}

fn serves_its_resource(folder: &Path) {
    let token = cargo(folder, &["local", "token", "--sub", "alice"]).output();
    let token = String::from_utf8(token.unwrap().stdout).unwrap();
    let server = Server::start(folder);

    let refused = server.send("POST /loans", "", r#"{"name":"First"}"#);
    let created = server.send("POST /loans", token.trim(), r#"{"name":"First"}"#);
    let listed = server.send("GET /loans", token.trim(), "");

    assert_eq!(refused.0, "HTTP/1.1 401 Unauthorized");
    assert_eq!(created.0, "HTTP/1.1 201 Created", "{}", created.1);
    let location = created.1.to_lowercase();
    let location = location
        .lines()
        .find_map(|line| line.strip_prefix("location: /loans/"));
    let id = location.expect("a created loan has a location");
    assert_eq!(listed.0, "HTTP/1.1 200 OK");
    assert!(listed.1.contains(id), "{}", listed.1);
}

#[test]
fn a_name_that_cannot_be_used_is_refused() {
    for (name, arguments, expected) in [
        (
            "library",
            vec!["--resource", "Loans"],
            "\"Loans\" is not valid",
        ),
        ("library", vec!["--resource", "sheep"], "one of \"sheep\"?"),
        ("library", vec!["--resource", "types"], "a word of Rust"),
        (
            "library",
            vec!["--resource", "pages"],
            "uses the name \"page\"",
        ),
        (
            "library",
            vec!["--resource", "loans", "--fast"],
            "unknown option --fast",
        ),
        (
            "kit",
            vec!["--resource", "loans"],
            "another folder of crates",
        ),
        (
            "My_Library",
            vec!["--resource", "loans"],
            "give one with --name",
        ),
    ] {
        let folder = folder("refused").join(name);
        fs::create_dir_all(folder.parent().unwrap()).unwrap();

        let written = new_service(&folder, &arguments);

        let errors = String::from_utf8_lossy(&written.stderr);
        assert!(!written.status.success(), "{arguments:?}");
        assert!(errors.contains(expected), "{arguments:?}: {errors}");
        assert!(!folder.exists(), "{arguments:?}");
    }
}

#[test]
fn a_folder_that_is_not_empty_is_refused() {
    let folder = folder("not-empty");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("mine"), "").unwrap();

    let written = new_service(&folder, &["--resource", "loans"]);

    let errors = String::from_utf8_lossy(&written.stderr);
    assert!(errors.contains("is not empty"), "{errors}");
    assert!(folder.join("mine").exists());
}
