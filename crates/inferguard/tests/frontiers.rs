//! The frontiers of real results against a brute force over the report's own cells, which shares no
//! code with the analysis.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use inferguard::schema::{Cell, Direction, Frontier, Report, Scenario, Scope};
use inferguard::{FrontierRequest, Options, Prices, analyze};

/// A folder of samples; `None` with a message where it is absent.
#[expect(clippy::print_stderr, reason = "a skipped test should say so")]
fn sample(name: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/samples").join(name);
    if path.is_dir() {
        return Some(path);
    }
    eprintln!("skipped: no samples at {}", path.display());
    None
}

/// What the frontiers of a report were compared over.
#[derive(Debug, Default, PartialEq)]
struct Compared {
    frontiers: usize,
    points: usize,
    dominated: usize,
}

/// Values of a cell by their names on the wire.
fn value(cell: &Cell, name: &str) -> Option<f64> {
    let cost = cell.cost.as_ref();
    match name {
        "cost_per_million_total_tokens" => cost?.cost_per_million_total_tokens,
        "cost_per_million_input_tokens" => cost?.cost_per_million_input_tokens,
        "cost_per_million_output_tokens" => cost?.cost_per_million_output_tokens,
        _ => cell.metrics.get(name)?.as_f64(),
    }
}

fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let (n, half) = (values.len(), values.len() / 2);
    match n {
        0 => None,
        _ if n % 2 == 1 => Some(values[half]),
        _ => Some(values[half - 1] + (values[half] - values[half - 1]) * 0.5),
    }
}

/// The group of a cell in a scope; unknown keys equal each other only within one run.
fn group(cell: &Cell, scope: Scope) -> Option<String> {
    let run = match cell.run.as_deref() {
        Some(".") | None => String::new(),
        Some(run) => format!(" @{run}"),
    };
    match scope {
        Scope::Scenario => None,
        Scope::Hardware => {
            Some(cell.hardware.clone().unwrap_or_else(|| format!("unknown hardware{run}")))
        }
        Scope::System => {
            let speculation = cell.spec_decoding.as_deref();
            let keys = [&cell.hardware, &cell.framework, &cell.precision];
            let run = if keys.iter().all(|key| key.is_some()) && speculation.is_some() {
                ""
            } else {
                run.as_str()
            };
            if keys.iter().all(|key| key.is_none()) && speculation.is_none() {
                return Some(format!("unknown system{run}"));
            }
            let known = keys.map(|key| key.as_deref().unwrap_or("?")).join(" ");
            Some(match speculation {
                Some("none") => format!("{known}{run}"),
                other => format!("{known} {}{run}", other.unwrap_or("speculation?")),
            })
        }
    }
}

/// A level: its cells, and what they measured.
#[derive(Debug, Clone)]
struct Level<'r> {
    cells: BTreeSet<&'r str>,
    xy: (f64, f64),
}

fn no_worse(better: Direction, a: f64, b: f64) -> bool {
    match better {
        Direction::Higher => a >= b,
        Direction::Lower => a <= b,
    }
}

/// Whether `a` is at least as good as `b` on both axes and better on one.
fn beats(frontier: &Frontier, a: (f64, f64), b: (f64, f64)) -> bool {
    no_worse(frontier.x.better, a.0, b.0) && no_worse(frontier.y.better, a.1, b.1) && a != b
}

/// Levels of the group of a frontier that stand for the system; cells that lack an axis.
fn levels<'r>(
    scenario: &'r Scenario,
    cells: &BTreeMap<&str, &'r Cell>,
    frontier: &Frontier,
) -> (Vec<Level<'r>>, BTreeSet<&'r str>) {
    let is_drawn =
        |id: &&str| frontier.not_drawn.get(id).is_none_or(|why| why == "beyond the cutoff");
    let (mut levels, mut without) = (Vec::new(), BTreeSet::new());
    for point in scenario.series.iter().flat_map(|series| &series.points) {
        let of_point = point.cell_ids.iter().map(AsRef::as_ref);
        let ids: BTreeSet<&str> = of_point
            .filter(|id| group(cells[id], frontier.scope) == frontier.group)
            .filter(is_drawn)
            .collect();
        let of = |name: &str| median(ids.iter().filter_map(|id| value(cells[id], name)).collect());
        match of(&frontier.x.metric).zip(of(&frontier.y.metric)) {
            Some(xy) => levels.push(Level { cells: ids, xy }),
            None => without.extend(ids),
        }
    }
    (levels, without)
}

/// The cells of the dominated points: each names one of a level, whose series has the others.
fn beaten<'r>(scenario: &'r Scenario, frontier: &'r Frontier) -> impl Iterator<Item = &'r str> {
    let points = || scenario.series.iter().flat_map(|series| &series.points);
    let named = frontier.dominated.iter().flat_map(|one| &one.cell_ids);
    named.flat_map(move |id| {
        let level = points().find(|point| point.cell_ids.contains(id)).expect("a level has it");
        let drawn = level.cell_ids.iter().map(AsRef::as_ref);
        let mut drawn = drawn.filter(|id| frontier.not_drawn.get(id).is_none()).peekable();
        assert_eq!(drawn.peek().copied(), Some(id.as_ref()), "the first of its level");
        drawn
    })
}

/// Every cell of the group stands in one list, and those that are not drawn for a reason that the
/// cell itself gives.
fn check_lists(scenario: &Scenario, cells: &BTreeMap<&str, &Cell>, frontier: &Frontier) {
    let drawn = frontier.points.iter().flat_map(|point| &point.cell_ids);
    let mut listed: Vec<&str> = drawn
        .chain(&frontier.without_axis)
        .map(AsRef::as_ref)
        .chain(beaten(scenario, frontier))
        .chain(frontier.not_drawn.0.iter().map(|(id, _)| id.as_ref()))
        .collect();
    listed.sort_unstable();
    let of_group = scenario.cell_ids.iter().map(AsRef::as_ref);
    let mut of_group: Vec<&str> =
        of_group.filter(|id| group(cells[id], frontier.scope) == frontier.group).collect();
    of_group.sort_unstable();
    assert_eq!(listed, of_group, "{} {:?}", scenario.id, frontier.group);
    for id in &of_group {
        let partial = cells[id].completion.success_rate.is_some_and(|rate| rate < 0.95);
        assert!(!partial || frontier.not_drawn.get(id).is_some(), "{id} is partial and drawn");
    }
}

/// Compares a frontier with the one that all pairs of levels give.
fn check(
    scenario: &Scenario,
    cells: &BTreeMap<&str, &Cell>,
    frontier: &Frontier,
    cutoff: Option<f64>,
) {
    let (all, without) = levels(scenario, cells, frontier);
    let told: BTreeSet<&str> = frontier.without_axis.iter().map(AsRef::as_ref).collect();
    assert_eq!(told, without);
    let levels: Vec<&Level<'_>> = all
        .iter()
        .filter(|level| cutoff.is_none_or(|cutoff| no_worse(frontier.x.better, level.xy.0, cutoff)))
        .collect();
    // Equals on both axes are one point.
    let mut best: Vec<Level<'_>> = Vec::new();
    let mut worse: Vec<&Level<'_>> = Vec::new();
    for level in &levels {
        if levels.iter().any(|other| beats(frontier, other.xy, level.xy)) {
            worse.push(level);
        } else if let Some(same) = best.iter_mut().find(|held| held.xy == level.xy) {
            same.cells.extend(&level.cells);
        } else {
            best.push((*level).clone());
        }
    }
    best.sort_by(|a, b| a.xy.0.total_cmp(&b.xy.0));
    let ids = |ids: &[Arc<str>]| ids.iter().cloned().collect::<BTreeSet<Arc<str>>>();
    let owned = |ids: &BTreeSet<&str>| ids.iter().map(|id| Arc::from(*id)).collect();
    let told: Vec<_> =
        frontier.points.iter().map(|point| (ids(&point.cell_ids), (point.x, point.y))).collect();
    let expected: Vec<(BTreeSet<Arc<str>>, _)> =
        best.iter().map(|level| (owned(&level.cells), level.xy)).collect();
    assert_eq!(told, expected, "{} {:?} {:?}", scenario.id, frontier.scope, frontier.group);
    let told: BTreeSet<&str> = beaten(scenario, frontier).collect();
    let expected: BTreeSet<&str> = worse.iter().flat_map(|level| &level.cells).copied().collect();
    assert_eq!(told, expected);
    for one in &frontier.dominated {
        let by = frontier.points.iter().find(|point| point.cell_ids.contains(&one.by));
        let by = by.expect("a point of the frontier");
        assert!(beats(frontier, (by.x, by.y), (one.x, one.y)));
        // Of those at least as good in x none is better in y.
        for other in &frontier.points {
            let reaches = no_worse(frontier.x.better, other.x, one.x);
            assert!(!reaches || no_worse(frontier.y.better, by.y, other.y));
        }
        assert_eq!(one.behind_x, Some(((one.x - by.x) / by.x).abs()).filter(|by| by.is_finite()));
    }
}

/// The area under the best point that is at least as good at each x, slab by slab.
fn check_area(frontier: &Frontier, range: Option<[f64; 2]>) {
    let Some([from, to]) = range.filter(|_| frontier.points.len() > 1) else {
        assert_eq!((frontier.area, frontier.area_range), (None, None));
        return;
    };
    assert_eq!(frontier.area_range, Some([from, to]));
    let mut edges: Vec<f64> = frontier.points.iter().map(|point| point.x).collect();
    edges.extend([from, to]);
    edges.retain(|x| (from..=to).contains(x));
    edges.sort_by(f64::total_cmp);
    let slab = |pair: &[f64]| {
        let middle = f64::midpoint(pair[0], pair[1]);
        let reach = frontier.points.iter().filter(|p| no_worse(frontier.x.better, p.x, middle));
        let best = reach
            .map(|point| point.y)
            .reduce(|a, b| if no_worse(frontier.y.better, a, b) { a } else { b });
        (pair[1] - pair[0]) * best.expect("the range is spanned")
    };
    let expected: f64 = edges.windows(2).map(slab).sum();
    let area = frontier.area.expect("an area");
    assert!((area - expected).abs() <= 1e-9 * expected.abs(), "{area} {expected}");
}

/// Every frontier of a report, and that none is missing.
fn check_report(report: &Report, cutoff_on: Option<(&str, f64)>) -> Compared {
    let cells: BTreeMap<&str, &Cell> =
        report.cells.iter().map(|cell| (cell.cell_id.as_str(), cell)).collect();
    let mut compared = Compared::default();
    for scenario in &report.cross_run.scenarios {
        let mut by_axes: BTreeMap<_, Vec<&Frontier>> = BTreeMap::new();
        for frontier in &scenario.frontiers {
            let axes = (&*frontier.x.metric, &*frontier.y.metric);
            by_axes.entry((axes, frontier.scope as u8)).or_default().push(frontier);
            let cutoff = cutoff_on.filter(|(x, _)| frontier.x.metric.ends_with(x));
            check_lists(scenario, &cells, frontier);
            check(scenario, &cells, frontier, cutoff.map(|(_, cutoff)| cutoff));
            compared.frontiers += 1;
            compared.points += frontier.points.len();
            compared.dominated += frontier.dominated.len();
        }
        for frontiers in by_axes.values() {
            let spans = frontiers
                .iter()
                .filter(|one| one.points.len() > 1)
                .map(|one| (one.points[0].x, one.points[one.points.len() - 1].x));
            let range = spans.reduce(|a, b| (a.0.max(b.0), a.1.min(b.1)));
            let range = range.filter(|(from, to)| from < to).map(|(from, to)| [from, to]);
            for frontier in frontiers {
                check_area(frontier, range);
            }
            check_groups(scenario, &cells, frontiers);
            check_statistic(scenario, &cells, frontiers[0]);
        }
    }
    compared
}

/// No group is missing that has a level with both axes that stands for the system.
fn check_groups(scenario: &Scenario, cells: &BTreeMap<&str, &Cell>, frontiers: &[&Frontier]) {
    let told: BTreeSet<_> = frontiers.iter().map(|one| one.group.clone()).collect();
    assert_eq!(told.len(), frontiers.len(), "each group once");
    let whole = scenario.frontiers.iter().find(|one| {
        one.scope == Scope::Scenario && one.x == frontiers[0].x && one.y == frontiers[0].y
    });
    let whole = whole.expect("the scenario has a frontier where a group has one");
    let drawn = whole.points.iter().flat_map(|point| &point.cell_ids);
    let drawn = drawn.chain(whole.dominated.iter().flat_map(|point| &point.cell_ids));
    let expected: BTreeSet<_> =
        drawn.map(|id| group(cells[id.as_ref()], frontiers[0].scope)).collect();
    assert_eq!(told, expected);
}

/// The median unless more levels have the mean, over all levels of the scenario.
fn check_statistic(scenario: &Scenario, cells: &BTreeMap<&str, &Cell>, frontier: &Frontier) {
    let whole = scenario.frontiers.iter().find(|one| one.scope == Scope::Scenario);
    let not_drawn = &whole.expect("there is one").not_drawn;
    for axis in [&frontier.x.metric, &frontier.y.metric] {
        let Some((stat, quantity)) = axis.split_once('_') else { continue };
        if !["p50", "mean"].contains(&stat) {
            continue;
        }
        let count = |stat: &str| {
            let name = format!("{stat}_{quantity}");
            let points = scenario.series.iter().flat_map(|series| &series.points);
            let has = |id: &Arc<str>| {
                let why = not_drawn.get(id);
                why.is_none_or(|why| why == "beyond the cutoff")
                    && value(cells[id.as_ref()], &name).is_some()
            };
            points.filter(|point| point.cell_ids.iter().any(has)).count()
        };
        assert_eq!(stat == "mean", count("mean") > count("p50"), "{axis} of {}", scenario.id);
    }
}

fn request(x: &str, y: &str, cutoff: Option<f64>) -> FrontierRequest {
    FrontierRequest {
        x: Some(x.parse().expect("an axis")),
        y: Some(y.parse().expect("an axis")),
        cutoff,
    }
}

fn compare(folder: &str) -> Option<Compared> {
    let path = sample(folder)?;
    let report = |frontiers: FrontierRequest| {
        let cost = Some(Prices::flat(2.5, "USD"));
        let options = Options { cost, frontiers, generated_at: Some(0), ..Options::default() };
        analyze(&path, &options).expect("a report").report
    };
    let mut all = check_report(&report(FrontierRequest::default()), None);
    let mut more = |frontiers, cutoff_on| {
        let next = check_report(&report(frontiers), cutoff_on);
        all.frontiers += next.frontiers;
        all.points += next.points;
        all.dominated += next.dominated;
    };
    let cutoff = FrontierRequest { cutoff: Some(30.0), ..FrontierRequest::default() };
    more(cutoff, Some(("_intvty", 30.0)));
    // Every combination of directions, tails, and a cutoff where less is better.
    more(request("p99_ttft", "tput_per_gpu", Some(1.0)), Some(("p99_ttft", 1.0)));
    more(request("p99_tpot", "p99_ttft", None), None);
    more(request("tput_per_user", "e2el", None), None);
    more(request("num_gpus:lower", "total_tput_tps", None), None);
    more(request("intvty", "cost_per_million_output_tokens", None), None);
    Some(all)
}

#[test]
fn frontiers_of_the_static_rows_are_those_of_a_brute_force() {
    if let Some(compared) = compare("inferencex") {
        assert!(compared.frontiers > 100 && compared.points > 1000, "{compared:?}");
        assert!(compared.dominated > 1000, "{compared:?}");
    }
}

#[test]
fn frontiers_of_the_agentic_rows_are_those_of_a_brute_force() {
    if let Some(compared) = compare("agentx") {
        assert!(compared.frontiers > 20 && compared.points > 50, "{compared:?}");
    }
}
