//! Which files and results are one job of a cluster scheduler.

mod fill;

use std::sync::Arc;

use inferguard_model::{
    ArtifactRef, Cell, Fragment, FragmentKind, Job, JobFile, JobName, JobPart, Quantity, Role,
    RunId, WorkerLog,
};
use inferguard_model::{Metric, MetricSet};
use rustc_hash::FxHashMap;

use crate::place::{Tree, base_name, parent};

/// Folders in which a job keeps a part of what it wrote.
const PARTS: [&str; 3] = ["logs", "power", "windows"];

/// Summaries of results: their rows belong to the results that they were made from.
const COPIES: [Role; 3] = [Role::ROLLUP_JSON, Role::ROLLUP_CSV, Role::BENCHMARK_OUT];

/// The jobs of a tree by their folders.
#[derive(Debug, Default)]
pub(crate) struct Jobs {
    jobs: Vec<Job>,
    by_folder: FxHashMap<String, usize>,
}

impl Jobs {
    /// Finds the jobs: where their metadata or their own files lie, and in folders that are named
    /// like one and hold results.
    pub(crate) fn of(parts: Vec<JobFile>, fragments: &[Fragment], tree: &Tree<'_>) -> Self {
        let mut jobs = Self::default();
        for part in parts.iter().filter(|file| file.part.makes_job()) {
            jobs.begin(root(parent(path(tree, part.file))));
        }
        let mut last = "";
        for fragment in fragments {
            let folder = tree.folder(&fragment.artifact);
            if folder != last && matches!(fragment.kind, FragmentKind::Result(_)) {
                last = folder;
                jobs.begin_by_name(folder);
            }
        }
        if jobs.jobs.is_empty() {
            return jobs;
        }
        for file in parts {
            if let Some(at) = jobs.at(parent(path(tree, file.file))) {
                jobs.add(at, file);
            }
        }
        for job in &mut jobs.jobs {
            settle(job, tree);
        }
        jobs
    }

    /// Takes a folder for that of a job, unless it is one.
    fn begin(&mut self, folder: &str) {
        if !self.by_folder.contains_key(folder) {
            self.by_folder.insert(folder.to_owned(), self.jobs.len());
            self.jobs.push(Job { folder: folder.to_owned(), ..Job::default() });
        }
    }

    /// Jobs that left results and no metadata: a name with workers and date is enough; a bare number
    /// needs a folder of results below it that is named like those of a job.
    fn begin_by_name(&mut self, folder: &str) {
        let mut at = folder;
        let mut below = "";
        while !at.is_empty() {
            if let Some(name) = JobName::parse(base_name(at)) {
                let named = below.contains("_isl_") && below.contains("_osl_");
                if name.date.is_some() || named {
                    self.begin(at);
                    return;
                }
            }
            if !PARTS.contains(&base_name(at)) {
                below = base_name(at);
            }
            at = parent(at);
        }
    }

    /// The job that an artifact lies in.
    pub(crate) fn of_artifact(&self, artifact: &ArtifactRef, tree: &Tree<'_>) -> Option<usize> {
        if self.jobs.is_empty() { None } else { self.at(tree.folder(artifact)) }
    }

    /// The job of a folder: that of the nearest one at or above it.
    fn at(&self, folder: &str) -> Option<usize> {
        let mut up = folder;
        loop {
            if let Some(at) = self.by_folder.get(up) {
                return Some(*at);
            }
            if up.is_empty() {
                return None;
            }
            up = parent(up);
        }
    }

    /// The id of the job that a result belongs to. A copy of a job's folder has the id of the job.
    pub(crate) fn id(&self, result: &Fragment, tree: &Tree<'_>) -> Option<&str> {
        self.of_artifact(&result.artifact, tree).map(|at| self.jobs[at].id.as_str())
    }

    fn add(&mut self, at: usize, JobFile { file, part }: JobFile) {
        let job = &mut self.jobs[at];
        match part {
            JobPart::Metadata(metadata) => match &job.metadata {
                // Post-processing copies the file into `logs/`.
                Some((_, held)) if held.job_id == metadata.job_id => {}
                Some(_) => job.others.push(file),
                None => job.metadata = Some((file, metadata)),
            },
            JobPart::Recipe(recipe) => job.recipes.push((file, *recipe)),
            JobPart::Node(node) => job.nodes.push((file, *node)),
            JobPart::Log(log) => job.logs.push((file, *log)),
            JobPart::Window(window) => job.windows.push((file, window)),
            JobPart::Service(service) => job.services.push(service),
            JobPart::Rollup => {}
        }
    }

    /// Gives the logs of workers to their jobs; a job that left no result has them all the same.
    pub(crate) fn take_workers(&mut self, fragments: &[Fragment], tree: &Tree<'_>) {
        for fragment in fragments.iter().filter(|fragment| !fragment.evidence.workers.is_empty()) {
            let Some(at) = self.of_artifact(&fragment.artifact, tree) else { continue };
            let logs = fragment.evidence.workers.iter();
            let logs = logs.map(|log| (fragment.artifact.file, Arc::<WorkerLog>::clone(log)));
            self.jobs[at].workers.extend(logs);
        }
    }

    /// Why a result of a job is none.
    pub(crate) fn left_out(&self, fragment: &Fragment, tree: &Tree<'_>) -> Option<&'static str> {
        if !matches!(fragment.kind, FragmentKind::Result(_)) {
            return None;
        }
        let at = self.of_artifact(&fragment.artifact, tree)?;
        let below = &tree.folder(&fragment.artifact)[self.jobs[at].folder.len()..];
        let warms_up = below.contains("artifacts/warmup") || below.ends_with("/warmup");
        warms_up.then_some("a warm-up of the job's benchmark, which is no result")
    }

    /// Pairs of results that speak of one load level of one job: the rows of its summaries and the
    /// results that they were made from.
    pub(crate) fn pairs(&self, results: &[Fragment], tree: &Tree<'_>) -> Vec<(usize, usize)> {
        if self.jobs.is_empty() {
            return Vec::new();
        }
        let mut levels: FxHashMap<(usize, u32), Vec<usize>> = FxHashMap::default();
        for (index, result) in results.iter().enumerate() {
            let level = result.evidence.identity.load.concurrency;
            let job = self.of_artifact(&result.artifact, tree);
            if let Some(key) = job.zip(level) {
                levels.entry(key).or_default().push(index);
            }
        }
        let mut pairs = Vec::new();
        for members in levels.into_values() {
            let (copies, originals): (Vec<usize>, Vec<usize>) = members
                .into_iter()
                .partition(|index| COPIES.contains(&results[*index].artifact.role));
            // Without a result, the summaries are one another's.
            let first = copies.iter().map(|index| results[*index].artifact.role).min();
            let of_first =
                copies.iter().copied().filter(|index| Some(results[*index].artifact.role) == first);
            let to = if originals.is_empty() { of_first.collect() } else { originals };
            for copy in copies.iter().copied().filter(|copy| !to.contains(copy)) {
                let distance = |index: &usize| apart(results, copy, *index);
                let nearest = to.iter().min_by(|a, b| distance(a).total_cmp(&distance(b)));
                pairs.extend(nearest.map(|nearest| (*nearest, copy)));
            }
        }
        pairs.sort_unstable();
        pairs
    }

    /// Fills what the results do not say from their jobs, and makes each job a run.
    pub(crate) fn fill(&self, cells: &mut [Cell], tree: &Tree<'_>, join_runs: bool) {
        for cell in cells {
            let Some(at) = self.of_artifact(&cell.artifacts[0], tree) else { continue };
            let job = &self.jobs[at];
            fill::fill(cell, job, tree);
            if !join_runs && !job.folder.is_empty() {
                cell.run = RunId(job.folder.clone());
            }
        }
    }

    /// The jobs with their cells, by folder.
    pub(crate) fn finish(mut self, cells: &[Cell], tree: &Tree<'_>) -> Vec<Job> {
        for (index, cell) in cells.iter().enumerate() {
            if let Some(at) = self.of_artifact(&cell.artifacts[0], tree) {
                self.jobs[at].cells.push(index);
            }
        }
        self.jobs.sort_by(|a, b| crate::natural_order(&a.folder, &b.folder));
        self.jobs
    }
}

/// How far the throughputs of two results are apart; unknown ones are not far.
fn apart(results: &[Fragment], a: usize, b: usize) -> f64 {
    let rate = |index: usize| {
        let metrics: &MetricSet = &results[index].evidence.metrics;
        metrics.get(Metric::plain(Quantity::OutputTput))
    };
    rate(a).zip(rate(b)).map_or(0.0, |(a, b)| (a - b).abs())
}

fn path<'t>(tree: &Tree<'t>, file: u32) -> &'t str {
    tree.paths.get(file as usize).map_or("", String::as_str)
}

/// The job's folder: above those that hold a part of it.
fn root(mut folder: &str) -> &str {
    while PARTS.contains(&base_name(folder)) && !folder.is_empty() {
        folder = parent(folder);
    }
    folder
}

/// Puts what was collected in order, and names the job.
fn settle(job: &mut Job, tree: &Tree<'_>) {
    let folder = if job.folder.is_empty() { tree.root_name } else { base_name(&job.folder) };
    job.name = JobName::parse(folder).unwrap_or_default();
    let stated = job.metadata().and_then(|metadata| metadata.job_id.clone());
    let named = job.name.job.clone();
    job.id = stated.or(named).unwrap_or_else(|| folder.to_owned());
    job.recipes.sort_by_key(|(file, recipe)| (recipe.kind, *file));
    job.nodes.sort_by(|(a, left), (b, right)| left.node.cmp(&right.node).then(a.cmp(b)));
    job.services.sort();
    job.services.dedup();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_lie_below_the_folder_of_their_job() {
        for (folder, expected) in [
            ("outputs/12/logs", "outputs/12"),
            ("outputs/12/logs/power/windows", "outputs/12"),
            ("logs", ""),
            ("logs/12", "logs/12"),
            ("", ""),
        ] {
            assert_eq!(root(folder), expected);
        }
    }

    #[test]
    fn names_make_jobs_of_folders_with_results() {
        let mut jobs = Jobs::default();
        jobs.begin_by_name("a/3667_1P_4D_20251110_192145/sa-bench_isl_1024_osl_1024");
        jobs.begin_by_name("logs/12345/logs/vllm_isl_1024_osl_1024");
        jobs.begin_by_name("2025/results");
        jobs.begin_by_name("a/12345/other");
        let folders: Vec<_> = jobs.jobs.iter().map(|job| job.folder.as_str()).collect();
        assert_eq!(folders, ["a/3667_1P_4D_20251110_192145", "logs/12345"]);
    }
}
