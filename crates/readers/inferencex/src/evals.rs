//! Accuracy results of lm-evaluation-harness and the files beside them.

use std::collections::BTreeMap;

use inferguard_model::names;
use inferguard_model::{
    ArtifactRef, Attach, EvalScore, Evidence, Fragment, FragmentKind, Problem, ProblemCode, Role,
    SourceFormat,
};
use inferguard_source::coerce;
use inferguard_source::json::{self, Container, Enter, JsonScalar, Pointer, Sink};
use inferguard_source::{Content, Entry, Reading, Refusal};

use crate::file_names::FileNames;
use crate::name::NameFacts;
use crate::told;

fn attachment(role: Role, file: u32, alone: bool, evidence: Evidence) -> Fragment {
    Fragment {
        kind: FragmentKind::Attachment { attach: Attach::Nearest, alone },
        format: SourceFormat::Eval,
        artifact: ArtifactRef { role, file, base: "".into() },
        cell_id: None,
        folder_is_cell: true,
        rounding: 0.0,
        evidence: Box::new(evidence),
        table: None,
    }
}

/// Reads `results_<time>.json`: scores stand at `results/<task>/<metric>,<filter>`.
pub(crate) fn results(file: u32, entry: &Entry, content: &mut Content) -> Result<Reading, Refusal> {
    let (text, encoding) = content.text()?;
    let (mut sink, found) = json::read(&text, Results::default)?;
    let (evals, mut problems) = sink.scores();
    problems.extend(encoding.into_iter().chain(found).chain(std::mem::take(&mut sink.problems)));
    told::cut(&mut problems);
    let problems = problems.into_iter().map(|problem| (0, problem)).collect();
    let mut evidence = Evidence { evals, problems, ..Evidence::default() };
    if let Some(model) = sink.model {
        evidence.identity.model = names::model(None, Some(&model), None);
        evidence.identity.as_written.model = Some(model);
    }
    // Batched evals write one file a concurrency: `results_…_conc64.json`.
    let stem = entry.name().split(".json").next().unwrap_or_default();
    evidence.identity.load.concurrency = NameFacts::of(stem).concurrency;
    Ok(Reading::of(vec![attachment(Role::RESULTS_JSON, file, true, evidence)]))
}

/// Links `samples_*.jsonl`: prompts and answers never reach an output.
pub(crate) fn samples(file: u32) -> Reading {
    Reading::linked(attachment(Role::SAMPLE_JSONL, file, false, Evidence::default()))
}

/// Reads `meta_env.json`: what was evaluated.
pub(crate) fn meta_env(file: u32, content: &mut Content) -> Result<Reading, Refusal> {
    let (text, encoding) = content.text()?;
    let names = FileNames::default();
    let (sink, problems) = json::read(&text, || crate::row::RowSink::environment(file, &names))?;
    let Some(mut evidence) = sink.into_environment() else {
        return Err(Refusal::new("no JSON object"));
    };
    evidence.problems.extend(encoding.into_iter().chain(problems).map(|p| (0, p)));
    Ok(Reading::of(vec![attachment(Role::META_ENV_JSON, file, true, evidence)]))
}

/// Collects scores while the document streams by.
#[derive(Default)]
struct Results {
    model: Option<String>,
    /// (task, metric, filter) → value and standard error.
    scores: BTreeMap<(String, String, String), [Option<f64>; 2]>,
    samples: BTreeMap<String, u64>,
    higher: BTreeMap<(String, String), bool>,
    problems: Vec<Problem>,
}

/// Numbers of a task that are no scores.
const COUNTS: [&str; 2] = ["sample_len", "sample_count"];

impl Results {
    /// The scores, and what is none.
    fn scores(&self) -> (Vec<EvalScore>, Vec<Problem>) {
        let (mut scores, mut problems) = (Vec::new(), Vec::new());
        for ((task, metric, filter), [value, stderr]) in &self.scores {
            let Some(value) = *value else { continue };
            if !(0.0..=1.0).contains(&value) {
                let told = format!("{metric} is {value}, which is no share of right answers");
                let at = format!("results/{task}");
                problems.push(Problem::note(ProblemCode::LeftOut, at, told));
                continue;
            }
            scores.push(EvalScore {
                value,
                stderr: *stderr,
                n: self.samples.get(task).copied(),
                higher_is_better: self.higher.get(&(task.clone(), metric.clone())).copied(),
                task: task.clone(),
                metric: metric.clone(),
                filter: filter.clone(),
            });
        }
        if scores.is_empty() {
            let told = "no task has a score that is a number between 0 and 1";
            problems.push(Problem::warning(ProblemCode::LeftOut, "results", told));
        }
        (scores, problems)
    }

    /// `exact_match,strict-match`, `acc_stderr,none`, `acc`.
    fn score(&mut self, task: &str, key: &str, value: JsonScalar<'_>) {
        let (name, filter) = key.split_once(',').unwrap_or((key, ""));
        if COUNTS.contains(&name) {
            return;
        }
        let filter = if filter == "none" { "" } else { filter };
        let (metric, which) = name.strip_suffix("_stderr").map_or((name, 0), |metric| (metric, 1));
        let number = match value {
            // A standard error may be "N/A", and tasks have an alias and a name.
            JsonScalar::Str(text) if coerce::parse_number(text.as_bytes()).is_none() => None,
            value => coerce::number(value, key, &mut self.problems),
        };
        if let Some(number) = number {
            let key = (unescaped(task), metric.to_owned(), filter.to_owned());
            self.scores.entry(key).or_default()[which] = Some(number);
        }
    }
}

impl Sink for Results {
    fn scalar(&mut self, at: &Pointer, value: JsonScalar<'_>) {
        let mut parts = at.as_str().splitn(4, '/').skip(1);
        match (parts.next(), parts.next(), parts.next()) {
            (Some("model_name"), None, _) => self.model = coerce::text(value),
            (Some("results"), Some(task), Some(key)) => self.score(task, key, value),
            (Some("n-samples"), Some(task), Some("effective")) => {
                if let Some(n) = coerce::count(value, "n-samples", &mut self.problems) {
                    self.samples.insert(unescaped(task), n);
                }
            }
            (Some("higher_is_better"), Some(task), Some(metric)) => {
                if let JsonScalar::Bool(higher) = value {
                    self.higher.insert((unescaped(task), metric.to_owned()), higher);
                }
            }
            _ => {}
        }
    }

    fn enter(&mut self, at: &Pointer, container: Container) -> Enter {
        let first = at.as_str().split('/').nth(1);
        let wanted = matches!(first, None | Some("results" | "n-samples" | "higher_is_better"));
        if wanted && container == Container::Object { Enter::Walk } else { Enter::Skip }
    }
}

/// A part of a JSON pointer as the key was written.
fn unescaped(part: &str) -> String {
    if part.contains('~') { part.replace("~1", "/").replace("~0", "~") } else { part.to_owned() }
}
