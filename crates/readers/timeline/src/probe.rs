//! What the reader claims: files that match its pattern, and any file whose content says so.

use globset::{Glob, GlobBuilder, GlobMatcher, GlobSet};
use inferguard_model::Role;
use inferguard_source::{Candidate, Claim, Content, Input, Reader, Reading, Refusal};
use inferguard_source::{Entry, json::Shape};

use crate::{convert, wire};

/// The pattern of a live timeline's path below the input root.
pub const DEFAULT_GLOB: &str = "**/inferguard_timeline.jsonl";

/// Reads live timelines and disagg-status records.
#[derive(Debug, Clone)]
pub struct TimelineReader {
    /// A set of one: sets look literal names up where a single glob runs an automaton.
    path: GlobSet,
    /// Last part of the pattern; `None` when a file of any name could match.
    name: Option<GlobMatcher>,
}

impl TimelineReader {
    /// A reader that takes the files whose path below the input root matches `pattern`.
    ///
    /// `*` stays within a folder, `**` does not, and a pattern without `/` matches at any depth.
    /// Files of other names are taken when their content is a timeline without doubt.
    pub fn with_glob(pattern: &str) -> Result<Self, globset::Error> {
        let pattern = pattern.strip_prefix("./").unwrap_or(pattern);
        let name = match pattern.rsplit_once('/') {
            // A bracket may stretch over the last `/`, which then does not part folder and name.
            Some((folder, _)) if folder.contains(['{', '[']) => None,
            Some((_, name)) => glob(name).ok(),
            None => return Self::with_glob(&format!("**/{pattern}")),
        };
        let path = GlobSet::builder().add(glob(pattern)?).build()?;
        Ok(Self { path, name: name.map(|name| name.compile_matcher()) })
    }
}

impl Default for TimelineReader {
    fn default() -> Self {
        Self::with_glob(DEFAULT_GLOB).expect("the default pattern is valid")
    }
}

fn glob(pattern: &str) -> Result<Glob, globset::Error> {
    GlobBuilder::new(pattern).literal_separator(true).build()
}

const INPUTS: &[Input] = &[
    Input {
        kind: Role::TIMELINE_JSONL.0,
        pattern: "inferguard_timeline.jsonl",
        producer: "inferguard 0.7 (`inferguard-timeline/v1` lines, `disagg-status/v1` objects)",
        used_for: "live findings, KV-cache usage, queues, preemptions, KV transfer",
        verified: "fixtures only",
    },
    Input {
        kind: Role::TIMELINE_JSONL.0,
        pattern: "*.jsonl, *.json with a `disagg-status/v1` or `inferguard-timeline/v1` object",
        producer: "inferguard 0.7 (`disagg status --json`, also appended to one file)",
        used_for: "live findings, KV-cache usage, queues, preemptions, KV transfer",
        verified: "fixtures only",
    },
];

impl Reader for TimelineReader {
    fn id(&self) -> &'static str {
        "timeline"
    }

    fn inputs(&self) -> &'static [Input] {
        INPUTS
    }

    fn probe(&self, file: &Candidate<'_>) -> Option<Claim> {
        let score = if file.shape().is_some_and(is_timeline) {
            Claim::BY_CONTENT
        } else if self.path.is_match(unpacked(file.entry().relative())) {
            Claim::BY_NAME
        } else {
            return None;
        };
        Some(Claim::extra(score, Role::TIMELINE_JSONL.0))
    }

    fn wants_name(&self, name: &str) -> bool {
        [".json", ".jsonl"].iter().any(|ending| name.ends_with(ending))
            || self.name.as_ref().is_none_or(|pattern| pattern.is_match(name))
    }

    fn read(
        &self,
        _: &Claim,
        file: u32,
        _: &Entry,
        content: &mut Content,
    ) -> Result<Reading, Refusal> {
        convert::read(file, content)
    }
}

fn is_timeline(shape: &Shape) -> bool {
    let known = |version| wire::SCHEMA_VERSIONS.contains(&version);
    !shape.is_array
        && (shape.text(wire::SCHEMA_VERSION).is_some_and(known) || shape.has(wire::DISAGG_STATUS))
}

fn unpacked(path: &str) -> &str {
    path.strip_suffix(".gz").unwrap_or(path)
}
