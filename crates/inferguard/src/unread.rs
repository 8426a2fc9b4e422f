//! Known formats that no reader reads yet: recognised, so that a user sees that they were met.

use inferguard_source::json::Shape;
use inferguard_source::{Candidate, Claim, Content, Entry, Input, Reader, Reading, Refusal};

/// Recognises formats of other producers.
pub(crate) struct KnownUnread;

const INPUTS: &[Input] = &[
    input("guidellm", "benchmarks.json with guidellm keys", "GuideLLM"),
    Input {
        used_for: "recognised; `inferguard trace` reads it",
        ..input("mooncake-trace", "*.jsonl with timestamp, input_length, hash_ids", "Mooncake")
    },
];

const fn input(kind: &'static str, pattern: &'static str, producer: &'static str) -> Input {
    Input { kind, pattern, producer, used_for: "recognised, not read", verified: "real files" }
}

impl Reader for KnownUnread {
    fn id(&self) -> &'static str {
        "recognised"
    }

    fn inputs(&self) -> &'static [Input] {
        INPUTS
    }

    fn wants_name(&self, name: &str) -> bool {
        // JSON of any name may be one of these.
        [".json", ".jsonl"].iter().any(|ending| name.ends_with(ending))
    }

    fn probe(&self, file: &Candidate<'_>) -> Option<Claim> {
        let claim = |kind| Some(Claim::extra(Claim::BY_ENDING, kind));
        let shape: &Shape = file.shape()?;
        if shape.has("benchmarks") && (shape.has("metadata") || shape.has("args")) {
            return claim("guidellm");
        }
        if shape.has_all(&["timestamp", "input_length", "output_length"]) {
            return claim("mooncake-trace");
        }
        None
    }

    fn read(&self, claim: &Claim, _: u32, _: &Entry, _: &mut Content) -> Result<Reading, Refusal> {
        Ok(Reading::recognised(match claim.kind {
            "mooncake-trace" => {
                "a trace is what is sent, not a result; `inferguard trace` reads it".to_owned()
            }
            kind => format!("{kind} is recognised and not read yet"),
        }))
    }
}
