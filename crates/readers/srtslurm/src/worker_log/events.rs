//! What happened, kind by kind: the first line is kept, the others are counted.

use inferguard_model::{LogEvent, LogEventKind};
use inferguard_source::shorten;

/// Events of a log that is being read.
#[derive(Default)]
pub(super) struct Events(Vec<LogEvent>);

impl Events {
    /// Notes a line; several markers of one kind in a line are one event.
    pub(super) fn note(&mut self, kind: LogEventKind, line: u64, at_ns: Option<i64>, text: &[u8]) {
        if let Some(held) = self.0.iter_mut().find(|held| held.kind == kind) {
            held.count += u64::from(held.last_line != line);
            held.last_line = line;
            return;
        }
        let text = shorten(&String::from_utf8_lossy(text)).into();
        self.0.push(LogEvent { kind, count: 1, line, last_line: line, at_ns, text });
    }

    pub(super) fn count(&self, kind: LogEventKind) -> u64 {
        self.0.iter().find(|held| held.kind == kind).map_or(0, |held| held.count)
    }

    /// The events by first line.
    pub(super) fn into_events(mut self) -> Vec<LogEvent> {
        self.0.sort_by_key(|event| event.line);
        self.0
    }
}

/// What a line with this marker says, all of it seen; `None` when it only quotes.
pub(super) fn kind_of(marked: LogEventKind, line: &[u8], marker_at: usize) -> Option<LogEventKind> {
    let has = |text: &[u8], word: &str| memchr::memmem::find(text, word.as_bytes()).is_some();
    // A prompt in the log may say anything.
    if has(&line[..marker_at], "prompt") {
        return None;
    }
    if marked != LogEventKind::Cancelled {
        return Some(marked);
    }
    Some(if has(line, "DUE TO TIME LIMIT") {
        LogEventKind::TimeLimit
    } else if has(&line[..marker_at], "STEP ") {
        LogEventKind::Stopped
    } else {
        LogEventKind::Cancelled
    })
}
