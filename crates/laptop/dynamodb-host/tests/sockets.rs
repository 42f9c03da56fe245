//! The sockets of the process. The only test of its binary, because tests share their process.

#![allow(clippy::unwrap_used, reason = "tests")]
#![cfg(target_os = "linux")]

#[path = "database/support.rs"]
mod support;

use std::{collections::BTreeSet, fs};

use support::{client, put, start};

#[tokio::test]
async fn a_database_listens_on_one_port_only() {
    let before = listening_ports();

    let db = start().await;
    put(&client(&db, db.owner()), "1").await;

    let after = listening_ports();
    let new: Vec<_> = after.difference(&before).collect();
    let port = db.endpoint().rsplit(':').next().unwrap();
    assert_eq!(new, [&port.parse::<u16>().unwrap()]);
}

/// The TCP ports on which this process listens, by the inodes of its sockets.
fn listening_ports() -> BTreeSet<u16> {
    let own: BTreeSet<String> = fs::read_dir("/proc/self/fd")
        .unwrap()
        .filter_map(|entry| fs::read_link(entry.unwrap().path()).ok())
        .filter_map(|target| {
            let socket = target.to_str()?.strip_prefix("socket:[")?;
            Some(socket.strip_suffix(']')?.to_owned())
        })
        .collect();
    let sockets = ["/proc/self/net/tcp", "/proc/self/net/tcp6"].map(fs::read_to_string);
    sockets
        .iter()
        .flatten()
        .flat_map(|sockets| sockets.lines().skip(1))
        .filter_map(|line| {
            let fields: Vec<_> = line.split_whitespace().collect();
            let is_listening = fields[3] == "0A";
            let (_, port) = fields[1].rsplit_once(':')?;
            (is_listening && own.contains(fields[9]))
                .then(|| u16::from_str_radix(port, 16).unwrap())
        })
        .collect()
}
