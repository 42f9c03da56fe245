//! What the system knows about the function's process. Linux only.

use std::fs;

use tokio::process::Child;

use crate::Failure;

/// What a process has used so far.
pub(crate) struct Usage {
    /// CPU time of all threads, in microseconds.
    pub(crate) cpu: f64,
    /// Peak resident memory, in bytes.
    pub(crate) memory: u64,
}

impl Usage {
    /// Reads the usage of the process `id`. A thread that has ended is not counted: the measured programs keep
    /// theirs.
    pub(crate) fn of(id: u32) -> Result<Self, Failure> {
        let mut nanoseconds = 0.0;
        for thread in fs::read_dir(format!("/proc/{id}/task"))? {
            let text = fs::read_to_string(thread?.path().join("schedstat"))?;
            let ran = text.split(' ').next().ok_or("schedstat is empty")?;
            nanoseconds += ran.parse::<f64>()?;
        }
        let status = fs::read_to_string(format!("/proc/{id}/status"))?;
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let peak = peak.and_then(|peak| peak.trim().strip_suffix(" kB"));
        let kilobytes: u64 = peak.ok_or("the status has no VmHWM")?.parse()?;
        Ok(Self {
            cpu: nanoseconds / 1e3,
            memory: kilobytes * 1024,
        })
    }
}

/// Ends the function as Lambda does, so that a program such as valgrind writes its results.
pub(crate) async fn end(function: &mut Child) -> Result<(), Failure> {
    if let Some(id) = function.id() {
        std::process::Command::new("kill")
            .arg(id.to_string())
            .status()?;
    }
    function.wait().await?;
    Ok(())
}
