//! Outcomes of checks: findings, counts, reasons.

use std::borrow::Cow;
use std::cmp::Reverse;

use inferguard_findings::{FindingMeta, Outcome, Verdict};
use inferguard_model::Cell;
use inferguard_schema::{self as schema, CheckCounts, Finding, NotEvaluated, WireMap};

use super::moment;
use crate::config::Ignored;

/// Cells named for one reason.
const NAMED_CELLS: usize = 10;

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
        let mut reasons: Vec<NotEvaluated> = Vec::new();
        for outcome in outcomes {
            match outcome.verdict {
                Verdict::Clear => counts.clear += 1,
                Verdict::NotEvaluated(reason) => {
                    counts.not_evaluated += 1;
                    let cell = outcome.cell.map(|cell| &cells[cell]);
                    count_reason(&mut reasons, meta.code, reason, cell);
                }
                Verdict::Fired(fired) => {
                    counts.fired += 1;
                    all.fired.push(Found {
                        cell: outcome.cell,
                        wire: Finding {
                            code: Cow::Owned(meta.code.to_owned()),
                            severity: fired.severity,
                            message: fired.message,
                            evidence: WireMap(fired.evidence.into_iter().map(readable).collect()),
                            cell_id: outcome.cell.map(|cell| cells[cell].id.clone()),
                        },
                    });
                }
            }
        }
        all.checks.push(meta.code.to_owned(), counts);
        all.not_evaluated.append(&mut reasons);
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

fn count_reason(
    reasons: &mut Vec<NotEvaluated>,
    code: &str,
    reason: &'static str,
    cell: Option<&Cell>,
) {
    let at = reasons.iter().position(|held| held.reason == reason).unwrap_or_else(|| {
        reasons.push(NotEvaluated {
            code: Cow::Owned(code.to_owned()),
            reason: reason.into(),
            count: 0,
            cell_ids: Vec::new(),
        });
        reasons.len() - 1
    });
    let held = &mut reasons[at];
    held.count += 1;
    if held.cell_ids.len() < NAMED_CELLS {
        held.cell_ids.extend(cell.map(|cell| cell.id.clone()));
    }
}
