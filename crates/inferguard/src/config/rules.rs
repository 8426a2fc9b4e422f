//! Puts severities, ignore rules and the selection of codes in force on what checks found.

use inferguard_findings::{FindingMeta, Fired, Outcome, Verdict};
use inferguard_model::Cell;

use super::{IgnoreRule, Settings};

/// The outcomes of each check.
type Outcomes<'m> = Vec<(&'m FindingMeta, Vec<Outcome>)>;

/// A finding that a rule took out.
pub(crate) struct Ignored<'s> {
    /// The rule.
    pub(crate) rule: &'s IgnoreRule,
    /// The cell of the finding.
    pub(crate) cell: Option<usize>,
}

/// Sets severities, and takes out what is to be ignored, in the order of the rules.
pub(crate) fn apply<'s>(
    settings: &'s Settings,
    outcomes: &mut Outcomes<'_>,
    cells: &[Cell],
) -> Vec<Ignored<'s>> {
    let mut ignored: Vec<(usize, Ignored<'s>)> = Vec::new();
    for (meta, outcomes) in outcomes {
        let severity = settings.severities.get(meta.code);
        let rules: Vec<_> =
            settings.ignore.iter().enumerate().filter(|(_, r)| r.code == meta.code).collect();
        if severity.is_none() && rules.is_empty() {
            continue;
        }
        outcomes.retain_mut(|Outcome { cell, verdict }| {
            let Verdict::Fired(fired) = verdict else { return true };
            if let Some(severity) = severity {
                fired.severity = *severity;
            }
            let id = cell.map(|cell| cells[cell].id.as_ref());
            let rule = rules.iter().find(|(_, rule)| concerns(rule, id, fired));
            ignored.extend(rule.map(|(at, rule)| (*at, Ignored { rule, cell: *cell })));
            rule.is_none()
        });
    }
    ignored.sort_by_key(|(at, _)| *at);
    ignored.into_iter().map(|(_, ignored)| ignored).collect()
}

/// Whether a rule for the code of a finding is for this finding.
fn concerns(rule: &IgnoreRule, cell: Option<&str>, fired: &Fired) -> bool {
    let Some(pattern) = &rule.cells else { return true };
    let named = |wanted: &str| {
        fired.evidence.iter().any(|(member, value)| {
            member == wanted && value.as_str().is_some_and(|text| pattern.is_match(text))
        })
    };
    match cell {
        Some(id) => pattern.is_match(id),
        // A finding on a file, or on a cell that does not exist, names it in its evidence.
        None => named("path") || named("cell"),
    }
}

/// Leaves only the codes that were selected, if any were.
pub(crate) fn select(
    settings: &Settings,
    outcomes: &mut Outcomes<'_>,
    ignored: &mut Vec<Ignored<'_>>,
) {
    let is_selected = |code| settings.select.is_empty() || settings.select.contains(&code);
    outcomes.retain(|(meta, _)| is_selected(meta.code));
    ignored.retain(|ignored| is_selected(ignored.rule.code));
}

#[cfg(test)]
mod tests {
    use inferguard_schema::Severity;
    use serde_json::json;

    use super::*;
    use crate::config::finding;

    /// Outcomes of a code: a finding on a file, and a clear answer.
    fn outcomes(code: &str) -> Outcomes<'static> {
        let evidence = [("path", json!("a/x.json"))];
        let fired = Outcome::fired(None, Severity::Critical, "lost".to_owned(), evidence);
        let clear = Outcome { cell: None, verdict: Verdict::Clear };
        vec![(finding(code).expect("known"), vec![fired, clear])]
    }

    fn rule(code: &'static str, cells: Option<&str>) -> IgnoreRule {
        let cells = cells.map(|glob| glob.parse().expect("a glob"));
        IgnoreRule { code, reason: cells.as_ref().map_or("all", |_| "some").to_owned(), cells }
    }

    /// Reason of the rule that took the finding out.
    fn taken_out(rules: &[IgnoreRule]) -> Option<String> {
        let settings = Settings { ignore: rules.to_vec(), ..Settings::default() };
        let mut outcomes = outcomes("unreadable_artifact");
        let ignored = apply(&settings, &mut outcomes, &[]);
        let left = outcomes[0].1.len();
        assert_eq!(left, 2 - ignored.len(), "a clear answer stays");
        ignored.first().map(|ignored| ignored.rule.reason.clone())
    }

    #[test]
    fn a_finding_on_a_file_is_ignored_by_its_path() {
        let rule = |cells| rule("unreadable_artifact", cells);
        for matching in ["a/*", "x.json", "**/x.*"] {
            assert_eq!(taken_out(&[rule(Some(matching))]).as_deref(), Some("some"), "{matching}");
        }
        assert_eq!(taken_out(&[rule(Some("b/*"))]), None);
        assert_eq!(taken_out(&[rule(Some("b/*")), rule(None)]).as_deref(), Some("all"));
        assert_eq!(taken_out(&[rule(None), rule(Some("a/*"))]).as_deref(), Some("all"));
        assert_eq!(taken_out(&[super::tests::rule("partial_run", None)]), None);
    }

    #[test]
    fn a_severity_replaces_that_of_every_finding_of_the_code() {
        let mut outcomes = outcomes("unreadable_artifact");
        let severities = [("unreadable_artifact", Severity::Info)].into();
        apply(&Settings { severities, ..Settings::default() }, &mut outcomes, &[]);
        let Verdict::Fired(fired) = &outcomes[0].1[0].verdict else { panic!("still found") };
        assert_eq!(fired.severity, Severity::Info);
    }

    #[test]
    fn a_selection_leaves_its_codes_only() {
        let left = |codes: &[&'static str]| {
            let mut outcomes = outcomes("unreadable_artifact");
            let settings = Settings { select: codes.to_vec(), ..Settings::default() };
            select(&settings, &mut outcomes, &mut Vec::new());
            outcomes.len()
        };
        assert_eq!((left(&[]), left(&["partial_run"]), left(&["unreadable_artifact"])), (1, 0, 1));
    }
}
