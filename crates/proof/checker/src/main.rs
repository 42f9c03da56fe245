//! The command line of the checker.

use std::{error, iter::successors, path::PathBuf, process::ExitCode, time::Duration};

use checker::{
    Violation,
    figures::Figures,
    front_door_process::{self, Settings},
    scenario::{Error, Plan, Store, repeats, rounds, rush},
};
use clap::{Args, Parser, Subcommand};

/// Send random concurrent requests to a store, inject faults, and check the responses.
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
    /// Let 500 buyers order a product with 100 units at the same time.
    Rush {
        #[arg(long, default_value_t = 500)]
        buyers: u64,
        /// Units in stock.
        #[arg(long, default_value_t = 100)]
        stock: u64,
        #[command(flatten)]
        target: Target,
    },
    /// Repeat POSTs of all kinds after their connection was cut.
    Repeats {
        /// The number of POSTs with a cut connection.
        #[arg(long, default_value_t = 1000)]
        times: u64,
        #[command(flatten)]
        target: Target,
    },
    /// Serve as `cargo local`. The checker starts its front door with this command.
    #[command(hide = true)]
    Serve {
        /// The arguments of `cargo local`.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
}

#[derive(Debug, Args)]
struct Rounds {
    /// The minimum number of operations.
    #[arg(long, default_value_t = 10_000)]
    operations: u64,
    /// The number of operations in a round. At its end, all data is read and checked.
    #[arg(long, default_value_t = 1000)]
    round: u64,
    /// The number of concurrent clients.
    #[arg(long, default_value_t = 16)]
    clients: u64,
    /// The interval between two kills of a function's process; 0 disables them.
    #[arg(long, default_value_t = 2.0, value_name = "SECONDS")]
    kill_every: f64,
    /// The interval between two crashes of the front door, which then restarts; 0 disables them.
    #[arg(long, default_value_t = 0.0, value_name = "SECONDS")]
    crash_every: f64,
}

#[derive(Debug, Args)]
struct Target {
    /// A running front door with this workspace's development issuer [default: start one].
    #[arg(long)]
    url: Option<String>,
    /// The DynamoDB endpoint of the front door at --url, which `cargo local --faults` prints.
    #[arg(long, value_name = "URL", requires = "fault_token")]
    faults_url: Option<String>,
    /// The bearer token for the faults, which `cargo local --faults` prints.
    #[arg(long, value_name = "TOKEN", requires = "faults_url")]
    fault_token: Option<String>,
    /// The seed of clients and faults [default: random].
    #[arg(long)]
    seed: Option<u64>,
    /// The faults of a front door that the checker starts, as in `cargo local --faults`.
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

/// The exit status after Ctrl-C: 128 and the number of the signal.
const INTERRUPTED: u8 = 130;

fn main() -> ExitCode {
    let cli = Cli::parse();
    if let Some(Scenario::Serve { arguments }) = cli.scenario {
        // The front door ends even if the checker is killed.
        #[cfg(target_os = "linux")]
        let _ =
            rustix::process::set_parent_process_death_signal(Some(rustix::process::Signal::TERM));
        let arguments = std::iter::once("local".to_owned()).chain(arguments);
        return local::run(local::Cli::parse_from(arguments));
    }
    let outcome = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime.block_on(run(cli)),
        Err(error) => Err(Error::Runtime(error)),
    };
    match outcome {
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
            let causes = successors(Some(&error as &dyn error::Error), |error| error.source());
            let causes: Vec<_> = causes.map(ToString::to_string).collect();
            eprintln!("error: {}", causes.join(": "));
            ExitCode::FAILURE
        }
    }
}

async fn run(cli: Cli) -> Result<Figures, Error> {
    match cli.scenario {
        Some(Scenario::Rush {
            buyers,
            stock,
            target,
        }) => {
            let store = target.store(target.choose_seed(), false).await?;
            let (rush, found, figures) = rush(store, buyers, stock).await?;
            println!("{rush:?}");
            found.iter().for_each(|violation| show("rush", violation));
            Ok(figures)
        }
        Some(Scenario::Repeats { times, target }) => {
            let store = target.store(target.choose_seed(), false).await?;
            let (cut, found, figures) = repeats(store, times).await?;
            println!("{cut} POSTs repeated after their connection was cut");
            found
                .iter()
                .for_each(|violation| show("repeats", violation));
            Ok(figures)
        }
        _ => {
            let (
                Rounds {
                    operations,
                    round,
                    clients,
                    kill_every,
                    crash_every,
                },
                target,
            ) = (cli.rounds, cli.target);
            let interval = |seconds: f64| (seconds > 0.0).then(|| Duration::from_secs_f64(seconds));
            let plan = Plan {
                operations,
                round,
                clients,
                seed: target.choose_seed(),
                // --kill-every has a default, which a running front door cannot follow.
                kill_every: interval(kill_every).filter(|_| target.url.is_none()),
                crash_every: interval(crash_every),
            };
            let store = target.store(plan.seed, plan.crash_every.is_some()).await?;
            rounds(store, &plan, interrupted(), show).await
        }
    }
}

impl Target {
    /// Returns the seed and prints it, so that the run can be repeated.
    fn choose_seed(&self) -> u64 {
        let seed = self.seed.unwrap_or_else(|| fastrand::u64(..1_000_000));
        println!("seed: {seed}");
        seed
    }

    async fn store(&self, seed: u64, persistent: bool) -> Result<Store, Error> {
        if let Some(url) = &self.url {
            let faults = self.faults_url.as_deref().zip(self.fault_token.as_deref());
            return Store::at(url, faults, &self.manifest_path);
        }
        let program = std::env::current_exe().map_err(front_door_process::Error::Start)?;
        Store::start(Settings {
            program,
            manifest: self.manifest_path.clone(),
            faults: self.faults.clone(),
            seed,
            profile: self.profile.clone(),
            persistent,
        })
        .await
    }
}

/// Returns after Ctrl-C. A second Ctrl-C exits the program.
async fn interrupted() {
    if tokio::signal::ctrl_c().await.is_err() {
        return std::future::pending().await;
    }
    eprintln!("Stopping after this round; press Ctrl-C again to stop now.");
    tokio::spawn(async {
        if tokio::signal::ctrl_c().await.is_ok() {
            std::process::exit(INTERRUPTED.into());
        }
    });
}

fn show(place: &str, violation: &Violation) {
    println!("{place}: {violation}");
}
