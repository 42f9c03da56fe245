//! The CPU time that a function's memory gives it.
//!
//! A process that has used more than its share is stopped until its share has caught up. A process
//! that waits uses no CPU time, so it is not delayed.

use std::time::Duration;

use tokio::time::Instant;

/// The memory that has one vCPU (fact 8.2).
const MB_PER_VCPU: f64 = 1_769.0;

/// The time between two checks, and the shortest pause. So an invocation that needs less CPU time
/// than this is not delayed.
pub(crate) const INTERVAL: Duration = Duration::from_millis(5);

pub(crate) struct CpuQuota {
    /// The share of one CPU.
    share: f64,
    started_at: Instant,
    used_before: Duration,
}

impl CpuQuota {
    pub(crate) fn new(memory_mb: u32) -> Self {
        Self {
            share: f64::from(memory_mb) / MB_PER_VCPU,
            started_at: Instant::now(),
            used_before: Duration::ZERO,
        }
    }

    /// Starts to count for an invocation.
    pub(crate) fn start(&mut self, process: u32) {
        self.started_at = Instant::now();
        self.used_before = cpu_time(process).unwrap_or_default();
    }

    /// Returns how long the process must pause, if it has used more than its share.
    pub(crate) fn pause(&self, process: u32) -> Option<Duration> {
        let used = cpu_time(process)?.saturating_sub(self.used_before);
        let earned_at = self.started_at + used.div_f64(self.share);
        let pause = earned_at.checked_duration_since(Instant::now())?;
        (pause > INTERVAL).then_some(pause)
    }
}

/// Returns the CPU time of a process's running threads.
#[cfg(target_os = "linux")]
fn cpu_time(process: u32) -> Option<Duration> {
    let threads = std::fs::read_dir(format!("/proc/{process}/task")).ok()?;
    let nanoseconds = threads.flatten().filter_map(|thread| {
        let schedule = std::fs::read_to_string(thread.path().join("schedstat")).ok()?;
        schedule.split(' ').next()?.parse::<u64>().ok()
    });
    Some(Duration::from_nanos(nanoseconds.sum()))
}

/// `None`: only Linux has `/proc`.
#[cfg(not(target_os = "linux"))]
fn cpu_time(_: u32) -> Option<Duration> {
    None
}
