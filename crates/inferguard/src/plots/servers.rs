//! Figures of the gauges of a server, and of the endpoints that a live recorder watched.

use std::collections::BTreeMap;

use inferguard_model::{Cell, ComponentSeries, EndpointSnapshot, NodeSeries as Gauges, Timeline};
use inferguard_report::number::counted;
use inferguard_report::plot::Figure;
use inferguard_report::plot::nodes::{Look, NodeLine, NodePanel, NodeSeries, nodes};

/// Points of a line; of more samples each point is the mean of some in a row.
const MOST_POINTS: usize = 400;

/// Endpoints that have lines of their own.
const MOST_ENDPOINTS: usize = 16;

/// The figures of a cell; none where nobody sampled its server.
pub(super) fn figures(cell: &Cell) -> Vec<Figure> {
    let window = cell.evidence.window_ns;
    let server = cell.evidence.server.as_ref().map(|gauges| of_server(gauges, window));
    let endpoints = cell.evidence.timeline.as_ref().map(|timeline| of_endpoints(timeline, window));
    let components = &cell.evidence.components;
    let components = (!components.is_empty()).then(|| of_components(components, window));
    let drawn = [
        ("server", "gauges of the server", server),
        ("components", "gauges of the components", components),
        ("endpoints", "endpoints of the live timeline", endpoints),
    ];
    let figure = |(name, what, found): (&str, &str, Option<Found>)| {
        let found = found.filter(|found| !found.panels.is_empty())?;
        Some(nodes(&NodeSeries {
            name: name.to_owned(),
            subject: cell.id.to_string(),
            what: what.to_owned(),
            since: if window.is_some() { "the beginning of the load" } else { "the first sample" }
                .to_owned(),
            notes: found.notes,
            panels: found.panels,
        }))
    };
    drawn.into_iter().filter_map(figure).collect()
}

#[derive(Default)]
struct Found {
    panels: Vec<NodePanel>,
    notes: Vec<String>,
}

/// Moments with a value.
type Samples = Vec<(i64, f64)>;

/// Lines of a panel by name.
struct Lines {
    title: &'static str,
    unit: &'static str,
    look: Look,
    held: Vec<(String, Samples)>,
}

fn of_server(gauges: &Gauges, window: Option<(i64, i64)>) -> Found {
    let line = |name: &str, values: &[f64]| {
        let samples = gauges.at_ns.iter().copied().zip(values.iter().copied());
        (name.to_owned(), samples.collect::<Samples>())
    };
    let panel = |title, unit, look, lines| Lines { title, unit, look, held: lines };
    found(
        vec![
            panel(
                "KV cache in use, 0..1",
                "",
                Look::Shares,
                vec![
                    line("KV cache on the GPU", &gauges.kv_cache_usage),
                    line("KV cache on the CPU", &gauges.cpu_kv_cache_usage),
                ],
            ),
            panel(
                "Requests",
                "requests",
                Look::Lines,
                vec![line("running", &gauges.running), line("waiting", &gauges.waiting)],
            ),
            panel(
                "Preemptions since the load began",
                "count",
                Look::Lines,
                vec![line("preemptions", &gauges.preemptions)],
            ),
        ],
        window,
    )
}

fn of_components(components: &[ComponentSeries], window: Option<(i64, i64)>) -> Found {
    type Read = fn(&Gauges) -> &[f64];
    let gauges: [(&str, &str, Look, Read); 5] = [
        ("KV cache in use, 0..1", "", Look::Shares, |one| &one.kv_cache_usage),
        ("KV cache on the CPU in use, 0..1", "", Look::Shares, |one| &one.cpu_kv_cache_usage),
        ("Running", "requests", Look::Lines, |one| &one.running),
        ("Waiting", "requests", Look::Lines, |one| &one.waiting),
        ("Preemptions since the first sample", "count", Look::Lines, |one| &one.preemptions),
    ];
    let mut left_out = 0;
    let panels = gauges.map(|(title, unit, look, read)| {
        let mut lines: BTreeMap<String, Samples> = BTreeMap::new();
        for component in components {
            let moments = component.series.at_ns.iter().copied();
            let samples: Samples = moments.zip(read(&component.series).iter().copied()).collect();
            if !samples.is_empty() {
                lines.insert(component.name.to_string(), samples);
            }
        }
        left_out = left_out.max(lines.len().saturating_sub(MOST_ENDPOINTS));
        Lines { title, unit, look, held: lines.into_iter().take(MOST_ENDPOINTS).collect() }
    });
    let mut found = found(panels.into(), window);
    if left_out > 0 {
        let more = counted(left_out, "component is", "components are");
        found.notes.push(format!("{more} not drawn."));
    }
    found
}

fn of_endpoints(timeline: &Timeline, window: Option<(i64, i64)>) -> Found {
    type Read = fn(&EndpointSnapshot) -> Option<f64>;
    let gauges: [(&str, &str, Look, Read); 4] = [
        ("KV cache in use, 0..1", "", Look::Shares, |one| one.kv_cache_usage),
        ("Running", "requests", Look::Lines, |one| one.running),
        ("Waiting", "requests", Look::Lines, |one| one.waiting),
        ("Preemptions since the server began", "count", Look::Lines, |one| one.preemptions_total),
    ];
    let mut left_out = 0;
    let panels = gauges.map(|(title, unit, look, read)| {
        let mut lines: BTreeMap<String, Samples> = BTreeMap::new();
        for sample in &timeline.samples {
            for endpoint in sample.endpoints() {
                let at = endpoint.scraped_at_ns.or(sample.at_ns);
                if let (Some(at), Some(value)) = (at, read(endpoint)) {
                    let name = format!("{} {}", endpoint.role, endpoint.url);
                    lines.entry(name).or_default().push((at, value));
                }
            }
        }
        left_out = left_out.max(lines.len().saturating_sub(MOST_ENDPOINTS));
        Lines { title, unit, look, held: lines.into_iter().take(MOST_ENDPOINTS).collect() }
    });
    let mut found = found(panels.into(), window);
    if left_out > 0 {
        let more = counted(left_out, "endpoint is", "endpoints are");
        found.notes.push(format!("{more} not drawn."));
    }
    found
}

/// Panels over one time: since the load began, or without a window since the first sample.
fn found(mut panels: Vec<Lines>, window: Option<(i64, i64)>) -> Found {
    let is_during = |at: i64| window.is_none_or(|(start, end)| (start..=end).contains(&at));
    for (_, samples) in panels.iter_mut().flat_map(|panel| &mut panel.held) {
        samples.retain(|(at, value)| is_during(*at) && value.is_finite());
        samples.sort_by_key(|(at, _)| *at);
    }
    for panel in &mut panels {
        panel.held.retain(|(_, samples)| samples.len() > 1);
    }
    panels.retain(|panel| !panel.held.is_empty());
    let lines = || panels.iter().flat_map(|panel| &panel.held);
    let first = lines().filter_map(|(_, samples)| Some(samples.first()?.0)).min();
    let start = window.map(|(start, _)| start).or(first).unwrap_or(0);
    let most = lines().map(|(_, samples)| samples.len()).max().unwrap_or(0);
    let each = most.div_ceil(MOST_POINTS).max(1);
    let mut notes = Vec::new();
    if each > 1 {
        notes.push(format!("A point is the mean of {each} samples."));
    }
    let panels = panels.into_iter().map(|panel| NodePanel {
        title: panel.title.to_owned(),
        unit: panel.unit.to_owned(),
        look: panel.look,
        lines: panel
            .held
            .into_iter()
            .map(|(name, samples)| NodeLine { name, points: points(&samples, each, start) })
            .collect(),
    });
    Found { panels: panels.collect(), notes }
}

fn points(samples: &[(i64, f64)], each: usize, start: i64) -> Vec<(f64, Option<f64>)> {
    let point = |some: &[(i64, f64)]| {
        let n = some.len() as f64;
        let seconds = some.iter().map(|(at, _)| at.saturating_sub(start) as f64 / 1e9).sum::<f64>();
        (seconds / n, Some(some.iter().map(|(_, value)| value).sum::<f64>() / n))
    };
    samples.chunks(each).map(point).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: i64 = 1_000_000_000;

    #[test]
    fn gauges_are_drawn_within_the_load_and_thinned() {
        let n = 1_000_i64;
        let gauges = Gauges {
            at_ns: (0..n).map(|at| at * SECOND).collect(),
            kv_cache_usage: (0..n).map(|at| at as f64 / n as f64).collect(),
            ..Gauges::default()
        };
        let found = of_server(&gauges, Some((100 * SECOND, 899 * SECOND)));
        let [panel] = &found.panels[..] else { panic!("{:?}", found.panels) };
        let [line] = &panel.lines[..] else { panic!("{:?}", panel.lines) };
        assert_eq!((line.points.len(), line.points[0].0), (400, 0.5));
        assert!((line.points[0].1.expect("a value") - 0.1005).abs() < 1e-12);
        assert_eq!(found.notes, ["A point is the mean of 2 samples."]);
        // Without a window the time begins with the samples.
        let found = of_server(&Gauges { at_ns: vec![5 * SECOND, 7 * SECOND], ..gauges }, None);
        let times: Vec<f64> = found.panels[0].lines[0].points.iter().map(|(at, _)| *at).collect();
        assert_eq!(times, [0.0, 2.0]);
        assert!(of_server(&Gauges::default(), None).panels.is_empty());
    }
}
