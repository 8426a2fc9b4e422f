//! A cell as a processed row.

use inferguard_inferencex::{nested_key, row_key};
use inferguard_model::{
    Cell, Evidence, Identity, Metric, Place, Quantity, RoleTopology, Scalar, SourceFormat, Stat,
    Topology,
};
use inferguard_source::secrets::is_private_name;
use serde_json::{Map, Value, json};

use super::Row;

/// Why a cell is no row.
pub(super) fn reason_against(cell: &Cell) -> Option<&'static str> {
    let Evidence { identity, metrics, .. } = &*cell.evidence;
    if !cell.has_result {
        return Some("it has no result, only what belongs to one");
    }
    let tput = metrics.get(Metric::plain(Quantity::TputPerGpu));
    let hardware = identity.hardware.as_ref().or(identity.as_written.hardware.as_ref());
    if tput.is_none() && hardware.is_none() {
        return Some(
            "neither its hardware nor its throughput per GPU is known (--hardware, --gpus)",
        );
    }
    None
}

/// The row of a cell.
pub(super) fn row(cell: &Cell) -> Row {
    let known = &*cell.evidence;
    let is_nested = is_nested(cell);
    let mut row = Members::default();
    identity(&mut row, &known.identity, is_nested);
    topology(&mut row, &known.identity.topology);
    gpus(&mut row, known);
    completion(&mut row, known, is_nested);
    if is_nested {
        nested_metrics(&mut row, known);
    } else {
        metrics(&mut row, known);
    }
    extra(&mut row, cell, is_nested);
    row.put("recipe_name", known.identity.recipe_name.as_deref());
    row.put("recipe_fingerprint", known.identity.recipe_fingerprint.as_deref());
    row.put("cell_id", Some(cell.id.as_ref()));
    row.0
}

/// Whether the numbers come from a nested agentic row (A3), whose cache rates mean something else
/// than those of a flat one.
fn is_nested(cell: &Cell) -> bool {
    cell.evidence.metrics.iter().any(|entry| match &entry.origin.place {
        Place::Key(path) => is_nested_path(path),
        Place::Path(path) => is_nested_path(path),
        Place::Derived(_) => false,
    })
}

fn is_nested_path(path: &str) -> bool {
    path.starts_with("request_metrics/") || path.starts_with("server_metrics/")
}

/// Members of a row in their order.
#[derive(Default)]
struct Members(Row);

impl Members {
    fn put(&mut self, key: &str, value: Option<impl Into<Value>>) {
        if let Some(value) = value {
            self.0.push((key.to_owned(), value.into()));
        }
    }

    /// Puts a value at a path of nested objects, unless one is there.
    fn put_at(&mut self, path: &str, value: Value) {
        let Some((key, rest)) = path.split_once('/') else {
            if self.0.iter().all(|(held, _)| held != path) {
                self.put(path, Some(value));
            }
            return;
        };
        let at = self.0.iter().position(|(held, _)| held == key).unwrap_or_else(|| {
            self.put(key, Some(Map::new()));
            self.0.len() - 1
        });
        let mut object = &mut self.0[at].1;
        let mut parts = rest.split('/').peekable();
        while let Some(part) = parts.next() {
            let Value::Object(members) = object else { return };
            if parts.peek().is_none() {
                members.entry(part).or_insert(value);
                return;
            }
            object = members.entry(part).or_insert_with(|| Map::new().into());
        }
    }
}

fn identity(row: &mut Members, identity: &Identity, is_nested: bool) {
    let written = &identity.as_written;
    let of = |written: &Option<String>, normalized: &Option<String>| {
        written.clone().or_else(|| normalized.clone())
    };
    row.put("hw", of(&written.hardware, &identity.hardware));
    row.put("conc", identity.load.concurrency);
    row.put("request_rate", identity.load.request_rate);
    row.put("image", identity.image.as_deref());
    row.put("model", of(&written.model, &identity.model));
    row.put("infmax_model_prefix", identity.model_prefix.as_deref());
    row.put("framework", of(&written.framework, &identity.framework));
    row.put("precision", of(&written.precision, &identity.precision));
    row.put("spec_decoding", identity.spec_decoding.as_deref());
    row.put("disagg", identity.disagg);
    row.put("is_multinode", identity.is_multinode);
    row.put("isl", identity.isl);
    row.put("osl", identity.osl);
    if is_agentic(identity) {
        row.put("scenario_type", identity.scenario_type.as_deref());
        offloading(row, identity, is_nested);
    } else {
        row.put("offloading", identity.offloading.as_deref());
    }
    if let Some(dataset) = &identity.dataset {
        row.put_at("dataset/hf_dataset_name", dataset.name.as_str().into());
        if let Some(entries) = dataset.entries {
            row.put_at("dataset/num_dataset_entries", entries.into());
        }
    }
    if let Some(router) = &identity.router {
        let router = match router.rsplit_once(' ') {
            Some((name, version)) => json!({"name": name, "version": version}),
            None => json!({"name": router}),
        };
        row.put("router", Some(router));
    }
    row.put("kv_p2p_transfer", identity.kv_transfer.as_deref());
    if let Some((prefill, decode)) = &identity.role_hardware {
        row.put("prefill_hw", Some(prefill.as_str()));
        row.put("decode_hw", Some(decode.as_str()));
    }
}

fn is_agentic(identity: &Identity) -> bool {
    identity.scenario_type.as_deref() == Some("agentic-coding")
}

/// The medium, and in nested rows apart from it who uses it.
fn offloading(row: &mut Members, identity: &Identity, is_nested: bool) {
    let Some(offloading) = identity.offloading.as_deref() else { return };
    if !is_nested {
        return row.put("offloading", Some(offloading));
    }
    let (medium, backend) = match offloading.split_once('-') {
        Some((medium, backend)) => (medium, Some(json!({"name": backend}))),
        None => (offloading, None),
    };
    row.put("kv_offloading", Some(medium));
    row.put("kv_offload_backend", Some(backend.unwrap_or(Value::Null)));
}

fn topology(row: &mut Members, topology: &Topology) {
    for (prefix, role) in
        [("", &topology.all), ("prefill_", &topology.prefill), ("decode_", &topology.decode)]
    {
        // A row has no key for data parallelism; `gpus` tells what it multiplies.
        let RoleTopology { tp, ep, pp, dcp, pcp, dp_attention, num_workers, num_gpu, .. } = *role;
        for (name, value) in [("tp", tp), ("ep", ep), ("num_workers", num_workers)] {
            row.put(&format!("{prefix}{name}"), value);
        }
        // A string, as the shell of the producer has it.
        let dp_attention = dp_attention.map(|on| if on { "true" } else { "false" });
        row.put(&format!("{prefix}dp_attention"), dp_attention);
        for (name, value) in [("pp", pp), ("dcp_size", dcp), ("pcp_size", pcp)] {
            row.put(&format!("{prefix}{name}"), value);
        }
        if !prefix.is_empty() {
            row.put(&format!("num_{prefix}gpu"), num_gpu);
        }
    }
}

/// The GPU count, where the parallelism does not say it: from `--gpus`, a file name, a power log.
fn gpus(row: &mut Members, known: &Evidence) {
    let Topology { all, prefill, .. } = &known.identity.topology;
    let Some(gpus) = known.metrics.get(Metric::plain(Quantity::NumGpus)) else { return };
    let of_roles =
        prefill.num_gpu.is_some() || (prefill.tp.is_some() && prefill.num_workers.is_some());
    let of_all = all
        .tp
        .map(|tp| f64::from(tp) * f64::from(all.pp.unwrap_or(1)) * f64::from(all.pcp.unwrap_or(1)));
    if !of_roles && of_all != Some(gpus) {
        row.put("num_gpus", Some(number(gpus)));
    }
}

fn completion(row: &mut Members, known: &Evidence, is_nested: bool) {
    let completion = &known.completion;
    let (total, successful) = (completion.total, completion.successful);
    if is_nested {
        let warmup = completion.warmup.unwrap_or(0);
        let errors = total.zip(successful).map(|(total, done)| total.saturating_sub(done));
        let records = successful.map(|done| done + errors.unwrap_or(0) + warmup);
        row.put("num_requests_total", records);
        row.put("num_requests_successful", successful);
        for (key, count) in [
            ("records_total", records),
            ("records_profiled", successful),
            ("records_dropped_total", errors.map(|errors| errors + warmup)),
            ("records_warmup_dropped", completion.warmup.or(errors.map(|_| 0))),
            ("records_error_dropped", errors),
        ] {
            if let Some(count) = count {
                row.put_at(&format!("request_accounting/{key}"), count.into());
            }
        }
        return;
    }
    // A row without lengths that counts its requests under the agentic names is taken for one.
    let identity = &known.identity;
    let [of_total, of_done] = if is_agentic(identity) || identity.isl.is_some() {
        ["num_requests_total", "num_requests_successful"]
    } else {
        ["num_prompts", "completed"]
    };
    row.put(of_total, total);
    row.put(of_done, successful);
}

/// Rates of the whole system, which a row leaves to be derived from those per GPU.
const OF_SYSTEM: [Quantity; 3] = [Quantity::TotalTput, Quantity::InputTput, Quantity::OutputTput];

fn metrics(row: &mut Members, known: &Evidence) {
    let agentic = is_agentic(&known.identity);
    let per_gpu = known.metrics.get(Metric::plain(Quantity::TputPerGpu)).is_some();
    let has = |stat| {
        let latencies = [Quantity::Ttft, Quantity::E2el, Quantity::Itl].into_iter();
        latencies.map(|of| Metric::new(stat, of)).any(|metric| known.metrics.get(metric).is_some())
    };
    // Rows with p75 and no median write the usage of the CPU cache as 0..1.
    let gauges = agentic && has(Stat::Percentile(75_000)) && !has(Stat::P50);
    for entry in &known.metrics {
        let Metric { stat, quantity } = entry.metric;
        let derived = entry.origin.is_derived();
        let value = match quantity {
            Quantity::NumGpus => continue,
            _ if derived && per_gpu && OF_SYSTEM.contains(&quantity) => continue,
            // Of an agentic row the rate follows from its requests and its duration.
            Quantity::Qps if derived && agentic => continue,
            // The mean of 1/TPOT over requests in flat agentic rows.
            Quantity::Intvty if agentic && stat == Stat::Mean => continue,
            Quantity::RequestTputPerUser if agentic => {
                row.put("mean_intvty", Some(number(entry.value)));
                continue;
            }
            Quantity::CpuKvCacheUsagePct if gauges => entry.value / 100.0,
            _ => entry.value,
        };
        if let Some(key) = row_key(entry.metric) {
            row.put(&key, Some(number(value)));
        }
    }
}

fn nested_metrics(row: &mut Members, known: &Evidence) {
    for entry in &known.metrics {
        let Some(path) = nested_key(entry.metric).filter(|_| !entry.origin.is_derived()) else {
            continue;
        };
        let value = match entry.metric.quantity {
            // A gauge of 0..1 there, whatever its name says.
            Quantity::CpuKvCacheUsagePct => entry.value / 100.0,
            _ => entry.value,
        };
        row.put_at(path, number(value));
    }
}

/// Members that we have no name for, of results that are InferenceX's own.
fn extra(row: &mut Members, cell: &Cell, is_nested: bool) {
    let own = matches!(
        cell.format,
        SourceFormat::InferencexStatic
            | SourceFormat::InferencexSrtSlurm
            | SourceFormat::InferencexRaw
            | SourceFormat::AgentxAggregate
    );
    if !own {
        return;
    }
    for (key, scalar) in &cell.evidence.extra {
        let value = match scalar {
            Scalar::Bool(flag) => (*flag).into(),
            Scalar::Int(n) => (*n).into(),
            Scalar::Float(x) => number(*x),
            Scalar::Text(text) if !is_private_name(key) => (&**text).into(),
            Scalar::Text(_) | Scalar::Null => continue,
        };
        if !key.contains('/') || (is_nested && is_nested_path(key)) {
            row.put_at(key, value);
        }
    }
}

/// Whole numbers without a point, as Python writes counts.
fn number(value: f64) -> Value {
    if value.fract() == 0.0 && value.abs() < 9e15 { (value as i64).into() } else { value.into() }
}
