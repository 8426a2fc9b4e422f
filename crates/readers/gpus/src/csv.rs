//! Tables of monitors: a line for each GPU and moment.
//!
//! | writer | time | GPU | power | utilization |
//! |---|---|---|---|---|
//! | `nvidia-smi` | `timestamp`, local, `2026/08/06 10:00:00.123` | `index` | `power.draw [W]`, `412.34 W` | `utilization.gpu [%]`, `99 %` |
//! | `amd-smi` | `timestamp`, seconds since 1970 | `gpu` | `socket_power` | `gfx_activity` |
//! | srt-slurm | `timestamp_unix` | `hostname`, `gpu_index` | `power_w` | `gpu_util_pct`, from schema 2 on |
//!
//! `amd-smi` may write lines before its header, repeats it, and changes the order of its columns;
//! what is not known is `N/A` or `[N/A]`. The last line may be cut off.

use inferguard_model::{GpuLog, LogClock, Problem};
use inferguard_source::{Content, Lines, Refusal, coerce};

use crate::log::{Collected, Moment};

/// Lines in which a header has to stand.
const HEAD: u64 = 100;

/// Reads the table.
pub(crate) fn read(content: &mut Content) -> Result<(GpuLog, Vec<Problem>), Refusal> {
    let mut lines = Lines::new(content.stream()?);
    let mut columns: Option<Columns> = None;
    let mut found = Collected::default();
    while let Some(line) = lines.next_line().map_err(|error| Refusal::io(&error))? {
        let cells = cells(line.text.unwrap_or_default());
        if let Some(header) = Columns::of(&cells) {
            columns = Some(header);
            continue;
        }
        let Some(columns) = &columns else {
            if line.number >= HEAD {
                break;
            }
            continue;
        };
        // Monitors are ended while they write; the last line may have lost digits of a number.
        let is_cut = !line.ended && cells.len() < columns.width;
        let is_empty = cells.iter().all(String::is_empty);
        if !is_cut && !is_empty && columns.take(&cells, &mut found).is_none() {
            found.odd += 1;
        }
    }
    if columns.is_none() {
        return Err(Refusal::new("no header with a time, a GPU and its power or utilization"));
    }
    found.finish()
}

/// Where the header says that things stand.
struct Columns {
    width: usize,
    time: usize,
    gpu: usize,
    host: Option<usize>,
    power: Option<usize>,
    utilization: Option<usize>,
}

impl Columns {
    /// The columns, if these cells are a header.
    fn of(cells: &[String]) -> Option<Self> {
        let lower: Vec<String> = cells.iter().map(|cell| cell.to_ascii_lowercase()).collect();
        let find = |is: &dyn Fn(&str) -> bool| lower.iter().position(|cell| is(cell));
        let one_of = |names: &[&str]| find(&|cell| names.contains(&cell));
        let limits = ["limit", "cap", "max", "min", "management", "violation"];
        let power = |cell: &str| {
            cell.starts_with("power.draw")
                || cell == "power_w"
                || cell.ends_with("socket_power") && !limits.iter().any(|word| cell.contains(word))
        };
        let utilization = |cell: &str| {
            cell.starts_with("utilization.gpu") || ["gfx_activity", "gpu_util_pct"].contains(&cell)
        };
        let columns = Self {
            width: cells.len(),
            time: one_of(&["timestamp_unix", "timestamp"])?,
            gpu: one_of(&["index", "gpu", "gpu_index", "gpu_id", "card", "device"])?,
            host: one_of(&["hostname"]),
            power: find(&power),
            utilization: find(&utilization),
        };
        (columns.power.is_some() || columns.utilization.is_some()).then_some(columns)
    }

    /// Adds the sample of a line; `None` when it is none.
    fn take(&self, cells: &[String], found: &mut Collected) -> Option<()> {
        let cell = |at: usize| cells.get(at).map(String::as_str);
        let known = |at: Option<usize>| cell(at?).and_then(measured);
        let at = moment(cell(self.time)?)?;
        let digits = cell(self.gpu)?.trim_start_matches(|c: char| !c.is_ascii_digit());
        let host = self.host.and_then(cell).unwrap_or_default();
        let utilization = known(self.utilization).map(|percent| percent / 100.0);
        found.add(host, digits.parse().ok()?, at, known(self.power), utilization);
        Some(())
    }
}

/// A number, with or without its unit behind it.
fn measured(cell: &str) -> Option<f64> {
    coerce::parse_number(cell.split_whitespace().next()?.as_bytes())
}

/// Seconds since 1970, or a date and time; one without a zone is local.
fn moment(cell: &str) -> Option<Moment> {
    if let Some(number) = coerce::parse_number(cell.as_bytes()) {
        return Some(Moment { ns: coerce::epoch_ns(number)?, clock: LogClock::Utc });
    }
    let text = cell.replace('/', "-");
    if let Ok(time) = text.parse::<jiff::Timestamp>() {
        let ns = i64::try_from(time.as_nanosecond()).ok()?;
        return Some(Moment { ns, clock: LogClock::Utc });
    }
    let local = text.parse::<jiff::civil::DateTime>().ok()?;
    let as_if_utc = jiff::tz::TimeZone::UTC.to_timestamp(local).ok()?;
    let ns = i64::try_from(as_if_utc.as_nanosecond()).ok()?;
    Some(Moment { ns, clock: LogClock::Local })
}

/// The cells of a line; commas within quotes part nothing.
fn cells(line: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(line);
    let mut is_quoted = false;
    let parts = text.split(|c| {
        is_quoted ^= c == '"';
        c == ',' && !is_quoted
    });
    parts.map(|cell| cell.trim().trim_matches('"').to_owned()).collect()
}
