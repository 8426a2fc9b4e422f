//! What a file is to its folder: one folder of exports is one cell.

use inferguard_model::names::export_prefix;
use inferguard_model::{
    ArtifactRef, Attach, Evidence, Fragment, FragmentKind, Rank, Role, SourceFormat,
};

/// The file that a fragment is read from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Source<'s> {
    /// Index in the listing.
    pub(crate) file: u32,
    /// Its name, without `.gz`.
    pub(crate) name: &'s str,
}

impl Source<'_> {
    /// A fragment that measures the cell.
    pub(crate) fn result(
        self,
        rank: Rank,
        format: SourceFormat,
        role: Role,
        evidence: Evidence,
    ) -> Fragment {
        Fragment {
            kind: FragmentKind::Result(rank),
            format,
            artifact: self.artifact(role),
            cell_id: None,
            // Exports under a prefix of their own may share a folder.
            folder_is_cell: export_prefix(self.name).is_empty(),
            rounding: 0.0,
            evidence: Box::new(evidence),
            table: None,
        }
    }

    /// A fragment that adds to the cell of its folder; `alone` when a run that left nothing else is
    /// a cell all the same.
    pub(crate) fn attachment(self, role: Role, alone: bool, evidence: Evidence) -> Fragment {
        let kind = FragmentKind::Attachment { attach: Attach::Nearest, alone };
        Fragment { kind, ..self.result(Rank::Summary, SourceFormat::Aiperf, role, evidence) }
    }

    fn artifact(self, role: Role) -> ArtifactRef {
        ArtifactRef { role, file: self.file, base: "".into() }
    }
}

/// Whether a file lies in `phases/<name>/` of a cell: what it says of one phase is no cell.
pub(crate) fn is_of_phase(path: &str) -> bool {
    let mut above = path.rsplit('/').skip(2);
    above.next() == Some("phases")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phases_are_told_by_their_folder() {
        assert!(is_of_phase("c16/phases/warmup/profile_export_aiperf.json"));
        assert!(is_of_phase("phases/profiling/server_metrics.json"));
        assert!(!is_of_phase("phases/profile_export_aiperf.json"));
        assert!(!is_of_phase("phases/a/b/profile_export_aiperf.json"));
    }
}
