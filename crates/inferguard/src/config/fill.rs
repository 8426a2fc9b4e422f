//! What is told of cells whose sources do not say it: GPU count and hardware.

use inferguard_model::{Cell, FileRecord, Metric, Origin, Problem, ProblemCode, Quantity, names};

use super::CellRule;
use crate::Options;

/// Where a value that a rule tells is from: the member of the report that lists the rules.
const RULE: &str = "configuration.cells";

impl Options<'_> {
    /// Fills GPU count and hardware where the sources state none. What holds for all cells, a flag
    /// of the command line, beats the rules of the configuration.
    pub(crate) fn fill_unknown(&self, cells: &mut [Cell], files: &[FileRecord]) {
        for cell in cells {
            let known = &cell.evidence;
            if known.identity.hardware.is_none()
                && let Some(given) = self.hardware_of(cell, files).map(str::to_owned)
            {
                let identity = &mut cell.evidence.identity;
                identity.hardware = Some(names::hardware(&given));
                identity.as_written.hardware = Some(given);
            }
            if cell.evidence.metrics.get(Metric::plain(Quantity::NumGpus)).is_none()
                && let Some((gpus, from)) = self.gpus_of(cell, files)
            {
                set_gpus(cell, gpus, from);
            }
        }
    }

    fn hardware_of(&self, cell: &Cell, files: &[FileRecord]) -> Option<&str> {
        let rule = || self.rule(cell, files, |rule| rule.hardware.as_deref());
        self.hardware.as_deref().or_else(rule)
    }

    fn gpus_of(&self, cell: &Cell, files: &[FileRecord]) -> Option<(u32, &'static str)> {
        let rule = || self.rule(cell, files, |rule| rule.gpus);
        self.gpus.map(|n| (n, "--gpus")).or_else(|| rule().map(|n| (n, RULE)))
    }

    /// What the first rule says that matches an artifact of the cell and says it at all.
    fn rule<'s, T>(
        &'s self,
        cell: &Cell,
        files: &[FileRecord],
        says: impl Fn(&'s CellRule) -> Option<T>,
    ) -> Option<T> {
        let matches = |rule: &CellRule| {
            let mut files = cell.artifacts.iter().filter_map(|held| files.get(held.file as usize));
            files.any(|file| rule.path.is_match(&file.path))
        };
        self.settings.cells.iter().find_map(|rule| says(rule).filter(|_| matches(rule)))
    }
}

/// Sets the GPU count and the rates per GPU that follow from it.
fn set_gpus(cell: &mut Cell, gpus: u32, from: &'static str) {
    let metrics = &mut cell.evidence.metrics;
    let n = f64::from(gpus);
    metrics.set(Metric::plain(Quantity::NumGpus), n, Origin::derived(from));
    for (rate, per_gpu, formula) in [
        (Quantity::TotalTput, Quantity::TputPerGpu, "total_tput_tps / num_gpus"),
        (Quantity::OutputTput, Quantity::SystemOutputTputPerGpu, "output_tput_tps / num_gpus"),
    ] {
        if let Some(rate) = metrics.get(Metric::plain(rate)) {
            metrics.set_if_absent(Metric::plain(per_gpu), rate / n, Origin::derived(formula));
        }
    }
    let told = format!("{gpus} GPUs as given ({from}); the source states no count");
    cell.evidence.problem(Problem::note(ProblemCode::Coerced, "num_gpus", told));
}
