//! The standard output and standard error of a process, line by line.

use std::{
    io::{self, PipeWriter},
    os::fd::OwnedFd,
};

use tokio::net::unix::pipe;

use crate::journal::Journal;

/// The longest line that is kept in one piece: the largest event of CloudWatch Logs.
const LONGEST_LINE: usize = 256 * 1024;

/// The reader of the pipe that is both of the process's outputs, so that their order is kept.
pub(crate) struct Output {
    pipe: Option<pipe::Receiver>,
    unfinished: Vec<u8>,
}

impl Output {
    /// Returns the reader, and two writers for the process.
    pub(crate) fn open() -> io::Result<(Self, PipeWriter, PipeWriter)> {
        let (reader, writer) = io::pipe()?;
        let pipe = pipe::Receiver::from_owned_fd(OwnedFd::from(reader))?;
        let output = Self {
            pipe: Some(pipe),
            unfinished: Vec::new(),
        };
        Ok((output, writer.try_clone()?, writer))
    }

    /// Waits until there is output. Waits forever once every writer is closed.
    pub(crate) async fn readable(&self) {
        match &self.pipe {
            Some(pipe) if pipe.readable().await.is_ok() => {}
            _ => std::future::pending().await,
        }
    }

    /// Writes the complete lines that have arrived to the journal.
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

    /// Writes all output to the journal, also a last line without a line end.
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
