//! The manifest of a campaign, `inferguard-manifest/v1`: which cells should be there.
//!
//! The format is documented for users in `docs/manifest.md`.

use std::collections::{BTreeMap, BTreeSet};

use inferguard_model::{Expectations, Problem, ProblemCode, ProblemSeverity};
use inferguard_source::json::{self, Container, Enter, JsonScalar, Pointer, Sink};
use inferguard_source::{Content, Entry, Reading, Refusal, coerce, limits, shorten};

/// The schema that makes a document a manifest.
pub(crate) const SCHEMA: &str = "inferguard-manifest/v1";

/// Expected cells kept of one manifest: each that is absent is a finding of its own.
const CELLS_KEPT: usize = 100_000;

/// Longest id that a cell can have, since paths are no longer.
const ID_BYTES: usize = 4096;

/// Reads a manifest.
pub(crate) fn read(file: u32, entry: &Entry, content: &mut Content) -> Result<Reading, Refusal> {
    let (text, encoding) = content.text()?;
    let (mut manifest, noticed) = json::read(&text, Manifest::default)?;
    if manifest.schema != SCHEMA {
        let found = shorten(&manifest.schema);
        return Err(Refusal::new(format!(
            "the `schema_version` that counts is `{found}`, expected `{SCHEMA}`"
        )));
    }
    for problem in encoding.into_iter().chain(noticed) {
        manifest.told.push(problem);
    }
    let cells = manifest.expected();
    let folder = entry.folder();
    let folder = if folder.is_empty() { String::new() } else { format!("{folder}/") };
    let expectations = Expectations { folder, file, cells, timeline: manifest.timeline };
    Ok(Reading {
        problems: manifest.told.into_problems(),
        expectations: Some(expectations),
        ..Reading::of(Vec::new())
    })
}

/// What a manifest says; a member that stands twice counts as it stands last.
#[derive(Debug, Default)]
struct Manifest {
    schema: String,
    cells: Vec<Listed>,
    cells_over: usize,
    timeline: bool,
    told: Told,
}

/// An entry of `cells`.
#[derive(Debug)]
struct Listed {
    at: Box<str>,
    id: Option<String>,
    required: bool,
}

/// Where in a manifest a value stands.
enum Place {
    Document,
    Schema,
    Cells,
    Cell,
    CellId,
    Required,
    Timeline,
    Targets,
    Target,
    Unknown,
}

impl Place {
    fn of(at: &str) -> Self {
        let mut parts = at.split('/').skip(1);
        let parts = [parts.next(), parts.next(), parts.next(), parts.next()];
        match parts {
            [None, ..] => Self::Document,
            [Some("schema_version"), None, ..] => Self::Schema,
            [Some("expect_timeline"), None, ..] => Self::Timeline,
            [Some("cells"), None, ..] => Self::Cells,
            [Some("cells"), Some(_), None, _] => Self::Cell,
            [Some("cells"), Some(_), Some("cell_id"), None] => Self::CellId,
            [Some("cells"), Some(_), Some("required"), None] => Self::Required,
            [Some("upload_targets"), None, ..] => Self::Targets,
            [Some("upload_targets"), Some(_), None, _] => Self::Target,
            _ => Self::Unknown,
        }
    }

    /// What a value of this place must be.
    fn expected(&self) -> &'static str {
        match self {
            Self::Cells | Self::Targets => "an array",
            Self::Cell => "a text, or an object with a `cell_id`",
            Self::Timeline | Self::Required => "true or false",
            _ => "a text",
        }
    }
}

impl Manifest {
    /// Ids of the cells that must be there, each once, in the order of the manifest.
    fn expected(&mut self) -> Vec<String> {
        let mut cells = Vec::new();
        let mut seen = BTreeSet::new();
        for Listed { at, id, required } in &self.cells {
            let Some(id) = id else {
                let told = "an entry without a usable `cell_id` is left out";
                self.told.push(Problem::warning(ProblemCode::LeftOut, at.clone(), told));
                continue;
            };
            if !seen.insert(id) {
                let told = format!("`{}` stands twice; the first entry counts", shorten(id));
                self.told.push(Problem::note(ProblemCode::Duplicate, at.clone(), told));
            } else if *required {
                cells.push(id.clone());
            }
        }
        if self.cells_over > 0 {
            let told =
                format!("{} cells after the first {CELLS_KEPT} are left out", self.cells_over);
            self.told.push(Problem::warning(ProblemCode::Limit, "/cells", told));
        }
        cells
    }

    /// Begins an entry of `cells`, unless there are too many.
    fn list(&mut self, at: &Pointer) -> bool {
        if self.cells.len() == CELLS_KEPT {
            self.cells_over += 1;
            return false;
        }
        self.cells.push(Listed { at: at.as_str().into(), id: None, required: true });
        true
    }

    fn name_cell(&mut self, at: &Pointer, value: JsonScalar<'_>) {
        let JsonScalar::Str(text) = value else {
            self.wrong(at, &Place::CellId);
            return;
        };
        // `./c1/` is how shells complete the name of a folder.
        let text = text.trim();
        let id = text.strip_prefix("./").unwrap_or(text).trim_end_matches('/');
        if id.len() > ID_BYTES {
            let told = format!("an id of more than {ID_BYTES} bytes is left out");
            self.told.push(Problem::warning(ProblemCode::Limit, at.as_str(), told));
        } else if let Some(listed) = self.cells.last_mut() {
            listed.id = (!id.is_empty()).then(|| id.to_owned());
        }
    }

    fn truth(&mut self, at: &Pointer, value: JsonScalar<'_>) -> Option<bool> {
        let mut problems = Vec::new();
        let truth = coerce::boolean(value, at.as_str(), &mut problems);
        for problem in problems {
            self.told.push(problem);
        }
        truth
    }

    fn wrong(&mut self, at: &Pointer, place: &Place) {
        let told = format!("the value is left out: expected {}", place.expected());
        self.told.push(Problem::warning(ProblemCode::LeftOut, at.as_str(), told));
    }
}

impl Sink for Manifest {
    fn scalar(&mut self, at: &Pointer, value: JsonScalar<'_>) {
        let place = Place::of(at.as_str());
        match place {
            Place::Schema => self.schema = coerce::text(value).unwrap_or_default(),
            Place::Timeline => self.timeline = self.truth(at, value).unwrap_or(false),
            Place::Required => {
                let required = self.truth(at, value).unwrap_or(true);
                if let Some(listed) = self.cells.last_mut() {
                    listed.required = required;
                }
            }
            Place::Cell if matches!(value, JsonScalar::Str(_)) => {
                if self.list(at) {
                    self.name_cell(at, value);
                }
            }
            Place::CellId => self.name_cell(at, value),
            Place::Cells if value == JsonScalar::Null => self.cells.clear(),
            Place::Targets if value == JsonScalar::Null => {}
            Place::Target if matches!(value, JsonScalar::Str(_)) => {}
            Place::Unknown => {}
            Place::Document | Place::Cells | Place::Cell | Place::Targets | Place::Target => {
                self.wrong(at, &place);
            }
        }
    }

    fn enter(&mut self, at: &Pointer, container: Container) -> Enter {
        let place = Place::of(at.as_str());
        match (&place, container) {
            (Place::Document, Container::Object) | (Place::Targets, Container::Array) => {
                Enter::Walk
            }
            (Place::Cells, Container::Array) => {
                self.cells.clear();
                self.cells_over = 0;
                Enter::Walk
            }
            (Place::Cell, Container::Object) => {
                if self.list(at) {
                    Enter::Walk
                } else {
                    Enter::Skip
                }
            }
            (Place::Unknown, _) => Enter::Skip,
            _ => {
                self.wrong(at, &place);
                Enter::Skip
            }
        }
    }
}

/// Problems in the order of the file, bounded: a fault in every entry is told a few times and then
/// counted.
#[derive(Debug, Default)]
struct Told {
    kept: Vec<Problem>,
    met: BTreeMap<(ProblemSeverity, ProblemCode), usize>,
}

impl Told {
    fn push(&mut self, problem: Problem) {
        let met = self.met.entry((problem.severity, problem.code)).or_default();
        *met += 1;
        if *met <= limits::PROBLEMS_KEPT {
            self.kept.push(problem);
        }
    }

    fn into_problems(self) -> Vec<Problem> {
        let mut problems = self.kept;
        for ((severity, code), met) in self.met {
            if met > limits::PROBLEMS_KEPT {
                let told = format!("{} more problems of this kind", met - limits::PROBLEMS_KEPT);
                problems.push(Problem::new(severity, code, "", told));
            }
        }
        problems
    }
}
