//! `docs/metrics.md`, from the catalogue of quantities.

use inferguard::model::{Better, Quantity};

use super::markdown::{NOTE, code, table};

const INTRO: &str = "# Metrics

Names and units of `cells[].metrics` in `report.json`. A name may stand alone or behind a statistic
and an underscore: `mean_`, `std_`, `min_`, `max_`, or a percentile such as `p50_`, `p99_`, `p99.9_`
(`p99_ttft`, `mean_osl`). Percentiles are an open set: what a producer states is kept. A number that
was not measured is absent or null, never 0. `cells[].provenance` says where each number stands, as
`role:pointer`, or how it was derived.

Shares are between 0 and 1, except where a name ends in `_pct`. Definitions with their formulas:
[glossary](glossary.md).

";

pub(super) fn page() -> String {
    let rows = Quantity::CATALOGUE.iter().map(|info| {
        let better = match info.better {
            Better::Higher => "higher",
            Better::Lower => "lower",
            Better::Neither => "",
        };
        [code(info.name), info.unit.label().to_owned(), better.to_owned(), info.about.to_owned()]
    });
    format!("{NOTE}{INTRO}{}", table(["name", "unit", "better", "what it is"], rows))
}
