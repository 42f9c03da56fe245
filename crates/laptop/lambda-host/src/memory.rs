//! Reads the peak memory of a process.

use std::{fs::File, os::unix::fs::FileExt, time::Duration};

/// The time from the start of an invocation to the first check. Each further interval is twice as
/// long.
pub(crate) const FIRST_CHECK: Duration = Duration::from_millis(10);

/// The longest time between two checks.
pub(crate) const LONGEST_INTERVAL: Duration = Duration::from_millis(40);

/// The size of `/proc/<pid>/status`, with room for long lists of groups.
const STATUS: usize = 4096;

/// The peak memory of a running process. Its file stays open, because it is read at the end of each invocation.
pub(crate) struct PeakMemory(File);

impl PeakMemory {
    /// Returns `None` if the system has no `/proc`, which only Linux has, or if the process has ended.
    pub(crate) fn of(process: u32) -> Option<Self> {
        let status = File::open(format!("/proc/{process}/status"));
        status.ok().map(Self)
    }

    /// Returns the peak of the process's resident memory in KiB.
    pub(crate) fn kib(&self) -> Option<u64> {
        let mut status = [0; STATUS];
        let length = self.0.read_at(&mut status, 0).ok()?;
        let status = str::from_utf8(&status[..length]).ok()?;
        let peak = status
            .lines()
            .find_map(|line| line.strip_prefix("VmHWM:"))?;
        peak.trim().strip_suffix(" kB")?.parse().ok()
    }
}
