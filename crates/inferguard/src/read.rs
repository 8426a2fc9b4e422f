//! Lists a tree and reads its files in parallel, in path order.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

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

/// Files that a thread takes at once.
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
    let mut tree = Tree {
        root_name,
        files: Vec::with_capacity(n_listed + listing.others.len()),
        n_listed,
        fragments: Vec::new(),
        expectations: Vec::new(),
        jobs: Vec::new(),
        entries: Vec::new(),
    };
    let in_use = options.settings.file.as_ref().and_then(|file| file.canonicalize().ok());
    for (index, ((mut record, reading), entry)) in read.into_iter().zip(&listing.files).enumerate()
    {
        tell_configuration(&mut record, entry, in_use.as_deref());
        tree.files.push(record);
        if let Some(reading) = reading {
            tree.fragments.extend(reading.fragments);
            tree.expectations.extend(reading.expectations);
            let file = index as u32;
            tree.jobs.extend(reading.job.into_iter().map(|part| JobFile { file, part }));
        }
    }
    tree.files.extend(listing.others);
    tree.entries = listing.files;
    Ok(tree)
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

type FileRead = (FileRecord, Option<Reading>);

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
) -> Result<Vec<FileRead>, AnalyzeError> {
    let read = |reused: &mut Reused, (index, entry): (usize, &Entry)| {
        let taken = std::mem::take(&mut reused.buffer);
        let (record, mut reading, given_back) = read_entry(readers, index as u32, entry, taken);
        reused.buffer = given_back;
        if let Some(reading) = &mut reading {
            reduce_tables(reading, keep, options.slos());
            for fragment in &mut reading.fragments {
                fragment.evidence.pack(&mut reused.layouts);
            }
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
        (record, reading)
    };
    if files.len() < WORTH_THREADS || threads(options) == 1 {
        let mut reused = Reused::default();
        return Ok(files.iter().enumerate().map(|item| read(&mut reused, item)).collect());
    }
    let threads = threads(options);
    // This thread reads too: it would wait, and what it keeps need not grow in another heap.
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads - 1)
        .build()
        .map_err(|source| AnalyzeError::Threads { threads, source })?;
    let (next, parts) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    let read_parts = || {
        let mut reused = Reused::default();
        loop {
            let from = next.fetch_add(PART, Ordering::Relaxed);
            let Some(rest) = files.get(from..).filter(|rest| !rest.is_empty()) else { return };
            make_room();
            let part = (from..).zip(rest).take(PART);
            let part: Vec<FileRead> = part.map(|item| read(&mut reused, item)).collect();
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
    Ok(parts.into_iter().flat_map(|(_, part)| part).collect())
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
