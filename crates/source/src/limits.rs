//! Bounds on what is read, so that one hostile file cannot take the machine down.

/// Largest file that is read whole, after decompression. Larger ones are refused with a reason.
pub const WHOLE_FILE_BYTES: u64 = 1 << 30;

/// Longest line of a table in JSON lines; a longer one is left out and told, the others are read.
pub const LINE_BYTES: usize = 64 << 20;

/// Bytes at the start of a file that probes may look at.
pub const HEAD_BYTES: usize = 64 * 1024;

/// Files listed below one root.
pub const FILES: usize = 2_000_000;

/// Depth of folders below the root.
pub const FOLDER_DEPTH: usize = 64;

/// Objects and arrays inside one another that a reader walks into; deeper parts are passed over and
/// told, and parts that no reader wants may be of any depth. Below the 128 at which the parser
/// gives the whole document up.
pub const JSON_DEPTH: usize = 100;

/// Longest CSV cell that is kept; a longer one in a column of interest is a problem, other columns
/// may hold cells of any length.
pub const CSV_CELL_BYTES: usize = 64 * 1024;

/// Problems of one kind kept for one artifact; the rest is counted.
pub const PROBLEMS_KEPT: usize = 20;

/// Characters of a producer's error text that reach an output.
pub const MESSAGE_CHARS: usize = 200;

/// Values that the aliases of one YAML document may expand to. Python writes an alias where one
/// object stands twice; a document that needs more is made to exhaust its reader.
pub const YAML_ALIAS_NODES: usize = 100_000;
