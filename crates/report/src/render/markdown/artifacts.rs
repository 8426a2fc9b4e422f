//! Co-publish artifact manifest: the files that belong together when the report is published.

use inferguard_schema::Artifact;
use rustc_hash::FxHashMap;

use super::page::{Column, Page, listed};
use super::{LIST_ITEMS, TABLE_ROWS};
use crate::escape::code;
use crate::number::{count, counted};
use crate::overview::Overview;

pub(super) fn section(overview: &Overview, page: &mut Page) {
    let manifest = &overview.report.artifact_manifest;
    let written: Vec<_> = manifest.iter().filter(|artifact| artifact.status == "written").collect();
    let used = |artifact: &&Artifact| ["read", "linked"].contains(&&*artifact.status);
    let read: Vec<_> = manifest.iter().filter(used).collect();

    page.heading(3, "Files written");
    if written.is_empty() {
        page.paragraph("None are listed.");
    } else {
        let lines = written.iter().map(|a| format!("{} ({})", code(&a.path), code(&a.kind)));
        page.bullets(lines, written.len(), TABLE_ROWS);
    }
    page.heading(3, "Files that the results rest on");
    if read.is_empty() {
        page.paragraph("None were read.");
    } else {
        folders(page, &read);
    }
    let others = manifest.len() - written.len() - read.len();
    if others > 0 {
        let others = counted(others, "further entry", "further entries");
        page.paragraph(&format!("{others} of the manifest: see Artifact completeness."));
    }
}

fn folders(page: &mut Page, files: &[&Artifact]) {
    const SHOWN: usize = 2 * TABLE_ROWS;
    // In the order of the manifest, where `c2` comes before `c16`.
    let mut folders: Vec<(&str, Vec<&str>)> = Vec::new();
    let mut places: FxHashMap<&str, usize> = FxHashMap::default();
    for file in files {
        let (folder, name) = file.path.rsplit_once('/').unwrap_or((".", &file.path));
        let next = places.len();
        let at = *places.entry(folder).or_insert(next);
        // Folders that are not shown are only counted.
        if at == folders.len() && at < SHOWN {
            folders.push((folder, Vec::new()));
        }
        if let Some((_, names)) = folders.get_mut(at) {
            names.push(name);
        }
    }
    let columns = [Column::text("Folder"), Column::number("Files"), Column::text("Names")];
    let row = |(folder, names): &(&str, Vec<&str>)| {
        let shown = listed(names, LIST_ITEMS, ", ", |name| code(name));
        vec![code(folder), count(names.len() as u64), shown.unwrap_or_default()]
    };
    let rows: Vec<_> = folders.iter().map(row).collect();
    page.table(&columns, &rows, places.len());
}
