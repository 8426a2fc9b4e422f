//! The program: its version, how it was called, and the limits in force.

use inferguard_analysis::guideline;
use inferguard_findings::CHECKS;
use inferguard_schema::{Analyzer, Capabilities, Guideline, Off, OnOff, WireMap};
use inferguard_source::secrets::without_secrets;

use crate::Options;

pub(super) fn analyzer(options: &Options<'_>) -> Analyzer {
    let settings = &options.settings;
    let mut thresholds = WireMap::default();
    for meta in CHECKS.iter().map(|check| check.meta()) {
        if !meta.thresholds.is_empty() {
            let limits = meta.thresholds.iter();
            let limits = limits.map(|limit| (limit.name.into(), settings.limits.get(meta, limit)));
            thresholds.push(meta.code, WireMap(limits.collect()));
        }
    }
    Analyzer {
        inferguard_version: env!("CARGO_PKG_VERSION").into(),
        capabilities: Capabilities {
            diagnosis: OnOff::On,
            actuation: Off::Off,
            replay: Off::Off,
            recall: Off::Off,
        },
        command: options.command.as_ref().map(|line| without_secrets(line).into_owned()),
        thresholds,
        guidelines: settings.guidelines.iter().map(convert).collect(),
    }
}

fn convert(guideline: &guideline::Guideline) -> Guideline {
    let ends = |bounds: guideline::Bounds| [bounds.from, bounds.to];
    Guideline {
        metric: guideline.metric.name(),
        good: ends(guideline.good),
        acceptable: ends(guideline.acceptable),
    }
}
