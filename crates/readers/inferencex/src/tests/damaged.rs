//! Damaged copies of the fixtures never panic, and whatever is read of them is finite.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use proptest::prelude::*;

use super::{fixtures, read_folder, read_text};

/// Name and bytes of every fixture that is read.
static FILES: LazyLock<Vec<(String, Vec<u8>)>> = LazyLock::new(|| {
    let mut files = Vec::new();
    for root in ["inferencex", "agentx-rows"] {
        let root = fixtures().join(root);
        for (record, _) in read_folder(&root) {
            let path: PathBuf = root.join(&record.path);
            let name = path.file_name().map_or_else(String::new, |n| n.to_string_lossy().into());
            let is_data = Path::new(&name).extension().is_some_and(|e| e != "md" && e != "log");
            if is_data {
                files.push((name, std::fs::read(&path).expect("the fixture can be read")));
            }
        }
    }
    files
});

/// What is done to a text.
#[derive(Debug, Clone)]
enum Damage {
    Cut(usize),
    Overwrite(usize, u8),
    Insert(usize, &'static str),
    Remove(usize, usize),
    /// Doubles a part, so that keys and documents stand twice.
    Repeat(usize, usize),
}

fn damage() -> impl Strategy<Value = Damage> {
    let at = any::<usize>();
    let pieces = prop::sample::select(vec![
        "NaN",
        "Infinity",
        "-1",
        "1e999",
        "null",
        "{}",
        "[",
        "]",
        "}",
        "\"",
        ",",
        "\\u0000",
        "é",
        "[[1]]",
        "\n{",
        "true",
        "\"ttfts\":[1],",
        "\"itls\":[[1],{}],",
        "99999999999999999999999",
    ]);
    prop_oneof![
        at.prop_map(Damage::Cut),
        (at, any::<u8>()).prop_map(|(at, byte)| Damage::Overwrite(at, byte)),
        (at, pieces).prop_map(|(at, piece)| Damage::Insert(at, piece)),
        (at, 1..64_usize).prop_map(|(at, n)| Damage::Remove(at, n)),
        (at, 1..400_usize).prop_map(|(at, n)| Damage::Repeat(at, n)),
    ]
}

fn apply(text: &mut Vec<u8>, damage: &Damage) {
    let end = |at: usize, n: usize, len: usize| at.saturating_add(n).min(len);
    let len = text.len().max(1);
    match damage {
        Damage::Cut(at) => text.truncate(at % len),
        Damage::Overwrite(at, byte) => {
            if let Some(held) = text.get_mut(at % len) {
                *held = *byte;
            }
        }
        Damage::Insert(at, piece) => {
            let at = (at % len).min(text.len());
            text.splice(at..at, piece.bytes());
        }
        Damage::Remove(at, n) => {
            let at = (at % len).min(text.len());
            text.drain(at..end(at, *n, text.len()));
        }
        Damage::Repeat(at, n) => {
            let at = (at % len).min(text.len());
            let part = text[at..end(at, *n, text.len())].to_vec();
            text.splice(at..at, part);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn damaged_files_are_read_or_refused(
        file in any::<prop::sample::Index>(),
        damages in prop::collection::vec(damage(), 1..4),
    ) {
        let (name, text) = file.get(&FILES);
        let mut text = text.clone();
        for damage in &damages {
            apply(&mut text, damage);
        }
        let (record, reading) = read_text(name, &text);
        for fragment in reading.iter().flat_map(|reading| &reading.fragments) {
            for entry in &fragment.evidence.metrics {
                prop_assert!(entry.value.is_finite() && entry.value >= 0.0, "{name} {entry:?}");
            }
        }
        // Short texts under keys of their own are private by their key, which may be what is damaged.
        let by_key = ["tiny.json", "conc64.json"].contains(&name.as_str());
        prop_assert!(by_key || !format!("{record:?}{reading:?}").contains("PRIVATE"), "{name}");
    }
}
