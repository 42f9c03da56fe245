//! Rounds of random histories.

use std::{sync::Arc, time::Duration};

use tokio::time::{Interval, MissedTickBehavior};

use super::{Error, Store, run_name};
use crate::{Violation, check, figures::Figures, final_state::FinalState, workload, world::World};

#[derive(Debug, Clone)]
pub struct Plan {
    /// The minimum number of operations.
    pub operations: u64,
    /// The number of operations in a round. At its end, all data is read and checked.
    pub round: u64,
    /// The number of concurrent clients.
    pub clients: u64,
    pub seed: u64,
    /// The interval between two kills of a function's process.
    pub kill_every: Option<Duration>,
    /// The interval between two kills of the front door, which is then restarted.
    pub crash_every: Option<Duration>,
}

/// The interval between two checks that the front door is running.
const HEALTH_INTERVAL: Duration = Duration::from_secs(1);

/// Runs the plan. After `stop`, the current round is completed. Calls `report` for each violation.
///
/// # Errors
/// Fails if the front door exits or cannot be restarted.
pub async fn rounds(
    mut store: Store,
    plan: &Plan,
    stop: impl Future<Output = ()>,
    mut report: impl FnMut(&str, &Violation),
) -> Result<Figures, Error> {
    if store.front_door.is_none() && (plan.kill_every.is_some() || plan.crash_every.is_some()) {
        return Err(Error::Missing(
            "cannot kill processes of a front door that the checker did not start",
        ));
    }
    let run = run_name();
    let mut figures = Figures::default();
    let mut round = 0;
    let mut kills = interval(plan.kill_every);
    let mut crashes = interval(plan.crash_every);
    let mut health = interval(Some(HEALTH_INTERVAL));
    tokio::pin!(stop);
    let mut stopped = false;
    while figures.total() < plan.operations && !stopped {
        let world = Arc::new(World::new(format!("{run}-{round}")));
        let seed = plan.seed.wrapping_add(round);
        let client = Arc::clone(&store.client);
        let workload = workload::run(&client, &world, seed, plan.clients, plan.round);
        tokio::pin!(workload);
        loop {
            tokio::select! {
                () = &mut workload => break,
                () = &mut stop, if !stopped => stopped = true,
                _ = health.tick() => {
                    if let Some(front_door) = &mut store.front_door {
                        front_door.check_running()?;
                    }
                }
                _ = kills.tick(), if plan.kill_every.is_some() => {
                    if let Some(front_door) = &mut store.front_door {
                        front_door.kill_function();
                    }
                }
                _ = crashes.tick(), if plan.crash_every.is_some() => {
                    if let Some(front_door) = &mut store.front_door {
                        front_door.crash().await?;
                    }
                }
            }
        }
        let state = FinalState::read(&client, &world).await;
        let events = client.history.take();
        figures.count(&events);
        let name = format!("round {round} of seed {} ({run}-{round})", plan.seed);
        for violation in check(&events, &state) {
            figures.violations += 1;
            report(&name, &violation);
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

fn interval(every: Option<Duration>) -> Interval {
    let every = every.unwrap_or(Duration::from_secs(3600));
    let mut interval = tokio::time::interval_at(tokio::time::Instant::now() + every, every);
    interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
    interval
}
