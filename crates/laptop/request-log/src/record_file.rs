//! The last requests, one JSON record a line, in two files of which the older one is replaced.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, BufRead, BufReader, BufWriter, ErrorKind, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use crate::request_record::RequestRecord;

/// When one of these is reached, a new file begins. Both files together have twice as much.
const MOST_RECORDS: usize = 500;
const MOST_BYTES: usize = 2_500_000;

/// The file that is written.
#[derive(Debug)]
pub struct RecordFile {
    folder: PathBuf,
    file: BufWriter<File>,
    records: usize,
    bytes: usize,
}

impl RecordFile {
    /// Opens the file in `folder`, or creates it.
    pub fn open(folder: &Path) -> io::Result<Self> {
        let (mut records, mut bytes) = (0, 0);
        if let Ok(file) = File::open(current(folder)) {
            for line in BufReader::new(file).split(b'\n') {
                bytes += line?.len() + 1;
                records += 1;
            }
        }
        Ok(Self {
            file: create(folder)?,
            folder: folder.to_path_buf(),
            records,
            bytes,
        })
    }

    /// Appends a record. Others can read it after the next [`flush`](Self::flush).
    pub(crate) fn append(&mut self, record: &RequestRecord) -> io::Result<()> {
        if self.records >= MOST_RECORDS || self.bytes >= MOST_BYTES {
            self.flush()?;
            fs::rename(current(&self.folder), previous(&self.folder))?;
            self.file = create(&self.folder)?;
            (self.records, self.bytes) = (0, 0);
        }
        let mut line = serde_json::to_vec(record)?;
        line.push(b'\n');
        self.file.write_all(&line)?;
        self.records += 1;
        self.bytes += line.len();
        Ok(())
    }

    /// Writes the records that were appended.
    pub(crate) fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// Reads the records in `folder`, oldest first. Lines that are not records, for example of another
/// version of this program, are skipped.
pub fn read(folder: &Path) -> io::Result<Vec<RequestRecord>> {
    let mut records = Vec::new();
    for path in [previous(folder), current(folder)] {
        let file = match File::open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => continue,
            Err(error) => return Err(error),
        };
        for line in BufReader::new(file).split(b'\n') {
            records.extend(serde_json::from_slice::<RequestRecord>(&line?).ok());
        }
    }
    Ok(records)
}

fn current(folder: &Path) -> PathBuf {
    folder.join("requests.jsonl")
}

fn previous(folder: &Path) -> PathBuf {
    folder.join("requests.previous.jsonl")
}

/// Opens the file, which only its owner can read.
fn create(folder: &Path) -> io::Result<BufWriter<File>> {
    let file = OpenOptions::new()
        .append(true)
        .create(true)
        .mode(0o600)
        .open(current(folder))?;
    Ok(BufWriter::new(file))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use jiff::Timestamp;
    use tempfile::TempDir;

    use super::*;

    fn record(number: usize) -> RequestRecord {
        RequestRecord {
            time: Timestamp::UNIX_EPOCH,
            request_id: number.to_string(),
            invocation: None,
            method: "GET".to_owned(),
            path: "/".to_owned(),
            status: 404,
            took: Duration::from_millis(1),
            function: None,
            init: None,
            causes: vec!["no route".to_owned()],
            denied: Vec::new(),
            lines: Vec::new(),
            left_out: 0,
        }
    }

    #[test]
    fn the_last_records_are_kept() {
        let folder = TempDir::new().unwrap();

        // Opened again in between, as by another run.
        for numbers in [0..700, 700..1_300] {
            let mut file = RecordFile::open(folder.path()).unwrap();
            for number in numbers {
                file.append(&record(number)).unwrap();
            }
        }

        let ids: Vec<_> = read(folder.path()).unwrap();
        let ids: Vec<_> = ids.into_iter().map(|record| record.request_id).collect();
        assert_eq!(ids.len(), 800);
        assert_eq!((&*ids[0], &*ids[799]), ("500", "1299"));
    }

    #[test]
    fn a_damaged_line_is_skipped() {
        let folder = TempDir::new().unwrap();
        let mut file = RecordFile::open(folder.path()).unwrap();

        file.append(&record(1)).unwrap();
        file.file.write_all(b"{\"time\":\n").unwrap();
        file.append(&record(2)).unwrap();
        file.flush().unwrap();

        assert_eq!(read(folder.path()).unwrap(), [record(1), record(2)]);
    }

    #[test]
    fn without_a_file_there_are_no_records() {
        let folder = TempDir::new().unwrap();

        assert_eq!(read(folder.path()).unwrap(), []);
    }
}
