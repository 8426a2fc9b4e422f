//! What a reader returns for one result or attachment, before cells are joined.

use crate::{ArtifactRef, Evidence, RequestTable, SourceFormat};

/// Which of several sources of one number is kept; earlier ranks win.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rank {
    /// The producer's processed row.
    Row,
    /// The producer's own summary.
    Summary,
    /// Recomputed by InferGuard from records.
    Records,
}

/// How an attachment finds its cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Attach {
    /// The cell of the nearest folder, or the one whose stem the file name carries.
    Nearest,
    /// The cell with the same configuration, workload and load.
    SameConfiguration,
    /// Every cell at or below the artifact's folder: what belongs to a whole job.
    WholeFolder,
}

/// Whether a fragment makes a cell or adds to one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FragmentKind {
    /// Measures a cell.
    Result(Rank),
    /// Adds to a cell; makes one of its own only when `alone` and no cell is found.
    Attachment {
        /// How the cell is found.
        attach: Attach,
        /// Whether it stands for a cell when none is found.
        alone: bool,
    },
}

/// Knowledge about one cell from one artifact.
#[derive(Debug, Clone, PartialEq)]
pub struct Fragment {
    /// Result or attachment.
    pub kind: FragmentKind,
    /// Format that a cell made of this fragment has.
    pub format: SourceFormat,
    /// The artifact that was read.
    pub artifact: ArtifactRef,
    /// Explicit id inside the artifact.
    pub cell_id: Option<String>,
    /// The artifact's file stands for its folder (AgentX trace replay): the id is the folder's path.
    pub folder_is_cell: bool,
    /// Smallest step that the producer's rounding left, in the unit of each value; 0 when exact.
    pub rounding: f64,
    /// What is known; boxed, since fragments are moved often before they become a cell.
    pub evidence: Box<Evidence>,
    /// Per-request rows, reduced to metrics and dropped before cells are joined.
    pub table: Option<Box<RequestTable>>,
}

/// What our own `manifest.json` expects of the tree.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Expectations {
    /// Folder of the manifest below the input root, with `/` at the end unless empty.
    pub folder: String,
    /// File index of the manifest.
    pub file: u32,
    /// Cells that must be there, by id relative to `folder`.
    pub cells: Vec<String>,
    /// Whether each cell should have a live timeline.
    pub timeline: bool,
}
