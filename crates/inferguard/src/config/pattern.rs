//! Patterns over paths and ids of cells.

use std::fmt;
use std::str::FromStr;

use globset::GlobMatcher;
use inferguard_source::path_glob;

/// A glob over paths below the root or ids of cells; one without `/` matches names at any depth.
#[derive(Debug, Clone)]
pub struct Pattern {
    text: String,
    glob: GlobMatcher,
}

impl Pattern {
    /// Whether a path or id matches.
    pub fn is_match(&self, path: &str) -> bool {
        self.glob.is_match(path)
    }
}

impl FromStr for Pattern {
    type Err = globset::Error;

    fn from_str(text: &str) -> Result<Self, globset::Error> {
        Ok(Self { text: text.to_owned(), glob: path_glob(text)?.compile_matcher() })
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}
