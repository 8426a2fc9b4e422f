//! The configuration in force.

use inferguard_findings::CHECKS;
use inferguard_schema::{CellRule, Configuration, IgnoreRule, Prices, WireMap};

use crate::Options;
use crate::config::Settings;

/// What was set; `None` when nothing was.
pub(super) fn convert(options: &Options<'_>) -> Option<Configuration> {
    // The guidelines are told whether or not they were set: of the analyzer.
    let Settings { file, severities, select, ignore, slo, .. } = &options.settings;
    let configuration = Configuration {
        file: file.as_ref().map(|file| file.display().to_string()),
        thresholds: thresholds(&options.settings),
        severities: WireMap(severities.iter().map(|(code, s)| ((*code).into(), *s)).collect()),
        select: select.iter().map(|code| (*code).to_owned()).collect(),
        ignore: ignore
            .iter()
            .map(|rule| IgnoreRule {
                code: rule.code.to_owned(),
                reason: rule.reason.clone(),
                cells: rule.cells.as_ref().map(ToString::to_string),
            })
            .collect(),
        cells: cells(options),
        prices: options.prices().map(|prices| Prices {
            currency: prices.currency.clone(),
            gpu_hour_cost: prices.of_all,
            by_hardware: WireMap(
                prices.by_hardware.iter().map(|(name, p)| (name.clone().into(), *p)).collect(),
            ),
        }),
        slo: slo.iter().map(ToString::to_string).collect(),
    };
    (configuration != Configuration::default()).then_some(configuration)
}

/// Thresholds that differ from their defaults.
fn thresholds(settings: &Settings) -> WireMap<WireMap<f64>> {
    let mut codes = WireMap::default();
    for meta in CHECKS.iter().map(|check| check.meta()) {
        let mut values = WireMap::default();
        for threshold in meta.thresholds {
            let value = settings.limits.get(meta, threshold);
            if value != threshold.default {
                values.push(threshold.name, value);
            }
        }
        if !values.is_empty() {
            codes.push(meta.code, values);
        }
    }
    codes
}

/// The rules about cells; what the options tell of all cells is the first.
fn cells(options: &Options<'_>) -> Vec<CellRule> {
    let (gpus, hardware) = (options.gpus, options.hardware.clone());
    let of_all = (gpus.is_some() || hardware.is_some()).then(|| CellRule {
        path: "**".to_owned(),
        gpus,
        hardware,
    });
    let rules = options.settings.cells.iter().map(|rule| CellRule {
        path: rule.path.to_string(),
        gpus: rule.gpus,
        hardware: rule.hardware.clone(),
    });
    of_all.into_iter().chain(rules).collect()
}
