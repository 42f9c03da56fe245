//! How much memory a process has held at most, and how often to ask.

use std::time::Duration;

/// The first look at a running request's memory comes after this time; each further one after
/// twice the time of the last.
pub(crate) const FIRST_LOOK: Duration = Duration::from_millis(10);

/// No longer than this between two looks.
pub(crate) const LONGEST_PAUSE: Duration = Duration::from_millis(40);

/// The peak of a process's resident memory in KiB, while it lives; nothing where the system does
/// not tell.
#[cfg(target_os = "linux")]
pub(crate) fn peak_kib(process: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let peak = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    peak.trim().strip_suffix(" kB")?.parse().ok()
}

/// The peak of a process's resident memory in KiB, while it lives; nothing where the system does
/// not tell.
#[cfg(not(target_os = "linux"))]
pub(crate) fn peak_kib(_process: u32) -> Option<u64> {
    None
}
