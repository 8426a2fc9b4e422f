//! What the files of jobs say of them.

use inferguard_model::{self as model, Cell, FileRecord, JobMetadata, LogEventKind};
use inferguard_schema::{Job, JobEvent};

use crate::runs;

/// The jobs of a tree, in the order of their folders.
pub(super) fn convert(jobs: Vec<model::Job>, cells: &[Cell], files: &[FileRecord]) -> Vec<Job> {
    jobs.into_iter().map(|job| of_job(job, cells, files)).collect()
}

fn of_job(job: model::Job, cells: &[Cell], files: &[FileRecord]) -> Job {
    let metadata = job.metadata();
    let gpus = |of: fn(&JobMetadata) -> Option<u32>| metadata.and_then(of).map(u64::from);
    let path = |file: u32| files.get(file as usize).map_or("", |file| file.path.as_str());
    // Each log says that its server came up.
    let told = job.events().filter(|(_, event)| event.kind != LogEventKind::Ready);
    let events = told.map(|(file, event)| JobEvent {
        kind: event.kind.name().into(),
        count: event.count,
        path: path(file).to_owned(),
        line: event.line,
        text: event.text.to_string(),
    });
    let wire = Job {
        num_gpus: gpus(JobMetadata::working_gpus),
        num_provisioned_gpus: gpus(JobMetadata::provisioned_gpus),
        planned_concurrencies: job.planned().map(|(levels, _)| levels),
        benchmark: job.benchmark().map(str::to_owned),
        worker_logs: job.workers.len() as u64,
        cell_ids: job.cells.iter().map(|cell| cells[*cell].id.clone()).collect(),
        events: events.collect(),
        ..Job::default()
    };
    let run = runs::of_job(job, cells);
    Job {
        job_id: run.id,
        folder: run.folder,
        date: run.date,
        topology: run.topology.into_iter().next(),
        missing_concurrencies: run.missing,
        tags: run.tags,
        no_result: run.skipped,
        ..wire
    }
}
