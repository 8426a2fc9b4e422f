//! `profile_export_aiperf.csv` and `profile_export_genai_perf.csv`: the summary as a table, for
//! folders where the JSON is gone.
//!
//! Statistics first, then single values, then GPUs, with blank lines between; the columns are found
//! by the header of each section. Numbers are rounded to two decimals. Nothing is said of the
//! configuration.

use inferguard_model::{
    Evidence, Fragment, MetricEntry, MetricSet, Problem, ProblemCode, Rank, Role, SourceFormat,
};
use inferguard_source::{Content, Refusal, coerce};

use crate::csv_text::cells;
use crate::folder::Source;
use crate::metrics::{self, Becomes, STATS, TAGS, Tag};
use crate::summary::{Counts, derive};

/// Rows that are counts and no metrics.
#[derive(Default)]
struct Singles {
    successful: Option<u64>,
    failed: Option<u64>,
    good: Option<f64>,
    benchmark_duration: Option<f64>,
}

/// Reads the table into a result.
pub(crate) fn read(
    content: &mut Content,
    source: Source<'_>,
    format: SourceFormat,
) -> Result<Fragment, Refusal> {
    let (text, repaired) = content.text()?;
    let text = String::from_utf8_lossy(&text);
    let mut evidence = Evidence::default();
    let mut entries = Vec::new();
    let mut singles = Singles::default();
    let mut header: Vec<String> = Vec::new();
    let mut problems: Vec<Problem> = repaired.into_iter().collect();
    for (line, row) in (1..).zip(text.lines()) {
        if row.trim().is_empty() {
            header.clear();
            continue;
        }
        let row = cells(row);
        if header.is_empty() {
            header = row;
            continue;
        }
        if header.first().map(String::as_str) != Some("Metric") {
            // The table of GPUs; the summary in JSON has them with their units.
            continue;
        }
        take(&header, &row, line, &mut singles, &mut entries, &mut problems);
    }
    if entries.is_empty() && singles.successful.is_none() {
        return Err(Refusal::new("the table has no row of a known metric"));
    }
    evidence.metrics = MetricSet::from_entries(entries);
    evidence.identity.harness = Some(match format {
        SourceFormat::GenaiPerf => "genai-perf".to_owned(),
        _ => "aiperf".to_owned(),
    });
    evidence.identity.scenario_type = Some("fixed-length".into());
    let mut counts =
        Counts::of(singles.successful, singles.failed, singles.good, singles.benchmark_duration);
    if format == SourceFormat::GenaiPerf {
        counts.forget_failures();
    }
    evidence.completion = counts.completion();
    counts.good_fraction(&mut evidence);
    derive(&mut evidence, counts.benchmark_duration(), 0.005);
    let told =
        "read from the CSV, which rounds to two decimals and says nothing of the configuration";
    evidence.problem(Problem::note(ProblemCode::LeftOut, "", told));
    for problem in problems {
        evidence.problem(problem);
    }
    let role = match format {
        SourceFormat::GenaiPerf => Role::GENAI_PERF_CSV,
        _ => Role::AIPERF_CSV,
    };
    Ok(source.result(Rank::Summary, format, role, evidence))
}

fn take(
    header: &[String],
    row: &[String],
    line: usize,
    singles: &mut Singles,
    entries: &mut Vec<MetricEntry>,
    problems: &mut Vec<Problem>,
) {
    let Some(name) = row.first() else { return };
    let (head, unit) = head_and_unit(name);
    let place = |stat: &str| format!("line {line}, {stat}").into();
    let mut numbers = Vec::new();
    for (column, cell) in header.iter().zip(row).skip(1) {
        // A section of single values has them in the column of its own name.
        let stat =
            if column == "Value" { Some(&"avg") } else { STATS.iter().find(|s| *s == column) };
        let (Some(stat), false) = (stat, cell.is_empty()) else { continue };
        match coerce::parse_number(cell.replace(',', "").as_bytes()).filter(|x| x.is_finite()) {
            Some(value) => numbers.push((*stat, value)),
            None => problems.push(Problem::warning(
                ProblemCode::NotANumber,
                place(stat),
                format!("`{}` is no number; left out", inferguard_source::shorten(cell)),
            )),
        }
    }
    let single = numbers.iter().find(|(stat, _)| *stat == "avg").map(|(_, value)| *value);
    let count = |n: f64| (n >= 0.0).then(|| n.round() as u64);
    match head.as_str() {
        "request count" => singles.successful = single.and_then(count),
        "error request count" => singles.failed = single.and_then(count),
        "good request count" | "goodrequestcount" => singles.good = single,
        "benchmark duration" => singles.benchmark_duration = single,
        _ => {
            if let Some(tag) = by_header(&head) {
                let unit = unit.unwrap_or(default_unit(tag.becomes));
                metrics::take(tag.becomes, &unit, &numbers, &place, entries, problems);
            }
        }
    }
}

/// `Request Latency (ms)`: the last brackets hold the unit.
fn head_and_unit(name: &str) -> (String, Option<String>) {
    match name.rsplit_once(" (") {
        Some((head, unit)) if unit.ends_with(')') => {
            (head.to_ascii_lowercase(), Some(unit[..unit.len() - 1].to_owned()))
        }
        _ => (name.to_ascii_lowercase(), None),
    }
}

fn by_header(head: &str) -> Option<&'static Tag> {
    // genai-perf writes its tags with other capitals, and `Request Throughput (per sec)`.
    TAGS.iter().find(|tag| tag.header.eq_ignore_ascii_case(head))
}

fn default_unit(becomes: Becomes) -> String {
    use inferguard_model::Unit;
    let quantity = match becomes {
        Becomes::TpotAndItl => return "ms".into(),
        Becomes::Distribution(quantity) | Becomes::Plain(quantity) | Becomes::One(_, quantity) => {
            quantity
        }
    };
    match quantity.info().unit {
        Unit::Seconds => "ms",
        Unit::TokensPerSecond | Unit::TokensPerSecondPerUser => "tokens/sec",
        Unit::RequestsPerSecond => "requests/sec",
        _ => "",
    }
    .into()
}
