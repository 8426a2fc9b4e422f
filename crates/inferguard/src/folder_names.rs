//! Configuration from the names of AgentX folders, where the row that states it is gone.

use inferguard_model::{Cell, FileRecord, SourceFormat};

/// Fills what the exports of AIPerf do not hold from the folder of their cell. A cell with its row
/// has all of it, and is of another format.
pub(crate) fn fill(cells: &mut [Cell], files: &[FileRecord], root_name: &str) {
    for cell in cells.iter_mut().filter(|cell| cell.format == SourceFormat::Aiperf) {
        let first = cell.artifacts.first().and_then(|of| files.get(of.file as usize));
        let Some(file) = first else { continue };
        let mut folders = file.path.rsplit('/').skip(1).chain([root_name]);
        if let Some(folder) = folders.find(|folder| folder.starts_with("agentic_")) {
            inferguard_agentx::fill_unknown(&mut cell.evidence, folder);
        }
    }
}
