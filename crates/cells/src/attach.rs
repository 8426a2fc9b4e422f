//! Finds the cell of what lies beside a result: metrics, evals, timelines, logs, archives.

use inferguard_model::names::join_name;
use inferguard_model::{Attach, Cell, Fragment, FragmentKind, Identity};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::group::compatible;
use crate::merge;
use crate::place::{Tree, base_name, cell_folder, of_run, parent, run_of};

/// Adds each attachment to its cell; those that may stand alone and find none make cells of their
/// own, one a folder.
pub(crate) fn attach(cells: &mut Vec<Cell>, mut attachments: Vec<Fragment>, tree: &Tree<'_>) {
    if attachments.is_empty() {
        return;
    }
    attachments.sort_by(|a, b| {
        let key = |f: &Fragment| {
            (
                f.artifact.role.exact_twin().is_some(),
                tree.path(&f.artifact).to_owned(),
                f.artifact.base.len(),
                f.artifact.base.clone(),
            )
        };
        key(a).cmp(&key(b))
    });
    let places = Places::of(cells, tree);
    let mut alone: Vec<Fragment> = Vec::new();
    let mut linked: Vec<Fragment> = Vec::new();
    for attachment in attachments {
        let FragmentKind::Attachment { attach, alone: may_stand_alone } = attachment.kind else {
            continue;
        };
        let found = match attach {
            Attach::WholeFolder => {
                for cell in places.whole_folder(&attachment, tree) {
                    merge::add(&mut cells[cell], attachment.clone(), tree);
                }
                continue;
            }
            Attach::Nearest => places.nearest(&attachment, cells, tree),
            Attach::SameConfiguration => places.same_configuration(&attachment, cells, tree),
        };
        match found {
            Some(cell) => merge::add(&mut cells[cell], attachment, tree),
            None if may_stand_alone => alone.push(attachment),
            None => linked.push(attachment),
        }
    }
    stand_alone(cells, alone, linked, tree);
}

/// Makes a cell of each folder of attachments that found none.
fn stand_alone(
    cells: &mut Vec<Cell>,
    alone: Vec<Fragment>,
    linked: Vec<Fragment>,
    tree: &Tree<'_>,
) {
    let mut by_folder: FxHashMap<String, usize> = FxHashMap::default();
    for fragment in alone {
        let folder = tree.cell_folder(&fragment.artifact).to_owned();
        let shares = fragment.artifact.base.is_empty();
        if let Some(cell) = by_folder.get(&folder).filter(|_| shares) {
            merge::add(&mut cells[*cell], fragment, tree);
            continue;
        }
        let mut cell = merge::start(fragment, tree);
        if shares {
            cell.id = if folder.is_empty() { tree.root_name } else { &*folder }.into();
            by_folder.insert(folder, cells.len());
        }
        cells.push(cell);
    }
    for fragment in linked {
        if let Some(cell) = by_folder.get(tree.cell_folder(&fragment.artifact)) {
            merge::add(&mut cells[*cell], fragment, tree);
        }
    }
}

/// Where the cells lie.
struct Places<'t> {
    by_folder: FxHashMap<&'t str, Vec<usize>>,
    by_name: FxHashMap<&'t str, Vec<usize>>,
    /// Number of cells below each folder, and one of them.
    below: FxHashMap<&'t str, (usize, usize)>,
    stems: Vec<&'t str>,
    runs: Vec<&'t str>,
}

impl<'t> Places<'t> {
    fn of(cells: &[Cell], tree: &Tree<'t>) -> Self {
        let mut places = Self {
            by_folder: FxHashMap::default(),
            by_name: FxHashMap::default(),
            below: FxHashMap::default(),
            stems: Vec::new(),
            runs: Vec::new(),
        };
        for (index, cell) in cells.iter().enumerate() {
            let mut folders: FxHashSet<&str> = FxHashSet::default();
            let mut names: FxHashSet<&str> = FxHashSet::default();
            let mut above: FxHashSet<&str> = FxHashSet::default();
            for artifact in &cell.artifacts {
                let folder = tree.cell_folder(artifact);
                folders.insert(folder);
                if artifact.base.is_empty() {
                    names.insert(join_name(tree.stem(artifact)));
                }
                if join_name(base_name(folder)) != base_name(folder) {
                    names.insert(join_name(base_name(folder)));
                }
                let mut up = folder;
                while !up.is_empty() {
                    above.insert(up);
                    up = parent(up);
                }
                above.insert("");
            }
            for folder in folders {
                places.by_folder.entry(folder).or_default().push(index);
            }
            for name in names.into_iter().filter(|name| !name.is_empty()) {
                places.by_name.entry(name).or_default().push(index);
            }
            for folder in above {
                places.below.entry(folder).or_insert((0, index)).0 += 1;
            }
            places.stems.push(join_name(tree.native_stem(&cell.artifacts[0])));
            places.runs.push(run_of(tree.cell_folder(&cell.artifacts[0])));
        }
        places
    }

    /// The cell of the nearest folder, else the one whose name the folder or file carries.
    fn nearest(&self, attachment: &Fragment, cells: &[Cell], tree: &Tree<'t>) -> Option<usize> {
        let identity = &attachment.evidence.identity;
        let folder = tree.cell_folder(&attachment.artifact);
        let stem = join_name(tree.stem(&attachment.artifact));
        let mut up = folder;
        loop {
            if let Some(here) = self.by_folder.get(up) {
                // Above, a single cell is the nearest one only where the folder holds no others: the
                // folder that was left may be what remains of one of those.
                let alone = up == folder || self.below.get(up).is_some_and(|(n, _)| *n == 1);
                return match here[..] {
                    [only] if alone => Some(only),
                    _ => self.by_stem(stem, here).or_else(|| by_load(identity, here, cells)),
                };
            }
            if let Some(named) = self.by_folder_name(base_name(up)) {
                let named = of_run(named, self.run_of(parent(up)), |cell| self.runs[cell]);
                return match named[..] {
                    [only] => Some(only),
                    _ => by_load(identity, &named, cells),
                };
            }
            if up.is_empty() {
                break;
            }
            up = parent(up);
        }
        match self.below.get(folder) {
            Some((1, only)) => Some(*only),
            _ => None,
        }
    }

    /// Every cell at or below the folder of the artifact.
    fn whole_folder(&self, attachment: &Fragment, tree: &Tree<'_>) -> Vec<usize> {
        let folder = tree.cell_folder(&attachment.artifact);
        // Samples of power have a folder of their own beside the logs of their job.
        let folder =
            if base_name(folder) == "power" { cell_folder(parent(folder)) } else { folder };
        let is_below = |held: &&str| {
            let rest = held.strip_prefix(folder);
            folder.is_empty() || rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let mut cells: Vec<usize> = self
            .by_folder
            .iter()
            .filter(|(held, _)| is_below(held))
            .flat_map(|(_, cells)| cells.iter().copied())
            .collect();
        cells.sort_unstable();
        cells.dedup();
        cells
    }

    /// The run of something in a folder; a top folder without cells is none.
    fn run_of<'f>(&self, folder: &'f str) -> &'f str {
        let run = run_of(folder);
        if self.below.contains_key(run) { run } else { "" }
    }

    /// The only cell with the same configuration, workload and load, of the same run if it has one.
    fn same_configuration(
        &self,
        attachment: &Fragment,
        cells: &[Cell],
        tree: &Tree<'_>,
    ) -> Option<usize> {
        let identity = &attachment.evidence.identity;
        let same = |held: &Identity| {
            held.load.concurrency == identity.load.concurrency
                && held.model == identity.model
                && held.hardware == identity.hardware
                && held.topology.all.tp == identity.topology.all.tp
                && compatible(held, identity)
        };
        identity.load.concurrency?;
        let found: Vec<usize> = cells
            .iter()
            .enumerate()
            .filter(|(_, cell)| cell.has_result && same(&cell.evidence.identity))
            .map(|(index, _)| index)
            .collect();
        let run = self.run_of(tree.cell_folder(&attachment.artifact));
        match of_run(&found, run, |cell| self.runs[cell])[..] {
            [only] => Some(only),
            _ => None,
        }
    }

    /// Cells named like an artifact folder; eval folders repeat the experiment before the name.
    fn by_folder_name(&self, folder: &str) -> Option<&Vec<usize>> {
        let name = join_name(folder);
        if let Some(found) = self.by_name.get(name).filter(|_| !name.is_empty()) {
            return Some(found);
        }
        let mut rest = folder.strip_prefix("eval_")?;
        while let Some((_, tail)) = rest.split_once('_') {
            if let Some(found) = self.by_name.get(tail) {
                return Some(found);
            }
            rest = tail;
        }
        None
    }

    /// The cell whose file name the attachment's name carries; the longest one counts.
    fn by_stem(&self, stem: &str, here: &[usize]) -> Option<usize> {
        let carried = here.iter().copied().filter(|cell| carries(stem, self.stems[*cell]));
        let longest = carried.max_by_key(|cell| self.stems[*cell].len())?;
        let length = self.stems[longest].len();
        let mut as_long = here
            .iter()
            .filter(|cell| carries(stem, self.stems[**cell]) && self.stems[**cell].len() == length);
        (as_long.clone().count() == 1).then(|| as_long.next().copied()).flatten()
    }
}

/// Whether `name` holds `part`, not cut inside a number: `conc4` is no part of `conc48`.
fn carries(name: &str, part: &str) -> bool {
    if part.is_empty() {
        return false;
    }
    let is_digit = |at: Option<usize>| {
        at.and_then(|at| name.as_bytes().get(at)).is_some_and(u8::is_ascii_digit)
    };
    let begins_with_digit = part.as_bytes()[0].is_ascii_digit();
    name.match_indices(part).any(|(at, _)| {
        let cut_before = begins_with_digit && is_digit(at.checked_sub(1));
        !cut_before && !is_digit(Some(at + part.len()))
    })
}

fn by_load(identity: &Identity, here: &[usize], cells: &[Cell]) -> Option<usize> {
    let wanted = identity.load.concurrency?;
    let mut fitting = here.iter().filter(|cell| {
        let held = &cells[**cell].evidence.identity;
        held.load.concurrency == Some(wanted) && compatible(held, identity)
    });
    let first = fitting.next().copied();
    if fitting.next().is_some() { None } else { first }
}
