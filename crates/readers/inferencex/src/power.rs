//! `power_validation*.json`: whether the power measurement of a result holds, and its metrics.

use inferguard_model::{
    ArtifactRef, Attach, Evidence, Fragment, FragmentKind, MetricSet, Origin, Place, Problem,
    ProblemCode, Role, SourceFormat,
};
use inferguard_source::coerce;
use inferguard_source::json::{self, Container, Enter, JsonScalar, Pointer, Sink};
use inferguard_source::{Content, Reading, Refusal, shorten};

use crate::keys;

/// Reads the validation; its metrics fill only what the row lacks.
pub(crate) fn validation(file: u32, content: &mut Content) -> Result<Reading, Refusal> {
    let (text, encoding) = content.text()?;
    let (mut sink, problems) = json::read(&text, Validation::default)?;
    if sink.valid == Some(false) {
        // What was measured all the same is not to be used.
        sink.evidence.metrics = MetricSet::default();
        let reasons =
            if sink.reasons.is_empty() { "no reason".into() } else { sink.reasons.join(", ") };
        let told = format!("the power measurement is invalid: {reasons}");
        sink.evidence.problem(Problem::warning(ProblemCode::LeftOut, "power_valid", told));
    }
    if let [Some(start), Some(end)] = sink.window
        && start <= end
    {
        sink.evidence.window_ns = Some((start, end));
    }
    sink.evidence.problems.extend(encoding.into_iter().chain(problems).map(|p| (0, p)));
    Ok(Reading::of(vec![Fragment {
        kind: FragmentKind::Attachment { attach: Attach::Nearest, alone: false },
        format: SourceFormat::Unknown,
        artifact: ArtifactRef { role: Role::POWER_VALIDATION_JSON, file, base: "".into() },
        cell_id: None,
        folder_is_cell: false,
        // The row's copies are rounded to three decimals for watts and joules.
        rounding: 0.5e-3,
        evidence: Box::new(sink.evidence),
        table: None,
    }]))
}

#[derive(Default)]
struct Validation {
    valid: Option<bool>,
    reasons: Vec<String>,
    /// Start and end of the load.
    window: [Option<i64>; 2],
    evidence: Evidence,
}

impl Sink for Validation {
    fn scalar(&mut self, at: &Pointer, value: JsonScalar<'_>) {
        let mut problems = Vec::new();
        match at.as_str() {
            "/power_valid" => self.valid = coerce::boolean(value, "power_valid", &mut problems),
            "/reasons" | "/failures" => {
                self.reasons.extend(coerce::text(value).map(|text| shorten(&text)));
            }
            "/benchmark_window/start_time_unix" => self.window[0] = epoch(value),
            "/benchmark_window/end_time_unix" => self.window[1] = epoch(value),
            path if path.starts_with("/metrics/") => {
                let number = coerce::number(value, path, &mut problems);
                if let (Some((known, _)), Some(number)) = (keys::known(at.last()), number) {
                    let place = Place::Path(path.trim_start_matches('/').into());
                    let origin = Origin { artifact: 0, place };
                    self.evidence.metrics.set(known.metric, known.value(number), origin);
                }
            }
            _ => {}
        }
        for problem in problems {
            self.evidence.problem(problem);
        }
    }

    fn enter(&mut self, at: &Pointer, container: Container) -> Enter {
        match (at.as_str(), container) {
            ("" | "/metrics" | "/benchmark_window", Container::Object) => Enter::Walk,
            ("/reasons" | "/failures", Container::Array) => Enter::Elements,
            _ => Enter::Skip,
        }
    }
}

fn epoch(value: JsonScalar<'_>) -> Option<i64> {
    coerce::number(value, "", &mut Vec::new()).and_then(coerce::epoch_ns)
}
