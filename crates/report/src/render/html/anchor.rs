//! Addresses within the page.
//!
//! They are made of what they name, so that a link stays right when other cells come or go.

use std::collections::HashMap;

use inferguard_schema::Finding;

use crate::overview::Overview;

/// The row of a cell in the matrix.
pub(super) fn row(cell_id: &str) -> String {
    format!("row-{}", digest(cell_id))
}

/// What is told of a cell.
pub(super) fn cell(cell_id: &str) -> String {
    format!("cell-{}", digest(cell_id))
}

/// A scenario.
pub(super) fn scenario(id: &str) -> String {
    format!("scenario-{}", digest(id))
}

/// The addresses of all findings.
pub(super) struct Anchors<'a>(HashMap<*const Finding, String>, std::marker::PhantomData<&'a ()>);

impl<'a> Anchors<'a> {
    /// Of one code and cell the first has the plain address, the others a number.
    pub(super) fn of(overview: &Overview<'a>) -> Self {
        let mut seen: HashMap<(&str, &str), usize> = HashMap::new();
        let anchors = overview.findings.iter().map(|&finding| {
            let about = finding.cell_id.as_deref().unwrap_or_default();
            let times = seen.entry((&finding.code, about)).or_default();
            *times += 1;
            // A code is a name of ours, but a report may come from elsewhere.
            let code: String = finding.code.chars().filter(|c| is_plain(*c)).collect();
            let plain = format!("finding-{code}-{}", digest(about));
            let anchor = if *times > 1 { format!("{plain}-{times}") } else { plain };
            (std::ptr::from_ref(finding), anchor)
        });
        Self(anchors.collect(), std::marker::PhantomData)
    }

    /// The address of a finding of the overview.
    pub(super) fn finding(&self, finding: &Finding) -> &str {
        self.0.get(&std::ptr::from_ref(finding)).map_or("findings", String::as_str)
    }
}

fn is_plain(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

/// 48 bits of FNV-1a: short, and without collisions that anybody will see among 10,000 cells.
fn digest(text: &str) -> String {
    let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3)
    });
    format!("{:012x}", hash >> 16)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_safe_and_differ() {
        let ids = ["a", "a/b", "<script>", "a b", "", "ü#0"];
        let anchors: std::collections::HashSet<_> = ids.iter().map(|id| row(id)).collect();
        assert_eq!(anchors.len(), ids.len());
        assert!(anchors.iter().all(|a| a.chars().all(|c| is_plain(c) || c == '-')));
        assert_eq!(row("a/b"), "row-e620c3190468", "links of older pages stay right");
    }
}
