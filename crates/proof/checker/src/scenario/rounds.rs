//! Round after round of random histories.

use super::{Error, Store, run_name};
use crate::check::{Violation, check};
use crate::figures::Figures;
use crate::final_state::Rest;
use crate::workload::drive;
use crate::world::Known;
use std::sync::Arc;
use std::time::Duration;

/// How much is done.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Operations in all, at least.
    pub operations: u64,
    /// Operations before all is read back and compared.
    pub round: u64,
    /// How many clients are at work at once.
    pub clients: u64,
    /// What the clients begin from.
    pub seed: u64,
    /// How often a process of a function is killed.
    pub kill_every: Option<Duration>,
    /// How often the front door is killed and started again.
    pub crash_every: Option<Duration>,
}

/// How often one looks whether the front door is still there.
const LOOK: Duration = Duration::from_secs(1);

/// Runs the plan, or of it as many rounds as have begun when `stop` comes. `found` is told of every
/// violation at once.
///
/// # Errors
/// When the front door ends by itself, or does not come back after a crash.
pub async fn rounds(
    mut store: Store,
    plan: &Plan,
    stop: impl Future<Output = ()>,
    mut found: impl FnMut(&str, &Violation),
) -> Result<Figures, Error> {
    if store.door.is_none() && (plan.kill_every.is_some() || plan.crash_every.is_some()) {
        return Err(Error::Needs(
            "only a front door of the checker's own can be killed",
        ));
    }
    let run = run_name();
    let mut figures = Figures::default();
    let mut round = 0;
    let mut kills = ticks(plan.kill_every);
    let mut crashes = ticks(plan.crash_every);
    let mut looks = ticks(Some(LOOK));
    tokio::pin!(stop);
    let mut stopped = false;
    while figures.total() < plan.operations && !stopped {
        let known = Arc::new(Known::new(format!("{run}-{round}")));
        let seed = plan.seed.wrapping_add(round);
        let client = Arc::clone(&store.client);
        let driving = drive(&client, &known, seed, plan.clients, plan.round);
        tokio::pin!(driving);
        loop {
            tokio::select! {
                () = &mut driving => break,
                () = &mut stop, if !stopped => stopped = true,
                _ = looks.tick() => {
                    if let Some(door) = &mut store.door {
                        door.look()?;
                    }
                }
                _ = kills.tick(), if plan.kill_every.is_some() => {
                    if let Some(door) = &mut store.door {
                        door.kill_function();
                    }
                }
                _ = crashes.tick(), if plan.crash_every.is_some() => {
                    if let Some(door) = &mut store.door {
                        door.crash().await?;
                    }
                }
            }
        }
        let rest = Rest::read(&client, &known).await;
        let events = client.history.take();
        figures.count(&events);
        let name = format!("round {round} of seed {} ({run}-{round})", plan.seed);
        for violation in check(&events, &rest) {
            figures.violations += 1;
            found(&name, &violation);
        }
        round += 1;
        eprintln!(
            "{} operations, {} violations",
            figures.total(),
            figures.violations
        );
    }
    figures.interrupted = figures.total() < plan.operations;
    Ok(store.close(figures).await)
}

fn ticks(every: Option<Duration>) -> tokio::time::Interval {
    let every = every.unwrap_or(Duration::from_secs(3600));
    let mut ticks = tokio::time::interval_at(tokio::time::Instant::now() + every, every);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    ticks
}
