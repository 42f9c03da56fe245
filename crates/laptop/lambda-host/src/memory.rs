//! Reads the peak memory of a process.

use std::time::Duration;

/// The time from the start of an invocation to the first check. Each further interval is twice as
/// long.
pub(crate) const FIRST_CHECK: Duration = Duration::from_millis(10);

/// The longest time between two checks.
pub(crate) const LONGEST_INTERVAL: Duration = Duration::from_millis(40);

/// Returns the peak of a running process's resident memory in KiB.
#[cfg(target_os = "linux")]
pub(crate) fn peak_kib(process: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let peak = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    peak.trim().strip_suffix(" kB")?.parse().ok()
}

/// `None`: only Linux has `/proc`.
#[cfg(not(target_os = "linux"))]
pub(crate) fn peak_kib(_process: u32) -> Option<u64> {
    None
}
