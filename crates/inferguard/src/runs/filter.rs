//! Which runs are wanted.

use super::Run;

/// Conditions on runs: of several values of one kind any fits, but a run needs all the tags.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RunFilter {
    /// GPU types, normalized or as written.
    pub gpu: Vec<String>,
    /// Topologies: `1P/4D`, `8A`.
    pub topology: Vec<String>,
    /// Lengths: `1024/8192`.
    pub lengths: Vec<String>,
    /// Parts of container names.
    pub container: Vec<String>,
    /// Tags.
    pub tags: Vec<String>,
}

impl RunFilter {
    /// Whether nothing is asked for.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whether a run fits. What a run does not say fits no condition.
    pub fn takes(&self, run: &Run) -> bool {
        let same = |a: &str, b: &str| a.eq_ignore_ascii_case(b);
        let any = |wanted: &[String], fits: &dyn Fn(&str) -> bool| {
            wanted.is_empty() || wanted.iter().any(|one| fits(one))
        };
        let among = |held: &[String], one: &str| held.iter().any(|have| same(have, one));
        let gpus = [run.gpu.as_deref(), run.gpu_as_written.as_deref()];
        any(&self.gpu, &|one| gpus.into_iter().flatten().any(|gpu| same(gpu, one)))
            && any(&self.topology, &|one| among(&run.topology, one))
            && any(&self.lengths, &|one| among(&run.lengths, one))
            && any(&self.container, &|one| run.containers.iter().any(|held| held.contains(one)))
            && self.tags.iter().all(|tag| run.tags.contains(tag))
    }
}
