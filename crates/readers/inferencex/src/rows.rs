//! Files of rows and raw results: one object, an array, several objects one after another.

use inferguard_model::{Fragment, Problem, ProblemCode, Scalar};
use inferguard_source::json;
use inferguard_source::{Content, Entry, Reading, Refusal};
use rustc_hash::FxHashSet;

use crate::file_names::FileNames;
use crate::probe::ends_with;
use crate::row::RowSink;
use crate::told;

/// Reads rows and raw results: one object, an array, or several objects one after another.
pub(crate) fn read(file: u32, entry: &Entry, content: &mut Content) -> Result<Reading, Refusal> {
    let names = FileNames::of(entry);
    let name = entry.name().strip_suffix(".gz").unwrap_or(entry.name());
    let lines = ends_with(name, ".jsonl");
    let (text, encoding) = content.text()?;
    let mut found = Found { problems: encoding.into_iter().collect(), ..Found::default() };
    if !lines {
        match json::read(&text, || RowSink::new(file, &names, None)) {
            Ok((sink, problems)) => {
                found.take(sink, problems, None);
                return found.done();
            }
            // Several results in one file: appended runs, or JSON Lines under another name.
            Err(refusal) if !refusal.reason.contains("trailing characters") => return Err(refusal),
            Err(_) => {}
        }
    }
    for (number, document) in json::documents(&text, &mut found.problems).into_iter().enumerate() {
        match json::read(document.text, || RowSink::new(file, &names, Some(number))) {
            Ok((sink, problems)) => found.take(sink, problems, Some(number)),
            Err(refusal) => found.problems.push(Problem::warning(
                ProblemCode::Malformed,
                format!("line {}", document.line),
                format!("left out: {refusal}"),
            )),
        }
    }
    found.done()
}

/// What the documents of a file gave.
#[derive(Default)]
struct Found {
    fragments: Vec<Fragment>,
    problems: Vec<Problem>,
    n_warmups: usize,
}

impl Found {
    /// Moves what one document gave, and gives problems to the object that they are about.
    fn take(&mut self, mut sink: RowSink<'_>, problems: Vec<Problem>, document: Option<usize>) {
        let repeated = problems.iter().any(|problem| problem.code == ProblemCode::DuplicateKey);
        // Objects and problems come in the order of the document.
        let mut at = 0;
        for mut problem in problems {
            if let Some(number) = document {
                problem.at = format!("/{number}{}", problem.at).into();
            }
            let inside = |fragment: &Fragment| {
                let rest = problem.at.strip_prefix(&*fragment.artifact.base);
                rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            };
            let owner = sink.fragments[at..].iter().position(inside).map(|ahead| at + ahead);
            let Some(owner) = owner else {
                self.problems.push(problem);
                continue;
            };
            at = owner;
            let fragment = &mut sink.fragments[owner];
            let base = fragment.artifact.base.len();
            problem.at = problem.at[base..].trim_start_matches('/').into();
            fragment.evidence.problem(problem);
        }
        for fragment in &mut sink.fragments {
            if repeated {
                keep_last(&mut fragment.evidence.extra);
            }
            told::cut_evidence(&mut fragment.evidence);
        }
        self.n_warmups += sink.n_warmups;
        self.problems.append(&mut sink.problems);
        if self.fragments.is_empty() {
            self.fragments = sink.fragments;
        } else {
            self.fragments.append(&mut sink.fragments);
        }
    }

    fn done(mut self) -> Result<Reading, Refusal> {
        if self.fragments.is_empty() && self.n_warmups > 0 {
            return Ok(Reading::recognised("a warm-up run of a sweep, which is no result"));
        }
        if self.fragments.is_empty() {
            let first =
                self.problems.first().map_or(String::new(), |p| format!(" ({})", p.message));
            return Err(Refusal::new(format!("holds no benchmark result{first}")));
        }
        told::cut(&mut self.problems);
        Ok(Reading { problems: self.problems, ..Reading::of(self.fragments) })
    }
}

/// Of members of one key the last one counts.
fn keep_last(extra: &mut Vec<(Box<str>, Scalar)>) {
    let mut seen: FxHashSet<Box<str>> = FxHashSet::default();
    extra.reverse();
    extra.retain(|(key, _)| seen.insert(key.clone()));
    extra.reverse();
}
