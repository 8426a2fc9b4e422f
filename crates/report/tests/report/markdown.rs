//! `report.md`.

use inferguard_schema::{CheckCounts, Extensions};

use crate::{compared, example, rendered};

const SECTIONS: [&str; 8] = [
    "## Executive summary",
    "## Benchmark matrix",
    "## Artifact completeness",
    "## Per-cell results",
    "## Live InferGuard timeline",
    "## Bottleneck analysis",
    "## Evidence-based next measurements",
    "## Co-publish artifact manifest",
];

#[test]
fn example() {
    insta::assert_snapshot!(rendered("md", &example::example()));
}

/// The sections that compare; the others are in the other example.
#[test]
fn compared() {
    let text = rendered("md", &compared::example());
    let sections = text.split("\n## ").filter(|section| {
        ["Executive", "Bottleneck", "Evidence"].iter().any(|title| section.starts_with(title))
    });
    insta::assert_snapshot!(sections.collect::<Vec<_>>().join("\n## "));
}

#[test]
fn empty() {
    insta::assert_snapshot!(rendered("md", &example::empty()));
}

#[test]
fn the_sections_are_those_of_the_contract_in_its_order() {
    for report in [example::empty(), example::example(), example::large(100)] {
        let text = rendered("md", &report);
        let headings: Vec<_> = text.lines().filter(|line| line.starts_with("## ")).collect();
        assert_eq!(headings, SECTIONS);
    }
}

#[test]
fn many_cells_stay_readable() {
    let thousand = rendered("md", &example::large(1000));
    assert!(thousand.len() < 400_000, "{} bytes", thousand.len());
    assert!(thousand.contains("more rows: see `report.json`."));
    let ten_thousand = rendered("md", &example::large(10_000));
    assert!(ten_thousand.len() < 512_000, "{} bytes", ten_thousand.len());
    assert!(ten_thousand.contains("more scenarios: see `report.json`."));
}

#[test]
fn what_is_told_of_scenarios_is_bounded() {
    for scenarios in [125, 10, 1] {
        let text = rendered("md", &compared::large(10_000, scenarios));
        assert!(text.len() < 512_000, "{} bytes for {scenarios} scenarios", text.len());
        assert!(text.contains("more: see `report.json`"));
    }
    let one = rendered("md", &compared::large(1000, 1));
    assert!(one.len() < 200_000, "{} bytes", one.len());
}

#[test]
fn a_breaking_point_is_told_once() {
    let text = rendered("md", &compared::example());
    let sections: Vec<_> = text.split("\n## ").collect();
    let section = |title: &str| sections.iter().find(|s| s.starts_with(title)).expect("a section");
    let told = section("Bottleneck").matches("throughput gains 1.5 % per doubling").count();
    assert_eq!(told, 1);
    assert_eq!(section("Executive").matches("throughput gains 1.5 % per doubling").count(), 1);
}

#[test]
fn series_of_one_label_name_their_run() {
    let mut report = compared::example();
    let series = &mut report.cross_run.scenarios[0].series;
    series[1].configuration.label = series[0].configuration.label.clone();
    assert!(!rendered("md", &report).contains("`b200 sglang fp4 tp8` of "));
    assert!(rendered("md", &report).contains("`s1-h200`"), "of one run, so by id");
    report.cross_run.scenarios[0].series[1].run = "second".into();
    assert!(rendered("md", &report).contains("`b200 sglang fp4 tp8` of `second` at 16 users"));
}

#[test]
fn columns_that_are_empty_in_a_scenario_are_dropped() {
    let mut report = example::example();
    let column = |text: &str| text.contains("Output (tok/s/GPU)");
    assert!(column(&rendered("md", &report)));
    for cell in &mut report.cells {
        let mut map = cell.metrics.to_map();
        map.0.retain(|(name, _)| name != "system_output_tput_per_gpu");
        cell.metrics = map.into();
    }
    assert!(!column(&rendered("md", &report)));
}

#[test]
fn the_statistic_that_most_rows_have_is_shown() {
    let text = rendered("md", &example::example());
    let heading = |of: &str| text.lines().find(|line| line.contains(of)).expect("a table");
    assert!(heading("TTFT mean (ms)").contains("TTFT p99 (ms)"), "a processed row has no p50");
    assert!(heading("TTFT p50 (ms)").contains("TTFT p99 (ms)"));
}

#[test]
fn nothing_found_and_could_not_look_are_different_answers() {
    let verdict = |clear: u64, not_evaluated: u64| {
        let mut report = example::empty();
        let counts = CheckCounts { fired: 0, clear, not_evaluated, ignored: 0 };
        report.run_summary.checks.push("ttft_cliff", counts);
        let text = rendered("md", &report);
        let section = text.split("## Bottleneck analysis\n\n").nth(1);
        section.and_then(|section| section.lines().next()).map(str::to_owned)
    };
    let answers = [verdict(3, 0), verdict(3, 2), verdict(0, 2), verdict(0, 0)];
    for (answer, begin) in answers.iter().flatten().zip([
        "No bottleneck was found, and every check could look.",
        "No bottleneck was found where the checks could look.",
        "No check for bottlenecks could look at anything",
        "No check for bottlenecks had anything to look at.",
    ]) {
        assert!(answer.starts_with(begin), "{answer}");
    }
    assert!(answers.iter().all(Option::is_some));
}

#[test]
fn a_series_of_one_level_asks_for_more() {
    let mut report = example::example();
    report.cross_run.scenarios[0].series[0].points.truncate(1);
    let text = rendered("md", &report);
    assert!(text.contains("**Add load levels**"));
    assert!(text.contains(
        "`deepseek-r1 fixed 1024/1024`: measure more than one level of 1 series: \
         `b200 sglang fp4 tp8` at 16 users"
    ));
}

#[test]
fn there_is_no_room_between_neighbours() {
    let asked = |loads: [f64; 2], axis: &str| {
        let mut report = compared::example();
        let scenario = &mut report.cross_run.scenarios[0];
        scenario.series[0].load_axis = Some(axis.into());
        for (point, load) in scenario.series[0].points[1..].iter_mut().zip(loads) {
            point.load = Some(load);
        }
        [scenario.breaking_points[0].from_load, scenario.breaking_points[0].to_load] = loads;
        let text = rendered("md", &report);
        let line = text.lines().find(|line| line.contains("no point between"));
        line.map(|line| line.split("; ").next().unwrap_or_default().to_owned())
    };
    let told = |between: &str| {
        Some(format!(
            "- `b200 sglang fp4 tp8` in `deepseek-r1 fixed 1024/1024`: no point {between}"
        ))
    };
    assert_eq!(
        asked([64.0, 256.0], "concurrency"),
        told("between 64 and 256 users (measure 128, for example)")
    );
    assert_eq!(
        asked([2.0, 3.5], "request_rate"),
        told("between 2 and 3.5 req/s (measure 2.6, for example)")
    );
    // What lies between would be the same level, or no number of users.
    assert_eq!(asked([8.0, 9.0], "concurrency"), None);
    assert_eq!(asked([32.0, 36.0], "concurrency"), None);
}

#[test]
fn a_reason_of_several_checks_is_told_once() {
    let mut report = example::example();
    let mut other = report.run_summary.not_evaluated[0].clone();
    other.code = "kv_offload_thrash".into();
    report.run_summary.not_evaluated.push(other);
    let text = rendered("md", &report);
    assert!(text.contains("`kv_pressure`, `kv_offload_thrash` could not look"), "{text}");
}

#[test]
fn findings_set_apart_for_the_closed_schema_are_still_told() {
    let mut report = example::example();
    let before = rendered("md", &report);
    let apart = report.findings.drain(1..2).collect();
    report.extensions = Some(Extensions { findings: apart, ..Extensions::default() });
    assert_eq!(rendered("md", &report), before);
}

#[test]
fn loads_of_different_axes_name_theirs() {
    let mut report = example::example();
    let mut other = report.cross_run.scenarios[0].series[0].clone();
    other.load_axis = Some("request_rate".into());
    other.points.truncate(1);
    report.cross_run.scenarios[0].series.push(other);
    let text = rendered("md", &report);
    assert!(text.contains("| 16 concurrency |") && text.contains("| 16 request rate |"), "{text}");
}
