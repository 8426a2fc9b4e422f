//! Joins the fragments that readers return into benchmark cells: which artifacts speak of the same
//! point, which say the same twice, and whose number is kept.
//!
//! Pure: no I/O, and the order of the fragments does not matter.
//!
//! - **Joined**: a raw result with its processed row (equal values), a trace-replay folder with its
//!   row (folder names), what lies beside a result with that result.
//! - **Duplicate**: two results of the same rank with the same identity and equal shared metrics.
//! - **Pooled**: reports of llm-d whose load generators ran at the same time.
//! - **Precedence**: processed row, producer's summary, our recomputation; a stated number before
//!   a derived one. Differences are kept as [`Comparison`](inferguard_model::Comparison)s.

mod attach;
mod group;
mod id;
mod job;
mod llmd;
mod merge;
mod place;
mod run;
mod windows;

use inferguard_model::{Cell, Fragment, FragmentKind, Job, JobFile};

use job::Jobs;

pub use id::natural_order;
pub use place::Tree;

/// How cells are joined.
#[derive(Debug, Clone, Copy, Default)]
pub struct Options {
    /// All cells belong to one run, whatever their folders.
    pub join_runs: bool,
}

/// What a tree holds.
#[derive(Debug, Default)]
pub struct Joined {
    /// Cells, in natural order of their ids.
    pub cells: Vec<Cell>,
    /// Jobs, by folder.
    pub jobs: Vec<Job>,
    /// Files whose results are none, and why.
    pub left_out: Vec<(u32, &'static str)>,
}

/// Joins all fragments of a tree that holds no jobs.
pub fn join(fragments: Vec<Fragment>, tree: &Tree<'_>, options: Options) -> Vec<Cell> {
    join_with_jobs(fragments, Vec::new(), tree, options).cells
}

/// Joins all fragments of a tree, and the files of jobs.
pub fn join_with_jobs(
    mut fragments: Vec<Fragment>,
    files: Vec<JobFile>,
    tree: &Tree<'_>,
    options: Options,
) -> Joined {
    let mut jobs = Jobs::of(files, &fragments, tree);
    let mut left_out = Vec::new();
    fragments.retain(|fragment| match jobs.left_out(fragment, tree) {
        Some(why) => {
            left_out.push((fragment.artifact.file, why));
            false
        }
        None => true,
    });
    jobs.take_workers(&fragments, tree);
    let (results, attachments): (Vec<_>, Vec<_>) = fragments
        .into_iter()
        .partition(|fragment| matches!(fragment.kind, FragmentKind::Result(_)));
    let groups = group::groups(results, &jobs, tree).into_iter();
    let cells: Vec<Cell> = groups.map(|group| merge::merge(group, tree)).collect();
    let mut cells = llmd::pool_parallel(cells, tree);
    attach::attach(&mut cells, attachments, tree);
    id::make_unique(&mut cells);
    run::assign(&mut cells, tree, options.join_runs);
    jobs.fill(&mut cells, tree, options.join_runs);
    let cells = in_natural_order(cells);
    let jobs = jobs.finish(&cells, tree);
    Joined { cells, jobs, left_out }
}

/// Sorts by id; cells are large, so their places are sorted first and each is moved once.
fn in_natural_order(cells: Vec<Cell>) -> Vec<Cell> {
    let mut order: Vec<usize> = (0..cells.len()).collect();
    order.sort_by(|a, b| natural_order(&cells[*a].id, &cells[*b].id));
    let mut cells: Vec<Option<Cell>> = cells.into_iter().map(Some).collect();
    order.into_iter().filter_map(|at| cells[at].take()).collect()
}

#[cfg(test)]
mod tests;
