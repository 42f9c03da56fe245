#![doc = include_str!("../README.md")]

mod access_log;
mod bar_terminal;
mod output;
mod record_file;
mod request_grouping;
mod request_record;
mod request_text;
mod terminal;

pub use access_log::{Access, Invoked, Invoking};
pub use output::Output;
pub use record_file::{RecordFile, read};
pub use request_record::{DeniedCall, LineSource, RecordedLine, RequestRecord};
pub use request_text::RequestText;
pub use terminal::{Terminal, add_bar, say};
