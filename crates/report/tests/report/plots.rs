//! Charts of shared example reports, as the text of an SVG: no pixels.

use std::sync::Arc;

use inferguard_report::plot::nodes::{Look, NodeLine, NodePanel, NodeSeries, nodes};
use inferguard_report::plot::requests::{
    Curve, Latencies, OverTime, SliceOfRun, distribution, over_time,
};
use inferguard_report::plot::{self, Figure, Kind, Size, Style, Theme};
use inferguard_schema::{Report, Scope};

use crate::{compared, example};

fn figures(report: &Report) -> Vec<Figure> {
    plot::figures(&report.cross_run, &report.cells)
}

/// The SVG without the font, so that it can be read.
fn svg(figure: &Figure) -> String {
    figure.svg(&Style { with_font: false, ..Style::default() })
}

/// A run with an empty slice, a slice without an end, and a failed request.
fn run() -> OverTime {
    let slice = |at: u32, attempts: u64| SliceOfRun {
        from: 10.0 * f64::from(at),
        seconds: if at == 3 { 6.0 } else { 10.0 },
        is_partial: at == 3,
        attempts,
        failed: u64::from(at == 2),
        completed: attempts,
        output_tokens: Some(100 * attempts),
        good: vec![attempts / 2],
        ttft: (attempts > 0).then_some([0.2, 0.3, 0.9]),
        tpot: None,
        e2el: (attempts > 0).then_some([2.0, 3.0, 30.0]),
    };
    OverTime {
        subject: "sweep/c16".into(),
        width: 10.0,
        tiers: vec!["ttft:500".into()],
        slices: vec![slice(0, 20), slice(1, 0), slice(2, 30), slice(3, 12)],
        left_out: 0,
    }
}

fn latencies() -> Latencies {
    let curve = |users: u32| Curve {
        run: format!("{users} users"),
        n: 200,
        points: [0.0, 0.5, 0.9, 0.98]
            .map(|share| (share, f64::from(users) * (0.01 + share)))
            .to_vec(),
    };
    Latencies {
        subject: "dsr1_1k1k/b200".into(),
        quantities: vec![("TTFT".into(), vec![curve(1), curve(4)])],
    }
}

fn workers() -> NodeSeries {
    let line = |name: &str, by: f64| NodeLine {
        name: name.into(),
        points: (0..4).map(|at| (f64::from(at), (at != 2).then(|| by * f64::from(at)))).collect(),
    };
    let panel = |title: &str, unit: &str, look, lines| NodePanel {
        title: title.into(),
        unit: unit.into(),
        look,
        lines,
    };
    NodeSeries {
        name: "workers".into(),
        subject: "job-7/c64".into(),
        what: "prefill and decode".into(),
        since: "the beginning of the load".into(),
        notes: vec!["The clock of the log has no zone.".into()],
        panels: vec![
            panel("Throughput", "tok/s", Look::Lines, vec![line("prefill w0", 9e3)]),
            panel("KV cache in use", "", Look::Shares, vec![line("decode w0", 0.3)]),
            panel(
                "Requests on their way",
                "requests",
                Look::Stacked,
                vec![line("preallocating", 3.0), line("transferring", 1.0)],
            ),
        ],
    }
}

/// Everything that is drawn of the examples.
fn all() -> Vec<Figure> {
    let mut all = figures(&compared::example());
    all.extend(figures(&example::example()));
    all.extend(figures(&compared::large(60, 2)));
    all.extend([over_time(&run()), distribution(&latencies()), nodes(&workers())]);
    plot::name(all.iter_mut());
    all
}

#[test]
fn a_frontier_is_drawn_with_its_systems_marks_and_reasons() {
    let figures = figures(&compared::example());
    let frontier = figures
        .iter()
        .find(|figure| figure.name.starts_with("tput_vs_intvty"))
        .expect("the default axes");
    assert_eq!(frontier.kind, Kind::Frontier);
    assert_eq!(frontier.axes, Some(("mean_intvty".into(), "tput_per_gpu".into())));
    insta::assert_snapshot!("frontier", svg(frontier));
}

#[test]
fn latency_is_drawn_against_load() {
    let figures = figures(&compared::example());
    let load = figures.iter().find(|figure| figure.kind == Kind::Load).expect("levels");
    insta::assert_snapshot!("load", svg(load));
}

#[test]
fn a_crowd_of_series_is_stood_for_by_those_that_lead() {
    // Forty systems of one series each, of which the last ten are on the frontier of all.
    let mut report = compared::large(400, 1);
    let scenario = &mut report.cross_run.scenarios[0];
    assert_eq!(scenario.series.len(), 40);
    let lead: Vec<Arc<str>> = scenario.series[30..]
        .iter()
        .flat_map(|series| series.points.iter().flat_map(|point| point.cell_ids.clone()))
        .collect();
    let of_all = scenario.frontiers.iter_mut().filter(|one| one.scope == Scope::Scenario);
    for frontier in of_all {
        frontier.points.retain(|point| lead.contains(&point.cell_ids[0]));
    }
    let figures = figures(&report);
    let load = figures.iter().find(|figure| figure.kind == Kind::Load).expect("levels");
    let text = svg(load);
    assert!(text.contains(">20 of 40 series; lower is better."), "says how many");
    assert!(text.contains(">20 series are not drawn."), "says which");
    let names = |n: usize| text.contains(&format!(">b200 sglang fp4 system {n}</text>"));
    assert!((30..40).all(names), "all that lead");
    assert_eq!((0..30).filter(|n| names(*n)).count(), 10, "as many others as there is room for");
}

#[test]
fn requests_are_drawn_over_time_and_by_percentile() {
    insta::assert_snapshot!("over_time", svg(&over_time(&run())));
    insta::assert_snapshot!("distribution", svg(&distribution(&latencies())));
}

#[test]
fn workers_are_drawn_over_time() {
    insta::assert_snapshot!("workers", svg(&nodes(&workers())));
}

#[test]
fn every_svg_is_well_formed_in_every_size_and_theme_and_says_no_nan() {
    let sizes = [(1200, 800), (300, 300)];
    for figure in &all() {
        for (width, height) in sizes {
            let size = Size::new(width, height).expect("a size");
            for theme in [Theme::Light, Theme::Dark] {
                let text = figure.svg(&Style { theme, size, with_font: true });
                let document = roxmltree::Document::parse(&text).expect(&figure.name);
                let root = document.root_element();
                assert_eq!(root.tag_name().name(), "svg");
                assert!(root.has_children() && !text.contains("NaN") && !text.contains("inf,"));
                // Nothing is loaded and nothing runs.
                let names = ["script", "image", "foreignObject", "use", "a", "iframe"];
                assert!(document.descendants().all(|one| !names.contains(&one.tag_name().name())));
                let attributes = document.descendants().flat_map(|one| one.attributes());
                assert!(attributes.into_iter().all(|one| {
                    !one.name().starts_with("on") && one.name() != "href" && one.name() != "id"
                }));
            }
        }
    }
}

#[test]
fn texts_stay_inside_the_picture() {
    for figure in &all() {
        let text = svg(figure);
        let document = roxmltree::Document::parse(&text).expect(&figure.name);
        for one in document.descendants().filter(|one| one.has_tag_name("text")) {
            let number = |name: &str| one.attribute(name).and_then(|x| x.parse::<f32>().ok());
            if one.has_attribute("transform") {
                continue;
            }
            let (x, width) = (number("x").expect("x"), number("textLength").expect("a length"));
            let left = match one.attribute("text-anchor") {
                Some("middle") => x - width / 2.0,
                Some("end") => x - width,
                _ => x,
            };
            let (said, name) = (one.text(), &figure.name);
            assert!(left >= -1.0 && left + width <= 1201.0, "{said:?} in {name}");
        }
    }
}

#[test]
fn names_of_files_are_safe_and_different() {
    let all = all();
    let names: std::collections::HashSet<_> =
        all.iter().map(|figure| figure.name.to_lowercase()).collect();
    assert_eq!(names.len(), all.len());
    let safe = |c: char| c.is_ascii_alphanumeric() || "_-.~".contains(c);
    assert!(
        names.iter().all(|name| !name.is_empty() && name.len() < 200 && name.chars().all(safe))
    );
}

#[test]
fn text_of_strangers_stays_text() {
    let mut report = compared::example();
    for scenario in &mut report.cross_run.scenarios {
        scenario.id = format!("<script>alert(1)</script>{}\u{0}]]>&amp;\u{ffff}", scenario.id);
        for series in &mut scenario.series {
            series.configuration.label = "\"><script>x</script>".into();
        }
    }
    let figures = figures(&report);
    assert!(!figures.is_empty());
    for figure in figures {
        let text = figure.svg(&Style::default());
        assert!(!text.contains("<script") && text.contains("&lt;script&gt;"), "{}", figure.name);
        assert!(roxmltree::Document::parse(&text).is_ok());
    }
}

#[test]
fn an_empty_report_has_no_figure_and_the_same_report_the_same_bytes() {
    assert_eq!(figures(&example::empty()), []);
    let texts = || all().iter().map(|figure| figure.svg(&Style::default())).collect::<Vec<_>>();
    assert_eq!(texts(), texts());
}

#[test]
fn a_thousand_cells_are_drawn_in_a_file_that_can_be_mailed() {
    for figure in figures(&compared::large(1000, 1)) {
        let text = figure.svg(&Style::default());
        assert!(text.len() < 2_000_000, "{} has {} bytes", figure.name, text.len());
    }
}

#[cfg(feature = "png")]
#[test]
fn a_png_has_the_size_that_was_asked_for_and_the_same_bytes_each_time() {
    let size = Size::new(640, 400).expect("a size");
    let figure = over_time(&run());
    for theme in [Theme::Light, Theme::Dark] {
        let style = Style { theme, size, with_font: true };
        let file = figure.png(&style).expect("draws");
        assert_eq!(&file[..8], b"\x89PNG\r\n\x1a\n");
        assert_eq!(&file[16..24], [640_u32.to_be_bytes(), 400_u32.to_be_bytes()].concat());
        assert_eq!(file, figure.png(&style).expect("draws again"));
    }
}
