//! One request of a trace: what is to be sent and when, not how it went.

/// A request of a trace, as its reader lends it to whoever counts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TraceRequest<'a> {
    /// Line of the file, from 1.
    pub line: u64,
    /// Arrival in nanoseconds on the clock of the trace; `None` when it is not stated.
    pub at_ns: Option<i64>,
    /// Tokens of the prompt.
    pub input_tokens: Option<u32>,
    /// Tokens to generate.
    pub output_tokens: Option<u32>,
    /// Hashes of the blocks of the prompt. Each covers its block and all before it, so that equal
    /// hashes mean equal prefixes.
    pub blocks: Option<&'a [u64]>,
    /// The conversation that the request is a turn of.
    pub session: Option<&'a str>,
}
