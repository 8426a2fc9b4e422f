//! What the rules on steps between load levels share: which steps they look at, and how broken
//! steps in a row become one finding.

use std::fmt::Write as _;

use inferguard_analysis::scenario::Series;
use inferguard_analysis::step::{Step, steps};
use inferguard_model::number::exact;
use inferguard_schema::Severity;
use serde_json::{Value, json};

use crate::check::BrokenSteps;
use crate::{Context, Fired, Outcome, Verdict};

/// What a rule says of one step.
pub(crate) enum Judgement {
    /// The rule holds.
    Broken(Broken),
    /// The rule was looked at and does not hold.
    Sound,
    /// The rule could not be looked at.
    Unknown(&'static str),
}

/// A broken step.
pub(crate) struct Broken {
    pub(crate) severity: Severity,
    /// What was seen, with its numbers.
    pub(crate) what: String,
    /// Observed values and limits.
    pub(crate) evidence: Vec<(&'static str, Value)>,
}

/// What the message of a step into or out of a suspect point ends with.
pub(crate) const RESTS_ON_SUSPECT: &str = "; rests on a suspect point: repeat it";

/// Why a series has no step.
pub(crate) const ONE_LEVEL: &str = "only one load level was measured";
/// Why a cell is in no step.
const NO_SERIES: &str = "the cell is in no series of load levels";
/// Why a gain is not known.
pub(crate) const NO_THROUGHPUT: &str = "throughput is not known at both levels";

/// A series that a rule looks at.
pub(crate) struct Place<'a> {
    pub(crate) context: &'a Context<'a>,
    pub(crate) scenario_at: usize,
    pub(crate) series_at: usize,
    pub(crate) series: &'a Series,
}

/// Runs a rule over the steps of every series.
///
/// Steps between sound points come first; a step into or out of a suspect point is told only when
/// no other finding is about the same level, as information: the point is to be measured again.
/// `settle` sees each series' broken runs before they are told.
pub(crate) fn run(
    context: &Context<'_>,
    judge: impl Fn(&Step<'_>) -> Judgement,
    settle: impl Fn(&Place<'_>, &[Step<'_>], &mut [BrokenRun]) -> Vec<Outcome>,
) -> Vec<Outcome> {
    let mut outcomes = Vec::new();
    let mut looked_at = vec![false; context.cells.len()];
    for (scenario_at, scenario) in context.scenarios.scenarios.iter().enumerate() {
        for (series_at, series) in scenario.series.iter().enumerate() {
            let place = Place { context, scenario_at, series_at, series };
            for cell in series.points.iter().flat_map(|p| p.cells.iter().chain(&p.left_out)) {
                looked_at[*cell] = true;
            }
            place.look(&judge, &settle, &mut outcomes);
        }
    }
    let apart = looked_at.iter().enumerate().filter(|(_, looked_at)| !**looked_at);
    outcomes.extend(apart.map(|(cell, _)| Outcome::not_evaluated(cell, NO_SERIES)));
    outcomes
}

/// Broken steps in a row.
pub(crate) struct BrokenRun {
    /// Each step by its place in the list of steps, and what the rule says.
    pub(crate) steps: Vec<(usize, Broken)>,
    /// What is said before the numbers.
    pub(crate) prefix: &'static str,
}

impl BrokenRun {
    pub(crate) fn worst(&self) -> Severity {
        self.steps.iter().map(|(_, broken)| broken.severity).max().unwrap_or(Severity::Info)
    }

    /// Raises every step to at least the severity.
    pub(crate) fn raise(&mut self, severity: Severity) {
        for (_, broken) in &mut self.steps {
            broken.severity = broken.severity.max(severity);
        }
    }
}

impl Place<'_> {
    fn look(
        &self,
        judge: &impl Fn(&Step<'_>) -> Judgement,
        settle: &impl Fn(&Place<'_>, &[Step<'_>], &mut [BrokenRun]) -> Vec<Outcome>,
        outcomes: &mut Vec<Outcome>,
    ) {
        let all = steps(self.context.cells, self.series);
        if all.sound.is_empty() && all.suspect.is_empty() {
            let cells = self.series.points.iter().flat_map(|point| &point.cells);
            outcomes.extend(cells.map(|cell| Outcome::not_evaluated(*cell, ONE_LEVEL)));
            return;
        }
        let mut runs: Vec<BrokenRun> = Vec::new();
        let mut last_broken = None;
        let mut told = Vec::new();
        for (at, step) in all.sound.iter().enumerate() {
            match judge(step) {
                Judgement::Broken(broken) => {
                    told.push(step.span.1);
                    match runs.last_mut() {
                        Some(run) if last_broken == at.checked_sub(1) => {
                            run.steps.push((at, broken));
                        }
                        _ => runs.push(BrokenRun { steps: vec![(at, broken)], prefix: "" }),
                    }
                    last_broken = Some(at);
                }
                Judgement::Sound => outcomes.extend(step.cell().map(Outcome::clear)),
                Judgement::Unknown(why) => {
                    outcomes.extend(step.cell().map(|cell| Outcome::not_evaluated(cell, why)));
                }
            }
        }
        outcomes.extend(settle(self, &all.sound, &mut runs));
        outcomes.extend(runs.iter().map(|run| self.tell(run, &all.sound, false)));
        for (at, step) in all.suspect.iter().enumerate() {
            if told.contains(&step.span.1) {
                continue;
            }
            if let Judgement::Broken(mut broken) = judge(step) {
                broken.severity = Severity::Info;
                let run = BrokenRun { steps: vec![(at, broken)], prefix: "" };
                outcomes.push(self.tell(&run, &all.suspect, true));
            }
        }
    }

    fn tell(&self, run: &BrokenRun, steps: &[Step<'_>], rests_on_suspect: bool) -> Outcome {
        let (Some(first), Some(last)) = (run.steps.first(), run.steps.last()) else {
            return Outcome { cell: None, verdict: Verdict::Clear };
        };
        let (first, last) = (&steps[first.0], &steps[last.0]);
        let severity = run.worst();
        // Of equally severe steps the one where throughput does worst; of those the first.
        let gain = |at: usize| steps[at].gain_per_doubling().unwrap_or(f64::INFINITY);
        let worst = run.steps.iter().rev().max_by(|(a, x), (b, y)| {
            x.severity.cmp(&y.severity).then(gain(*b).total_cmp(&gain(*a)))
        });
        let (worst_at, worst) = worst.map_or((first, &run.steps[0].1), |(at, b)| (&steps[*at], b));
        let span = self.span(first.from.load, last.to.load);
        let mut message = format!("{}{span}", run.prefix);
        if run.steps.len() > 1 {
            let where_ = self.span(worst_at.from.load, worst_at.to.load);
            let _ = write!(message, ", {} steps in a row, worst {where_}", run.steps.len());
        }
        let _ = write!(message, ": {}", worst.what);
        if rests_on_suspect {
            message += RESTS_ON_SUSPECT;
        }
        let ids = |cells: &[usize]| -> Vec<&str> {
            cells.iter().map(|cell| self.context.cells[*cell].id.as_ref()).collect()
        };
        let beyond: Vec<usize> =
            run.steps.iter().flat_map(|(at, _)| steps[*at].to.cells.iter().copied()).collect();
        let mut evidence = vec![
            ("series".into(), json!(self.series.id)),
            ("load_axis".into(), json!(self.series.axis.name())),
            ("from_load".into(), json!(first.from.load)),
            ("to_load".into(), json!(last.to.load)),
            ("from_cells".into(), json!(ids(&first.from.cells))),
            ("to_cells".into(), json!(ids(&beyond))),
            ("gain_per_doubling".into(), json!(worst_at.gain_per_doubling())),
            ("throughput_ratio".into(), json!(worst_at.throughput_ratio())),
        ];
        evidence.extend(worst.evidence.iter().map(|(key, value)| ((*key).into(), value.clone())));
        if run.steps.len() > 1 {
            let steps: Vec<Value> = run
                .steps
                .iter()
                .map(|(at, broken)| {
                    let mut step = json!({
                        "from_load": steps[*at].from.load,
                        "to_load": steps[*at].to.load,
                        "severity": broken.severity.name(),
                        "gain_per_doubling": steps[*at].gain_per_doubling(),
                    });
                    for (key, value) in &broken.evidence {
                        step[*key] = value.clone();
                    }
                    step
                })
                .collect();
            evidence.push(("steps".into(), json!(steps)));
        }
        evidence.push(("rests_on_suspect_point".into(), json!(rests_on_suspect)));
        let cells = first.from.cells.iter().chain(&beyond);
        evidence.push(("artifacts".into(), self.artifacts(cells)));
        let fired = Fired {
            severity,
            message,
            evidence,
            steps: Some(BrokenSteps {
                scenario: self.scenario_at,
                series: self.series_at,
                from: first.span.0,
                to: last.span.1,
                first_beyond: first.span.1,
                rests_on_suspect,
            }),
        };
        Outcome { cell: last.cell(), verdict: Verdict::Fired(Box::new(fired)) }
    }

    /// `from 16 to 64 users`.
    pub(crate) fn span(&self, from: f64, to: f64) -> String {
        format!("from {} to {} {}", exact(from), exact(to), self.series.axis.unit())
    }

    fn artifacts<'c>(&self, cells: impl Iterator<Item = &'c usize>) -> Value {
        cells.filter_map(|cell| self.context.result_path(&self.context.cells[*cell])).collect()
    }
}
