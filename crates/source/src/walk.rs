//! Lists the files below an input root without following anything out of it.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use globset::{Glob, GlobSet, GlobSetBuilder};
use inferguard_model::{FileOutcome, FileRecord};

use crate::limits;

/// A regular file below the root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Where to open it.
    pub path: PathBuf,
    relative: String,
    /// Where the name begins: every reader asks for it.
    name_at: usize,
}

impl Entry {
    /// A file and its path below the root.
    pub fn new(path: PathBuf, relative: String) -> Self {
        let name_at = memchr::memrchr(b'/', relative.as_bytes()).map_or(0, |slash| slash + 1);
        Self { path, relative, name_at }
    }

    /// Path below the root, `/` between parts, bytes that are not UTF-8 escaped as `\xNN`.
    pub fn relative(&self) -> &str {
        &self.relative
    }

    /// File name.
    pub fn name(&self) -> &str {
        &self.relative[self.name_at..]
    }

    /// Folder below the root; empty for the root itself.
    pub fn folder(&self) -> &str {
        &self.relative[..self.name_at.saturating_sub(1)]
    }
}

/// What is below a root.
#[derive(Debug, Clone, Default)]
pub struct Listing {
    /// Regular files, in order of their path.
    pub files: Vec<Entry>,
    /// Everything else that was met, in order of its path: links, devices, unreadable folders,
    /// files left out.
    pub others: Vec<FileRecord>,
}

/// Which files of the tree to look at.
#[derive(Debug, Clone, Default)]
pub struct Selection {
    include: Option<GlobSet>,
    exclude: Option<GlobSet>,
    skip: Vec<PathBuf>,
}

impl Selection {
    /// Takes files whose path below the root matches any of `include` (all when empty) and none of
    /// `exclude`.
    pub fn new(include: &[String], exclude: &[String]) -> Result<Self, WalkError> {
        Ok(Self { include: globs(include)?, exclude: globs(exclude)?, skip: Vec::new() })
    }

    /// Leaves a folder out altogether, such as the output folder.
    #[must_use]
    pub fn skip(mut self, folder: PathBuf) -> Self {
        self.skip.push(folder);
        self
    }

    fn reason_against(&self, relative: &str) -> Option<&'static str> {
        if self.exclude.as_ref().is_some_and(|set| set.is_match(relative)) {
            return Some("left out by --exclude");
        }
        if self.include.as_ref().is_some_and(|set| !set.is_match(relative)) {
            return Some("not selected by --include");
        }
        None
    }
}

/// A pattern over paths below a root. A bare name matches at any depth, as users of such patterns
/// expect.
pub fn path_glob(pattern: &str) -> Result<Glob, globset::Error> {
    if pattern.contains('/') { Glob::new(pattern) } else { Glob::new(&format!("**/{pattern}")) }
}

fn globs(patterns: &[String]) -> Result<Option<GlobSet>, WalkError> {
    if patterns.is_empty() {
        return Ok(None);
    }
    let mut set = GlobSetBuilder::new();
    for pattern in patterns {
        let glob = path_glob(pattern)
            .map_err(|source| WalkError::Pattern { pattern: pattern.clone(), source })?;
        set.add(glob);
    }
    set.build()
        .map(Some)
        .map_err(|source| WalkError::Pattern { pattern: patterns.join(", "), source })
}

/// Why a tree could not be listed at all.
#[derive(Debug, thiserror::Error)]
pub enum WalkError {
    /// The root is missing or cannot be opened.
    #[error("cannot open {}", path.display())]
    Root {
        /// The root as given.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A glob cannot be parsed.
    #[error("bad pattern `{pattern}`")]
    Pattern {
        /// The pattern as given.
        pattern: String,
        /// What is wrong with it.
        source: globset::Error,
    },
    /// The root is neither a file nor a folder.
    #[error("{} is neither a file nor a folder", path.display())]
    NotAFolder {
        /// The root as given.
        path: PathBuf,
    },
}

/// Lists every file below `root`, or `root` itself when it is a file.
///
/// Links are never followed: one to a place inside the tree is met there, and one that leads out
/// of the tree is told. FIFOs, devices and sockets are refused without being opened.
pub fn list(root: &Path, selection: &Selection) -> Result<Listing, WalkError> {
    let error = |source| WalkError::Root { path: root.to_owned(), source };
    let canonical = root.canonicalize().map_err(error)?;
    let kind = canonical.metadata().map_err(error)?.file_type();
    let mut listing = Listing::default();
    if kind.is_file() {
        let name = canonical.file_name().unwrap_or_default();
        listing.files.push(Entry::new(canonical.clone(), readable(Path::new(name))));
        return Ok(listing);
    }
    if !kind.is_dir() {
        return Err(WalkError::NotAFolder { path: root.to_owned() });
    }
    let walk = walkdir::WalkDir::new(&canonical).max_depth(limits::FOLDER_DEPTH).min_depth(1);
    // Both are canonical, so that bytes tell.
    let skipped = |path: &Path| selection.skip.iter().any(|skip| skip.as_os_str() == path);
    let mut walk = walk.into_iter();
    while let Some(found) = walk.next() {
        let found = match found {
            Ok(found) => found,
            Err(error) => {
                let path = error.path().unwrap_or(&canonical);
                let relative = below(path, &canonical);
                // The name of the folder alone: walkdir's own text repeats the full path.
                let reason =
                    error.io_error().map_or_else(|| error.to_string(), ToString::to_string);
                listing.others.push(record(relative, FileOutcome::refused("folder", reason)));
                continue;
            }
        };
        let file_type = found.file_type();
        if file_type.is_dir() {
            let relative = || below(found.path(), &canonical);
            if skipped(found.path()) {
                walk.skip_current_dir();
            } else if found.file_name() == ".git" {
                let why = "version control, not results";
                listing.others.push(record(relative(), FileOutcome::ignored("folder", why)));
                walk.skip_current_dir();
            } else if found.depth() == limits::FOLDER_DEPTH {
                let why = format!("folders deeper than {} are not read", limits::FOLDER_DEPTH);
                listing.others.push(record(relative(), FileOutcome::refused("folder", why)));
            }
            continue;
        }
        let relative = below(found.path(), &canonical);
        if file_type.is_symlink() {
            listing.others.push(record(relative, link(found.path(), &canonical)));
            continue;
        }
        if !file_type.is_file() {
            let why = "not a regular file (FIFO, device or socket)";
            listing.others.push(record(relative, FileOutcome::refused("special", why)));
            continue;
        }
        if let Some(why) = selection.reason_against(&relative) {
            listing.others.push(record(relative, FileOutcome::ignored("file", why)));
            continue;
        }
        if listing.files.len() == limits::FILES {
            let why =
                format!("more than {} files below the root; the rest is not read", limits::FILES);
            listing.others.push(record(relative, FileOutcome::refused("file", why)));
            break;
        }
        listing.files.push(Entry::new(found.into_path(), relative));
    }
    listing.files.sort_unstable_by(|a, b| a.relative.cmp(&b.relative));
    listing.others.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(listing)
}

fn record(path: String, outcome: FileOutcome) -> FileRecord {
    FileRecord { path, outcome, problems: Vec::new() }
}

fn link(path: &Path, root: &Path) -> FileOutcome {
    match path.canonicalize() {
        Ok(target) if target == root => {
            FileOutcome::ignored("link", "link to the input root itself; not followed")
        }
        Ok(target) if target.starts_with(root) => FileOutcome::ignored(
            "link",
            format!("link to {}, which is met there", below(&target, root)),
        ),
        Ok(_) => FileOutcome::refused("link", "link out of the tree; not followed"),
        Err(_) => FileOutcome::refused("link", "link that leads nowhere or to itself"),
    }
}

fn below(path: &Path, root: &Path) -> String {
    // Both are canonical: texts are compared, which costs a part of comparing component by component.
    let texts = path.to_str().zip(root.to_str());
    match texts.and_then(|(path, root)| path.strip_prefix(root)) {
        Some(rest) => with_slashes(rest.strip_prefix(std::path::MAIN_SEPARATOR).unwrap_or(rest)),
        None => readable(path.strip_prefix(root).unwrap_or(path)),
    }
}

fn with_slashes(path: &str) -> String {
    if std::path::MAIN_SEPARATOR == '/' { path.to_owned() } else { path.replace('\\', "/") }
}

/// A path as text that names one file only: bytes that are not UTF-8 become `\xNN`.
fn readable(path: &Path) -> String {
    if let Some(text) = path.to_str() {
        return with_slashes(text);
    }
    let mut out = String::new();
    for chunk in path.as_os_str().as_encoded_bytes().utf8_chunks() {
        out.push_str(chunk.valid());
        for byte in chunk.invalid() {
            let _ = write!(out, "\\x{byte:02X}");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(files: &[&str]) -> tempfile::TempDir {
        let dir = tempfile::tempdir().expect("a temporary folder");
        for file in files {
            let path = dir.path().join(file);
            std::fs::create_dir_all(path.parent().expect("has a parent"))
                .expect("can make folders");
            std::fs::write(path, "x").expect("can write");
        }
        dir
    }

    fn names(listing: &Listing) -> Vec<&str> {
        listing.files.iter().map(Entry::relative).collect()
    }

    #[test]
    fn lists_in_path_order_and_skips_what_is_asked() {
        let dir = tree(&["b/2.json", "a/1.json", "out/report.json", ".git/config", "c.txt"]);
        let root = dir.path().canonicalize().expect("exists");
        let selection =
            Selection::new(&[], &["*.txt".into()]).expect("good").skip(root.join("out"));
        let listing = list(dir.path(), &selection).expect("lists");
        assert_eq!(names(&listing), ["a/1.json", "b/2.json"]);
        let others: Vec<_> = listing.others.iter().map(|other| other.path.as_str()).collect();
        assert_eq!(others.len(), 2, "{others:?}");
    }

    #[test]
    fn include_patterns_match_names_at_any_depth() {
        let dir = tree(&["a/agg_1.json", "a/raw.json"]);
        let selection = Selection::new(&["agg_*.json".into()], &[]).expect("good");
        assert_eq!(names(&list(dir.path(), &selection).expect("lists")), ["a/agg_1.json"]);
        assert!(matches!(Selection::new(&["[".into()], &[]), Err(WalkError::Pattern { .. })));
    }

    #[cfg(unix)]
    #[test]
    fn links_are_told_and_never_followed() {
        use std::os::unix::fs::symlink;
        let dir = tree(&["a/1.json"]);
        symlink(dir.path(), dir.path().join("a/loop")).expect("can link");
        symlink("/etc/hostname", dir.path().join("out")).expect("can link");
        symlink("self", dir.path().join("self")).expect("can link");
        let listing = list(dir.path(), &Selection::default()).expect("lists");
        assert_eq!(names(&listing), ["a/1.json"]);
        assert_eq!(listing.others.len(), 3);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn names_that_are_not_utf8_stay_apart() {
        use std::os::unix::ffi::OsStrExt;
        let path = |bytes| readable(Path::new(std::ffi::OsStr::from_bytes(bytes)));
        assert_eq!(path(b"a\xFFb"), "a\\xFFb");
        assert_ne!(path(b"a\xFF"), path(b"a\xFE"));
    }

    #[test]
    fn a_single_file_is_its_own_tree() {
        let dir = tree(&["agg_x.json"]);
        let listing = list(&dir.path().join("agg_x.json"), &Selection::default()).expect("lists");
        assert_eq!(names(&listing), ["agg_x.json"]);
        assert!(list(&dir.path().join("absent"), &Selection::default()).is_err());
    }
}
