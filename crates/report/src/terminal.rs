//! The summary that `analyze` prints: lines of 80 columns, safe to show.
//!
//! Text of the report reaches the terminal through [`visible`] only, so that a file name cannot move
//! the cursor, change the colours or rewrite a line.

mod scenarios;

use std::fmt::Write as _;

use inferguard_schema::{CompletionStatus, Finding, Report, Severity};

use crate::escape::{shorten_middle, visible};
use crate::number::counted;
use crate::overview::{Break, KnownBy, Overview, Worst};
use crate::wording;

/// How the summary is written, and what only the caller knows.
#[derive(Debug, Clone, Copy)]
pub struct SummaryOptions<'a> {
    /// Columns of the terminal.
    pub width: usize,
    /// Whether to colour, with ANSI sequences.
    pub color: bool,
    /// Paths of the files written.
    pub written: &'a [String],
    /// Why the exit code is what it is; empty for no line.
    pub exit_reason: &'a str,
}

impl Default for SummaryOptions<'_> {
    fn default() -> Self {
        Self { width: 80, color: false, written: &[], exit_reason: "" }
    }
}

const WORST_FINDINGS: usize = 8;
const WORST_PER_CODE: usize = 2;
const REFUSED_FILES: usize = 3;
const IGNORED_RULES: usize = 3;

/// Narrower terminals get lines of this width.
const MIN_WIDTH: usize = 40;

/// The summary of a report; every line ends with a line end.
pub fn summary(report: &Report, options: &SummaryOptions) -> String {
    let overview = Overview::new(report);
    let mut screen =
        Screen { text: String::new(), width: options.width.max(MIN_WIDTH), color: options.color };
    status(&overview, &mut screen);
    scenarios::lines(&overview, &mut screen);
    findings(&overview, &mut screen);
    ignored(report, &mut screen);
    refused(report, &mut screen);
    if !options.written.is_empty() {
        screen.text.push('\n');
        for path in options.written {
            // A path is for copying, so it is never cut.
            let _ = writeln!(screen.text, "wrote {}", visible(path));
        }
    }
    if !options.exit_reason.is_empty() {
        screen.wrapped(&visible(options.exit_reason), "", usize::MAX);
    }
    screen.text
}

fn status(overview: &Overview, screen: &mut Screen) {
    let report = overview.report;
    let status = report.run_summary.status;
    let name = status.name();
    let found = Overview::severities(overview.findings.iter().map(|f| f.severity));
    let parts = [
        counted(report.cells.len(), "cell", "cells"),
        counted(report.cross_run.scenarios.len(), "scenario", "scenarios"),
        if found.is_empty() { "no findings".to_owned() } else { found },
    ];
    let lines = wrap(&format!("{name} · {}", parts.join(" · ")), screen.width).join("\n");
    let rest = lines.strip_prefix(name).unwrap_or_default();
    let name = screen.paint(name, status_color(status));
    let _ = writeln!(screen.text, "{name}{rest}");
}

fn findings(overview: &Overview, screen: &mut Screen) {
    let (worst, untold) = overview.worst(WORST_PER_CODE, WORST_FINDINGS);
    if worst.is_empty() {
        return;
    }
    screen.text.push('\n');
    for one in &worst {
        match one {
            Worst::Break(one) => break_lines(one, screen),
            Worst::Finding(finding) => finding_lines(finding, screen),
        }
    }
    if untold > 0 {
        let _ =
            writeln!(screen.text, "... and {}", counted(untold, "more finding", "more findings"));
    }
}

/// What stands below a severity and its code.
const INDENT: &str = "          ";

const MESSAGE_LINES: usize = 2;

/// Severity, codes and series on a line, what happened below.
fn break_lines(one: &Break, screen: &mut Screen) {
    let first = one.point.codes.first().map_or("breaking point", String::as_str);
    let codes = match one.point.codes.len() {
        0 | 1 => visible(first).into_owned(),
        n => format!("{} +{}", visible(first), n - 1),
    };
    let place = match &one.member {
        Some(member) => {
            let (series, scenario) = (member.series, &one.scenario.id);
            match member.known_by {
                KnownBy::Label => format!("{} in {scenario}", series.configuration.label),
                KnownBy::Run => {
                    let run = wording::run(&series.run);
                    format!("{} of {run} in {scenario}", series.configuration.label)
                }
                KnownBy::Id => series.id.clone(),
            }
        }
        None => one.point.series.clone(),
    };
    head(one.point.severity, &codes, Some(&place), screen);
    screen.wrapped(&visible(&one.point.summary), INDENT, MESSAGE_LINES);
}

/// Severity, code and place on a line.
fn head(severity: Severity, code: &str, place: Option<&str>, screen: &mut Screen) {
    let word = screen.paint(&format!("{:8}", severity.name()), severity_color(severity));
    let code = shorten_middle(code, screen.width / 2);
    let _ = write!(screen.text, "{word}  {code}");
    if let Some(place) = place {
        let used = INDENT.len() + code.chars().count() + 2;
        let place = visible(place);
        let place = shorten_middle(&place, screen.width.saturating_sub(used));
        let _ = write!(screen.text, "  {place}");
    }
    screen.text.push('\n');
}

/// Severity, code and cell on a line, the message indented below.
fn finding_lines(finding: &Finding, screen: &mut Screen) {
    // A finding on a file begins with its path, which stands where others have their cell.
    let path = finding.evidence.get("path").and_then(|path| path.as_str());
    let after_path = path.and_then(|path| finding.message.strip_prefix(path)?.strip_prefix(": "));
    let (place, message) = match (&finding.cell_id, path, after_path) {
        (Some(cell_id), _, _) => (Some(cell_id.as_ref()), finding.message.as_str()),
        (None, Some(path), Some(message)) => (Some(path), message),
        (None, _, _) => (None, finding.message.as_str()),
    };
    head(finding.severity, &visible(&finding.code), place, screen);
    screen.wrapped(&visible(message), INDENT, MESSAGE_LINES);
}

fn ignored(report: &Report, screen: &mut Screen) {
    let rules = &report.run_summary.ignored;
    if rules.is_empty() {
        return;
    }
    let findings = rules.iter().map(|rule| rule.count as usize).sum();
    let _ =
        writeln!(screen.text, "\n{}:", counted(findings, "finding ignored", "findings ignored"));
    for rule in rules.iter().take(IGNORED_RULES) {
        let told = format!("{} {}: {}", rule.count, visible(&rule.code), visible(&rule.reason));
        screen.wrapped(&told, "  ", 1);
    }
    if rules.len() > IGNORED_RULES {
        let _ = writeln!(screen.text, "  ... and {} more", rules.len() - IGNORED_RULES);
    }
}

fn refused(report: &Report, screen: &mut Screen) {
    let refused = report.artifact_manifest.iter().filter(|artifact| artifact.status == "refused");
    let refused: Vec<_> = refused.collect();
    if refused.is_empty() {
        return;
    }
    let _ = writeln!(screen.text, "\n{}:", counted(refused.len(), "file refused", "files refused"));
    for artifact in refused.iter().take(REFUSED_FILES) {
        let path = visible(&artifact.path);
        let _ = writeln!(screen.text, "  {}", shorten_middle(&path, screen.width - 2));
        if let Some(reason) = &artifact.reason {
            screen.wrapped(&visible(reason), "    ", 1);
        }
    }
    if refused.len() > REFUSED_FILES {
        let _ = writeln!(screen.text, "  ... and {} more", refused.len() - REFUSED_FILES);
    }
}

struct Screen {
    text: String,
    width: usize,
    color: bool,
}

impl Screen {
    fn paint(&self, text: &str, color: &str) -> String {
        if self.color { format!("\u{1b}[{color}m{text}\u{1b}[0m") } else { text.to_owned() }
    }

    /// Writes a text over at most `max` lines; what does not fit becomes an ellipsis.
    fn wrapped(&mut self, text: &str, indent: &str, max: usize) {
        let width = self.width - indent.len();
        let mut lines = wrap(text, width);
        if lines.len() > max {
            lines.truncate(max);
            if let Some(last) = lines.last_mut() {
                let kept: String = last.chars().take(width - 1).collect();
                *last = format!("{}…", kept.trim_end());
            }
        }
        for line in lines {
            let _ = writeln!(self.text, "{indent}{line}");
        }
    }
}

/// Breaks at spaces, and inside a word that is wider than a line, which has at least one column.
pub fn wrap(text: &str, width: usize) -> Vec<String> {
    let width = width.max(1);
    let mut lines = Vec::new();
    let (mut line, mut used) = (String::new(), 0);
    for word in text.split_whitespace() {
        let mut rest: Vec<char> = word.chars().collect();
        while !rest.is_empty() {
            let gap = usize::from(used > 0);
            if used + gap + rest.len() <= width {
                line.extend(std::iter::repeat_n(' ', gap).chain(rest.drain(..)));
                used = line.chars().count();
            } else if used > 0 {
                lines.push(std::mem::take(&mut line));
                used = 0;
            } else {
                lines.push(rest.drain(..width).collect());
            }
        }
    }
    if used > 0 {
        lines.push(line);
    }
    lines
}

fn severity_color(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "1;31",
        Severity::Warning => "33",
        Severity::Info => "36",
    }
}

fn status_color(status: CompletionStatus) -> &'static str {
    match status {
        CompletionStatus::Complete => "1;32",
        CompletionStatus::Partial => "1;33",
        CompletionStatus::Failed => "1;31",
        CompletionStatus::Unknown => "1",
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn long_words_are_broken() {
        assert_eq!(wrap("aa bb cc", 5), ["aa bb", "cc"]);
        assert_eq!(wrap("abcdefgh i", 3), ["abc", "def", "gh", "i"]);
        assert_eq!(wrap("  ", 3), Vec::<String>::new());
    }

    proptest! {
        #[test]
        fn no_line_is_wider(text in any::<String>(), width in 1_usize..90) {
            for line in wrap(&text, width) {
                prop_assert!((1..=width).contains(&line.chars().count()));
            }
        }
    }
}
