//! Files that are made from the code, so that each fact is written down once.
//!
//! [`outputs`] is the list: path and content. One function writes it, one compares it with what is
//! there. A new generated file is a function below `generate/` and a line in the list.

mod artifacts;
mod cli;
mod exit_codes;
mod exports;
mod findings;
mod inputs;
mod limits;
mod markdown;
mod metrics;
mod parts;
mod readme;

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Context, bail};
use inferguard::schema::{Vocabulary, json_schema};

/// Folders that hold generated files only: whatever else lies there is stale.
const OWNED: [&str; 1] = ["docs/findings"];

/// A generated file.
struct Output {
    /// Path below the root of the workspace.
    path: String,
    content: String,
}

impl Output {
    fn new(path: impl Into<String>, content: String) -> Self {
        Self { path: path.into(), content }
    }
}

fn outputs() -> anyhow::Result<Vec<Output>> {
    let mut schema = serde_json::to_string_pretty(&json_schema(Vocabulary::Open))?;
    schema.push('\n');
    let mut outputs = vec![
        Output::new("schemas/inferguard-analyze-v1.schema.json", schema),
        Output::new("docs/supported-inputs.md", inputs::page()),
        Output::new("docs/required-artifacts.md", artifacts::page()),
        Output::new("docs/cli.md", cli::page()),
        Output::new("docs/metrics.md", metrics::page()),
        Output::new("docs/exports.md", exports::page()),
        Output::new("docs/exit-codes.md", exit_codes::page()),
        Output::new("docs/findings/README.md", findings::index()),
        Output::new("README.md", readme::page()?),
        Output::new(limits::PAGE, limits::page()?),
    ];
    outputs.extend(
        findings::pages().map(|(code, page)| Output::new(format!("docs/findings/{code}.md"), page)),
    );
    Ok(outputs)
}

/// Writes every file that differs and removes those that are no longer made.
pub(crate) fn write(root: &Path) -> anyhow::Result<()> {
    let outputs = outputs()?;
    let mut changed = 0;
    for output in &outputs {
        let path = root.join(&output.path);
        if is_current(&path, &output.content)? {
            continue;
        }
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)
                .with_context(|| format!("cannot make {}", folder.display()))?;
        }
        std::fs::write(&path, &output.content)
            .with_context(|| format!("cannot write {}", output.path))?;
        println!("wrote {}", output.path);
        changed += 1;
    }
    for path in left_over(root, &outputs)? {
        std::fs::remove_file(root.join(&path)).with_context(|| format!("cannot remove {path}"))?;
        println!("removed {path}");
        changed += 1;
    }
    println!("{changed} of {} generated files changed", outputs.len());
    Ok(())
}

/// Fails, naming each stale file, unless all are current.
pub(crate) fn check(root: &Path) -> anyhow::Result<()> {
    let outputs = outputs()?;
    let stale = stale(root, &outputs)?;
    if stale.is_empty() {
        println!("{} generated files are current", outputs.len());
        return Ok(());
    }
    bail!("stale: {}; run `cargo xtask gen`", stale.join(", "))
}

fn stale(root: &Path, outputs: &[Output]) -> anyhow::Result<Vec<String>> {
    let mut stale = Vec::new();
    for output in outputs {
        if !is_current(&root.join(&output.path), &output.content)? {
            stale.push(output.path.clone());
        }
    }
    stale.extend(left_over(root, outputs)?);
    Ok(stale)
}

/// Whether a file holds the content; a checkout with CRLF line ends does too.
fn is_current(path: &Path, content: &str) -> anyhow::Result<bool> {
    match std::fs::read_to_string(path) {
        Ok(held) => Ok(held == content || held.replace("\r\n", "\n") == content),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error).with_context(|| format!("cannot read {}", path.display())),
    }
}

fn left_over(root: &Path, outputs: &[Output]) -> anyhow::Result<BTreeSet<String>> {
    let mut left = BTreeSet::new();
    for folder in OWNED {
        let Ok(entries) = std::fs::read_dir(root.join(folder)) else { continue };
        for entry in entries {
            let path = format!("{folder}/{}", entry?.file_name().to_string_lossy());
            if outputs.iter().all(|output| output.path != path) {
                left.insert(path);
            }
        }
    }
    Ok(left)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_stale() {
        check(crate::root()).expect("generated files are current");
    }

    #[test]
    fn what_differs_is_written_and_what_is_no_longer_made_goes() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let old = dir.path().join("docs/findings/gone.md");
        write(dir.path()).expect("writes");
        std::fs::write(&old, "x").expect("can write");
        std::fs::write(dir.path().join("docs/cli.md"), "changed").expect("can write");
        let outputs = outputs().expect("can be made");
        let stale = stale(dir.path(), &outputs).expect("can be read");
        assert_eq!(stale, ["docs/cli.md", "docs/findings/gone.md"]);
        write(dir.path()).expect("writes");
        check(dir.path()).expect("all current");
        assert!(!old.exists());
    }

    #[test]
    fn every_page_says_that_it_is_generated() {
        for output in outputs().expect("can be made") {
            let is_whole = output.path.starts_with("docs/") && output.path != limits::PAGE;
            assert!(!is_whole || output.content.starts_with(markdown::NOTE), "{}", output.path);
            assert!(output.content.ends_with('\n') && !output.content.ends_with("\n\n"));
        }
    }
}
