//! The summary for a terminal.

use inferguard_report::terminal::{SummaryOptions, summary};

use crate::{compared, example};

#[test]
fn example() {
    let written = ["results/inferguard_report/report.json".to_owned()];
    let options = SummaryOptions {
        written: &written,
        exit_reason: "exit 2: 2 critical findings, and --fail-on is critical",
        ..SummaryOptions::default()
    };
    insta::assert_snapshot!(summary(&example::example(), &options));
}

#[test]
fn compared() {
    insta::assert_snapshot!(summary(&compared::example(), &SummaryOptions::default()));
}

#[test]
fn scenarios_are_bounded() {
    let text = summary(&compared::large(1000, 13), &SummaryOptions::default());
    assert!(text.contains("\n... and 8 more scenarios\n"), "{text}");
}

#[test]
fn empty() {
    let text = summary(&example::empty(), &SummaryOptions::default());
    assert_eq!(text, "unknown · 0 cells · 0 scenarios · no findings\n");
}

#[test]
fn a_fault_of_many_cells_is_told_twice_and_counted() {
    let text = summary(&example::large(1000), &SummaryOptions::default());
    insta::assert_snapshot!(text);
}

#[test]
fn no_line_is_wider_than_the_terminal() {
    let report = compared::example();
    for width in [40, 60, 80, 120] {
        let text = summary(&report, &SummaryOptions { width, ..SummaryOptions::default() });
        for line in text.lines() {
            assert!(line.chars().count() <= width, "{line}");
        }
    }
}

#[test]
fn only_our_own_colours_reach_the_terminal() {
    let report = example::example();
    let plain = summary(&report, &SummaryOptions::default());
    assert!(!plain.contains('\u{1b}'));
    let mut colored = summary(&report, &SummaryOptions { color: true, ..Default::default() });
    assert_ne!(colored, plain);
    for code in ["1;31", "33", "36", "0"] {
        colored = colored.replace(&format!("\u{1b}[{code}m"), "");
    }
    assert_eq!(colored, plain);
}
