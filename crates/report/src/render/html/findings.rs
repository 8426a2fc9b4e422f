//! Every finding by severity and code, its evidence a click away.

use askama::Template;
use inferguard_schema::{Finding, Severity};

use super::anchor::Anchors;
use super::evidence::Evidence;
use super::table::{Piece, Pieces, link, text};
use super::{FINDINGS, anchor, names};
use crate::number::{count, counted};
use crate::overview::Overview;

/// The section.
#[derive(Template)]
#[template(path = "findings.html")]
pub(super) struct Findings<'a> {
    groups: Vec<Group<'a>>,
    /// How many are not told.
    hidden: Option<String>,
    checks_ran: bool,
}

/// Findings of one severity and code.
struct Group<'a> {
    severity: Severity,
    code: &'a str,
    total: String,
    findings: Vec<Told<'a>>,
    /// Opened without a click: what is critical.
    open: bool,
}

struct Told<'a> {
    anchor: String,
    message: &'a str,
    place: Vec<Piece<'a>>,
    evidence: Evidence<'a>,
}

impl<'a> Findings<'a> {
    pub(super) fn new(overview: &Overview<'a>, anchors: &Anchors<'a>) -> Self {
        let mut groups: Vec<Group<'a>> = Vec::new();
        for &finding in overview.findings.iter().take(FINDINGS) {
            let same =
                |group: &Group| group.severity == finding.severity && group.code == finding.code;
            let at = groups.iter().position(same).unwrap_or_else(|| {
                let all = overview.findings.iter();
                let all = all.filter(|f| f.code == finding.code && f.severity == finding.severity);
                groups.push(Group {
                    severity: finding.severity,
                    code: &finding.code,
                    total: counted(all.count(), "finding", "findings"),
                    findings: Vec::new(),
                    open: finding.severity == Severity::Critical,
                });
                groups.len() - 1
            });
            groups[at].findings.push(told(overview, anchors, finding));
        }
        let hidden = overview.findings.len().saturating_sub(FINDINGS);
        Self {
            groups,
            hidden: (hidden > 0).then(|| count(hidden as u64)),
            checks_ran: !overview.report.run_summary.checks.is_empty(),
        }
    }
}

fn told<'a>(overview: &Overview<'a>, anchors: &Anchors<'a>, finding: &'a Finding) -> Told<'a> {
    let place = match finding.cell_id.as_deref() {
        None => text("the run"),
        Some(id) => {
            let name = overview.place(id).map_or_else(|| id.to_owned(), |at| names::place(&at));
            match overview.cell(id) {
                Some(_) => link(name, anchor::row(id)),
                None => text(name),
            }
        }
    };
    Told {
        anchor: anchors.finding(finding).to_owned(),
        message: &finding.message,
        place,
        evidence: Evidence::of(overview, finding),
    }
}

/// The sign of a severity: a shape, so that it is not told by colour alone.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "templates pass references")]
pub(super) fn sign(severity: &Severity) -> &'static str {
    match severity {
        Severity::Critical => "✖",
        Severity::Warning => "▲",
        Severity::Info => "●",
    }
}
