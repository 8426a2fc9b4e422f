//! Files that AIPerf makes from several runs: known, and not read, since the runs they were made
//! from lie beside them.

use inferguard_source::Candidate;

/// What a sweep or a series of repeats was made into.
pub(crate) struct Made {
    pub(crate) kind: &'static str,
    pub(crate) reason: &'static str,
}

const SWEEP: Made = Made {
    kind: "aiperf_sweep_json",
    reason: "a sweep's table made from its runs, which are cells of their own; not read",
};
const AGGREGATE: Made = Made {
    kind: "aiperf_aggregate_json",
    reason: "statistics over repeated runs, which are cells of their own; not read",
};
const SEARCH: Made = Made {
    kind: "aiperf_search_json",
    reason: "the plan of a search over loads, whose runs are cells of their own; not read",
};

/// Which of them a file is.
pub(crate) fn recognise(file: &Candidate<'_>) -> Option<&'static Made> {
    let name = file.name();
    let named = [
        ("search_history.json", &SEARCH),
        ("sampling_design.json", &SEARCH),
        ("search_checkpoint.json", &SEARCH),
        ("degradation_knee.json", &SEARCH),
        ("sla_breach_knee.json", &SEARCH),
        ("pareto_sweep.json", &SWEEP),
        ("profile_export_aiperf_sweep.json", &SWEEP),
        ("profile_export_aiperf_sweep.csv", &SWEEP),
        ("profile_export_aiperf_aggregate.json", &AGGREGATE),
        ("profile_export_aiperf_aggregate.csv", &AGGREGATE),
    ];
    if let Some((_, made)) = named.into_iter().find(|(known, _)| *known == name) {
        return Some(made);
    }
    let shape = file.shape()?;
    if shape.has("per_combination_metrics") {
        return Some(&SWEEP);
    }
    (shape.has_all(&["aiperf_version", "metadata", "metrics"]) && !shape.has("summary"))
        .then_some(&AGGREGATE)
}

/// Why files of this kind are not read.
pub(crate) fn reason(kind: &str) -> Option<&'static str> {
    [&SWEEP, &AGGREGATE, &SEARCH].into_iter().find(|made| made.kind == kind).map(|made| made.reason)
}
