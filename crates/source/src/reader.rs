//! The contract between the walk and the readers of each producer's formats.

use std::cell::OnceCell;
use std::ops::ControlFlow;

use inferguard_model::{
    ArtifactRef, Attach, Expectations, FileOutcome, FileRecord, FileStatus, Fragment, FragmentKind,
    JobPart, Problem, ProblemCode, RequestBatch, Role, SourceFormat,
};

use crate::content::Content;
use crate::json::Shape;
use crate::walk::Entry;

/// A kind of artifact that a reader knows, for the table of supported inputs.
#[derive(Debug, Clone, Copy)]
pub struct Input {
    /// Role in a cell, or kind in the manifest.
    pub kind: &'static str,
    /// File names, as a person would write the pattern.
    pub pattern: &'static str,
    /// Producer and generations.
    pub producer: &'static str,
    /// What is taken from it.
    pub used_for: &'static str,
    /// Whether it was verified on real files or on fixtures only.
    pub verified: &'static str,
}

/// A file that readers may look at before one of them takes it.
pub struct Candidate<'a> {
    entry: &'a Entry,
    name: &'a str,
    content: &'a Content,
    shape: OnceCell<Option<Shape<'a>>>,
}

impl<'a> Candidate<'a> {
    /// A file whose head was read.
    pub fn new(entry: &'a Entry, content: &'a Content) -> Self {
        Self { entry, name: unpacked_name(entry), content, shape: OnceCell::new() }
    }

    /// File name, without the `.gz` of a compressed file.
    pub fn name(&self) -> &str {
        self.name
    }

    /// The file.
    pub fn entry(&self) -> &Entry {
        self.entry
    }

    /// The first bytes, at most [`limits::HEAD_BYTES`](crate::limits::HEAD_BYTES).
    pub fn head(&self) -> &'a [u8] {
        self.content.head()
    }

    /// The keys of the first JSON object in the head; `None` when it does not look like JSON.
    pub fn shape(&self) -> Option<&Shape<'a>> {
        self.shape.get_or_init(|| Shape::of(self.head())).as_ref()
    }

    /// Whether the first line of the head holds all of these comma, semicolon or tab separated
    /// names.
    pub fn has_columns(&self, names: &[&str]) -> bool {
        let (head, _) = crate::text::decode(self.head(), false);
        let line = head.split(|b| *b == b'\n').next().unwrap_or_default();
        let cells: Vec<_> = line
            .split(|b| matches!(b, b',' | b';' | b'\t'))
            .map(|cell| unquoted(cell.trim_ascii()))
            .collect();
        names.iter().all(|name| cells.contains(&name.as_bytes()))
    }
}

fn unquoted(cell: &[u8]) -> &[u8] {
    cell.strip_prefix(b"\"").and_then(|rest| rest.strip_suffix(b"\"")).unwrap_or(cell)
}

/// A reader's wish to read a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Claim {
    /// How sure the reader is; the highest claim wins and equal claims are a problem.
    pub score: u8,
    /// Kind of artifact: a role name where it has one.
    pub kind: &'static str,
    /// Whether losing the file loses a cell's result.
    pub is_result: bool,
}

impl Claim {
    /// The content says so without doubt.
    pub const BY_CONTENT: u8 = 90;
    /// The file name says so.
    pub const BY_NAME: u8 = 50;
    /// The ending of the name hints at it.
    pub const BY_ENDING: u8 = 20;

    /// A claim on a cell's result.
    pub const fn result(score: u8, kind: &'static str) -> Self {
        Self { score, kind, is_result: true }
    }

    /// A claim on a file that adds to a cell.
    pub const fn extra(score: u8, kind: &'static str) -> Self {
        Self { score, kind, is_result: false }
    }
}

/// What a reader got out of a file.
#[derive(Debug)]
pub struct Reading {
    /// Knowledge about cells; several for arrays and line files.
    pub fragments: Vec<Fragment>,
    /// What was noticed that belongs to no cell.
    pub problems: Vec<Problem>,
    /// What our own manifest expects.
    pub expectations: Option<Expectations>,
    /// What it says of a whole job.
    pub job: Vec<JobPart>,
    /// What became of the file.
    pub status: FileStatus,
    /// Why, when it was not read.
    pub reason: Option<String>,
}

impl Reading {
    /// A file that was read.
    pub fn of(fragments: Vec<Fragment>) -> Self {
        Self {
            fragments,
            problems: Vec::new(),
            expectations: None,
            job: Vec::new(),
            status: FileStatus::Read,
            reason: None,
        }
    }

    /// A file that speaks of a whole job.
    pub fn of_job(part: JobPart, problems: Vec<Problem>) -> Self {
        Self { job: vec![part], problems, ..Self::of(Vec::new()) }
    }

    /// A file of a known format that is not read.
    pub fn recognised(reason: impl Into<String>) -> Self {
        Self { status: FileStatus::Recognised, reason: Some(reason.into()), ..Self::of(Vec::new()) }
    }

    /// A file that is linked to its cell without being read.
    pub fn linked(fragment: Fragment) -> Self {
        Self { status: FileStatus::Linked, ..Self::of(vec![fragment]) }
    }
}

/// Why a claimed file cannot be read as what it is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct Refusal {
    /// What was found and what was expected.
    pub reason: String,
}

impl Refusal {
    /// A refusal with its reason.
    pub fn new(reason: impl Into<String>) -> Self {
        Self { reason: reason.into() }
    }

    /// The system did not let us read it.
    pub fn io(error: &std::io::Error) -> Self {
        Self::new(format!("cannot be read: {error}"))
    }
}

/// Reads the formats of one producer.
pub trait Reader: Sync {
    /// Name of the reader, that of the producer.
    fn id(&self) -> &'static str;

    /// The artifacts that it knows.
    fn inputs(&self) -> &'static [Input];

    /// Looks at name and head of a file and says whether it wants it. Cheap, and without I/O.
    fn probe(&self, file: &Candidate<'_>) -> Option<Claim>;

    /// Whether a file of this name could be wanted at all; files that no reader wants by name are
    /// never opened.
    fn wants_name(&self, name: &str) -> bool;

    /// The role in which a file of this name is linked to its cell without being opened: logs and
    /// archives.
    fn links(&self, name: &str) -> Option<Role> {
        let _ = name;
        None
    }

    /// Reads a file that it claimed.
    fn read(
        &self,
        claim: &Claim,
        file: u32,
        entry: &Entry,
        content: &mut Content,
    ) -> Result<Reading, Refusal>;

    /// Reads the records of single requests of a file that it claimed, a batch at a time, and tells
    /// nothing of what is wrong with them: [`read`](Self::read) does.
    ///
    /// A reader of large files bounds its batches; another one reads the file whole.
    fn read_requests(
        &self,
        claim: &Claim,
        entry: &Entry,
        content: &mut Content,
        take: TakeRequests<'_>,
    ) -> Result<(), Refusal> {
        for mut fragment in self.read(claim, 0, entry, content)?.fragments {
            let Some(table) = fragment.table.take() else { continue };
            let batch = RequestBatch { table: *table, failed_after: Vec::new() };
            if take(&fragment.artifact.base, batch).is_break() {
                break;
            }
        }
        Ok(())
    }
}

/// Takes the requests of one object of a file, named by its JSON pointer, until no more are wanted.
pub type TakeRequests<'t> = &'t mut dyn FnMut(&str, RequestBatch) -> ControlFlow<()>;

/// Attempts of a batch, where a reader bounds them.
pub const BATCH_REQUESTS: usize = 32_768;

/// Hands the requests of a file to `take`, batch by batch, as the reader that takes the file has them.
pub fn read_requests(
    readers: &[&dyn Reader],
    entry: &Entry,
    take: TakeRequests<'_>,
) -> Result<(), Refusal> {
    let mut content = Content::open(&entry.path, Vec::new())?;
    match best_claim(readers, &Candidate::new(entry, &content)) {
        Some((reader, claim, _)) => reader.read_requests(&claim, entry, &mut content, take),
        None => Err(Refusal::new("the content is of no known format any more")),
    }
}

/// Lets the readers look at a file and the one with the highest claim read it.
///
/// Returns the file's line for the manifest, what was read, and the buffer for the next file.
pub fn read_entry(
    readers: &[&dyn Reader],
    index: u32,
    entry: &Entry,
    buffer: Vec<u8>,
) -> (FileRecord, Option<Reading>, Vec<u8>) {
    let record =
        |outcome| FileRecord { path: entry.relative().to_owned(), outcome, problems: Vec::new() };
    let name = unpacked_name(entry);
    // Windows marks downloaded files with a stream that unpacks to a file of its own.
    if name.ends_with(":Zone.Identifier") || name.ends_with("%3AZone.Identifier") {
        let why = "download mark of Windows";
        return (record(FileOutcome::ignored("file", why)), None, buffer);
    }
    if !readers.iter().any(|reader| reader.wants_name(name)) {
        let linked = readers.iter().find_map(|reader| Some((reader.id(), reader.links(name)?)));
        if let Some((reader, role)) = linked {
            let outcome = FileOutcome {
                status: FileStatus::Linked,
                kind: role.0,
                reader: Some(reader),
                reason: None,
                is_result: false,
            };
            return (record(outcome), Some(Reading::linked(link(role, index))), buffer);
        }
        let why = "no reader takes files of this name";
        return (record(FileOutcome::ignored("file", why)), None, buffer);
    }
    let mut content = match Content::open(&entry.path, buffer) {
        Ok(content) => content,
        Err(refusal) => {
            let mut refused = record(FileOutcome::refused("file", refusal.reason));
            // The name is all there is to tell whether a cell's result is lost.
            let empty = Content::empty();
            let candidate = Candidate::new(entry, &empty);
            if let Some((reader, claim, _)) = best_claim(readers, &candidate) {
                refused.outcome.kind = claim.kind;
                refused.outcome.reader = Some(reader.id());
                refused.outcome.is_result = claim.is_result;
            }
            return (refused, None, Vec::new());
        }
    };
    let best = best_claim(readers, &Candidate::new(entry, &content));
    let Some((reader, claim, tie)) = best else {
        let why = "the content is of no known format";
        return (record(FileOutcome::ignored("file", why)), None, content.into_buffer());
    };
    let mut line = record(FileOutcome {
        status: FileStatus::Read,
        kind: claim.kind,
        reader: Some(reader.id()),
        reason: None,
        is_result: claim.is_result,
    });
    if let Some(other) = tie {
        line.problems.push(Problem::warning(
            ProblemCode::Conflict,
            "",
            format!("readers {} and {other} claim this file equally; {0} read it", reader.id()),
        ));
    }
    let reading = match reader.read(&claim, index, entry, &mut content) {
        Ok(mut reading) => {
            line.outcome.status = reading.status.clone();
            line.outcome.reason = reading.reason.take();
            line.problems.append(&mut reading.problems);
            Some(reading)
        }
        Err(refusal) => {
            line.outcome.status = FileStatus::Refused;
            line.outcome.reason = Some(refusal.reason);
            None
        }
    };
    (line, reading, content.into_buffer())
}

/// File name, without the `.gz` of a compressed file.
fn unpacked_name(entry: &Entry) -> &str {
    let name = entry.name();
    name.strip_suffix(".gz").unwrap_or(name)
}

fn link(role: Role, file: u32) -> Fragment {
    Fragment {
        kind: FragmentKind::Attachment { attach: Attach::Nearest, alone: false },
        format: SourceFormat::Unknown,
        artifact: ArtifactRef { role, file, base: "".into() },
        cell_id: None,
        folder_is_cell: false,
        rounding: 0.0,
        evidence: Box::default(),
        table: None,
    }
}

fn best_claim<'r>(
    readers: &[&'r dyn Reader],
    candidate: &Candidate<'_>,
) -> Option<(&'r dyn Reader, Claim, Option<&'static str>)> {
    let mut best: Option<(&dyn Reader, Claim, Option<&'static str>)> = None;
    for reader in readers {
        if !reader.wants_name(candidate.name()) {
            continue;
        }
        let Some(claim) = reader.probe(candidate) else { continue };
        match &mut best {
            Some((_, held, tie)) if claim.score == held.score => *tie = Some(reader.id()),
            Some((_, held, _)) if claim.score < held.score => {}
            _ => best = Some((*reader, claim, None)),
        }
    }
    best
}
