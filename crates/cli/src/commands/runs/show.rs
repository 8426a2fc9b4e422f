//! `inferguard runs show`.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use inferguard::model::{Job, JobMetadata, Metric, NodeConfig, Quantity, Scalar, Stat};
use inferguard::render::escape::visible;
use inferguard::render::number::{MISSING, count, exact, measure, millis, percent};
use inferguard::render::terminal::wrap;
use inferguard::runs::{GroupBy, LATENCIES, Run, Runs, node_rows, rate_match};
use inferguard::schema::ExitCode;

use super::{joined, locate, print_json, some};
use crate::args::ShowArgs;
use crate::{page, terminal};

pub(super) fn run(args: &ShowArgs, quiet: bool) -> anyhow::Result<ExitCode> {
    let (found, at) = locate(&args.run, args.folder.as_deref(), quiet)?;
    let run = &found.runs[at];
    let by = args.by.group();
    if args.json {
        return print_json(&found.details_to_json(run, by));
    }
    let screen =
        Screen { found: &found, run, by, width: terminal::width(), color: terminal::color() };
    crate::print(screen.show().as_bytes())?;
    Ok(ExitCode::Clean)
}

/// Head, metric, and how it is written.
type Column = (&'static str, Metric, fn(f64) -> String);

struct Screen<'a> {
    found: &'a Runs,
    run: &'a Run,
    by: GroupBy,
    width: usize,
    color: bool,
}

impl Screen<'_> {
    fn show(&self) -> String {
        let mut parts = vec![self.overview()];
        parts.push(self.levels());
        parts.push(self.ranges());
        if let Some(job) = &self.run.job {
            parts.push(self.services(job));
            parts.push(self.events(job));
        }
        parts.push(self.workers());
        if let Some(job) = &self.run.job {
            parts.push(self.arguments(job));
            parts.push(self.environment(job));
        }
        parts.retain(|part| !part.is_empty());
        parts.join("\n")
    }

    fn section(&self, name: &str, lines: &[String]) -> String {
        if lines.is_empty() {
            return String::new();
        }
        page::heading(name, self.color) + &page::indented(lines)
    }

    /// Names and values, long values wrapped behind their name.
    fn facts(&self, facts: Vec<(&str, String)>) -> Vec<String> {
        let rows = facts
            .into_iter()
            .filter(|(_, value)| !value.is_empty())
            .map(|(name, value)| vec![name.to_owned(), visible(&value).into_owned()]);
        page::plain_table(rows.collect(), self.width.saturating_sub(2))
    }

    fn overview(&self) -> String {
        let run = self.run;
        let job = run.job.as_ref();
        let metadata = job.and_then(|job| job.metadata());
        let text = |value: Option<&String>| value.cloned().unwrap_or_default();
        let gpus = |n: Option<u32>| n.map(|n| count(n.into()));
        let working = gpus(metadata.and_then(JobMetadata::working_gpus));
        let given = gpus(metadata.and_then(JobMetadata::provisioned_gpus));
        let gpus = match (working, given) {
            (Some(working), Some(given)) => format!("{working} working of {given} provisioned"),
            (Some(working), None) => format!("{working} working"),
            (None, Some(given)) => format!("{given} provisioned; how many work is not stated"),
            (None, None) => self.gpus_of_results(),
        };
        let complete = match &run.missing {
            Some(missing) if missing.is_empty() => {
                "every planned load level has a result".to_owned()
            }
            Some(missing) => format!("no result at concurrency {}", joined(missing)),
            None => "unknown: nothing says which load levels were planned".to_owned(),
        };
        let engine = [
            metadata.and_then(|known| known.frontend.as_deref()),
            metadata.and_then(|known| known.backend.as_deref()),
        ];
        let mut facts = vec![
            ("run", run.id.clone()),
            ("folder", run.folder.clone()),
            ("name", text(metadata.and_then(|known| known.job_name.as_ref()))),
            ("date", text(run.date.as_ref())),
            ("model", some_or_none(&run.models)),
            ("container", some_or_none(&run.containers)),
            ("GPU", text(run.gpu_as_written.as_ref().or(run.gpu.as_ref()))),
            ("topology", some_or_none(&run.topology)),
            ("GPUs", gpus),
            ("serving", engine.into_iter().flatten().collect::<Vec<_>>().join(" + ")),
            ("benchmark", job.and_then(|job| job.benchmark()).unwrap_or_default().to_owned()),
            ("ISL/OSL", some_or_none(&run.lengths)),
            ("tags", run.tags.join(", ")),
            ("completeness", complete),
            ("skipped", text(run.skipped.as_ref())),
        ];
        facts.extend(run.notes.iter().map(|note| ("note", note.clone())));
        self.section("Overview", &self.facts(facts))
    }

    /// The GPUs that all results state, where the metadata of the job do not.
    fn gpus_of_results(&self) -> String {
        let stated = self.found.range(self.run, Metric::plain(Quantity::NumGpus));
        match stated {
            Some((low, high)) if low == high => {
                format!("{} by the results; how many work is not stated", exact(low))
            }
            _ => String::new(),
        }
    }

    fn levels(&self) -> String {
        let mut cells: Vec<_> =
            self.run.cells.iter().map(|cell| &self.found.cells[*cell]).collect();
        cells.retain(|cell| cell.has_result);
        if cells.is_empty() {
            return String::new();
        }
        cells.sort_by_key(|cell| cell.evidence.identity.load.concurrency);
        let plain = |quantity| Metric::plain(quantity);
        let columns: [Column; 8] = [
            ("tok/s", plain(Quantity::TotalTput), measure),
            ("/GPU", plain(Quantity::TputPerGpu), measure),
            ("/prov. GPU", plain(Quantity::TputPerProvisionedGpu), measure),
            ("tok/s/user", plain(Quantity::Intvty), measure),
            ("TTFT", Metric::new(Stat::P50, Quantity::Ttft), millis),
            ("p99", Metric::new(Stat::P99, Quantity::Ttft), millis),
            ("TPOT", Metric::new(Stat::P50, Quantity::Tpot), millis),
            ("p99", Metric::new(Stat::P99, Quantity::Tpot), millis),
        ];
        let mut head = vec!["CONC".to_owned()];
        head.extend(columns.iter().map(|(name, ..)| (*name).to_owned()));
        let mut rows = vec![head];
        rows.extend(cells.iter().map(|cell| {
            let known = &cell.evidence;
            let load = known.identity.load;
            let level = load.concurrency.map(|n| n.to_string()).or(load.request_rate.map(exact));
            let mut row = vec![level.unwrap_or_else(|| MISSING.to_owned())];
            row.extend(columns.iter().map(|(_, metric, show)| {
                known.metrics.get(*metric).map_or_else(|| MISSING.to_owned(), show)
            }));
            row
        }));
        let numeric: Vec<usize> = (0..=columns.len()).collect();
        let mut lines = page::numbers(rows, &numeric, self.width.saturating_sub(2));
        lines.extend(wrap(
            "total tokens/s; tokens/s/user is 1 / TPOT of the median, else of the mean; TTFT and TPOT are medians, ms",
            self.width.saturating_sub(2),
        ));
        self.section("Load levels", &lines)
    }

    fn ranges(&self) -> String {
        let mut rows = vec![["LATENCY (ms)", "MIN", "MAX"].map(str::to_owned).to_vec()];
        rows.extend(LATENCIES.into_iter().filter_map(|metric| {
            let (low, high) = self.found.range(self.run, metric)?;
            Some(vec![metric.name().into_owned(), millis(low), millis(high)])
        }));
        if rows.len() == 1 {
            return String::new();
        }
        let lines = page::numbers(rows, &[1, 2], self.width.saturating_sub(2));
        self.section("Latencies over all levels", &lines)
    }

    fn services(&self, job: &Job) -> String {
        let mut nodes: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        for service in &job.services {
            let number = service.number.map_or(String::new(), |n| format!(" {n}"));
            let label = format!("{}{number}", service.kind.label());
            nodes.entry(&service.node).or_default().push(label);
        }
        let rows = nodes.into_iter().map(|(node, services)| {
            vec![visible(node).into_owned(), visible(&services.join(", ")).into_owned()]
        });
        let lines = page::plain_table(rows.collect(), self.width.saturating_sub(2));
        self.section("Services by node", &lines)
    }

    fn events(&self, job: &Job) -> String {
        let rows: Vec<Vec<String>> = job
            .events()
            .filter(|(_, event)| event.kind.ends_the_run() || event.count > 0)
            .map(|(file, event)| {
                vec![
                    event.kind.name().replace('_', " "),
                    count(event.count),
                    format!("{}:{}", visible(self.found.path(file)), event.line),
                ]
            })
            .collect();
        if rows.is_empty() {
            return String::new();
        }
        let mut all = vec![["EVENT", "LINES", "FIRST"].map(str::to_owned).to_vec()];
        all.extend(rows);
        self.section("Told by logs", &page::numbers(all, &[1], self.width.saturating_sub(2)))
    }

    /// What the workers did under the highest load that their logs cover.
    fn workers(&self) -> String {
        let cells = self.run.cells.iter().map(|cell| &self.found.cells[*cell]);
        let covered = cells.filter(|cell| !cell.evidence.worker_load.is_empty());
        let Some(cell) = covered.max_by_key(|cell| cell.evidence.identity.load.concurrency) else {
            return String::new();
        };
        let load = cell.evidence.identity.load.concurrency;
        let of_load = load.map_or(String::new(), |n| format!(" at concurrency {n}"));
        let head = ["WORKERS", "RANKS", "IN tok/s", "OUT tok/s", "RUN", "QUEUE", "MOVING", "KV"];
        let mut rows = vec![head.map(str::to_owned).to_vec()];
        let shown = |value: Option<f64>, show: fn(f64) -> String| {
            value.map_or_else(|| MISSING.to_owned(), show)
        };
        rows.extend(node_rows(cell, self.by).iter().map(|row| {
            vec![
                visible(&row.label).into_owned(),
                row.ranks.to_string(),
                shown(row.input_tput, measure),
                shown(row.generation_tput, measure),
                shown(row.running, measure),
                shown(row.queued, measure),
                shown(row.in_transfer, measure),
                shown(row.kv_usage, percent),
            ]
        }));
        let width = self.width.saturating_sub(2);
        let mut lines = page::numbers(rows, &[1, 2, 3, 4, 5, 6, 7], width);
        lines.extend(wrap(
            "RUN is the mean of the requests running; QUEUE, MOVING (KV cache on its way) and KV are the highest",
            width,
        ));
        lines.push(String::new());
        lines.extend(wrap(&rates(cell), width));
        self.section(&format!("Workers{of_load}"), &lines)
    }

    fn arguments(&self, job: &Job) -> String {
        let listed = |node: &NodeConfig| -> Vec<String> {
            let set = node.arguments.iter().filter(|(_, value)| *value != Scalar::Null);
            let mut words: Vec<String> =
                set.map(|(name, value)| format!("{name}={}", scalar(value))).collect();
            if words.is_empty() {
                words =
                    node.flags.iter().map(|(name, value)| format!("--{name} {value}")).collect();
            }
            words
        };
        self.by_node(job, "Arguments", &listed)
    }

    fn environment(&self, job: &Job) -> String {
        let listed = |node: &NodeConfig| -> Vec<String> {
            let mut group = "";
            let mut words = Vec::new();
            for variable in &node.environment {
                if variable.group != group {
                    group = variable.group;
                    words.push(format!("[{group}]"));
                }
                words.push(format!("{}={}", variable.name, variable.value));
            }
            words
        };
        self.by_node(job, "Environment", &listed)
    }

    /// Words of each node; nodes with the same words stand together.
    fn by_node(&self, job: &Job, name: &str, words: &dyn Fn(&NodeConfig) -> Vec<String>) -> String {
        let mut alike: Vec<(Vec<String>, Vec<&str>)> = Vec::new();
        for (_, node) in &job.nodes {
            let listed = words(node);
            if listed.is_empty() {
                continue;
            }
            match alike.iter_mut().find(|(held, _)| *held == listed) {
                Some((_, nodes)) => nodes.push(&node.node),
                None => alike.push((listed, vec![&node.node])),
            }
        }
        let mut lines = Vec::new();
        for (listed, nodes) in alike {
            if !lines.is_empty() {
                lines.push(String::new());
            }
            lines.extend(wrap(&visible(&nodes.join(", ")), self.width.saturating_sub(2)));
            let mut group = String::new();
            for word in listed {
                if word.starts_with('[') {
                    self.put(&mut lines, &mut group);
                    lines.push(format!("  {}", word.trim_matches(['[', ']'])));
                    continue;
                }
                let _ = write!(group, "{}  ", visible(&word).replace(' ', "\u{a0}"));
            }
            self.put(&mut lines, &mut group);
        }
        self.section(name, &lines)
    }

    fn put(&self, lines: &mut Vec<String>, words: &mut String) {
        let wrapped = wrap(words, self.width.saturating_sub(6));
        lines.extend(wrapped.iter().map(|line| format!("    {}", line.replace('\u{a0}', " "))));
        words.clear();
    }
}

fn some_or_none(values: &[String]) -> String {
    if values.is_empty() { String::new() } else { some(values) }
}

fn scalar(value: &Scalar) -> String {
    match value {
        Scalar::Null => "null".to_owned(),
        Scalar::Bool(on) => on.to_string(),
        Scalar::Int(n) => n.to_string(),
        Scalar::Float(x) => x.to_string(),
        Scalar::Text(text) => text.to_string(),
    }
}

/// Whether prefill and decode fit, in words.
fn rates(cell: &inferguard::model::Cell) -> String {
    match rate_match(cell) {
        Err(why) => format!("Rate match: not evaluated, {why}."),
        Ok(rates) => format!(
            "Rate match: prefill takes in {} requests/s and decode gives out {} over the load; while each works, {} and {}: decode / prefill {}.",
            measure(rates.prefill.requests_per_second),
            measure(rates.decode.requests_per_second),
            measure(rates.prefill.requests_per_second_at_work),
            measure(rates.decode.requests_per_second_at_work),
            measure(rates.at_work()),
        ),
    }
}
