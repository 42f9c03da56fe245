//! Colors and control sequences: what a terminal, a terminal without colors and a pipe receive.

use std::{
    fs::{File, OpenOptions},
    os::fd::OwnedFd,
};

use http::Method;
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt, BufReader, Lines},
    process::Child,
};

use crate::support::{call, cargo_local, copy_to_edit, edit};

/// The end that is read, and the end that a program writes to.
struct Channel {
    read: File,
    write: OwnedFd,
}

impl Channel {
    fn pipe() -> Self {
        let (read, write) = std::io::pipe().unwrap();
        Self {
            read: OwnedFd::from(read).into(),
            write: write.into(),
        }
    }

    /// A pseudo-terminal.
    fn terminal() -> Self {
        let read = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).unwrap();
        grantpt(&read).unwrap();
        unlockpt(&read).unwrap();
        let name = ptsname(&read, Vec::new()).unwrap();
        let write = OpenOptions::new()
            .read(true)
            .write(true)
            .open(name.to_str().unwrap())
            .unwrap();
        Self {
            read: read.into(),
            write: write.into(),
        }
    }
}

/// `cargo local` with both of its outputs in one channel.
struct Shown {
    child: Child,
    lines: Lines<BufReader<tokio::fs::File>>,
    text: String,
}

impl Shown {
    fn start(folder: &TempDir, channel: Channel, variables: &[(&str, &str)]) -> Self {
        let child = cargo_local(folder.path(), "--port 0 --ephemeral --no-watch")
            .env_remove("NO_COLOR")
            .envs(variables.iter().copied())
            .stdout(channel.write.try_clone().unwrap())
            .stderr(channel.write)
            .spawn()
            .unwrap();
        Self {
            child,
            lines: BufReader::new(tokio::fs::File::from_std(channel.read)).lines(),
            text: String::new(),
        }
    }

    /// Reads to a line that contains `end`, and returns it.
    async fn line(&mut self, end: &str) -> String {
        while let Some(line) = self.lines.next_line().await.unwrap() {
            self.text.push_str(&line);
            self.text.push('\n');
            if line.contains(end) {
                return line;
            }
        }
        panic!("no line has {end:?}: {}", self.text);
    }
}

/// Whether a text selects a color or weight.
fn has_color(text: &str) -> bool {
    text.split("\u{1b}[").skip(1).any(|rest| {
        let rest = rest.trim_start_matches(|c: char| c.is_ascii_digit() || c == ';');
        rest.starts_with('m')
    })
}

#[tokio::test]
async fn only_a_terminal_with_colors_receives_colors() {
    const TERM: (&str, &str) = ("TERM", "xterm-256color");
    let folder = copy_to_edit(&["functions/trials-post"]);
    let source = folder.path().join("functions/trials-post/src/main.rs");
    edit(&source, "async fn post", "fn unused() {}\n\nasync fn post");

    for (name, channel, variables, is_colored, is_plain) in [
        ("a terminal", Channel::terminal(), vec![TERM], true, false),
        (
            "a terminal with NO_COLOR",
            Channel::terminal(),
            vec![TERM, ("NO_COLOR", "1")],
            false,
            // The progress bar moves the cursor.
            false,
        ),
        (
            "a dumb terminal",
            Channel::terminal(),
            vec![("TERM", "dumb")],
            false,
            true,
        ),
        ("a pipe", Channel::pipe(), vec![TERM], false, true),
    ] {
        let mut shown = Shown::start(&folder, channel, &variables);

        let warning = shown.line("`unused` is never used").await;
        let address = shown.line("Serving on ").await;
        let url = address.trim_start_matches("Serving on ").split(',').next();
        let url = format!("{}/trials", url.unwrap());
        call(Method::POST, url, None, "put").await;
        let request = shown.line("POST   /trials").await;
        let denied = shown.line("trials-post may not PutItem").await;
        shown.child.kill().await.unwrap();

        for line in [warning, request, denied] {
            assert_eq!(has_color(&line), is_colored, "{name}: {line:?}");
        }
        let text = &shown.text;
        assert_eq!(!text.contains('\u{1b}'), is_plain, "{name}: {text:?}");
    }
}
