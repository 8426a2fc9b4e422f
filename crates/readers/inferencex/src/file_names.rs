//! The names around one file, read only when an object leaves something to them.

use std::cell::OnceCell;

use inferguard_source::Entry;

use crate::name::{self, NameFacts};

/// What the names of the file and its folders say.
#[derive(Debug, Default)]
pub(crate) struct FileNames<'e> {
    stem: &'e str,
    folder: &'e str,
    /// Concurrency of the file name: the one fact that is compared with every result.
    pub(crate) concurrency: Option<u32>,
    /// The folder that a person named: recipe of results that state none.
    pub(crate) recipe: Option<&'e str>,
    of_stem: OnceCell<NameFacts>,
    of_folder: OnceCell<NameFacts>,
}

impl<'e> FileNames<'e> {
    /// The names around a listed file.
    pub(crate) fn of(entry: &'e Entry) -> Self {
        let name = entry.name();
        let name = name.strip_suffix(".gz").unwrap_or(name);
        let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
        let mut parents = entry.folder().rsplit('/');
        let folder = parents.next().unwrap_or_default();
        // `rigs/<hardware>/multi_node/<recipe>/`: below that folder a recipe has its own.
        let in_recipes = parents.next() == Some("multi_node");
        let recipe = Some(folder).filter(|f| in_recipes && *f != "results" && !f.is_empty());
        Self { stem, folder, recipe, concurrency: name::concurrency(stem), ..Self::default() }
    }

    /// What the file name says.
    pub(crate) fn file(&self) -> &NameFacts {
        self.of_stem.get_or_init(|| NameFacts::of(self.stem))
    }

    /// What the name of its folder says.
    pub(crate) fn folder(&self) -> &NameFacts {
        self.of_folder.get_or_init(|| NameFacts::of(self.folder))
    }

    /// Whether the file name holds `text`, without reading its facts.
    pub(crate) fn stem_has(&self, text: &str) -> bool {
        self.stem.contains(text)
    }
}
