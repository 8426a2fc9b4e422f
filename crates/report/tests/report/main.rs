//! The outputs of shared example reports.

#![expect(clippy::print_stderr, reason = "a test that is skipped says so")]

mod browser;
mod compared;
mod example;
mod hostile;
mod html;
mod json;
mod markdown;
mod plots;
mod terminal;

use inferguard_report::RENDERERS;
use inferguard_schema::Report;

/// The text of an output.
fn rendered(id: &str, report: &Report) -> String {
    let renderer = RENDERERS.iter().find(|renderer| renderer.id == id).expect("a listed renderer");
    String::from_utf8(renderer.render(report)).expect("UTF-8")
}

#[test]
fn renderers_have_names_of_their_own() {
    let names: std::collections::HashSet<_> = RENDERERS.iter().map(|r| r.file_name).collect();
    assert_eq!(names.len(), RENDERERS.len());
    for renderer in RENDERERS {
        assert_eq!(renderer.file_name, format!("report.{}", renderer.id));
    }
}
