//! The table of bounds in `docs/architecture.md`.

use inferguard_aiperf::records;
use inferguard_source::limits;

use super::markdown::table;
use super::parts;

/// The page that holds the table.
pub(super) const PAGE: &str = "docs/architecture.md";

pub(super) fn page() -> anyhow::Result<String> {
    let bytes = |n: u64| match n {
        n if n % (1 << 30) == 0 => format!("{} GiB", n >> 30),
        n if n % (1 << 20) == 0 => format!("{} MiB", n >> 20),
        n if n % (1 << 10) == 0 => format!("{} KiB", n >> 10),
        n => format!("{n} B"),
    };
    let rows = [
        ("file read whole, after decompression", bytes(limits::WHOLE_FILE_BYTES)),
        ("line of a file of JSON lines", bytes(limits::LINE_BYTES as u64)),
        ("record of AIPerf, one line", bytes(records::LINE_BYTES as u64)),
        ("head that probes look at", bytes(limits::HEAD_BYTES as u64)),
        ("files below a root", limits::FILES.to_string()),
        ("depth of folders", limits::FOLDER_DEPTH.to_string()),
        ("nested JSON that a reader walks into", limits::JSON_DEPTH.to_string()),
        ("CSV cell that is kept", bytes(limits::CSV_CELL_BYTES as u64)),
        ("problems of one kind kept for one artifact", limits::PROBLEMS_KEPT.to_string()),
        ("characters of a text of a producer in an output", limits::MESSAGE_CHARS.to_string()),
    ];
    let table = table(["bound", "value"], rows.map(|(what, value)| [what.to_owned(), value]));
    parts::replaced(&parts::held(PAGE)?, "<!-- limits -->", "<!-- end -->", &table)
}
