//! The registry is complete, and every code has its page.

use std::collections::BTreeSet;
use std::path::Path;

use inferguard_schema::{CLOSED_CODES, KNOWN_CODES};

use super::*;

const HEADINGS: [&str; 4] =
    ["What it detects", "Why it matters", "How it is computed", "What to measure next"];

/// Modules beside the checks that hold no code of their own name.
const SHARED: [&str; 2] = ["live", "tests"];

fn codes() -> BTreeSet<&'static str> {
    CHECKS.iter().map(|check| check.meta().code).collect()
}

/// Stems of the files with this ending beside the checks.
fn stems(ending: &str) -> BTreeSet<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/checks");
    let files = std::fs::read_dir(folder).expect("the folder is there");
    let paths = files.map(|file| file.expect("can be listed").path());
    let wanted = paths.filter(|path| path.extension().is_some_and(|found| found == ending));
    wanted.filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned())).collect()
}

#[test]
fn codes_are_unique_and_snake_case() {
    assert_eq!(codes().len(), CHECKS.len());
    for code in codes() {
        let word = |word: &str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase());
        assert!(code.split('_').all(word), "{code}");
    }
}

#[test]
fn every_code_is_in_the_schema() {
    for code in codes() {
        assert!(CLOSED_CODES.contains(&code) || KNOWN_CODES.contains(&code), "{code}");
    }
}

#[test]
fn every_page_and_every_module_has_its_check() {
    let codes: BTreeSet<String> = codes().into_iter().map(str::to_owned).collect();
    assert_eq!(stems("md"), codes);
    for stem in stems("rs").iter().filter(|stem| !SHARED.contains(&stem.as_str())) {
        assert!(codes.contains(stem), "{stem}.rs is not listed in CHECKS");
    }
}

#[test]
fn every_check_carries_the_page_of_its_code() {
    for check in CHECKS {
        let meta = check.meta();
        let page = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("src/checks")
            .join(format!("{}.md", meta.code));
        let page = std::fs::read_to_string(page).expect("every code has a page");
        assert_eq!(meta.doc, page, "{}", meta.code);
    }
}

#[test]
fn pages_have_the_required_headings_in_order_and_text_under_each() {
    for check in CHECKS {
        let meta = check.meta();
        let sections: Vec<_> =
            meta.doc.split("\n## ").map(|section| section.trim_start_matches("## ")).collect();
        let headings: Vec<_> = sections.iter().filter_map(|s| s.lines().next()).collect();
        assert_eq!(headings, HEADINGS, "{}", meta.code);
        for section in sections {
            let text = section.lines().skip(1).collect::<String>();
            assert!(text.trim().len() > 60, "{}: {section}", meta.code);
        }
        assert!(meta.doc.starts_with("## ") && meta.doc.ends_with(".\n"), "{}", meta.code);
    }
}

#[test]
fn every_code_says_what_it_is() {
    for check in CHECKS {
        let meta = check.meta();
        assert!(meta.summary.ends_with('.') && meta.summary.len() > 20, "{}", meta.code);
        assert!(!meta.severity.is_empty() && !meta.since.is_empty(), "{}", meta.code);
        for limit in meta.thresholds {
            assert!(limit.default.is_finite() && limit.default > 0.0, "{}", limit.name);
            assert!(!limit.unit.is_empty() && limit.about.ends_with('.'), "{}", limit.name);
        }
    }
}

#[test]
fn a_tree_without_cells_gives_no_answer() {
    for check in CHECKS {
        let code = check.meta().code;
        assert_eq!(Tree::default().answers(code), Vec::<String>::new(), "{code}");
    }
}

#[test]
fn every_cell_gets_an_answer_of_every_code() {
    // Of files, and of a baseline or objectives that are missing once for the run.
    const OF_THE_RUN: [&str; 3] = ["unreadable_artifact", "eval_regression", "slo_not_met"];
    let cells = || [cell("c16"), cell("c2"), cell("c4").without_result()];
    for check in CHECKS.iter().filter(|check| !OF_THE_RUN.contains(&check.meta().code)) {
        let answered: Vec<_> =
            Tree::of(cells()).outcomes(check.meta().code).iter().map(|o| o.cell).collect();
        assert_eq!(answered, [Some(0), Some(1), Some(2)], "{}", check.meta().code);
    }
}

#[test]
fn every_threshold_can_be_set() {
    let mut limits = Limits::default();
    let mut all = Vec::new();
    for (meta, limit) in CHECKS.iter().flat_map(|check| {
        let meta = check.meta();
        meta.thresholds.iter().map(move |limit| (meta, limit))
    }) {
        assert_eq!(limits.get(meta, limit), limit.default);
        let value = limit.default + 1.0 + all.len() as f64;
        limits.set(meta.code, limit, value);
        all.push((meta.code, limit.name, value));
        assert_eq!(limits.get(meta, limit), value, "{} {}", meta.code, limit.name);
    }
    all.sort_by_key(|(code, name, _)| (*code, *name));
    assert_eq!(limits.iter().collect::<Vec<_>>(), all, "names are unique within a code");
}
