//! `cargo local logs`: the last requests, or one request's story.

use std::path::Path;

use jiff::tz::TimeZone;
use request_log::{RequestRecord, RequestText, Terminal};

use crate::error::Error;

/// The number of requests that are listed.
const LISTED: usize = 20;

/// Returns the story of the request `id`, or the lines of the last requests recorded in `folder`.
pub(crate) fn run(folder: &Path, id: Option<&str>) -> Result<Vec<String>, Error> {
    let records = request_log::read(folder).map_err(|source| Error::State {
        path: folder.to_path_buf(),
        source,
    })?;
    let text = RequestText {
        terminal: Terminal::stdout(),
        verbose: true,
        zone: TimeZone::system(),
    };
    match id {
        Some(id) => Ok(text.story(find(&records, id)?)),
        None if records.is_empty() => Err(Error::NoRequests),
        None => {
            let last = &records[records.len().saturating_sub(LISTED)..];
            Ok(last.iter().map(|record| text.line(record)).collect())
        }
    }
}

fn find<'r>(records: &'r [RequestRecord], id: &str) -> Result<&'r RequestRecord, Error> {
    if records.is_empty() {
        return Err(Error::NoRequests);
    }
    let named: Vec<_> = records
        .iter()
        .filter(|record| record.is_named(id))
        .collect();
    match named[..] {
        [record] => Ok(record),
        [] => Err(Error::UnknownRequest { id: id.to_owned() }),
        _ => Err(Error::AmbiguousRequest {
            id: id.to_owned(),
            requests: named
                .iter()
                .map(|record| record.request_id.clone())
                .collect(),
        }),
    }
}
