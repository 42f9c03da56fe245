//! What the tests share: the fixture workspace, built once, and a client.

#![allow(dead_code, reason = "not every test uses everything")]

use std::{
    collections::BTreeMap,
    fs::{self, File},
    path::{Path, PathBuf},
    sync::{
        Arc, LazyLock,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, SystemTime},
};

use bytes::Bytes;
use http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use jiff::{SignedDuration, Timestamp};
use local::{Builder, Built, Issuer, Program, Progress, Server, Settings, TokenRequest};
use manifest::Workspace;
use serde_json::Value;
use tempfile::TempDir;
use tokio::{process::Command, sync::OnceCell};

/// The fixture workspace with the programs of its functions.
pub(crate) struct Fixture {
    pub(crate) workspace: Workspace,
    pub(crate) programs: BTreeMap<String, Program>,
}

/// The fixture, built once per test program.
pub(crate) async fn fixture() -> &'static Fixture {
    static FIXTURE: OnceCell<Fixture> = OnceCell::const_new();
    FIXTURE
        .get_or_init(|| async {
            let workspace = load(&fixture_folder(), target_directory());
            let mut programs = BTreeMap::new();
            let built = Builder::new("dev", Progress::hidden())
                .build(&workspace, async |function, program| {
                    programs.insert(function.name.clone(), program);
                })
                .await
                .unwrap();
            assert!(built.failed.is_empty(), "the fixture does not compile");
            Fixture {
                workspace,
                programs,
            }
        })
        .await
}

pub(crate) fn fixture_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixture")
}

/// Loads the workspace in `folder`, to be built in `target_directory`.
pub(crate) fn load(folder: &Path, target_directory: PathBuf) -> Workspace {
    let mut workspace = Workspace::load(Some(&folder.join("Cargo.toml"))).unwrap();
    workspace.target_directory = target_directory;
    workspace
}

/// Where this test was built, so that dependencies are there already.
pub(crate) fn target_directory() -> PathBuf {
    // target/debug/deps/this-test
    let test = std::env::current_exe().unwrap();
    test.ancestors().nth(3).unwrap().to_path_buf()
}

/// What a build changed.
pub(crate) struct Changes {
    pub(crate) built: Built,
    /// Sorted.
    pub(crate) deployed: Vec<String>,
    pub(crate) removed: Vec<String>,
}

/// Builds the workspace and serves what compiled.
pub(crate) async fn update(server: &Server, workspace: &Workspace) -> Changes {
    let removed = server.declare(workspace).await.unwrap();
    let mut deployed = Vec::new();
    let built = Builder::new("dev", Progress::hidden())
        .build(workspace, async |function, program| {
            if server.deploy(function, program).await.unwrap() {
                deployed.push(function.name.clone());
            }
        })
        .await
        .unwrap();
    for name in &built.failed {
        server.fail(name);
    }
    deployed.sort();
    Changes {
        built,
        deployed,
        removed,
    }
}

/// Replaces text in a file.
pub(crate) fn edit(file: &Path, from: &str, to: &str) {
    let text = fs::read_to_string(file).unwrap();
    assert!(text.contains(from), "{} has no {from:?}", file.display());
    fs::write(file, text.replacen(from, to, 1)).unwrap();
}

/// Waits until something holds, for as long as a slow machine needs to compile it.
pub(crate) async fn until(mut holds: impl AsyncFnMut() -> bool) {
    let mut looks = tokio::time::interval(Duration::from_millis(20));
    let waited = tokio::time::timeout(Duration::from_secs(120), async {
        while !holds().await {
            looks.tick().await;
        }
    });
    assert!(waited.await.is_ok(), "it never happened");
}

/// Returns a copy of the fixture. A test may change its declarations, but not its sources: to Cargo they are those of
/// the fixture, which are compiled once.
pub(crate) fn copy_of_fixture() -> TempDir {
    let copy = TempDir::new().unwrap();
    copy_folder(&fixture_folder(), copy.path());
    share_compiled(copy.path());
    copy
}

/// Returns a copy of the fixture in which a test may change the sources of `packages`, given by their folders. They get
/// a version that no other copy has, because Cargo distinguishes packages of workspaces by version, and not by path.
pub(crate) fn copy_to_edit(packages: &[&str]) -> TempDir {
    static COPIES: AtomicU32 = AtomicU32::new(0);
    let copy = copy_of_fixture();
    let version = format!(
        "version = \"0.2.{}\"",
        COPIES.fetch_add(1, Ordering::Relaxed)
    );
    for package in packages {
        let folder = copy.path().join(package);
        edit(&folder.join("Cargo.toml"), "version = \"0.1.0\"", &version);
        // An earlier run of the tests has compiled other sources with this version.
        for source in fs::read_dir(folder.join("src")).unwrap() {
            set_modified(&source.unwrap().path(), SystemTime::now());
        }
    }
    copy
}

/// Copies files with their times, by which Cargo sees what has changed.
fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let (source, target) = (entry.path(), to.join(entry.file_name()));
        if source.is_dir() {
            copy_folder(&source, &target);
        } else {
            fs::copy(&source, &target).unwrap();
            set_modified(&target, entry.metadata().unwrap().modified().unwrap());
        }
    }
}

fn set_modified(file: &Path, time: SystemTime) {
    let file = File::options().append(true).open(file).unwrap();
    file.set_modified(time).unwrap();
}

/// Has Cargo find compiled dependencies where this test was built. The programs are in the workspace's own `target`,
/// because those of all copies have the same names.
fn share_compiled(workspace: &Path) {
    let settings = format!("[build]\nbuild-dir = {:?}\n", target_directory());
    fs::create_dir(workspace.join(".cargo")).unwrap();
    fs::write(workspace.join(".cargo/config.toml"), settings).unwrap();
}

/// `cargo local`, for a copy of the fixture.
pub(crate) fn cargo_local(workspace: &Path, arguments: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cargo-local"));
    command
        .args(arguments.split_whitespace())
        .arg("--manifest-path")
        .arg(workspace.join("Cargo.toml"))
        .env_remove("CARGO_TARGET_DIR")
        .kill_on_drop(true);
    command
}

/// An issuer with a key of its own.
pub(crate) fn new_issuer() -> Arc<Issuer> {
    let folder = TempDir::new().unwrap();
    Arc::new(Issuer::open(folder.path()).unwrap())
}

/// The issuer of every test that does not need one of its own: making a key takes a while.
pub(crate) fn issuer() -> Arc<Issuer> {
    static ISSUER: LazyLock<Arc<Issuer>> = LazyLock::new(new_issuer);
    Arc::clone(&ISSUER)
}

pub(crate) async fn open(settings: Settings) -> Server {
    let Fixture {
        workspace,
        programs,
    } = fixture().await;
    let listener = settings.bind().await.unwrap();
    Server::open(settings, listener, workspace, programs)
        .await
        .unwrap()
}

/// A door over the fixture, with a database in memory and tokens of [`issuer`].
pub(crate) async fn door() -> Server {
    open(Settings::ephemeral(issuer())).await
}

/// What a good token says, about alice and with `scope`.
pub(crate) fn claims(scope: &str) -> TokenRequest {
    TokenRequest {
        subject: "alice".to_owned(),
        scope: scope.to_owned(),
        audience: "local".to_owned(),
        issued_at: Timestamp::now(),
        expires_in: SignedDuration::from_mins(5),
    }
}

pub(crate) fn token(scope: &str) -> String {
    issuer().token(&claims(scope)).unwrap()
}

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    pub(crate) fn is(&self, status: u16, body: &str) -> bool {
        self.status == status && self.body == body
    }
}

/// Sends a request and waits for the whole answer.
pub(crate) async fn call(
    method: Method,
    url: impl AsRef<str>,
    token: Option<&str>,
    body: impl Into<Bytes>,
) -> Answer {
    let client = Client::builder(TokioExecutor::new()).build_http();
    call_with(&client, method, url, token, body).await
}

pub(crate) async fn call_with(
    client: &Client<HttpConnector, Full<Bytes>>,
    method: Method,
    url: impl AsRef<str>,
    token: Option<&str>,
    body: impl Into<Bytes>,
) -> Answer {
    let mut request = Request::builder().method(method).uri(url.as_ref());
    if let Some(token) = token {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    let body = body.into();
    if !body.is_empty() {
        request = request.header("content-type", "text/plain");
    }
    send(client, request.body(Full::from(body)).unwrap()).await
}

/// Sends a request and waits for the whole answer.
pub(crate) async fn send(
    client: &Client<HttpConnector, Full<Bytes>>,
    request: Request<Full<Bytes>>,
) -> Answer {
    let response = client.request(request).await.unwrap();
    let (head, body) = response.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    Answer {
        status: head.status,
        headers: head.headers,
        body: String::from_utf8(body.to_vec()).unwrap(),
    }
}

/// Has `POST /trials` do what `what` says.
pub(crate) async fn trial(door: &Server, what: impl Into<Bytes>) -> Answer {
    call(Method::POST, format!("{}/trials", door.url()), None, what).await
}

pub(crate) fn is_running(process: u64) -> bool {
    // Not by /proc, which only Linux has.
    let mut kill = std::process::Command::new("kill");
    let kill = kill.args(["-0", &process.to_string()]).output();
    kill.unwrap().status.success()
}
