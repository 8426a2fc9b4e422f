//! Lists a tree and reads its files in parallel, in path order.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use inferguard_agentx::AgentxReader;
use inferguard_aiperf::AiperfReader;
use inferguard_analysis::requests;
use inferguard_analysis::slo::Slo;
use inferguard_gpus::GpuReader;
use inferguard_inferencex::InferencexReader;
use inferguard_llmd::LlmdReader;
use inferguard_model::{
    Evidence, Expectations, FileOutcome, FileRecord, FileStatus, Fragment, FragmentKind, JobFile,
    JobPart, Layouts, Rank, RequestFacts,
};
use inferguard_report::escape::visible;
use inferguard_report_reader::ReportReader;
use inferguard_source::{Entry, Reader, Reading, Selection, list, read_entry};
use inferguard_srtslurm::SrtslurmReader;
use inferguard_timeline::TimelineReader;

use crate::keep::{Keep, KeptTable};
use crate::unread::KnownUnread;
use crate::{AnalyzeError, Options, config};

/// Fewest files for which threads are started.
const WORTH_THREADS: usize = 32;

/// How long one thread reads before others are started, unless a number is asked for: a time that
/// nobody notices. For ten thousand small files two threads take 6 % more CPU time than one.
const ALONE: Duration = Duration::from_millis(250);

/// Most files that a thread takes at once.
const PART: usize = 32;

/// Everything that was read below a root.
pub(crate) struct Tree {
    pub(crate) root_name: String,
    /// Listed files by index, then what is no regular file.
    pub(crate) files: Vec<FileRecord>,
    pub(crate) n_listed: usize,
    pub(crate) fragments: Vec<Fragment>,
    pub(crate) expectations: Vec<Expectations>,
    pub(crate) jobs: Vec<JobFile>,
    /// Where the listed files are.
    pub(crate) entries: Vec<Entry>,
}

/// The readers, in the order of the documentation. A new format is one line here.
pub fn readers(timeline: TimelineReader, aiperf: AiperfReader) -> Vec<Box<dyn Reader>> {
    let agentx = AgentxReader { records_unread: aiperf.records_unread };
    vec![
        Box::new(InferencexReader),
        Box::new(agentx),
        Box::new(aiperf),
        Box::new(LlmdReader),
        Box::new(SrtslurmReader),
        Box::new(GpuReader),
        Box::new(timeline),
        Box::new(ReportReader),
        Box::new(KnownUnread),
    ]
}

pub(crate) fn readers_for(
    options: &Options<'_>,
    keep: Keep<'_>,
) -> Result<Vec<Box<dyn Reader>>, AnalyzeError> {
    let glob = &options.timeline_glob;
    let timeline = TimelineReader::with_glob(glob)
        .map_err(|source| AnalyzeError::TimelineGlob { pattern: glob.clone(), source })?;
    let aiperf = AiperfReader {
        groups: keep.wants_groups(),
        records_unread: matches!(keep, Keep::Unread),
        threads: threads(options),
    };
    Ok(readers(timeline, aiperf))
}

/// Threads to read with; 0 in the options is one for each core.
fn threads(options: &Options<'_>) -> usize {
    match options.threads {
        0 => std::thread::available_parallelism().map_or(1, usize::from),
        threads => threads,
    }
}

/// The files to look at: never the output folder.
pub(crate) fn selection(root: &Path, options: &Options<'_>) -> Result<Selection, AnalyzeError> {
    let mut selection = Selection::new(&options.include, &options.exclude)?;
    let output = match &options.output_dir {
        Some(dir) => dir.clone(),
        None => root.join(Options::OUTPUT_DIR),
    };
    if let Ok(output) = output.canonicalize() {
        // An output folder that holds the whole input cannot be left out of it.
        let holds_input = root.canonicalize().is_ok_and(|root| root.starts_with(&output));
        if !holds_input {
            selection = selection.skip(output);
        }
    }
    Ok(selection)
}

/// Reads a tree with all readers.
pub(crate) fn read_tree(
    root: &Path,
    options: &Options<'_>,
    keep: Keep<'_>,
) -> Result<Tree, AnalyzeError> {
    let readers = readers_for(options, keep)?;
    let readers: Vec<&dyn Reader> = readers.iter().map(AsRef::as_ref).collect();
    let listing = list(root, &selection(root, options)?)?;
    tracing::info!(files = listing.files.len(), others = listing.others.len(), "listed");
    if let Some(progress) = options.progress {
        progress.total(listing.files.len());
    }
    let n_listed = listing.files.len();
    let read = read_files(&readers, &listing.files, options, keep)?;
    let canonical = root.canonicalize().unwrap_or_else(|_| root.to_owned());
    let root_name = canonical
        .file_name()
        .map_or_else(|| "input".into(), |name| name.to_string_lossy().into_owned());
    let Part { mut files, fragments, expectations, jobs } = read;
    let in_use = options.settings.file.as_ref().and_then(|file| file.canonicalize().ok());
    for (record, entry) in files.iter_mut().zip(&listing.files) {
        tell_configuration(record, entry, in_use.as_deref());
    }
    files.extend(listing.others);
    let entries = listing.files;
    Ok(Tree { root_name, files, n_listed, fragments, expectations, jobs, entries })
}

/// A configuration below the root is no benchmark file, and is applied only on demand: what a
/// stranger left among the results must not silence findings.
fn tell_configuration(record: &mut FileRecord, entry: &Entry, in_use: Option<&Path>) {
    if record.outcome.status != FileStatus::Ignored {
        return;
    }
    if in_use == Some(entry.path.as_path()) {
        record.outcome =
            FileOutcome::ignored("configuration", "the configuration of this analysis");
    } else if entry.name() == config::FILE_NAME {
        let reason = "a configuration that is not applied; --config applies it";
        record.outcome = FileOutcome::ignored("configuration", reason);
    }
}

/// What was read of files that follow each other.
#[derive(Default)]
struct Part {
    files: Vec<FileRecord>,
    fragments: Vec<Fragment>,
    expectations: Vec<Expectations>,
    jobs: Vec<JobFile>,
}

impl Part {
    /// With room for files that hold one result each.
    fn with_capacity(files: usize) -> Self {
        let (records, fragments) = (Vec::with_capacity(files), Vec::with_capacity(files));
        Self { files: records, fragments, ..Self::default() }
    }

    fn append(&mut self, mut next: Self) {
        self.files.append(&mut next.files);
        self.fragments.append(&mut next.fragments);
        self.expectations.append(&mut next.expectations);
        self.jobs.append(&mut next.jobs);
    }
}

/// What a thread has from the files before.
#[derive(Default)]
struct Reused {
    buffer: Vec<u8>,
    layouts: Layouts,
}

fn read_files(
    readers: &[&dyn Reader],
    files: &[Entry],
    options: &Options<'_>,
    keep: Keep<'_>,
) -> Result<Part, AnalyzeError> {
    let read = |part: &mut Part, reused: &mut Reused, index: usize| {
        let (file, taken) = (index as u32, std::mem::take(&mut reused.buffer));
        let (record, reading, given_back) = read_entry(readers, file, &files[index], taken);
        reused.buffer = given_back;
        if let Some(mut reading) = reading {
            reduce_tables(&mut reading, keep, options.slos());
            for fragment in &mut reading.fragments {
                fragment.evidence.pack(&mut reused.layouts);
            }
            part.fragments.append(&mut reading.fragments);
            part.expectations.extend(reading.expectations);
            part.jobs.extend(reading.job.into_iter().map(|part| JobFile { file, part }));
        }
        tracing::debug!(
            path = record.path,
            status = record.outcome.status.name(),
            reason = record.outcome.reason,
            "file"
        );
        if let Some(progress) = options.progress {
            progress.advance();
        }
        part.files.push(record);
    };
    let threads = threads(options);
    let stays_alone = files.len() < WORTH_THREADS || threads == 1;
    let is_enough = |begun: Instant| options.threads > 0 || begun.elapsed() >= ALONE;
    let (begun, mut reused) = (Instant::now(), Reused::default());
    let mut done = Part::with_capacity(files.len());
    for index in 0..files.len() {
        read(&mut done, &mut reused, index);
        if !stays_alone && is_enough(begun) {
            break;
        }
    }
    if done.files.len() == files.len() {
        return Ok(done);
    }
    // This thread reads on: it would wait, and what it keeps need not grow in another heap.
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads - 1)
        .build()
        .map_err(|source| AnalyzeError::Threads { threads, source })?;
    let (next, parts) = (AtomicUsize::new(done.files.len()), Mutex::new(Vec::new()));
    let after = |from: usize| {
        let left = files.len() - from;
        (left > 0).then(|| from + left.div_ceil(4 * threads).min(PART))
    };
    let read_parts = || {
        let mut reused = Reused::default();
        while let Ok(from) = next.fetch_update(Ordering::Relaxed, Ordering::Relaxed, after) {
            let to = after(from).unwrap_or(from);
            make_room();
            let mut part = Part::with_capacity(to - from);
            for index in from..to {
                read(&mut part, &mut reused, index);
            }
            parts.lock().unwrap_or_else(PoisonError::into_inner).push((from, part));
        }
    };
    pool.in_place_scope(|scope| {
        for _ in 1..threads {
            scope.spawn(|_| read_parts());
        }
        read_parts();
    });
    let mut parts = parts.into_inner().unwrap_or_else(PoisonError::into_inner);
    parts.sort_unstable_by_key(|(from, _)| *from);
    for (_, part) in parts {
        done.append(part);
    }
    Ok(done)
}

/// Has the allocator take the room of a part at once. The GNU one grows the heap of any thread but
/// the first by the page, with a system call each: one for every second small file.
fn make_room() {
    const PART_BYTES: usize = 8192 * PART;
    drop(std::hint::black_box(Vec::<u8>::with_capacity(PART_BYTES)));
}

/// Reduces request tables to metrics and facts while the file is at hand, so that rows of one file
/// only are in memory, unless somebody keeps them.
fn reduce_tables(reading: &mut Reading, keep: Keep<'_>, slos: &[Slo]) {
    let mut recomputed = Vec::new();
    for fragment in &mut reading.fragments {
        let Some(mut table) = fragment.table.take() else { continue };
        let reduced = match keep {
            Keep::Tables(kept) => requests::reduce_to(&mut table, &kept.percentiles),
            Keep::Nothing | Keep::Digests(_) | Keep::Unread => requests::reduce(&mut table),
        };
        // Who keeps the rows asks them later, when the load is known.
        let facts = || RequestFacts {
            good: requests::facts::good(&table, slos),
            ..requests::facts::facts(&table, &fragment.evidence.identity.load)
        };
        let requests = (!matches!(keep, Keep::Tables(_))).then(|| Box::new(facts()));
        let problems = reduced.problems.into_iter().map(|problem| (0, problem));
        match keep {
            Keep::Nothing | Keep::Unread => {}
            Keep::Tables(kept) => kept.keep(KeptTable {
                artifact: fragment.artifact.clone(),
                table,
                distributions: reduced.distributions,
            }),
            Keep::Digests(digests) => digests.look(&fragment.artifact, table),
        }
        let metrics = reduced.metrics;
        if fragment.kind == FragmentKind::Result(Rank::Records) {
            for entry in metrics.into_entries() {
                fragment.evidence.metrics.set_if_absent(entry.metric, entry.value, entry.origin);
            }
            fragment.evidence.requests = requests;
            fragment.evidence.problems.extend(problems);
            continue;
        }
        // The producer's summary stands beside what its own records give.
        let mut records = Fragment {
            kind: FragmentKind::Result(Rank::Records),
            format: fragment.format,
            artifact: fragment.artifact.clone(),
            cell_id: fragment.cell_id.clone(),
            folder_is_cell: false,
            // Clients read the clock once more at the end of a request than its chunks show.
            rounding: 1e-6,
            evidence: Box::new(Evidence { metrics, requests, ..Evidence::default() }),
            table: None,
        };
        records.evidence.problems.extend(problems);
        recomputed.push(records);
    }
    reading.fragments.append(&mut recomputed);
}

impl Tree {
    /// Whether there is anything to report on: a result, a job, or a manifest that expects results.
    pub(crate) fn has_anything(&self) -> bool {
        let expected = self.expectations.iter().any(|expected| !expected.cells.is_empty());
        // A job that left no result may still say why.
        let jobs = self.jobs.iter().any(|file| matches!(file.part, JobPart::Metadata(_)));
        expected
            || jobs
            || self.fragments.iter().any(|fragment| match fragment.kind {
                FragmentKind::Result(_) => true,
                FragmentKind::Attachment { alone, .. } => alone,
            })
    }

    /// The error for a tree without any.
    pub(crate) fn nothing_supported(&self, root: &Path) -> AnalyzeError {
        let refused: Vec<_> = self
            .files
            .iter()
            .filter(|file| file.outcome.status == FileStatus::Refused)
            .take(5)
            .map(|file| {
                let reason = file.outcome.reason.as_deref().unwrap_or_default();
                format!("\n  refused {}: {}", visible(&file.path), visible(reason))
            })
            .collect();
        let hint = if !refused.is_empty() {
            refused.concat()
        } else if self.files.is_empty() {
            "\n  there is no file in it: is it the right folder?".to_owned()
        } else {
            "\n  `inferguard analyze --list` says why each file is not taken".to_owned()
        };
        AnalyzeError::NothingSupported {
            root: root.display().to_string(),
            files: self.files.len(),
            hint,
        }
    }
}
