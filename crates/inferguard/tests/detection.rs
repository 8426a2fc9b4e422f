//! Every fixture has one owner: no two readers claim a file equally, and each folder's files belong
//! to the reader that the folder is named after.

use std::path::Path;

use inferguard::readers;
use inferguard_aiperf::AiperfReader;
use inferguard_source::{Candidate, Claim, Content, Entry, Selection, list};
use inferguard_timeline::TimelineReader;

/// Fixture folders and the reader that owns every data file in them.
const OWNED: [(&str, &str); 3] =
    [("inferencex", "inferencex"), ("agentx-rows", "inferencex"), ("aiperf", "aiperf")];

/// Claims on a file, the highest first.
fn claims(entry: &Entry) -> Vec<(&'static str, Claim)> {
    let readers = readers(TimelineReader::default(), AiperfReader::default());
    let name = entry.name().strip_suffix(".gz").unwrap_or(entry.name());
    let content = Content::open(&entry.path, Vec::new()).expect("a fixture can be opened");
    let candidate = Candidate::new(entry, &content);
    let mut claims: Vec<_> = readers
        .iter()
        .filter(|reader| reader.wants_name(name))
        .filter_map(|reader| Some((reader.id(), reader.probe(&candidate)?)))
        .collect();
    claims.sort_by_key(|(_, claim)| std::cmp::Reverse(claim.score));
    claims
}

fn linked_by(name: &str) -> Vec<&'static str> {
    let readers = readers(TimelineReader::default(), AiperfReader::default());
    readers.iter().filter(|reader| reader.links(name).is_some()).map(|r| r.id()).collect()
}

#[test]
fn every_fixture_has_one_owner() {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures");
    let selection = Selection::new(&[], &[]).expect("no pattern");
    let listing = list(&fixtures, &selection).expect("the fixtures can be listed");
    assert!(listing.files.len() > 100, "{} fixtures", listing.files.len());
    for entry in &listing.files {
        let path = entry.relative();
        let claims = claims(entry);
        let tie = matches!(&claims[..], [(_, a), (_, b), ..] if a.score == b.score);
        assert!(!tie, "{path} is claimed equally: {claims:?}");
        let owner = OWNED.iter().find(|(folder, _)| path.starts_with(&format!("{folder}/")));
        if let Some((_, owner)) = owner
            && entry.path.extension().is_none_or(|extension| extension != "md")
        {
            match claims.first() {
                Some((reader, _)) => assert_eq!(reader, owner, "{path}"),
                None => assert_eq!(linked_by(entry.name()), [*owner], "{path}"),
            }
        }
    }
}
