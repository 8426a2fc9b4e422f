//! Time slices, `profile_export_aiperf_timeslices.json` and `.csv` (from 0.3 on).
//!
//! A request belongs to the slice in which it starts, whenever it ends. From 0.12 on slices begin
//! with the first request and say their bounds. Before, they were cut on the clock and numbered
//! without gaps: there the first and the last one are partial by chance, and a slice without
//! requests cannot be seen.

use inferguard_model::{
    Evidence, Fragment, Metric, MetricSet, Place, Problem, Quantity, Role, Stat, TimeSlice,
    TimeSlices,
};
use inferguard_source::csv::CsvRows;
use inferguard_source::json::{self, Container, Enter, JsonScalar, Pointer, Sink};
use inferguard_source::{Content, Refusal, coerce};

use crate::folder::Source;
use crate::metrics::{self, TAGS};
use crate::summary;
use inferguard_source::Document;

/// Slices that are kept; a run of an hour in seconds has 3,600.
const MOST: usize = 20_000;

/// Tags beside the metrics.
const COUNTS: [&str; 3] = ["request_count", "error_request_count", "min_request_timestamp"];

/// Reads the JSON form.
pub(crate) fn read_json(content: &mut Content, source: Source<'_>) -> Result<Fragment, Refusal> {
    let (text, repaired) = content.text()?;
    let (sink, mut problems) = json::read(&text, SliceSink::default)?;
    problems.extend(repaired);
    problems.extend(sink.slice.problems);
    if !sink.has_slices {
        return Err(Refusal::new("no list of timeslices"));
    }
    let slices = settle(sink.slices, sink.seconds);
    Ok(fragment(source, Role::AIPERF_SLICES_JSON, slices, problems))
}

fn fragment(
    source: Source<'_>,
    role: Role,
    slices: TimeSlices,
    problems: Vec<Problem>,
) -> Fragment {
    let mut evidence = Evidence { slices: Some(slices), ..Evidence::default() };
    for problem in problems.into_iter().take(inferguard_source::limits::PROBLEMS_KEPT) {
        evidence.problem(problem);
    }
    source.attachment(role, false, evidence)
}

/// A slice, and when the first request in it began where its bounds are not said.
type Cut = (TimeSlice, Option<i64>);

/// Says how the slices were cut, and tells the bounds of those cut on the clock.
fn settle(cuts: Vec<Cut>, seconds: Option<f64>) -> TimeSlices {
    let on_the_clock = cuts.iter().any(|(slice, _)| slice.bounds_ns.is_none());
    let length = seconds.map(|seconds| (seconds * 1e9).round() as i64).filter(|ns| *ns > 0);
    let last = cuts.len().saturating_sub(1);
    let slices = cuts.into_iter().enumerate().map(|(n, (mut slice, first))| {
        if on_the_clock {
            let bounds = length.zip(first).map(|(length, first)| {
                let start = first.div_euclid(length).saturating_mul(length);
                (start, start.saturating_add(length))
            });
            slice.bounds_ns = slice.bounds_ns.or(bounds);
            slice.complete = Some(n != 0 && n != last);
        }
        slice
    });
    let mut slices: Vec<_> = slices.collect();
    slices.sort_by_key(|slice| slice.bounds_ns);
    TimeSlices { seconds, on_the_clock, slices }
}

/// Statistics that are kept of each slice; the rest can be had from the records.
fn is_kept(metric: Metric) -> bool {
    matches!(metric.stat, Stat::Plain | Stat::Mean | Stat::Std | Stat::P50 | Stat::P90 | Stat::P99)
        && metric.quantity != Quantity::Itl
}

/// Collects one slice after another.
#[derive(Default)]
struct SliceSink {
    slice: Document,
    slices: Vec<Cut>,
    seconds: Option<f64>,
    has_slices: bool,
}

impl SliceSink {
    fn finish(&mut self) {
        let document = &mut self.slice;
        let mut entries = summary::numbers(document, "");
        entries.retain(|entry| is_kept(entry.metric));
        for entry in &mut entries {
            entry.origin.place = Place::Key("timeslices");
        }
        let mut bound = |key| document.count(key).and_then(|ns| i64::try_from(ns).ok());
        let bounds_ns = bound("start_ns").zip(bound("end_ns")).filter(|(start, end)| start < end);
        let failed = document.count("error_request_count/avg");
        let successful = document.count("request_count/avg").or(failed.map(|_| 0));
        let first = document.number("min_request_timestamp/avg").and_then(coerce::epoch_ns);
        let slice = TimeSlice {
            bounds_ns,
            // 0.12 flags the last slice when it is cut short, and no other.
            complete: document.truth("is_complete").or(bounds_ns.map(|_| true)),
            successful,
            failed: failed.or(successful.map(|_| 0)),
            metrics: MetricSet::from_entries(entries),
        };
        if self.slices.len() < MOST {
            self.slices.push((slice, first));
        }
        document.clear();
    }
}

impl Sink for SliceSink {
    fn scalar(&mut self, at: &Pointer, value: JsonScalar<'_>) {
        let mut parts = at.as_str().splitn(4, '/').skip(1);
        match (parts.next(), parts.next(), parts.next()) {
            (Some("timeslices"), Some(_), Some(rest)) => self.slice.insert(rest, value),
            (Some("input_config"), ..) if at.last() == "slice_duration" => {
                self.seconds = coerce::number(value, at.as_str(), &mut self.slice.problems);
            }
            _ => {}
        }
    }

    fn enter(&mut self, at: &Pointer, container: Container) -> Enter {
        let path = at.as_str();
        if path == "/timeslices" {
            self.has_slices = container == Container::Array;
            return if self.has_slices { Enter::Walk } else { Enter::Skip };
        }
        let wanted = match at.depth() {
            0 | 2 => true,
            1 => path == "/input_config",
            3 if path.starts_with("/timeslices/") => {
                let tag = at.last();
                COUNTS.contains(&tag) || TAGS.iter().any(|known| known.name == tag)
            }
            _ => false,
        };
        if wanted { Enter::Walk } else { Enter::Skip }
    }

    fn leave(&mut self, at: &Pointer, _: Container) {
        if at.depth() == 2 && at.as_str().starts_with("/timeslices/") {
            self.finish();
        }
    }
}

/// Columns of the CSV form; the bounds are there from 0.12 on.
const COLUMNS: [&str; 7] = ["Timeslice", "Start_NS", "End_NS", "Metric", "Unit", "Stat", "Value"];

/// Reads the CSV form, whose numbers are rounded to two decimals.
pub(crate) fn read_csv(content: &mut Content, source: Source<'_>) -> Result<Fragment, Refusal> {
    let mut rows = CsvRows::new(content.stream()?, &COLUMNS)?;
    if !["Timeslice", "Metric", "Stat", "Value"].iter().all(|name| rows.has(name)) {
        return Err(Refusal::new("the header has not the columns of time slices"));
    }
    let mut problems = std::mem::take(&mut rows.problems);
    let mut cuts: Vec<Cut> = Vec::new();
    let mut entries = Vec::new();
    let mut open: Option<Vec<u8>> = None;
    while let Some(row) = rows.next_row()? {
        if open.as_deref() != Some(row.get(0)) {
            close(&mut cuts, &mut entries);
            open = Some(row.get(0).to_vec());
            let bound = |n| std::str::from_utf8(row.get(n)).ok()?.parse::<i64>().ok();
            let bounds_ns = bound(1).zip(bound(2)).filter(|(start, end)| start < end);
            if cuts.len() == MOST {
                break;
            }
            cuts.push((TimeSlice { bounds_ns, ..TimeSlice::default() }, None));
        }
        let Some((slice, _)) = cuts.last_mut() else { continue };
        let text = |n: usize| String::from_utf8_lossy(row.get(n));
        let (name, unit, stat) = (text(3), text(4), text(5));
        let Some(value) = row.number(6) else { continue };
        match name.to_ascii_lowercase().as_str() {
            "request count" => slice.successful = Some(value.round() as u64),
            "error request count" => slice.failed = Some(value.round() as u64),
            head => {
                let tag = TAGS.iter().find(|tag| tag.header.eq_ignore_ascii_case(head));
                let stat = metrics::STATS.iter().find(|known| **known == stat);
                if let (Some(tag), Some(stat)) = (tag, stat) {
                    let line = row.line;
                    let place = |_: &str| format!("line {line}").into();
                    let number = [(*stat, value)];
                    metrics::take(tag.becomes, &unit, &number, &place, &mut entries, &mut problems);
                }
            }
        }
    }
    close(&mut cuts, &mut entries);
    // The table does not say how long a slice was meant to be; all but the last are that long.
    let seconds = cuts.first().and_then(|(slice, _)| slice.bounds_ns);
    let seconds = seconds.map(|(start, end)| (end - start) as f64 / 1e9);
    let slices = settle(cuts, seconds);
    Ok(fragment(source, Role::AIPERF_SLICES_CSV, slices, problems))
}

/// Gives the last slice its numbers.
fn close(cuts: &mut [Cut], entries: &mut Vec<inferguard_model::MetricEntry>) {
    let mut taken = std::mem::take(entries);
    taken.retain(|entry| is_kept(entry.metric));
    for entry in &mut taken {
        entry.origin.place = Place::Key("Value");
    }
    if let Some((slice, _)) = cuts.last_mut() {
        slice.metrics = MetricSet::from_entries(taken);
    }
}
