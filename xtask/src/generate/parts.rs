//! Pages that are written by hand but for a part.

use anyhow::{Context, anyhow};

use crate::root;

/// A file of the project with LF line ends.
pub(super) fn held(path: &str) -> anyhow::Result<String> {
    let text = std::fs::read_to_string(root().join(path))
        .with_context(|| format!("cannot read {path}"))?;
    Ok(text.replace("\r\n", "\n"))
}

/// What stands between the first line `begin` and the line `end` after it, with what is around.
pub(super) fn between<'t>(
    text: &'t str,
    begin: &str,
    end: &str,
) -> anyhow::Result<(&'t str, &'t str, &'t str)> {
    let (begin, end) = (format!("\n{begin}\n"), format!("\n{end}\n"));
    let from = text.find(&begin).map(|at| at + begin.len());
    let found = from.and_then(|from| Some((from, from + text[from..].find(&end)?)));
    let (from, to) = found.ok_or_else(|| anyhow!("no part from `{begin:?}` to `{end:?}`"))?;
    Ok((&text[..from], &text[from..to], &text[to..]))
}

/// The text with another part between two lines.
pub(super) fn replaced(text: &str, begin: &str, end: &str, part: &str) -> anyhow::Result<String> {
    let (before, _, after) = between(text, begin, end)?;
    Ok(format!("{before}{}{after}", part.trim_end()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_part_changes() {
        let text = "a\n<!-- x -->\nold\n<!-- end -->\nb\n";
        let new = replaced(text, "<!-- x -->", "<!-- end -->", "new\n").expect("has the part");
        assert_eq!(new, "a\n<!-- x -->\nnew\n<!-- end -->\nb\n");
        assert!(replaced(text, "<!-- y -->", "<!-- end -->", "new").is_err());
    }
}
