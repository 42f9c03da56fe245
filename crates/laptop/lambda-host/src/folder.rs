//! The host's folder for programs and `/tmp`. It is removed at shutdown, or by a later host if this
//! one is killed.

use std::{
    fs::{self, File},
    io,
    path::Path,
    time::Duration,
};

use tempfile::TempDir;

const PREFIX: &str = "lambda-host-";

/// A file that is locked while the host runs.
const LOCK: &str = "lock";

/// A folder younger than this may not have been locked yet.
const YOUNG: Duration = Duration::from_secs(60);

pub(crate) struct Folder {
    folder: TempDir,
    _lock: File,
}

impl Folder {
    /// Creates a folder in `parent`, and removes those of hosts that were killed.
    pub(crate) fn make(parent: &Path) -> io::Result<Self> {
        fs::create_dir_all(parent)?;
        for entry in fs::read_dir(parent)?.flatten() {
            if entry.file_name().to_string_lossy().starts_with(PREFIX) && abandoned(&entry.path()) {
                end_programs_in(&entry.path());
                // Fails if another host removes it or another user owns it.
                let _ = fs::remove_dir_all(entry.path());
            }
        }
        let folder = TempDir::with_prefix_in(PREFIX, parent)?;
        let lock = File::create(folder.path().join(LOCK))?;
        // On a file system without locks, `abandoned` cannot take the lock either.
        let _ = lock.try_lock();
        Ok(Self {
            folder,
            _lock: lock,
        })
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }
}

fn abandoned(folder: &Path) -> bool {
    let Ok(lock) = File::open(folder.join(LOCK)) else {
        return false;
    };
    let age = lock.metadata().and_then(|lock| lock.modified()).ok();
    age.and_then(|modified| modified.elapsed().ok())
        .is_some_and(|age| age > YOUNG)
        && lock.try_lock().is_ok()
}

/// Kills the programs that a killed host left running. One that waited for an invocation has ended
/// by itself.
#[cfg(target_os = "linux")]
fn end_programs_in(folder: &Path) {
    use rustix::process::{Pid, Signal, kill_process};
    let Ok(folder) = folder.canonicalize() else {
        return;
    };
    for process in fs::read_dir("/proc").into_iter().flatten().flatten() {
        let program = fs::read_link(process.path().join("exe"));
        let id = process.file_name().to_str().and_then(|id| id.parse().ok());
        if let (Ok(program), Some(id)) = (program, id.and_then(Pid::from_raw))
            && program.starts_with(&folder)
        {
            // Fails if the program has just ended.
            let _ = kill_process(id, Signal::KILL);
        }
    }
}

/// No-op without `/proc`.
#[cfg(not(target_os = "linux"))]
fn end_programs_in(_: &Path) {}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use super::*;

    #[test]
    fn only_the_folders_of_killed_hosts_are_removed() {
        let parent = TempDir::new().unwrap();
        let folder = |name: &str, age: Duration| {
            fs::create_dir(parent.path().join(name)).unwrap();
            let lock = File::create(parent.path().join(name).join(LOCK)).unwrap();
            lock.set_modified(SystemTime::now() - age).unwrap();
            lock
        };
        drop(folder("lambda-host-killed", YOUNG * 2));
        drop(folder("lambda-host-starting", Duration::ZERO));
        drop(folder("something-else", YOUNG * 2));
        let alive = folder("lambda-host-alive", YOUNG * 2);
        alive.lock().unwrap();

        let own = Folder::make(parent.path()).unwrap();

        let left = |name: &str| parent.path().join(name).exists();
        assert!(!left("lambda-host-killed"));
        assert!(
            left("lambda-host-starting") && left("something-else") && left("lambda-host-alive")
        );
        let own_path = own.path().to_owned();
        drop(own);
        assert!(!own_path.exists());
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_program_that_a_killed_host_left_is_killed() {
        use std::os::unix::process::ExitStatusExt;
        let parent = TempDir::new().unwrap();
        let folder = parent.path().join("lambda-host-killed");
        fs::create_dir(&folder).unwrap();
        let lock = File::create(folder.join(LOCK)).unwrap();
        lock.set_modified(SystemTime::now() - YOUNG * 2).unwrap();
        drop(lock);
        let program = folder.join("bootstrap");
        fs::copy("/bin/sleep", &program).unwrap();
        let mut left = std::process::Command::new(&program)
            .arg("60")
            .spawn()
            .unwrap();

        let _own = Folder::make(parent.path()).unwrap();

        assert_eq!(left.wait().unwrap().signal(), Some(9));
    }
}
