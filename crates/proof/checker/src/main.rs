//! The command line of the checker.

use checker::Violation;
use checker::figures::Figures;
use checker::front_door::Setup;
use checker::scenario::{Error, Plan, Store, repeats, rounds, rush};
use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

/// Drive a running store at random, with faults, and compare what it says with a model.
#[derive(Debug, Parser)]
#[command(
    version,
    args_conflicts_with_subcommands = true,
    args_override_self = true
)]
struct Cli {
    #[command(subcommand)]
    scenario: Option<Scenario>,
    #[command(flatten)]
    rounds: Rounds,
    #[command(flatten)]
    target: Target,
}

#[derive(Debug, Subcommand)]
enum Scenario {
    /// 500 buyers at once for a product of which there are 100.
    Rush(RushArguments),
    /// Every kind of POST repeated after its answer was cut off.
    Repeats(RepeatsArguments),
    /// Serve as `cargo local` does; the checker starts itself so.
    #[command(hide = true)]
    Door {
        /// The arguments of `cargo local`.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
}

#[derive(Debug, Args)]
struct RushArguments {
    /// How many buyers.
    #[arg(long, default_value_t = 500)]
    buyers: u64,
    /// How many units.
    #[arg(long, default_value_t = 100)]
    stock: u64,
    #[command(flatten)]
    target: Target,
}

#[derive(Debug, Args)]
struct RepeatsArguments {
    /// How many POSTs have their answer cut off.
    #[arg(long, default_value_t = 1000)]
    times: u64,
    #[command(flatten)]
    target: Target,
}

#[derive(Debug, Args)]
struct Rounds {
    /// Operations in all, at least.
    #[arg(long, default_value_t = 10_000)]
    operations: u64,
    /// Operations before all is read back and compared.
    #[arg(long, default_value_t = 1000)]
    round: u64,
    /// How many clients are at work at once.
    #[arg(long, default_value_t = 16)]
    clients: u64,
    /// Seconds between two kills of a function's process; 0 is never.
    #[arg(long, default_value_t = 2.0, value_name = "SECONDS")]
    kill_every: f64,
    /// Seconds between two kills of the front door, which is started again on its file; 0 is never.
    #[arg(long, default_value_t = 0.0, value_name = "SECONDS")]
    crash_every: f64,
}

/// What is checked.
#[derive(Debug, Args)]
struct Target {
    /// A front door that is running, of this workspace's development issuer. Without, one is started.
    #[arg(long)]
    url: Option<String>,
    /// The DynamoDB endpoint of the front door at --url, as it says when it is started with --faults.
    #[arg(long, value_name = "URL")]
    faults_url: Option<String>,
    /// What clients and faults begin from [default: another each time].
    #[arg(long)]
    seed: Option<u64>,
    /// What goes wrong in a front door that is started, as `cargo local --faults` has it.
    #[arg(
        long,
        default_value = "throttle=0.01,conflict=0.02,error=0.01,drop=0.01,lose-answer=0.01,slow=0.01,cut-client=0.01"
    )]
    faults: String,
    /// The Cargo profile of the functions.
    #[arg(long, default_value = "dev")]
    profile: String,
    /// The root Cargo.toml of the store.
    #[arg(long, default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../Cargo.toml"))]
    manifest_path: PathBuf,
}

/// What a shell says of a program that Ctrl-C ended: 128 and the number of the signal.
const INTERRUPTED: u8 = 130;

fn main() -> ExitCode {
    let cli = Cli::parse();
    if let Some(Scenario::Door { arguments }) = cli.scenario {
        // It is not to outlive a checker that is killed.
        #[cfg(target_os = "linux")]
        let _ =
            rustix::process::set_parent_process_death_signal(Some(rustix::process::Signal::TERM));
        let arguments = std::iter::once("local".to_owned()).chain(arguments);
        return local::run(local::Cli::parse_from(arguments));
    }
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("error: {error}");
            return ExitCode::FAILURE;
        }
    };
    match runtime.block_on(run(cli)) {
        Ok(figures) => {
            println!("{figures}");
            if figures.violations > 0 {
                ExitCode::FAILURE
            } else if figures.interrupted {
                INTERRUPTED.into()
            } else {
                ExitCode::SUCCESS
            }
        }
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(cli: Cli) -> Result<Figures, Error> {
    match cli.scenario {
        Some(Scenario::Rush(arguments)) => {
            let store = arguments.target.store(false).await?;
            let (rush, found, figures) = rush(store, arguments.buyers, arguments.stock).await?;
            println!("{rush:?}");
            found.iter().for_each(|violation| show("rush", violation));
            Ok(figures)
        }
        Some(Scenario::Repeats(arguments)) => {
            let store = arguments.target.store(false).await?;
            let (cut, found, figures) = repeats(store, arguments.times).await?;
            println!("{cut} POSTs repeated after their answer was cut off");
            found
                .iter()
                .for_each(|violation| show("repeats", violation));
            Ok(figures)
        }
        _ => {
            let (rounds_arguments, target) = (cli.rounds, cli.target);
            let seconds = |seconds: f64| (seconds > 0.0).then(|| Duration::from_secs_f64(seconds));
            let own = target.url.is_none();
            let plan = Plan {
                operations: rounds_arguments.operations,
                round: rounds_arguments.round,
                clients: rounds_arguments.clients,
                seed: target.seed.unwrap_or_else(|| fastrand::u64(..1_000_000)),
                kill_every: seconds(rounds_arguments.kill_every).filter(|_| own),
                crash_every: seconds(rounds_arguments.crash_every),
            };
            println!("seed: {}", plan.seed);
            let target = Target {
                seed: Some(plan.seed),
                ..target
            };
            let store = target.store(plan.crash_every.is_some()).await?;
            rounds(store, &plan, interrupted(), show).await
        }
    }
}

impl Target {
    async fn store(&self, lasting: bool) -> Result<Store, Error> {
        if let Some(url) = &self.url {
            return Store::at(url, self.faults_url.as_deref(), &self.manifest_path);
        }
        let program = std::env::current_exe().map_err(checker::front_door::Error::Start)?;
        let setup = Setup {
            program,
            manifest: self.manifest_path.clone(),
            faults: self.faults.clone(),
            seed: self.seed.unwrap_or_default(),
            profile: self.profile.clone(),
            lasting,
        };
        Store::open(setup).await
    }
}

/// Until Ctrl-C; a second one ends the program.
async fn interrupted() {
    if tokio::signal::ctrl_c().await.is_err() {
        return std::future::pending().await;
    }
    eprintln!("Stopping after this round; Ctrl-C again stops at once.");
    tokio::spawn(async {
        if tokio::signal::ctrl_c().await.is_ok() {
            std::process::exit(INTERRUPTED.into());
        }
    });
}

fn show(place: &str, violation: &Violation) {
    println!("{place}: {violation}");
}
