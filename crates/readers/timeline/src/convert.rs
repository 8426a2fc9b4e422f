//! From the text of a file to a timeline in time order.

use inferguard_model::{
    ArtifactRef, Attach, Evidence, Fragment, FragmentKind, Problem, ProblemCode, Role,
    SourceFormat, Timeline, TimelineSample,
};
use inferguard_source::json::{self, Document};
use inferguard_source::{Content, Reading, Refusal};

use crate::line::Line;
use crate::told::Told;

/// Samples kept of one file: one a second for five days.
const SAMPLES_KEPT: usize = 432_000;

/// Reads a whole file.
pub(crate) fn read(file: u32, content: &mut Content) -> Result<Reading, Refusal> {
    let (text, encoding) = content.text()?;
    let (timeline, problems) = timeline(&text)?;
    let mut evidence = Evidence { timeline: Some(timeline), ..Evidence::default() };
    for problem in encoding.into_iter().chain(problems) {
        evidence.problem(problem);
    }
    Ok(Reading::of(vec![Fragment {
        kind: FragmentKind::Attachment { attach: Attach::Nearest, alone: true },
        format: SourceFormat::Unknown,
        artifact: ArtifactRef { role: Role::TIMELINE_JSONL, file, base: "".into() },
        cell_id: None,
        folder_is_cell: false,
        rounding: 0.0,
        evidence: Box::new(evidence),
        table: None,
    }]))
}

/// Reads every object of a text that can be read; an error when there is none.
pub(crate) fn timeline(text: &[u8]) -> Result<(Timeline, Vec<Problem>), Refusal> {
    let mut told = Told::default();
    let mut cut = Vec::new();
    let documents = json::documents(text, &mut cut);
    for problem in cut {
        told.push(problem);
    }

    let mut samples: Vec<(usize, TimelineSample)> = Vec::new();
    let mut zoneless = Noted::default();
    for document in &documents {
        let Some(line) = line(document, &mut told) else { continue };
        if samples.len() == SAMPLES_KEPT {
            let what = format!("only the first {SAMPLES_KEPT} samples of the file are read");
            told.push(Problem::warning(ProblemCode::Limit, place(document.line), what));
            break;
        }
        zoneless.note_if(line.zoneless, document.line);
        samples.push((document.line, line.sample));
    }

    let backwards = sort(&mut samples);
    if let Some(others) = backwards.others() {
        let what = format!("the clock goes backwards here{others}; samples are put in time order");
        told.push(Problem::note(ProblemCode::Corrected, place(backwards.first_line), what));
    }
    if let Some(others) = zoneless.others() {
        let what = format!("a time without zone here{others}; read as UTC");
        told.push(Problem::note(ProblemCode::Coerced, place(zoneless.first_line), what));
    }
    let problems = told.into_problems();
    if samples.is_empty() {
        return Err(nothing_usable(&problems));
    }
    let samples = samples.into_iter().map(|(_, sample)| sample).collect();
    Ok((Timeline { samples }, problems))
}

fn line(document: &Document<'_>, told: &mut Told) -> Option<Line> {
    let (mut line, repaired) = match json::read(document.text, Line::default) {
        Ok(read) => read,
        Err(refusal) => {
            let what = format!("left out; counted from this line on: {refusal}");
            told.push(Problem::warning(ProblemCode::Malformed, place(document.line), what));
            return None;
        }
    };
    told.within(document.line, repaired);
    if line.has_status {
        line.finish();
    } else {
        let what = "left out: neither a timeline line nor a disagg-status object";
        told.push(Problem::warning(ProblemCode::Malformed, place(document.line), what));
    }
    told.within(document.line, std::mem::take(&mut line.problems));
    line.has_status.then_some(line)
}

fn place(line: usize) -> String {
    format!("line {line}")
}

fn nothing_usable(problems: &[Problem]) -> Refusal {
    let why = problems.first().map_or_else(String::new, |problem| {
        let at = if problem.at.is_empty() { "file" } else { &problem.at };
        format!(" ({at}: {})", problem.message)
    });
    Refusal::new(format!("holds no timeline line or disagg-status object that can be read{why}"))
}

/// Puts the samples that have a time in order, among the places that such samples hold, and
/// returns where the clock went backwards.
fn sort(samples: &mut [(usize, TimelineSample)]) -> Noted {
    let mut backwards = Noted::default();
    let mut latest = None;
    for (line, sample) in samples.iter() {
        if sample.at_ns.is_some() {
            backwards.note_if(sample.at_ns < latest, *line);
            latest = sample.at_ns;
        }
    }
    if backwards.count > 0 {
        let places: Vec<_> = (0..samples.len()).filter(|n| samples[*n].1.at_ns.is_some()).collect();
        let mut timed: Vec<_> = places.iter().map(|n| std::mem::take(&mut samples[*n])).collect();
        timed.sort_by_key(|(_, sample)| sample.at_ns);
        for (place, sample) in places.into_iter().zip(timed) {
            samples[place] = sample;
        }
    }
    backwards
}

/// Something that may happen on many lines and is told once.
#[derive(Debug, Default)]
struct Noted {
    first_line: usize,
    count: usize,
}

impl Noted {
    fn note_if(&mut self, happened: bool, line: usize) {
        if happened {
            self.count += 1;
            if self.count == 1 {
                self.first_line = line;
            }
        }
    }

    /// How many other lines have it, as text; `None` when none has it at all.
    fn others(&self) -> Option<String> {
        match self.count {
            0 => None,
            1 => Some(String::new()),
            n => Some(format!(" and on later lines ({n} in all)")),
        }
    }
}
