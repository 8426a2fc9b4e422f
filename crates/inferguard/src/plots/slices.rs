//! The figure of slices that a producer made, for a run whose single requests are not there.

use inferguard_model::{Cell, Metric, Quantity, Stat, TimeSlice};
use inferguard_report::plot::nodes::{Look, NodeLine, NodePanel, NodeSeries, nodes};
use inferguard_report::plot::{Figure, Kind};

const NOTE: &str = "The producer's own slices: a request counts in the slice in which it started, \
                    whenever it ended. Slices that the load fills only partly are left out.";

/// Statistics of a latency that are drawn.
const STATS: [(Stat, &str); 4] =
    [(Stat::Mean, "mean"), (Stat::P50, "median"), (Stat::P90, "p90"), (Stat::P99, "p99")];

/// The figure of a cell; `None` for one without two whole slices whose times are known.
pub(super) fn figure(cell: &Cell) -> Option<Figure> {
    let slices = &cell.evidence.slices.as_ref()?.slices;
    let whole: Vec<(&TimeSlice, (i64, i64))> = slices
        .iter()
        .filter(|slice| slice.complete != Some(false))
        .filter_map(|slice| Some((slice, slice.bounds_ns.filter(|(from, to)| to > from)?)))
        .collect();
    let [(_, (start, _)), _, ..] = whole[..] else { return None };
    let line = |name: &str, of: &dyn Fn(&TimeSlice, f64) -> Option<f64>| {
        let point = |(slice, (from, to)): &(&TimeSlice, (i64, i64))| {
            let seconds = (to - from) as f64 / 1e9;
            ((from - start) as f64 / 1e9 + seconds / 2.0, of(slice, seconds))
        };
        NodeLine { name: name.to_owned(), points: whole.iter().map(point).collect() }
    };
    let plain = |quantity: Quantity| {
        move |slice: &TimeSlice, _: f64| slice.metrics.get(Metric::plain(quantity))
    };
    let mut panels = vec![
        panel(
            "Requests by start",
            "req/s",
            vec![
                line("successful", &|slice, seconds| Some(slice.successful? as f64 / seconds)),
                line("failed", &|slice, seconds| {
                    Some(slice.failed.filter(|n| *n > 0)? as f64 / seconds)
                }),
            ],
        ),
        panel(
            "Throughput",
            "tok/s",
            vec![
                line("total", &plain(Quantity::TotalTput)),
                line("output", &plain(Quantity::OutputTput)),
            ],
        ),
    ];
    for quantity in [Quantity::Ttft, Quantity::Tpot, Quantity::E2el] {
        let of = |(stat, name): (Stat, &str)| {
            let metric = Metric::new(stat, quantity);
            line(name, &|slice, _| Some(slice.metrics.get(metric)? * 1e3))
        };
        panels.push(panel(&Metric::plain(quantity).label(), "ms", STATS.map(of).into()));
    }
    let panels: Vec<NodePanel> = panels.into_iter().flatten().collect();
    if panels.is_empty() {
        return None;
    }
    let mut figure = nodes(&NodeSeries {
        name: "time_slices".into(),
        subject: cell.id.to_string(),
        what: "the run in slices of its producer".into(),
        since: "the beginning of the first whole slice".into(),
        notes: vec![NOTE.into()],
        panels,
    });
    figure.kind = Kind::Slices;
    Some(figure)
}

/// A panel of the lines that have a value, if there are any.
fn panel(title: &str, unit: &str, mut lines: Vec<NodeLine>) -> Option<NodePanel> {
    lines.retain(|line| line.points.iter().any(|(_, value)| value.is_some()));
    let (title, unit, look) = (title.to_owned(), unit.to_owned(), Look::Lines);
    (!lines.is_empty()).then_some(NodePanel { title, unit, look, lines })
}

#[cfg(test)]
mod tests {
    use inferguard_model::{Evidence, TimeSlices};

    use super::*;

    const SECOND: i64 = 1_000_000_000;

    fn cell(complete: [Option<bool>; 3]) -> Cell {
        let slice = |(at, complete): (i64, Option<bool>)| TimeSlice {
            bounds_ns: Some((at * SECOND, (at + 1) * SECOND)),
            complete,
            successful: Some(7),
            failed: Some(0),
            ..TimeSlice::default()
        };
        let slices = (10..).zip(complete).map(slice).collect();
        let slices = TimeSlices { slices, ..TimeSlices::default() };
        let evidence = Evidence { slices: Some(slices), ..Evidence::default() };
        Cell { id: "c".into(), evidence: Box::new(evidence), ..Cell::default() }
    }

    #[test]
    fn whole_slices_are_drawn_from_two_on() {
        let figure = figure(&cell([Some(false), Some(true), None])).expect("two whole slices");
        assert_eq!((figure.kind, figure.name.as_str()), (Kind::Slices, "time_slices_c"));
        assert_eq!(super::figure(&cell([Some(false), Some(true), Some(false)])), None);
        assert_eq!(super::figure(&Cell::default()), None);
    }
}
