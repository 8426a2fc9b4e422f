//! `gpu_telemetry_export.jsonl` of AIPerf, from 0.4 on: a line for each GPU and scrape. From 0.12 on
//! the names of metrics begin with that of the vendor.

use inferguard_model::{GpuLog, LogClock, Problem, Scalar};
use inferguard_source::{Content, Document, Lines, Refusal, secrets};

use crate::log::{Collected, Moment};

const POWER: [&str; 4] = ["nvidia_power_usage", "gpu_power_usage", "amd_power", "amd_power_usage"];
const UTILIZATION: [&str; 3] = ["nvidia_gpu_utilization", "gpu_utilization", "amd_gfx_activity"];
const HOST: [&str; 3] = ["hostname", "telemetry_source_url", "dcgm_url"];

/// Reads the lines.
pub(crate) fn read(content: &mut Content) -> Result<(GpuLog, Vec<Problem>), Refusal> {
    let mut lines = Lines::new(content.stream()?);
    let mut found = Collected::default();
    while let Some(line) = lines.next_line().map_err(|error| Refusal::io(&error))? {
        let text = line.text.unwrap_or_default().trim_ascii();
        if line.text.is_some() && text.is_empty() {
            continue;
        }
        if take(text, &mut found).is_none() {
            found.odd += 1;
        }
    }
    found.finish()
}

fn take(line: &[u8], found: &mut Collected) -> Option<()> {
    let mut document = Document::parse(line, |_| false).ok()?;
    // Nanoseconds since 1970 are more than a double holds.
    let ns = match document.get("timestamp_ns")? {
        Scalar::Int(ns) => *ns,
        _ => return None,
    };
    let index = u32::try_from(document.count("gpu_index")?).ok()?;
    let host = secrets::without_credentials(document.text_of(&HOST).unwrap_or_default());
    let mut first = |names: &[&str]| {
        names.iter().find_map(|name| document.number(&format!("telemetry_data/{name}")))
    };
    let (power, percent) = (first(&POWER), first(&UTILIZATION));
    let at = Moment { ns, clock: LogClock::Utc };
    found.add(&host, index, at, power, percent.map(|percent| percent / 100.0));
    Some(())
}
