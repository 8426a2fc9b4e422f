//! The caches supply less of the prompts than one load level before, than the baseline, or than
//! the workload allows.

use inferguard_analysis::cache::{self, Retries};
use inferguard_analysis::level::value;
use inferguard_analysis::limit::reaches;
use inferguard_analysis::quantile;
use inferguard_analysis::scenario::{LoadAxis, Point};
use inferguard_analysis::step::{Step, steps};
use inferguard_model::number::{exact, percent};
use inferguard_model::{Cell, Metric, Quantity};
use inferguard_schema::Severity;
use serde_json::{Value, json};

use crate::baseline::{self, Baseline};
use crate::step_rule::{self, Broken, BrokenRun, Judgement, Place};
use crate::{Check, Context, FindingMeta, Outcome, Threshold};

/// The check.
pub(crate) struct PrefixCacheRegression;

const DROP: Threshold = Threshold {
    name: "drop",
    default: 0.10,
    unit: "0..1",
    about: "Share of prompt tokens, in points, by which the combined hit rate is below the previous load level or the baseline.",
};
const BELOW_THEORY: Threshold = Threshold {
    name: "below_theory",
    default: 0.20,
    unit: "0..1",
    about: "Points by which the combined hit rate is below that of an ideal cache on the same requests.",
};
const REACHES_THEORY: Threshold = Threshold {
    name: "reaches_theory",
    default: 0.02,
    unit: "0..1",
    about: "Points below an ideal cache up to which a level has lost nothing: a drop down to there is the workload's.",
};

const META: FindingMeta = FindingMeta {
    code: "prefix_cache_regression",
    summary: "The prefix caches supply less of the prompts than before, or than the workload allows.",
    severity: "warning; info when it rests on a suspect point",
    doc: include_str!("prefix_cache_regression.md"),
    since: "0.1.0",
    thresholds: &[DROP, BELOW_THEORY, REACHES_THEORY],
};

const NO_BASELINE_CELL: &str = "no comparable cell in the baseline";
const NO_BASELINE_RATE: &str = "the comparable cells of the baseline have no combined hit rate";

/// The combined hit rate.
const RATE: Metric = Metric::plain(Quantity::CombinedCacheHitRate);

/// What an ideal cache could supply, the preferred first.
const THEORIES: [Metric; 2] = [
    Metric::plain(Quantity::TheoreticalInfiniteCacheHitRate),
    Metric::plain(Quantity::TheoreticalCacheHitRate),
];

impl Check for PrefixCacheRegression {
    fn meta(&self) -> &FindingMeta {
        &META
    }

    fn run(&self, context: &Context<'_>) -> Vec<Outcome> {
        let rule = Rule {
            context,
            drop: context.limit(&META, &DROP),
            below_theory: context.limit(&META, &BELOW_THEORY),
            reaches_theory: context.limit(&META, &REACHES_THEORY),
        };
        let mut outcomes = step_rule::run(
            context,
            |step| rule.judge(step),
            |place, steps, runs| rule.below_theory(place, steps, runs),
        );
        for (scenario_at, scenario) in context.scenarios.scenarios.iter().enumerate() {
            for (series_at, series) in scenario.series.iter().enumerate() {
                let place = Place { context, scenario_at, series_at, series };
                let steps = steps(context.cells, series);
                if steps.sound.is_empty() && steps.suspect.is_empty() {
                    outcomes.extend(rule.below_theory(&place, &[], &mut []));
                }
                if let Some(baseline) = context.baseline {
                    outcomes.extend(rule.below_baseline(&place, baseline));
                }
            }
        }
        outcomes
    }
}

/// The limits in force.
struct Rule<'a> {
    context: &'a Context<'a>,
    drop: f64,
    below_theory: f64,
    reaches_theory: f64,
}

/// A level whose hit rate is too low.
struct Low<'p> {
    at: usize,
    point: &'p Point,
    rate: f64,
    expected: f64,
}

impl Rule<'_> {
    fn judge(&self, step: &Step<'_>) -> Judgement {
        let cells = self.context.cells;
        let rate = |point| value(cells, point, RATE).ok_or_else(|| why_not(cells, point));
        let (from, to) = match (rate(step.from), rate(step.to)) {
            (Ok(from), Ok(to)) => (from, to),
            (Err(why), _) | (_, Err(why)) => return Judgement::Unknown(why),
        };
        if !reaches(from - to, self.drop) {
            return Judgement::Sound;
        }
        let theory = theory(cells, step.to);
        if theory.is_some_and(|(_, theory)| reaches(self.reaches_theory, theory - to)) {
            return Judgement::Sound;
        }
        if contradicted(cells, step, self.drop) {
            return Judgement::Sound;
        }
        let retries = retries(cells, [step.from, step.to]);
        Judgement::Broken(Broken {
            severity: Severity::Warning,
            what: format!(
                "the combined cache hit rate falls {} → {}{}",
                percent(from),
                percent(to),
                in_words(retries)
            ),
            evidence: vec![
                ("metric", json!(RATE.name())),
                ("against", json!("previous level")),
                ("from", json!(from)),
                ("observed", json!(to)),
                ("drop", json!(from - to)),
                ("limit", json!({"drop": self.drop})),
                ("formulas", formulas(cells, [step.from, step.to])),
                ("retries", json!(retries.name())),
                ("theoretical", json!(theory.map(|(_, theory)| theory))),
            ],
        })
    }

    /// Levels in a row that are below an ideal cache. What overlaps with a drop is said there.
    fn below_theory(
        &self,
        place: &Place<'_>,
        steps: &[Step<'_>],
        runs: &mut [BrokenRun],
    ) -> Vec<Outcome> {
        let cells = self.context.cells;
        let low = |(at, point)| {
            let rate = value(cells, point, RATE)?;
            let (_, expected) = theory(cells, point)?;
            reaches(expected - rate, self.below_theory).then_some(Low { at, point, rate, expected })
        };
        let mut outcomes = Vec::new();
        for levels in in_a_row(place, low) {
            let Some((span, worst)) = span(place, &levels) else { continue };
            let told =
                format!("{} of an ideal cache's {}", percent(worst.rate), percent(worst.expected));
            // Sound levels between the first and the last are all low.
            let low = levels[0].at..=levels[levels.len() - 1].at;
            let overlapping = runs
                .iter_mut()
                .find(|run| run.steps.iter().any(|(at, _)| low.contains(&steps[*at].span.1)));
            if let Some(run) = overlapping {
                for (_, broken) in &mut run.steps {
                    broken.what = format!("{}; below theory {span}: {told}", broken.what);
                    broken.evidence.push(("below_theory_from_load", json!(levels[0].point.load)));
                    broken.evidence.push((
                        "below_theory_to_load",
                        json!(levels.last().map(|level| level.point.load)),
                    ));
                }
                continue;
            }
            let theory = theory(cells, worst.point).map(|(metric, _)| metric.name());
            outcomes.push(self.fired(
                place,
                &levels,
                &format!("{span}: the combined cache hit rate is {told}"),
                [
                    ("against", json!("theory")),
                    ("theory", json!(theory)),
                    ("limit", json!({"below_theory": self.below_theory})),
                ],
            ));
        }
        outcomes
    }

    /// Levels in a row that are below what the baseline measured.
    fn below_baseline(&self, place: &Place<'_>, baseline: &Baseline) -> Vec<Outcome> {
        let cells = self.context.cells;
        let mut outcomes = Vec::new();
        let mut lows = Vec::new();
        for (at, point) in place.series.points.iter().enumerate() {
            let Some(first) = point.cells.first() else { continue };
            let Some(rate) = value(cells, point, RATE) else {
                outcomes.push(Outcome::not_evaluated(*first, why_not(cells, point)));
                continue;
            };
            if point.is_suspect() {
                outcomes.push(Outcome::not_evaluated(*first, SUSPECT));
                continue;
            }
            let matches = baseline.matches(&cells[*first]);
            if matches.is_empty() {
                outcomes.push(Outcome::not_evaluated(*first, NO_BASELINE_CELL));
                continue;
            }
            match baseline::median(&matches, RATE) {
                None => outcomes.push(Outcome::not_evaluated(*first, NO_BASELINE_RATE)),
                Some(expected) if reaches(expected - rate, self.drop) => {
                    lows.push(Low { at, point, rate, expected });
                }
                Some(_) => outcomes.push(Outcome::clear(*first)),
            }
        }
        let low = |(at, _): (usize, &Point)| {
            let held = lows.binary_search_by_key(&at, |low| low.at).ok()?;
            Some(Low { ..lows[held] })
        };
        for levels in in_a_row(place, low) {
            let Some((span, worst)) = span(place, &levels) else { continue };
            let message = format!(
                "{span}: the combined cache hit rate is {}, {} in the baseline",
                percent(worst.rate),
                percent(worst.expected)
            );
            outcomes.push(self.fired(
                place,
                &levels,
                &message,
                [
                    ("against", json!("baseline")),
                    ("baseline", json!(baseline.label)),
                    ("limit", json!({"drop": self.drop})),
                ],
            ));
        }
        outcomes
    }

    fn fired(
        &self,
        place: &Place<'_>,
        levels: &[Low<'_>],
        message: &str,
        [against, with, limit]: [(&'static str, Value); 3],
    ) -> Outcome {
        let cells = self.context.cells;
        let members: Vec<usize> =
            levels.iter().flat_map(|level| level.point.cells.iter().copied()).collect();
        let worst = levels.iter().rev().max_by(|a, b| a.gap().total_cmp(&b.gap()));
        let ids: Vec<_> = members.iter().map(|cell| cells[*cell].id.as_ref()).collect();
        let artifacts: Value =
            members.iter().filter_map(|cell| self.context.result_path(&cells[*cell])).collect();
        let each: Vec<_> = levels
            .iter()
            .map(|low| json!({"load": low.point.load, "observed": low.rate, "expected": low.expected}))
            .collect();
        let points = || levels.iter().map(|level| level.point);
        let retries = retries(cells, points());
        Outcome::fired(
            members.first().copied(),
            Severity::Warning,
            format!("{message}{}", in_words(retries)),
            [
                ("series", json!(place.series.id)),
                ("load_axis", json!(place.series.axis.name())),
                ("from_load", json!(levels.first().map(|level| level.point.load))),
                ("to_load", json!(levels.last().map(|level| level.point.load))),
                ("to_cells", json!(ids)),
                ("metric", json!(RATE.name())),
                against,
                with,
                ("observed", json!(worst.map(|low| low.rate))),
                ("expected", json!(worst.map(|low| low.expected))),
                limit,
                ("levels", json!(each)),
                ("formulas", formulas(cells, points())),
                ("retries", json!(retries.name())),
                ("artifacts", artifacts),
            ],
        )
    }
}

const SUSPECT: &str = "the point is suspect: it is to be measured again before it is compared";

impl Low<'_> {
    fn gap(&self) -> f64 {
        self.expected - self.rate
    }
}

/// The low levels of a series, those in a row together; suspect points are set aside.
fn in_a_row<'p>(
    place: &Place<'p>,
    low: impl Fn((usize, &'p Point)) -> Option<Low<'p>>,
) -> Vec<Vec<Low<'p>>> {
    let points = place.series.points.iter().enumerate();
    let mut rows: Vec<Vec<Low<'p>>> = Vec::new();
    let mut goes_on = false;
    for (at, point) in points.filter(|(_, point)| !point.cells.is_empty() && !point.is_suspect()) {
        match (low((at, point)), rows.last_mut()) {
            (None, _) => goes_on = false,
            (Some(low), Some(row)) if goes_on => row.push(low),
            (Some(low), _) => {
                rows.push(vec![low]);
                goes_on = true;
            }
        }
    }
    rows
}

/// `at 16 users`, `from 16 to 64 users`, and the level with the largest gap.
fn span<'l, 'p>(place: &Place<'_>, levels: &'l [Low<'p>]) -> Option<(String, &'l Low<'p>)> {
    let (first, last) = (levels.first()?, levels.last()?);
    let worst = levels.iter().rev().max_by(|a, b| a.gap().total_cmp(&b.gap()))?;
    let mut text = if levels.len() == 1 {
        at_load(place, first.point.load)
    } else {
        place.span(first.point.load, last.point.load)
    };
    if levels.len() > 1 {
        text = format!("{text}, worst {}", at_load(place, worst.point.load));
    }
    Some((text, worst))
}

fn at_load(place: &Place<'_>, load: f64) -> String {
    let what = match place.series.axis {
        LoadAxis::Concurrency => "users",
        LoadAxis::RequestRate => "req/s",
    };
    format!("at {} {what}", exact(load))
}

fn theory(cells: &[Cell], point: &Point) -> Option<(Metric, f64)> {
    THEORIES.into_iter().find_map(|metric| Some((metric, value(cells, point, metric)?)))
}

/// Whether the hits ÷ queries of both levels do not fall as far. Retries at the higher level make
/// that rate fall further, so that it contradicts for certain; retries at the lower one make it
/// useless.
fn contradicted(cells: &[Cell], step: &Step<'_>, drop: f64) -> bool {
    let by_lookups = |point: &Point, may_retry: bool| {
        let all: Option<Vec<_>> =
            point.cells.iter().map(|cell| cache::by_lookups(&cells[*cell])).collect();
        let all = all?;
        let usable = may_retry || all.iter().all(|found| found.retries == Retries::Not);
        let mut rates: Vec<f64> = all.iter().map(|found| found.rate).collect();
        quantile::median(&mut rates).filter(|_| usable)
    };
    let rates = by_lookups(step.from, false).zip(by_lookups(step.to, true));
    rates.is_some_and(|(from, to)| !reaches(from - to, drop))
}

fn why_not(cells: &[Cell], point: &Point) -> &'static str {
    let why = point.cells.iter().find_map(|cell| cache::combined(&cells[*cell]).err());
    why.unwrap_or("no cache hit rate is known")
}

/// The worst that is known of the lookups behind the rates.
fn retries<'p>(cells: &[Cell], points: impl IntoIterator<Item = &'p Point>) -> Retries {
    let of = |cell: &usize| cache::combined(&cells[*cell]).ok().map(|found| found.retries);
    let all: Vec<_> = points.into_iter().flat_map(|point| &point.cells).filter_map(of).collect();
    [Retries::Counted, Retries::Unknown]
        .into_iter()
        .find(|retries| all.contains(retries))
        .unwrap_or(Retries::Not)
}

fn in_words(retries: Retries) -> &'static str {
    match retries {
        Retries::Counted => "; queue-biased: lookups of waiting requests are counted again",
        Retries::Unknown => "; lookups of waiting requests may be counted again",
        Retries::Not => "",
    }
}

fn formulas<'p>(cells: &[Cell], points: impl IntoIterator<Item = &'p Point>) -> Value {
    let mut names = Vec::new();
    for cell in points.into_iter().flat_map(|point| &point.cells) {
        if let Ok(found) = cache::combined(&cells[*cell])
            && !names.contains(&found.formula.name())
        {
            names.push(found.formula.name());
        }
    }
    json!(names)
}
