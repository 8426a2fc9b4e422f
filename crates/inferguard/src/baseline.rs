//! Reads what an analysis is compared with: a folder of results, or an earlier report.

use std::path::Path;

use inferguard_findings::{Baseline, BaselineCell};
use inferguard_model::{
    Dataset, EvalScore, Identity, Load, Metric, MetricSet, Origin, RoleTopology, Topology, names,
};
use inferguard_schema::{Cell, Eval, Value, WireMap};

use crate::wire::{DECODE_KEYS, PREFILL_KEYS};
use crate::{AnalyzeError, Options, analyze};

/// Schemas of reports that are read; the second is how the 0.7 series writes v1.
const SCHEMAS: [&str; 2] = ["inferguard-analyze/v1", "inferguard-analyze/v1.1"];

/// The baseline that the options name.
pub(crate) fn read(options: &Options<'_>) -> Result<Option<Baseline>, AnalyzeError> {
    let Some(path) = &options.baseline else { return Ok(None) };
    let label = path.display().to_string();
    let cells = if path.is_dir() { of_folder(path, options) } else { of_report(path) };
    match cells {
        Ok(cells) => Ok(Some(Baseline::new(label, cells))),
        Err(reason) => Err(AnalyzeError::Baseline { path: label, reason }),
    }
}

/// Analyzes a folder as the input is analyzed, without writing or refusing anything.
fn of_folder(path: &Path, options: &Options<'_>) -> Result<Vec<BaselineCell>, String> {
    let options = Options {
        output_dir: None,
        written: Vec::new(),
        strict: false,
        closed_v1: false,
        progress: None,
        baseline: None,
        ..options.clone()
    };
    let analysis = analyze(path, &options).map_err(|error| error.to_string())?;
    Ok(analysis.report.cells.into_iter().map(cell).collect())
}

/// Reads a report cell by cell, so that a member that is no scalar where a scalar belongs, as the
/// 0.7 series writes them, costs that member only.
fn of_report(path: &Path) -> Result<Vec<BaselineCell>, String> {
    let bytes = std::fs::read(path).map_err(|error| error.to_string())?;
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
    let mut report: serde_json::Value =
        serde_json::from_slice(bytes).map_err(|error| format!("no JSON: {error}"))?;
    let schema = report.get("schema_version").and_then(|version| version.as_str());
    if !schema.is_some_and(|schema| SCHEMAS.contains(&schema)) {
        let found = schema.map_or("none".into(), |schema| format!("`{schema}`"));
        return Err(format!("not a report: schema_version is {found}"));
    }
    let Some(serde_json::Value::Array(cells)) = report.get_mut("cells").map(std::mem::take) else {
        return Err("the report has no cells".into());
    };
    let read = |(at, mut value): (usize, serde_json::Value)| {
        scalars_only(&mut value);
        let read: Cell = serde_json::from_value(value)
            .map_err(|error| format!("cell {at} of the report cannot be read: {error}"))?;
        Ok(cell(read))
    };
    cells.into_iter().enumerate().map(read).collect()
}

/// Members of a cell whose values are scalars.
const SCALAR_MAPS: [&str; 3] = ["metrics", "topology", "extra"];
/// Members of a cell that are not compared; other tools give them other shapes.
const NOT_COMPARED: [&str; 6] =
    ["artifacts", "completion", "findings", "timeline", "cost", "problems"];

fn scalars_only(cell: &mut serde_json::Value) {
    let Some(cell) = cell.as_object_mut() else { return };
    for name in SCALAR_MAPS {
        if let Some(map) = cell.get_mut(name).and_then(|map| map.as_object_mut()) {
            map.retain(|_, value| !value.is_object() && !value.is_array());
        }
    }
    for name in NOT_COMPARED {
        cell.remove(name);
    }
    cell.insert("artifacts".into(), serde_json::json!({}));
    cell.insert("completion".into(), serde_json::json!({}));
    cell.insert("findings".into(), serde_json::json!([]));
    for name in ["is_multinode", "disagg"] {
        let flag = cell.get(name).and_then(|flag| flag.as_str()).map(str::to_ascii_lowercase);
        if let Some(flag) = flag {
            cell.insert(name.into(), flag.parse::<bool>().ok().into());
        }
    }
}

/// A cell of a report, with its names normalized as readers do.
fn cell(cell: Cell) -> BaselineCell {
    let count = |n: Option<u64>| n.and_then(|n| u32::try_from(n).ok());
    let dataset = cell.dataset.map(|set| Dataset { name: set.name, entries: set.entries });
    BaselineCell {
        identity: Identity {
            hardware: cell.hardware.as_deref().map(names::hardware),
            model: names::model(cell.infmax_model_prefix.as_deref(), cell.model.as_deref(), None),
            framework: cell.framework.as_deref().map(names::framework),
            precision: cell.precision.as_deref().map(names::precision),
            spec_decoding: cell.spec_decoding,
            scenario_type: cell.scenario_type,
            offloading: cell.offloading,
            disagg: cell.disagg,
            is_multinode: cell.is_multinode,
            isl: count(cell.isl),
            osl: count(cell.osl),
            dataset,
            load: Load { concurrency: count(cell.concurrency), request_rate: cell.request_rate },
            topology: topology(&cell.topology),
            ..Identity::default()
        },
        metrics: metrics(&cell.metrics.to_map()),
        evals: cell.evals.into_iter().map(eval).collect(),
        id: cell.cell_id,
    }
}

fn metrics(wire: &WireMap<Value>) -> MetricSet {
    let mut metrics = MetricSet::default();
    for (name, value) in &wire.0 {
        if let (Some(metric), Some(value)) = (Metric::parse(name), value.as_f64()) {
            metrics.set(metric, value, Origin::derived("the baseline"));
        }
    }
    metrics
}

fn topology(wire: &WireMap<Value>) -> Topology {
    let role = |keys: [&str; 9]| {
        let number = |key| match wire.get(key) {
            Some(Value::Int(n)) => u32::try_from(*n).ok(),
            _ => None,
        };
        let flag = |key| match wire.get(key) {
            Some(Value::Bool(flag)) => Some(*flag),
            Some(Value::Text(text)) => text.to_ascii_lowercase().parse().ok(),
            _ => None,
        };
        let [tp, ep, dp_attention, num_workers, pp, dcp, pcp, num_gpu, dp] = keys;
        RoleTopology {
            tp: number(tp),
            ep: number(ep),
            dp_attention: flag(dp_attention),
            num_workers: number(num_workers),
            pp: number(pp),
            dcp: number(dcp),
            pcp: number(pcp),
            num_gpu: number(num_gpu),
            dp: number(dp),
        }
    };
    Topology {
        all: role(["tp", "ep", "dp_attention", "replicas", "pp", "dcp_size", "pcp_size", "", "dp"]),
        prefill: role(PREFILL_KEYS),
        decode: role(DECODE_KEYS),
    }
}

fn eval(wire: Eval) -> EvalScore {
    EvalScore {
        task: wire.task,
        metric: wire.metric,
        filter: wire.filter,
        value: wire.value,
        stderr: wire.stderr,
        n: wire.n,
        higher_is_better: wire.higher_is_better,
    }
}
