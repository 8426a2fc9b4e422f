//! `inferguard pareto`.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;
use std::sync::Arc;

use inferguard::render::escape::visible;
use inferguard::render::number::{counted, exact, measure};
use inferguard::render::terminal::wrap;
use inferguard::schema::{
    Axis, CrossRun, Direction, ExitCode, Frontier, Scenario, Scope, Series, SloBest,
};
use inferguard::{Best, BestOfScenario, BestRequest, Filter, Options, pareto};

use crate::args::{FrontierArgs, ParetoArgs, ScopeArg};
use crate::progress::Bar;
use crate::{page, terminal};

pub(crate) fn run(args: &ParetoArgs, quiet: bool) -> anyhow::Result<ExitCode> {
    let bar = Bar::new(quiet);
    let roots: Vec<_> = args.paths.iter().map(AsRef::as_ref).collect();
    let options = Options {
        frontiers: args.frontiers.request(),
        best: args.best.map(|axis| BestRequest { axis, n: args.top }),
        progress: Some(&bar),
        ..args.input.options(&roots, quiet)?
    };
    let filter = args.frontiers.cells.filter();
    let compared = pareto(&args.paths, &options, &filter);
    bar.finish();
    let compared = compared?;
    let mut cross_run = compared.cross_run;
    if !quiet {
        tell_taken(&filter, compared.cells_taken, compared.cells_read);
    }
    if let Some(best) = compared.best {
        return show_best(best, args);
    }
    let numbers = choose(&mut cross_run, args.frontiers.scenario.as_deref())?;
    if args.json {
        let mut text = serde_json::to_string_pretty(&cross_run)?;
        text.push('\n');
        crate::print(text.as_bytes())?;
        return Ok(ExitCode::Clean);
    }
    let screen = Screen {
        width: terminal::width(),
        color: terminal::color(),
        by: args.by,
        points: args.points,
    };
    crate::print(screen.show(&cross_run, &numbers, args).as_bytes())?;
    Ok(ExitCode::Clean)
}

/// Says how many cells a filter takes; nothing where there is none.
pub(super) fn tell_taken(filter: &Filter, taken: usize, read: usize) {
    if !filter.is_empty() {
        let taken = counted(taken, "cell", "cells");
        terminal::complain(&format!("--where takes {taken} of {read}"));
    }
}

/// The best cells of each scenario, or of the one that was asked for.
fn show_best(best: Best, args: &ParetoArgs) -> anyhow::Result<ExitCode> {
    let mut scenarios = best.scenarios;
    if let Some(wanted) = &args.frontiers.scenario {
        let ids: Vec<&str> = scenarios.iter().map(|one| one.scenario.as_str()).collect();
        let at = find(&ids, wanted)?;
        scenarios = vec![scenarios.swap_remove(at)];
    }
    let text = if args.json {
        let all: Vec<_> = scenarios.iter().map(best_as_json).collect();
        let mut text = serde_json::to_string_pretty(&all)?;
        text.push('\n');
        text
    } else {
        let tables: Vec<_> = scenarios.iter().map(best_table).collect();
        tables.join("\n")
    };
    crate::print(text.as_bytes())?;
    Ok(ExitCode::Clean)
}

fn best_as_json(one: &BestOfScenario) -> serde_json::Value {
    let cells: Vec<_> = one
        .cells
        .iter()
        .map(|cell| {
            serde_json::json!({
                "cell_id": cell.cell_id,
                "value": cell.value,
                "series": cell.series,
                "load": cell.load,
                "load_axis": cell.load_axis.name(),
            })
        })
        .collect();
    serde_json::json!({
        "scenario": one.scenario,
        "metric": one.metric,
        "unit": one.unit,
        "cells": cells,
        "without_metric": one.without_metric,
        "not_drawn": one.not_drawn,
    })
}

fn best_table(one: &BestOfScenario) -> String {
    let mut text = page::heading(&visible(&one.scenario), terminal::color());
    let head = ["CONFIGURATION", "LOAD", &one.metric, "CELL"];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    rows.extend(one.cells.iter().map(|cell| {
        vec![
            visible(&cell.label).into_owned(),
            exact(cell.load),
            measure(cell.value),
            visible(&cell.cell_id).into_owned(),
        ]
    }));
    text += &page::indented(&page::numbers(rows, &[1, 2], terminal::width() - 2));
    let (lacking, apart) = (one.without_metric, one.not_drawn);
    let _ = writeln!(
        text,
        "  in {}; {lacking} without the metric, {apart} not ranked (failed, partial, short or suspect)",
        visible(&one.unit)
    );
    text
}

/// Where the scenario is that a number or an id asks for.
fn find(ids: &[&str], wanted: &str) -> anyhow::Result<usize> {
    let by_number = || wanted.parse::<usize>().ok().filter(|n| (1..=ids.len()).contains(n));
    let by_id = ids.iter().position(|id| *id == wanted);
    by_id.or_else(|| by_number().map(|n| n - 1)).ok_or_else(|| {
        let known: Vec<_> = ids.iter().map(|id| visible(id)).collect();
        anyhow::anyhow!(
            "there is no scenario `{}`; the scenarios are {}",
            visible(wanted),
            known.join(", ")
        )
    })
}

/// Keeps the scenario that was asked for, and returns the numbers of those that are left.
pub(super) fn choose(cross_run: &mut CrossRun, wanted: Option<&str>) -> anyhow::Result<Vec<usize>> {
    let scenarios = &mut cross_run.scenarios;
    let Some(wanted) = wanted else { return Ok((1..=scenarios.len()).collect()) };
    let ids: Vec<&str> = scenarios.iter().map(|scenario| scenario.id.as_str()).collect();
    let at = find(&ids, wanted)?;
    let kept = scenarios.swap_remove(at);
    *scenarios = vec![kept];
    Ok(vec![at + 1])
}

struct Screen {
    width: usize,
    color: bool,
    by: ScopeArg,
    /// Whether all points are listed behind each frontier.
    points: bool,
}

impl Screen {
    fn show(&self, cross_run: &CrossRun, numbers: &[usize], args: &ParetoArgs) -> String {
        let mut text = self.list(&cross_run.scenarios, numbers);
        for (scenario, number) in cross_run.scenarios.iter().zip(numbers) {
            text.push('\n');
            text += &page::heading(&format!("{number}. {}", visible(&scenario.id)), self.color);
            text += &self.frontiers(scenario, &args.frontiers);
            if !scenario.slo_best.is_empty() {
                text += &self.winners(scenario);
            }
            if args.frontiers.scenario.is_some() {
                text += &self.knees(scenario);
            }
        }
        text + &self.unplaced(cross_run)
    }

    /// How many cells are in no series, by the reason.
    fn unplaced(&self, cross_run: &CrossRun) -> String {
        let mut reasons: BTreeMap<&str, usize> = BTreeMap::new();
        for (_, why) in &cross_run.unplaced.0 {
            *reasons.entry(why).or_default() += 1;
        }
        let mut text = String::new();
        for (why, n) in reasons {
            let cells = counted(n, "cell is", "cells are");
            let line = format!("{cells} in no series: {} (--json names them)", visible(why));
            let _ = write!(text, "\n{}\n", wrap(&line, self.width).join("\n"));
        }
        text
    }

    fn list(&self, scenarios: &[Scenario], numbers: &[usize]) -> String {
        let head = ["#", "SCENARIO", "SERIES", "CELLS", "BREAKING POINTS"];
        let mut rows = vec![head.map(str::to_owned).to_vec()];
        rows.extend(scenarios.iter().zip(numbers).map(|(scenario, number)| {
            vec![
                number.to_string(),
                visible(&scenario.id).into_owned(),
                scenario.series.len().to_string(),
                scenario.cell_ids.len().to_string(),
                scenario.breaking_points.len().to_string(),
            ]
        }));
        self.table(rows, &[0, 2, 3, 4])
    }

    /// The frontiers of the scope that was asked for: of every pair of axes, or of the first.
    fn frontiers(&self, scenario: &Scenario, args: &FrontierArgs) -> String {
        // One scenario has room for every pair of axes that is drawn.
        let all = args.scenario.is_some() || args.x.is_some() || args.y.is_some();
        let scope = match self.by {
            ScopeArg::Scenario => Scope::Scenario,
            ScopeArg::Hardware => Scope::Hardware,
            ScopeArg::System => Scope::System,
        };
        let mut of_scope = scenario.frontiers.iter().filter(|one| one.scope == scope).peekable();
        let Some(first) = of_scope.peek().copied() else {
            let asked = [&args.x, &args.y].map(|axis| axis.as_ref().map(ToString::to_string));
            let mut asked = asked.iter().flatten();
            // Unasked, throughput of all GPUs stands in for that per GPU.
            let hint = if asked.any(|axis| axis.contains("per_gpu")) {
                "; values per GPU need a GPU count: --gpus N"
            } else {
                ""
            };
            return format!("  no point has a value on both axes{hint}\n");
        };
        let places = places(scenario);
        let same = |one: &&Frontier| all || (one.x == first.x && one.y == first.y);
        let shown = |frontier: &Frontier| {
            let mut text = self.frontier(frontier, &places);
            if self.points {
                text += &self.points(scenario, frontier);
            }
            text
        };
        let is_stand_in = args.y.is_none() && first.y.metric == "total_tput_tps";
        let mut text: String = of_scope.filter(same).map(shown).collect();
        if is_stand_in {
            text.truncate(text.trim_end().len());
            text += "\n  no GPU count is known: throughput is that of all GPUs, and systems of \
                     different sizes are not on one scale; --gpus N states the count\n\n";
        }
        text
    }

    fn frontier(&self, frontier: &Frontier, places: &Places<'_>) -> String {
        let group = frontier.group.as_ref().map_or(String::new(), |name| format!("{name}: "));
        let mut text =
            format!("  {}{} against {}\n", visible(&group), axis(&frontier.y), axis(&frontier.x));
        let head = ["CONFIGURATION", "LOAD", &frontier.x.metric, &frontier.y.metric];
        let mut rows = vec![head.map(str::to_owned).to_vec()];
        rows.extend(frontier.points.iter().map(|point| {
            let (series, load) = place(places, &point.cell_ids);
            vec![series, load, measure(point.x), measure(point.y)]
        }));
        text += &self.table(rows, &[1, 2, 3]);
        let mut facts = vec![
            counted(frontier.points.len(), "point", "points"),
            format!("{} dominated", frontier.dominated.len()),
        ];
        if !frontier.not_drawn.0.is_empty() {
            facts.push(format!("{} not drawn", frontier.not_drawn.0.len()));
        }
        if !frontier.without_axis.is_empty() {
            facts.push(format!("{} without a value", frontier.without_axis.len()));
        }
        if let (Some(area), Some([from, to])) = (frontier.area, frontier.area_range) {
            facts.push(format!("area {} over {} to {}", measure(area), measure(from), measure(to)));
        }
        let _ = write!(text, "  {}\n\n", facts.join(", "));
        text
    }

    /// Every point of the frontier's systems, by configuration and load.
    fn points(&self, scenario: &Scenario, frontier: &Frontier) -> String {
        let on =
            frontier.points.iter().map(|point| (&point.cell_ids, point.x, point.y, "frontier"));
        let off = frontier.dominated.iter().map(|point| (&point.cell_ids, point.x, point.y, ""));
        let drawn: HashMap<&str, (f64, f64, &str)> = on
            .chain(off)
            .flat_map(|(cells, x, y, mark)| cells.iter().map(move |cell| (&**cell, (x, y, mark))))
            .collect();
        let head = ["CONFIGURATION", "LOAD", &frontier.x.metric, &frontier.y.metric, ""];
        let mut rows = vec![head.map(str::to_owned).to_vec()];
        for series in &scenario.series {
            rows.extend(series.points.iter().filter_map(|point| {
                let (x, y, mark) = point.cell_ids.iter().find_map(|cell| drawn.get(&**cell))?;
                let load = point.load.map_or("-".to_owned(), exact);
                Some(vec![
                    short(scenario, series),
                    load,
                    measure(*x),
                    measure(*y),
                    (*mark).to_owned(),
                ])
            }));
        }
        format!("  all points\n{}\n", self.table(rows, &[1, 2, 3]))
    }

    fn winners(&self, scenario: &Scenario) -> String {
        let mut text = String::new();
        let mut slos: Vec<&str> = scenario.slo_best.iter().map(|one| one.slo.as_str()).collect();
        slos.dedup();
        for slo in slos {
            let of_slo: Vec<&SloBest> =
                scenario.slo_best.iter().filter(|one| one.slo == slo).collect();
            let _ = writeln!(text, "  best measured points that meet {}", visible(slo));
            let mut met: Vec<_> =
                of_slo.iter().filter_map(|one| Some((one, one.best.as_ref()?))).collect();
            met.sort_by(|a, b| b.1.value.total_cmp(&a.1.value));
            let head = ["CONFIGURATION", "LOAD", "METRIC", "VALUE"];
            let mut rows = vec![head.map(str::to_owned).to_vec()];
            rows.extend(met.iter().map(|(one, best)| {
                vec![
                    short_of(scenario, &one.series),
                    exact(best.load),
                    one.metric.clone().unwrap_or_default(),
                    measure(best.value),
                ]
            }));
            text += &if met.is_empty() { "  none\n".to_owned() } else { self.table(rows, &[1, 3]) };
            let missed = of_slo.len() - met.len();
            if missed > 0 {
                let _ = writeln!(text, "  {} without one:", counted(missed, "series", "series"));
                for one in of_slo.iter().filter(|one| one.best.is_none()) {
                    let reason = one.reason.as_deref().unwrap_or("no reason given");
                    let line = format!("{}: {}", short_of(scenario, &one.series), visible(reason));
                    text += &page::indented(&wrap(&line, self.width - 2));
                }
            }
            text.push('\n');
        }
        text
    }

    fn knees(&self, scenario: &Scenario) -> String {
        let head = ["CONFIGURATION", "KNEE", "PEAK", "COLLAPSE", "READING"];
        let mut rows = vec![head.map(str::to_owned).to_vec()];
        rows.extend(scenario.series.iter().filter_map(|series| {
            let knee = series.knee.as_ref()?;
            let reached = if knee.reached { "" } else { "+" };
            Some(vec![
                short(scenario, series),
                format!("{}{reached}", exact(knee.knee.load)),
                exact(knee.peak.load),
                knee.collapse.as_ref().map_or("-".to_owned(), |level| exact(level.load)),
                visible(&knee.reading).into_owned(),
            ])
        }));
        if rows.len() == 1 {
            return "  no series has two levels\n".to_owned();
        }
        format!(
            "  knees: lowest load with 90 % of the highest throughput; + not reached\n{}",
            self.table(rows, &[1, 2, 3])
        )
    }

    fn table(&self, rows: Vec<Vec<String>>, numeric: &[usize]) -> String {
        page::indented(&page::numbers(rows, numeric, self.width - 2))
    }
}

/// Name and load of the series of each cell.
type Places<'a> = HashMap<&'a str, (String, f64)>;

fn places(scenario: &Scenario) -> Places<'_> {
    let points = scenario.series.iter().flat_map(|s| s.points.iter().map(move |p| (s, p)));
    let cells = points.flat_map(|(series, point)| {
        let place = (short(scenario, series), point.load.unwrap_or(f64::NAN));
        point.cell_ids.iter().map(move |cell| (cell.as_ref(), place.clone()))
    });
    cells.collect()
}

/// The configuration and load of a point; how many others are equal to it.
fn place(places: &Places<'_>, cells: &[Arc<str>]) -> (String, String) {
    let mut at: Vec<_> = cells.iter().filter_map(|cell| places.get(cell.as_ref())).collect();
    at.dedup();
    match at[..] {
        [] => ("-".to_owned(), "-".to_owned()),
        [(series, load)] => (series.clone(), exact(*load)),
        [(series, load), ..] => (format!("{series} and {} equal", at.len() - 1), exact(*load)),
    }
}

/// The configuration of a series, with its run and number where these tell it from others.
fn short(scenario: &Scenario, series: &Series) -> String {
    let mut name = series.configuration.label.clone();
    let same = |other: &&Series| other.configuration.label == name;
    if scenario.series.iter().filter(same).any(|other| other.run != series.run) {
        name = format!("{name} @{}", series.run);
    }
    // Series that differ in image or recipe only are numbered in their ids.
    let number = series.id.rsplit_once('~').map(|(_, number)| number);
    if let Some(number) = number.filter(|n| n.bytes().all(|b| b.is_ascii_digit())) {
        name = format!("{name} ~{number}");
    }
    visible(&name).into_owned()
}

fn short_of(scenario: &Scenario, id: &str) -> String {
    let series = scenario.series.iter().find(|series| series.id == id);
    series.map_or_else(|| visible(id).into_owned(), |series| short(scenario, series))
}

fn axis(axis: &Axis) -> String {
    let better = match axis.better {
        Direction::Higher => "↑",
        Direction::Lower => "↓",
    };
    format!("{} {better} ({})", axis.metric, visible(&axis.unit))
}
