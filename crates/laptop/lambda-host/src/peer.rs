//! Finds out whether a loopback connection comes from a process of the function.

use std::net::SocketAddr;

use rustix::process::Pid;

/// Returns whether the client of a connection is a process of the group. `None` where the system
/// does not say: without `/proc`, or if the group's processes cannot be inspected.
///
/// Reads files, so it blocks.
#[cfg(target_os = "linux")]
pub(crate) fn is_in_group(client: SocketAddr, server: SocketAddr, group: Pid) -> Option<bool> {
    use std::{fs, path::Path};

    let leader = Path::new("/proc").join(group.as_raw_nonzero().to_string());
    fs::read_dir(leader.join("fd")).ok()?;
    let Some(socket) = socket_of(client, server)? else {
        // The client has closed its socket.
        return Some(false);
    };
    if holds(&leader, &socket) {
        return Some(true);
    }
    let other_member = fs::read_dir("/proc")
        .ok()?
        .flatten()
        .any(|entry| group_of(&entry.path()) == Some(group) && holds(&entry.path(), &socket));
    Some(other_member)
}

/// `None`: only Linux has `/proc`.
#[cfg(not(target_os = "linux"))]
pub(crate) fn is_in_group(_: SocketAddr, _: SocketAddr, _: Pid) -> Option<bool> {
    None
}

/// The process group of a process; kernel threads have none.
///
/// `getpgid` would be simpler, but rustix panics at the 0 that it returns for kernel threads.
#[cfg(target_os = "linux")]
fn group_of(process: &std::path::Path) -> Option<Pid> {
    let stat = std::fs::read_to_string(process.join("stat")).ok()?;
    // The name of the program ends with the last parenthesis; state, parent and group follow.
    let (_, fields) = stat.rsplit_once(')')?;
    let group = fields.split_ascii_whitespace().nth(2)?;
    Pid::from_raw(group.parse().ok()?)
}

/// The client's socket as links in `/proc/PID/fd` name it: `socket:[INODE]`.
#[cfg(target_os = "linux")]
fn socket_of(client: SocketAddr, server: SocketAddr) -> Option<Option<String>> {
    use std::fs;

    let table = fs::read_to_string("/proc/net/tcp").ok()?;
    // A client may reach an IPv4 address through an IPv6 socket.
    let table_v6 = fs::read_to_string("/proc/net/tcp6").unwrap_or_default();
    let (client, server) = (table_address(client)?, table_address(server)?);
    let line = table.lines().chain(table_v6.lines()).find(|line| {
        let mut fields = line.split_ascii_whitespace().skip(1);
        let mut is = |address: &str| fields.next().is_some_and(|field| field.ends_with(address));
        is(&client) && is(&server)
    });
    Some(line.and_then(|line| {
        let inode = line.split_ascii_whitespace().nth(9)?;
        Some(format!("socket:[{inode}]"))
    }))
}

/// The end of an address in `/proc/net/tcp` and `tcp6`: the IPv4 address as a native integer and the
/// port, both in hexadecimal.
#[cfg(target_os = "linux")]
fn table_address(address: SocketAddr) -> Option<String> {
    let SocketAddr::V4(address) = address else {
        return None;
    };
    let ip = u32::from_ne_bytes(address.ip().octets());
    Some(format!("{ip:08X}:{:04X}", address.port()))
}

#[cfg(target_os = "linux")]
fn holds(process: &std::path::Path, socket: &str) -> bool {
    std::fs::read_dir(process.join("fd"))
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|descriptor| std::fs::read_link(descriptor.path()).ok())
        .any(|target| target.as_os_str() == socket)
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::{
        net::{TcpListener, TcpStream},
        os::{fd::OwnedFd, unix::process::CommandExt},
        process::{Child, Command, Stdio},
    };

    use super::*;

    /// Starts a process in a group of its own.
    fn start(stdin: Stdio) -> (Child, Pid) {
        let child = Command::new("sleep")
            .arg("60")
            .stdin(stdin)
            .process_group(0)
            .spawn()
            .expect("sleep can be started");
        let id = child
            .id()
            .try_into()
            .expect("the system's ids are positive");
        let group = Pid::from_raw(id).expect("the id of a process is not 0");
        (child, group)
    }

    #[test]
    fn a_connection_belongs_to_the_group_whose_process_has_it() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let server = listener.local_addr().unwrap();
        let connection = TcpStream::connect(server).unwrap();
        let client = connection.local_addr().unwrap();
        let (mut owner, group) = start(OwnedFd::from(connection).into());
        let (mut other, other_group) = start(Stdio::null());

        let belongs_to_owner = is_in_group(client, server, group);
        let belongs_to_other = is_in_group(client, server, other_group);
        for child in [&mut owner, &mut other] {
            child.kill().unwrap();
            child.wait().unwrap();
        }

        assert_eq!(
            (belongs_to_owner, belongs_to_other),
            (Some(true), Some(false))
        );
    }
}
