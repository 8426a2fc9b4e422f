//! The cells of one or several roots, with everything that checks ask for.

use std::path::{Path, PathBuf};

use inferguard_model::{Cell, Expectations, FileRecord, FileStatus, Job};
use inferguard_source::Entry;

use crate::keep::{Digests, Keep};
use crate::plots::requests::Digest;
use crate::{AnalyzeError, Filter, Options, export, folder_names, read};

/// What was read.
#[derive(Default)]
pub(crate) struct Loaded {
    /// Every file met.
    pub(crate) files: Vec<FileRecord>,
    /// Cells of all roots, in the order of the roots.
    pub(crate) cells: Vec<Cell>,
    /// What manifests expect.
    pub(crate) expectations: Vec<Expectations>,
    /// What figures show of request tables, with the cell of each; only where it was asked for.
    pub(crate) digests: Vec<(usize, Digest)>,
    /// Jobs of a cluster scheduler, in the order of the roots and their folders.
    pub(crate) jobs: Vec<Job>,
    /// Where the files are that hold requests, by index.
    pub(crate) entries: Vec<(u32, Entry)>,
}

impl Loaded {
    /// Keeps the cells that a filter takes, and what belongs to them. A job that loses cells is left
    /// out: what is said of it as a whole, such as the levels that are missing, is no longer known.
    pub(crate) fn choose(&mut self, filter: &Filter) {
        if filter.is_empty() {
            return;
        }
        let mut kept = 0;
        let places: Vec<Option<usize>> = self
            .cells
            .iter()
            .map(|cell| {
                let place = filter.takes(cell).then_some(kept);
                kept += usize::from(place.is_some());
                place
            })
            .collect();
        let place = |cell: usize| places.get(cell).copied().flatten();
        let mut at = 0..;
        self.cells.retain(|_| at.next().and_then(place).is_some());
        let digests = std::mem::take(&mut self.digests).into_iter();
        self.digests = digests.filter_map(|(cell, digest)| Some((place(cell)?, digest))).collect();
        self.jobs.retain_mut(|job| {
            let moved: Option<Vec<usize>> = job.cells.iter().map(|cell| place(*cell)).collect();
            job.cells = moved.unwrap_or_default();
            !job.cells.is_empty()
        });
    }
}

/// Reads a root and joins what belongs together.
pub(crate) fn load(root: &Path, options: &Options<'_>) -> Result<Loaded, AnalyzeError> {
    load_keeping(root, options, Keep::Nothing)
}

/// Reads a root as [`load`] does, and keeps what is wanted of its request tables.
pub(crate) fn load_keeping(
    root: &Path,
    options: &Options<'_>,
    keep: Keep<'_>,
) -> Result<Loaded, AnalyzeError> {
    let tree = read::read_tree(root, options, keep)?;
    if !tree.has_anything() {
        return Err(tree.nothing_supported(root));
    }
    let read::Tree { root_name, mut files, n_listed, fragments, expectations, jobs, entries } =
        tree;
    // Lent to the joining, which knows files by their paths alone.
    let lend = |file: &mut FileRecord| std::mem::take(&mut file.path);
    let paths: Vec<String> = files[..n_listed].iter_mut().map(lend).collect();
    let places = inferguard_cells::Tree { paths: &paths, root_name: &root_name };
    let joining = inferguard_cells::Options { join_runs: options.join_runs };
    let joined = inferguard_cells::join_with_jobs(fragments, jobs, &places, joining);
    let inferguard_cells::Joined { mut cells, jobs, left_out } = joined;
    for (file, path) in files.iter_mut().zip(paths) {
        file.path = path;
    }
    for (file, why) in left_out {
        if let Some(record) = files.get_mut(file as usize) {
            record.outcome.status = FileStatus::Recognised;
            record.outcome.reason = Some(why.to_owned());
        }
    }
    folder_names::fill(&mut cells, &files, &root_name);
    options.fill_unknown(&mut cells, &files);
    inferguard_analysis::cache::settle(&mut cells);
    inferguard_analysis::requests::facts::settle(&mut cells);
    inferguard_analysis::requests::facts::settle_goodput(&mut cells);
    inferguard_analysis::workers::settle(&mut cells);
    let mut entries = (0..).zip(entries).collect();
    export::requests::retain(&mut entries, &cells);
    Ok(Loaded { files, cells, expectations, jobs, entries, digests: Vec::new() })
}

/// Reads a root as [`load`] does, and looks at its request tables for figures if that is wanted.
pub(crate) fn load_digests(
    root: &Path,
    options: &Options<'_>,
    wanted: bool,
) -> Result<Loaded, AnalyzeError> {
    if !wanted {
        return load(root, options);
    }
    let digests = Digests::new(options.slos(), options.slice_ns);
    let mut loaded = load_keeping(root, options, Keep::Digests(&digests))?;
    for (artifact, digest) in digests.into_found() {
        let is_of = |cell: &Cell| {
            cell.artifacts.iter().any(|one| one.file == artifact.file && one.base == artifact.base)
        };
        // Two tables of one cell say the same: the first is drawn.
        let cell = loaded.cells.iter().position(is_of);
        if let Some(cell) = cell.filter(|cell| loaded.digests.iter().all(|(of, _)| of != cell)) {
            loaded.digests.push((cell, digest));
        }
    }
    Ok(loaded)
}

/// Reads several roots as if they lay in one folder: ids and runs begin with the root's name.
///
/// With `digests` it looks at request tables for figures.
pub(crate) fn load_all(
    roots: &[PathBuf],
    options: &Options<'_>,
    digests: bool,
) -> Result<Loaded, AnalyzeError> {
    load_all_by(roots, options, &|root| load_digests(root, options, digests))
}

/// Reads several roots as [`load_all`] does, each of them so.
pub(crate) fn load_all_by(
    roots: &[PathBuf],
    options: &Options<'_>,
    load: &dyn Fn(&Path) -> Result<Loaded, AnalyzeError>,
) -> Result<Loaded, AnalyzeError> {
    if let [root] = roots {
        return load(root);
    }
    let mut all = Loaded::default();
    for (root, name) in roots.iter().zip(names(roots)) {
        let Loaded { files, cells, expectations, jobs, digests, entries } = load(root)?;
        let first = all.cells.len();
        all.digests.extend(digests.into_iter().map(|(cell, digest)| (first + cell, digest)));
        let offset = u32::try_from(all.files.len()).unwrap_or(u32::MAX);
        all.entries.extend(entries.into_iter().map(|(at, entry)| (offset + at, entry)));
        all.files.extend(files);
        let n_cells = all.cells.len();
        all.jobs.extend(jobs.into_iter().map(|mut job| {
            job.shift(offset, n_cells);
            job.folder = match job.folder.as_str() {
                "" => name.clone(),
                folder => format!("{name}/{folder}"),
            };
            job
        }));
        all.expectations.extend(expectations);
        all.cells.extend(cells.into_iter().map(|mut cell| {
            cell.id = format!("{name}/{}", cell.id).into();
            if !options.join_runs {
                cell.run.0 = match cell.run.0.as_str() {
                    "." => name.clone(),
                    run => format!("{name}/{run}"),
                };
            }
            for artifact in &mut cell.artifacts {
                artifact.file += offset;
            }
            cell
        }));
    }
    Ok(all)
}

/// Names of roots: the last part of the path where that tells them apart, else the path as given.
pub(crate) fn names(roots: &[PathBuf]) -> Vec<String> {
    let short = |root: &PathBuf| {
        let path = root.canonicalize().unwrap_or_else(|_| root.clone());
        path.file_name().map(|name| name.to_string_lossy().into_owned())
    };
    let shorts: Vec<Option<String>> = roots.iter().map(short).collect();
    let named = roots.iter().zip(&shorts).enumerate().map(|(at, (root, short))| {
        let is_unique = shorts.iter().filter(|other| *other == short).count() == 1;
        match short {
            Some(short) if is_unique => short.clone(),
            // One path given twice is still told apart.
            _ => {
                let given = root.display().to_string();
                let before = roots[..at].iter().filter(|other| *other == root).count();
                if before == 0 { given } else { format!("{given}~{}", before + 1) }
            }
        }
    });
    named.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roots_are_named_by_what_tells_them_apart() {
        let named = |roots: &[&str]| names(&roots.iter().map(PathBuf::from).collect::<Vec<_>>());
        assert_eq!(named(&["x/july", "x/august"]), ["july", "august"]);
        assert_eq!(named(&["x/july", "y/july", "y/may"]), ["x/july", "y/july", "may"]);
        assert_eq!(named(&["x/july", "x/july"]), ["x/july", "x/july~2"]);
    }
}
