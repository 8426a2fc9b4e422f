//! A log while it is read: each marked line becomes samples, events, or facts about the start.

use std::borrow::Cow;

use aho_corasick::AhoCorasick;
use inferguard_model::{
    BatchPhase, Engine, LineCounts, LogClock, LogEvent, LogEventKind, Problem, WorkerGauge,
    WorkerLaunch, WorkerLog, WorkerMemory,
};

use super::blocks::{Found, Scanned};
use super::events::{self, Events};
use super::keep::{Kept, Noticed};
use super::markers::{MARKERS, Marker};
use super::problems::{Odd, Seen};
use super::time::{self, Stamp};
use super::{LogOptions, WorkerLogName, launch, sglang, trtllm, vllm};

/// What is known so far.
pub(super) struct LogReading {
    options: LogOptions,
    kept: Kept,
    events: Events,
    memory: WorkerMemory,
    launch: WorkerLaunch,
    engine: Option<Engine>,
    clock: Option<LogClock>,
    /// The year of times without one, and the month of the last of them.
    year: i16,
    month: i8,
    /// Engine of the last statistics of vLLM.
    vllm_rank: Option<u32>,
    /// Time of the last sample.
    last_ns: Option<i64>,
    counts: LineCounts,
    odd: Odd,
}

/// A record with all that it takes to keep it.
struct Record {
    engine: Engine,
    dp: Option<u32>,
    phase: BatchPhase,
    iteration: Option<u64>,
    values: Vec<(WorkerGauge, f64)>,
}

impl LogReading {
    pub(super) fn new(options: LogOptions) -> Self {
        Self {
            options,
            kept: Kept::default(),
            events: Events::default(),
            memory: WorkerMemory::default(),
            launch: WorkerLaunch::default(),
            engine: None,
            clock: None,
            year: options.year.unwrap_or(time::NO_YEAR),
            month: 0,
            vllm_rank: None,
            last_ns: None,
            counts: LineCounts::default(),
            odd: Odd::default(),
        }
    }

    /// Takes a line that holds a marker.
    pub(super) fn line(&mut self, line: Found<'_>, markers: &AhoCorasick) {
        let text = without_ansi(line.text);
        let mut pieces = text.split(|b| *b == b'\r').peekable();
        // Progress bars end in carriage returns, and share a line with what comes after them.
        while let Some(piece) = pieces.next() {
            let cut = !line.ended && pieces.peek().is_none();
            self.piece(line.number, piece, cut, markers);
        }
    }

    /// Several records may share a line when ranks share a file.
    fn piece(&mut self, line: u64, text: &[u8], cut: bool, markers: &AhoCorasick) {
        let mut from = 0;
        let mut seen_launch = false;
        for found in markers.find_iter(text) {
            let Some((name, marker)) = MARKERS.get(found.pattern().as_usize()) else { continue };
            let (before, start) = (&text[from..found.start()], found.start());
            match marker {
                Marker::Sglang => {
                    let phase = match *name {
                        "Prefill batch" => BatchPhase::Prefill,
                        _ => BatchPhase::Decode,
                    };
                    let (body, cut) = self.body(&text[found.end()..], cut);
                    let ranks = time::ranks(before);
                    // Stages of a pipeline log the same batches.
                    if ranks.pp.is_some_and(|stage| stage > 0) {
                        self.counts.repeated += 1;
                    } else {
                        let read = sglang::read(phase, body, cut);
                        let record = read.map(|batch| Record {
                            engine: Engine::Sglang,
                            dp: ranks.dp,
                            phase,
                            iteration: batch.iteration,
                            values: batch.values,
                        });
                        self.record(line, before, record);
                    }
                    from = found.end() + body.len();
                }
                Marker::Vllm | Marker::VllmSpec => {
                    let (body, cut) = self.body(&text[start..], cut);
                    let values = match marker {
                        Marker::Vllm => vllm::read(body, cut),
                        _ => vllm::spec_decoding(body),
                    };
                    let own = time::ranks(before).dp;
                    // Speculation is told right behind the statistics of an engine, without its
                    // number.
                    let dp = if *marker == Marker::Vllm { own } else { own.or(self.vllm_rank) };
                    self.vllm_rank = dp;
                    let record = values.map(|values| Record {
                        engine: Engine::Vllm,
                        dp,
                        phase: BatchPhase::Both,
                        iteration: None,
                        values,
                    });
                    self.record(line, before, record);
                    from = start + body.len();
                }
                Marker::TensorRtLlm => {
                    let at = memchr::memmem::rfind(before, b"iter").unwrap_or(before.len());
                    let (before, body) = (&before[..at], &text[from + at..]);
                    let read = trtllm::read(body);
                    if read.as_ref().is_some_and(|read| read.rank.is_some_and(|rank| rank > 0)) {
                        self.counts.repeated += 1;
                        continue;
                    }
                    let record = read.map(|read| Record {
                        engine: Engine::TensorRtLlm,
                        dp: None,
                        phase: BatchPhase::Both,
                        iteration: read.number,
                        values: read.values,
                    });
                    // Without the program's prefix, the record carries its own time.
                    let stamped = time::last(before, self.year).is_some();
                    self.record(line, if stamped { before } else { body }, record);
                }
                Marker::Memory => launch::memory(text, &mut self.memory),
                Marker::Launch if !seen_launch => {
                    seen_launch = true;
                    launch::launch(text, &mut self.launch);
                }
                Marker::Launch => {}
                Marker::Event(marked) => self.event(*marked, line, text, start),
            }
        }
    }

    /// The text up to the next time, which is that of another record.
    fn body<'t>(&self, text: &'t [u8], cut: bool) -> (&'t [u8], bool) {
        match time::first(text, self.year) {
            None => (text, cut),
            Some(stamp) => {
                let end = text[..stamp.start].strip_suffix(b"[").map_or(stamp.start, <[u8]>::len);
                (&text[..end], true)
            }
        }
    }

    fn record(&mut self, line: u64, before: &[u8], record: Option<Record>) {
        let Some(record) = record else { return self.refuse(line) };
        if *self.engine.get_or_insert(record.engine) != record.engine {
            self.odd.other_engine.note(line);
            return self.refuse(line);
        }
        let Some(stamp) = self.stamp(before) else { return self.refuse(line) };
        if *self.clock.get_or_insert(stamp.clock) != stamp.clock {
            self.odd.other_clock.note(line);
            return self.refuse(line);
        }
        let mut values = record.values;
        if record.engine == Engine::Sglang && record.phase == BatchPhase::Decode {
            values.push((WorkerGauge::Preempted, self.kept.take_retracted(record.dp)));
        }
        let key = (record.dp, record.phase);
        let most = self.options.most_samples;
        match self.kept.add(key, stamp.ns, record.iteration, values, most) {
            Noticed::Nothing => {}
            Noticed::TooManySeries => {
                self.odd.too_many_ranks.note(line);
                return self.refuse(line);
            }
            // Ranks that do not say who they are count on their own.
            Noticed::Restart if record.dp.is_none() && self.writers() > 1 => {}
            Noticed::Restart => {
                let told = b"the iterations are counted from the beginning again";
                self.events.note(LogEventKind::Restarted, line, Some(stamp.ns), told);
            }
            Noticed::TimeFell => self.odd.time_fell.note(line),
        }
        self.last_ns = Some(stamp.ns);
        self.counts.sampled += 1;
    }

    fn refuse(&mut self, line: u64) {
        self.counts.refused += 1;
        self.odd.refused.note(line);
    }

    /// The time before a record; a year that is not written goes up after December.
    fn stamp(&mut self, before: &[u8]) -> Option<Stamp> {
        let stamp = time::last(before, self.year)?;
        if stamp.clock != LogClock::LocalWithoutYear {
            return Some(stamp);
        }
        if (self.month, stamp.month) == (12, 1) {
            self.year = self.year.saturating_add(1);
        }
        self.month = stamp.month;
        time::last(before, self.year)
    }

    fn event(&mut self, marked: LogEventKind, line: u64, text: &[u8], marker_at: usize) {
        let Some(kind) = events::kind_of(marked, text, marker_at) else { return };
        let own = time::last(&text[..marker_at], self.year)
            .filter(|stamp| self.clock.is_none_or(|clock| clock == stamp.clock));
        let at_ns = own.map(|stamp| stamp.ns).or(self.last_ns);
        self.events.note(kind, line, at_ns, text);
        if kind == LogEventKind::Retracted {
            let requests = super::fields::after(text, "#retracted_reqs").unwrap_or(1.0);
            self.kept.retracted(time::ranks(&text[..marker_at]).dp, requests);
        }
    }

    /// Ranks that write into this file without saying which is which: those of a node.
    fn writers(&self) -> u32 {
        let ranks = self.launch.dp.unwrap_or(1);
        ranks.div_ceil(self.launch.nodes.unwrap_or(1).max(1)).max(1)
    }

    pub(super) fn into_events(self) -> Vec<LogEvent> {
        self.events.into_events()
    }

    pub(super) fn into_log(
        mut self,
        name: &WorkerLogName<'_>,
        seen: Scanned,
    ) -> (WorkerLog, Vec<Problem>) {
        let writers = self.writers();
        self.counts.read = seen.lines;
        self.odd.noise = Seen { count: seen.noisy, line: seen.first_noisy };
        if self.engine == Some(Engine::Sglang) && self.events.count(LogEventKind::Ready) > 1 {
            self.odd.came_up_again = true;
        }
        if self.clock == Some(LogClock::LocalWithoutYear) && self.options.year.is_some() {
            self.clock = Some(LogClock::Local);
        }
        let halved = self.kept.halved;
        let mut ranks = self.kept.into_series();
        for series in ranks.iter_mut().filter(|series| series.dp_rank.is_none()) {
            series.dp_rank = name.dp_rank;
            // A file of one rank has one writer, and so has one that TensorRT-LLM's first rank
            // writes.
            if name.dp_rank.is_none() && self.engine == Some(Engine::Sglang) {
                series.writers = writers;
            }
        }
        let log = WorkerLog {
            node: name.node.into(),
            role: name.role,
            worker: name.worker,
            file_name: name.file_name.into(),
            engine: self.engine,
            clock: self.clock,
            ranks,
            events: self.events.into_events(),
            memory: self.memory,
            launch: self.launch,
            lines: self.counts,
        };
        let problems = self.odd.problems(&log, halved);
        (log, problems)
    }
}

/// A text without the colours and weights of a terminal.
fn without_ansi(text: &[u8]) -> Cow<'_, [u8]> {
    const ESCAPE: u8 = 0x1b;
    if memchr::memchr(ESCAPE, text).is_none() {
        return Cow::Borrowed(text);
    }
    let mut kept = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = memchr::memchr(ESCAPE, rest) {
        kept.extend_from_slice(&rest[..at]);
        rest = &rest[at + 1..];
        if let Some(inside) = rest.strip_prefix(b"[") {
            // Parameters, then one letter.
            let length = inside.iter().take_while(|b| matches!(b, b' '..=b'?')).count();
            rest = inside.get(length + 1..).unwrap_or_default();
        }
    }
    kept.extend_from_slice(rest);
    Cow::Owned(kept)
}
