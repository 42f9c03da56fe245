//! What a process writes to standard output and standard error, line by line.

use std::{
    io::{self, PipeWriter},
    os::fd::OwnedFd,
};

use tokio::net::unix::pipe;

use crate::journal::Journal;

/// The longest line kept in one piece, as long as an event of CloudWatch Logs may be.
const LONGEST_LINE: usize = 256 * 1024;

/// The reading end of the pipe that is both of the process's outputs, so that the order in which
/// it wrote is kept.
pub(crate) struct Output {
    pipe: Option<pipe::Receiver>,
    unfinished: Vec<u8>,
}

impl Output {
    /// The reading end, and two writing ends for the process.
    pub(crate) fn open() -> io::Result<(Self, PipeWriter, PipeWriter)> {
        let (reader, writer) = io::pipe()?;
        let pipe = pipe::Receiver::from_owned_fd(OwnedFd::from(reader))?;
        let output = Self {
            pipe: Some(pipe),
            unfinished: Vec::new(),
        };
        Ok((output, writer.try_clone()?, writer))
    }

    /// Waits until there is something to drain; forever once every writer is gone.
    pub(crate) async fn readable(&self) {
        match &self.pipe {
            Some(pipe) if pipe.readable().await.is_ok() => {}
            _ => std::future::pending().await,
        }
    }

    /// Writes all whole lines that have come to the journal, without waiting for more.
    pub(crate) fn drain(&mut self, journal: &Journal) {
        let mut buffer = [0; 8 * 1024];
        while let Some(pipe) = &self.pipe {
            match pipe.try_read(&mut buffer) {
                Ok(0) => self.pipe = None,
                Ok(length) => self.take(&buffer[..length], journal),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return,
                Err(_) => self.pipe = None,
            }
        }
    }

    /// The same at the process's end, when a line without line end is a line.
    pub(crate) fn finish(&mut self, journal: &Journal) {
        self.drain(journal);
        if !self.unfinished.is_empty() {
            write(&std::mem::take(&mut self.unfinished), journal);
        }
    }

    fn take(&mut self, mut bytes: &[u8], journal: &Journal) {
        while let Some(end) = bytes.iter().position(|&byte| byte == b'\n') {
            let (line, rest) = (&bytes[..end], &bytes[end + 1..]);
            if self.unfinished.is_empty() {
                write(line, journal);
            } else {
                self.unfinished.extend_from_slice(line);
                write(&std::mem::take(&mut self.unfinished), journal);
            }
            bytes = rest;
        }
        self.unfinished.extend_from_slice(bytes);
        if self.unfinished.len() >= LONGEST_LINE {
            write(&std::mem::take(&mut self.unfinished), journal);
        }
    }
}

fn write(line: &[u8], journal: &Journal) {
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    journal.function(String::from_utf8_lossy(line).into_owned());
}
