//! The output while serving: the requests with what their functions wrote, as text or as JSON.

use std::{
    io::{BufWriter, Stdout, Write},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
        mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel},
    },
    time::{Duration, Instant},
};

use jiff::tz::TimeZone;
use lambda_host::{LogFormat, LogLine};

use crate::{
    access_log::{Access, Invoking},
    record_file::RecordFile,
    request_grouping::{RequestGrouping, Shown},
    request_record::DeniedCall,
    request_text::RequestText,
    terminal::{Terminal, beside_bars, escaped},
};

/// Prints in a separate thread, so that a slow terminal delays no request. If it cannot keep up, events
/// are left out and counted.
#[derive(Debug, Clone)]
pub struct Output {
    events: Option<SyncSender<Event>>,
    left_out: Arc<AtomicU64>,
    format: LogFormat,
}

/// What is printed.
enum Event {
    /// A line of JSON.
    Json(String),
    Begin(Invoking),
    Log(LogLine),
    Denied(DeniedCall, Option<String>),
    Answer(Access),
}

/// The pause after an event, in which more of the same request arrive. Without it, the thread would wake up for each,
/// which costs more than printing them.
const GATHERING: Duration = Duration::from_millis(2);

/// The greatest number of events that wait to be printed.
const WAITING: usize = 10_000;

impl Output {
    /// Prints JSON to standard output.
    #[must_use]
    pub fn json() -> Self {
        let (output, waiting, left_out) = Self::channel(LogFormat::Json);
        std::thread::spawn(move || Printer::new(None, None).run(&waiting, &left_out));
        output
    }

    /// Prints text to standard output, and records the requests in `records`.
    #[must_use]
    pub fn text(verbose: bool, records: RecordFile) -> Self {
        let (output, waiting, left_out) = Self::channel(LogFormat::Text);
        let text = RequestText {
            terminal: Terminal::stdout(),
            verbose,
            zone: TimeZone::system(),
        };
        std::thread::spawn(move || {
            Printer::new(Some(text), Some(records)).run(&waiting, &left_out);
        });
        output
    }

    fn channel(format: LogFormat) -> (Self, Receiver<Event>, Arc<AtomicU64>) {
        let (events, waiting) = sync_channel(WAITING);
        let left_out = Arc::new(AtomicU64::new(0));
        let output = Self {
            events: Some(events),
            left_out: Arc::clone(&left_out),
            format,
        };
        (output, waiting, left_out)
    }

    /// Prints nothing.
    #[must_use]
    pub fn none(format: LogFormat) -> Self {
        Self {
            events: None,
            left_out: Arc::default(),
            format,
        }
    }

    pub fn format(&self) -> LogFormat {
        self.format
    }

    /// A request is about to invoke its function.
    pub fn begin(&self, invoking: impl FnOnce() -> Invoking) {
        self.send(|format| match format {
            LogFormat::Text => Some(Event::Begin(invoking())),
            LogFormat::Json => None,
        });
    }

    /// A request was answered.
    pub fn answer(&self, access: impl FnOnce() -> Access) {
        self.send(|format| {
            Some(match format {
                LogFormat::Text => Event::Answer(access()),
                LogFormat::Json => Event::Json(access().json()),
            })
        });
    }

    /// A function or Lambda has written a line.
    pub fn log(&self, line: LogLine) {
        self.send(|format| {
            Some(match format {
                LogFormat::Text => Event::Log(line),
                LogFormat::Json => Event::Json(line.text),
            })
        });
    }

    /// The database has denied a call, of the invocation with `trace_id`.
    pub fn denied(&self, call: DeniedCall, trace_id: Option<String>) {
        self.send(|format| match format {
            LogFormat::Text => Some(Event::Denied(call, trace_id)),
            LogFormat::Json => None,
        });
    }

    fn send(&self, event: impl FnOnce(LogFormat) -> Option<Event>) {
        if let Some(events) = &self.events
            && let Some(event) = event(self.format)
            && events.try_send(event).is_err()
        {
            self.left_out.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// Prints events.
struct Printer {
    out: BufWriter<Stdout>,
    /// `None` if only JSON is printed.
    text: Option<RequestText>,
    records: Option<RecordFile>,
    requests: RequestGrouping,
}

impl Printer {
    fn new(text: Option<RequestText>, records: Option<RecordFile>) -> Self {
        Self {
            out: BufWriter::new(std::io::stdout()),
            text,
            records,
            requests: RequestGrouping::default(),
        }
    }

    /// Prints until every [`Output`] is dropped, or standard output is closed.
    fn run(mut self, waiting: &Receiver<Event>, left_out: &AtomicU64) {
        loop {
            let next = match self.requests.next_due() {
                None => waiting.recv().map_err(|_| RecvTimeoutError::Disconnected),
                Some(due) => waiting.recv_timeout(due.saturating_duration_since(Instant::now())),
            };
            let printed = match next {
                Ok(event) => {
                    std::thread::sleep(GATHERING);
                    self.all(event, waiting)
                }
                Err(RecvTimeoutError::Timeout) => {
                    let shown = self.requests.due(Instant::now());
                    self.show(shown)
                }
                Err(RecvTimeoutError::Disconnected) => return,
            };
            let missing = left_out.swap(0, Ordering::Relaxed);
            let printed = printed.and_then(|()| {
                if missing > 0 {
                    writeln!(self.out, "… {missing} lines left out")?;
                }
                beside_bars(|| self.out.flush())
            });
            write(&mut self.records, RecordFile::flush);
            if printed.is_err() {
                return;
            }
        }
    }

    /// Prints an event and those that wait already.
    fn all(&mut self, event: Event, waiting: &Receiver<Event>) -> std::io::Result<()> {
        if let Some(text) = &mut self.text
            && text.terminal != Terminal::PIPE
        {
            // The window may have been resized.
            text.terminal = Terminal::stdout();
        }
        let mut next = Some(event);
        while let Some(event) = next {
            let now = Instant::now();
            let shown = match event {
                Event::Json(line) => {
                    writeln!(self.out, "{}", escaped(&line))?;
                    Vec::new()
                }
                Event::Begin(invoking) => {
                    self.requests.begin(invoking, now);
                    Vec::new()
                }
                Event::Log(line) => self.requests.log(line, now),
                Event::Denied(call, trace_id) => self.requests.denied(call, trace_id.as_deref()),
                Event::Answer(access) => self.requests.answer(access, now),
            };
            self.show(shown)?;
            next = waiting.try_recv().ok();
        }
        Ok(())
    }

    fn show(&mut self, all: Vec<Shown>) -> std::io::Result<()> {
        let Some(text) = &self.text else {
            return Ok(());
        };
        for shown in all {
            let lines = match shown {
                Shown::Request { record, printed } => {
                    let lines = text.block(&record, printed);
                    write(&mut self.records, |records| records.append(&record));
                    lines
                }
                Shown::Line {
                    function,
                    request_id,
                    line,
                } => {
                    let line = text.loose(&function, request_id.as_deref(), &line);
                    line.into_iter().collect()
                }
                Shown::Denied(call) => text.denied(&call),
            };
            for line in lines {
                writeln!(self.out, "{line}")?;
            }
        }
        Ok(())
    }
}

/// Writes to the file of records. After an error, nothing more is recorded.
fn write(
    records: &mut Option<RecordFile>,
    change: impl FnOnce(&mut RecordFile) -> std::io::Result<()>,
) {
    if let Some(file) = records
        && let Err(error) = change(file)
    {
        eprintln!("warning: requests are not recorded any more: {error}");
        *records = None;
    }
}
