//! Outcomes of checks: findings, counts, reasons.

use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::BTreeMap;

use inferguard_findings::{FindingMeta, Outcome, Verdict};
use inferguard_model::Cell;
use inferguard_schema::{self as schema, CheckCounts, Finding, NotEvaluated, WireMap};

use super::moment;
use crate::config::Ignored;
use crate::tally::{NAMED_CELLS, Tally, Unanswered};

/// A finding and its cell.
pub(super) struct Found {
    pub(super) cell: Option<usize>,
    pub(super) wire: Finding,
}

/// What all checks gave.
pub(super) struct Findings {
    /// Worst first, then by code and cell.
    pub(super) fired: Vec<Found>,
    pub(super) checks: WireMap<CheckCounts>,
    pub(super) not_evaluated: Vec<NotEvaluated>,
    pub(super) ignored: Vec<schema::Ignored>,
}

pub(super) fn convert(
    outcomes: Vec<(&FindingMeta, Vec<Outcome>)>,
    tallies: &BTreeMap<&str, Tally>,
    ignored: &[Ignored<'_>],
    cells: &[Cell],
) -> Findings {
    let mut all = Findings {
        fired: Vec::new(),
        checks: WireMap::default(),
        not_evaluated: Vec::new(),
        ignored: by_rule(ignored, cells),
    };
    for (meta, outcomes) in outcomes {
        let taken_out = ignored.iter().filter(|ignored| ignored.rule.code == meta.code).count();
        let mut counts = CheckCounts { ignored: taken_out as u64, ..CheckCounts::default() };
        if let Some(tally) = tallies.get(meta.code) {
            counts.clear = tally.clear;
            counts.not_evaluated = tally.not_evaluated.iter().map(|held| held.count).sum();
            let told = tally.not_evaluated.iter().map(|held| not_evaluated(meta.code, held, cells));
            all.not_evaluated.extend(told);
        }
        for Outcome { cell, verdict } in outcomes {
            let Verdict::Fired(fired) = verdict else { continue };
            counts.fired += 1;
            all.fired.push(Found {
                cell,
                wire: Finding {
                    code: Cow::Owned(meta.code.to_owned()),
                    severity: fired.severity,
                    message: fired.message,
                    evidence: WireMap(fired.evidence.into_iter().map(readable).collect()).into(),
                    cell_id: cell.map(|cell| cells[cell].id.clone()),
                },
            });
        }
        all.checks.push(meta.code.to_owned(), counts);
    }
    // Stable: checks keep their order, cells theirs.
    all.fired.sort_by_key(|found| Reverse(found.wire.severity));
    all
}

/// What each rule took out, in the order of the rules.
fn by_rule(ignored: &[Ignored<'_>], cells: &[Cell]) -> Vec<schema::Ignored> {
    ignored
        .chunk_by(|a, b| std::ptr::eq(a.rule, b.rule))
        .map(|taken| schema::Ignored {
            code: taken[0].rule.code.into(),
            reason: taken[0].rule.reason.clone(),
            count: taken.len() as u64,
            cell_ids: taken
                .iter()
                .filter_map(|one| Some(cells[one.cell?].id.clone()))
                .take(NAMED_CELLS)
                .collect(),
        })
        .collect()
}

type Member = (Cow<'static, str>, serde_json::Value);

/// Moments of the model become moments of the wire: `first_observed_at_ns` is `first_observed_at`.
fn readable((key, value): Member) -> Member {
    match key.strip_suffix("_at_ns") {
        Some(name) => (format!("{name}_at").into(), value.as_i64().and_then(moment::of_ns).into()),
        None => (key, value),
    }
}

fn not_evaluated(code: &str, held: &Unanswered, cells: &[Cell]) -> NotEvaluated {
    NotEvaluated {
        code: Cow::Owned(code.to_owned()),
        reason: held.reason.into(),
        count: held.count,
        cell_ids: held.cells.iter().map(|cell| cells[*cell].id.clone()).collect(),
    }
}
