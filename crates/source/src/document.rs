//! A small JSON or YAML document as a list of its scalars by pointer.
//!
//! Keys that are null are not there: older versions write every key they know, newer ones leave out
//! what they do not have.

use std::collections::BTreeMap;
use std::ops::Bound;

use crate::json::{self, Container, Enter, JsonScalar, Pointer, Sink};
use crate::{Content, Refusal, coerce, yaml};
use inferguard_model::{Problem, Scalar};

/// Longest text that is kept; paths, names and messages are shorter.
const TEXT_BYTES: usize = 4096;

/// The scalars of a document, and what was noticed while reading it.
#[derive(Debug, Default)]
pub struct Document {
    members: BTreeMap<Box<str>, Scalar>,
    /// What was repaired or left out.
    pub problems: Vec<Problem>,
}

impl Document {
    /// Reads a file, passing over the parts whose pointer `skips` names.
    pub fn read(content: &mut Content, skips: fn(&str) -> bool) -> Result<Self, Refusal> {
        let (text, repaired) = content.text()?;
        let mut document = Self::parse(&text, skips)?;
        document.problems.extend(repaired);
        Ok(document)
    }

    /// Reads a file that is YAML.
    pub fn read_yaml(content: &mut Content, skips: fn(&str) -> bool) -> Result<Self, Refusal> {
        let (text, repaired) = content.text()?;
        let mut document = Self::parse_yaml(&text, skips)?;
        document.problems.extend(repaired);
        Ok(document)
    }

    /// Reads a JSON text.
    pub fn parse(text: &[u8], skips: fn(&str) -> bool) -> Result<Self, Refusal> {
        let (collector, problems) = json::read(text, || Collector::new(skips))?;
        collector.finish(problems, "the document is no JSON object")
    }

    /// Reads a YAML text.
    pub fn parse_yaml(text: &[u8], skips: fn(&str) -> bool) -> Result<Self, Refusal> {
        let (collector, problems) = yaml::read(text, Collector::new(skips))?;
        collector.finish(problems, "the document is no YAML mapping")
    }

    /// Adds a scalar; null is nothing, and what is too long is no name, path or message.
    pub fn insert(&mut self, path: &str, value: JsonScalar<'_>) {
        let value = match value {
            JsonScalar::Null => return,
            JsonScalar::Bool(on) => Scalar::Bool(on),
            JsonScalar::Int(n) => Scalar::Int(n),
            JsonScalar::Float(x) => Scalar::Float(x),
            JsonScalar::Str(text) if text.len() > TEXT_BYTES => return,
            text @ JsonScalar::Str(_) => match coerce::text(text) {
                Some(text) => Scalar::Text(text.into()),
                None => return,
            },
        };
        self.members.insert(path.into(), value);
    }

    /// Forgets the scalars.
    pub fn clear(&mut self) {
        self.members.clear();
    }

    /// A scalar by its pointer, without the first slash.
    pub fn get(&self, path: &str) -> Option<&Scalar> {
        self.members.get(path)
    }

    /// A text that is not empty.
    pub fn text(&self, path: &str) -> Option<&str> {
        match self.get(path)? {
            Scalar::Text(text) if !text.is_empty() => Some(text),
            _ => None,
        }
    }

    /// The first of several paths that holds a text.
    pub fn text_of(&self, paths: &[&str]) -> Option<&str> {
        paths.iter().find_map(|path| self.text(path))
    }

    /// A finite number; one that is written as a text is read, and told.
    pub fn number(&mut self, path: &str) -> Option<f64> {
        let value = match self.members.get(path)? {
            Scalar::Int(n) => return Some(*n as f64),
            Scalar::Float(x) if x.is_finite() => return Some(*x),
            Scalar::Text(text) => JsonScalar::Str(text),
            Scalar::Bool(on) => JsonScalar::Bool(*on),
            Scalar::Float(x) => JsonScalar::Float(*x),
            Scalar::Null => JsonScalar::Null,
        };
        coerce::number(value, path, &mut self.problems)
    }

    /// A whole number ≥ 0; epoch nanoseconds are more than a double holds.
    pub fn count(&mut self, path: &str) -> Option<u64> {
        if let Scalar::Int(n) = self.members.get(path)?
            && let Ok(n) = u64::try_from(*n)
        {
            return Some(n);
        }
        let value = self.number(path)?;
        coerce::count(JsonScalar::Float(value), path, &mut self.problems)
    }

    /// A boolean, in any spelling.
    pub fn truth(&self, path: &str) -> Option<bool> {
        match self.get(path)? {
            Scalar::Bool(on) => Some(*on),
            Scalar::Text(text) => coerce::truth(text.as_bytes()),
            _ => None,
        }
    }

    /// Whether anything stands below a path.
    pub fn has_below(&self, path: &str) -> bool {
        self.below(path).next().is_some()
    }

    /// Every scalar with its pointer, in order of the pointers.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Scalar)> {
        self.members.iter().map(|(path, value)| (&**path, value))
    }

    /// The scalars below a path, with the rest of their pointers.
    pub fn below<'d>(&'d self, path: &'d str) -> impl Iterator<Item = (&'d str, &'d Scalar)> {
        let start = format!("{path}/");
        let length = start.len();
        self.members
            .range::<str, _>((Bound::Included(&*start), Bound::Unbounded))
            .take_while(move |(key, _)| {
                key.len() > length && key.starts_with(path) && key.as_bytes()[length - 1] == b'/'
            })
            .map(move |(key, value)| (&key[length..], value))
    }

    /// The names of the members of an object, in order, each once.
    pub fn members(&self, path: &str) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        for (rest, _) in self.below(path) {
            let name = rest.split('/').next().unwrap_or(rest);
            if names.last().is_none_or(|last| last != name) {
                names.push(name.to_owned());
            }
        }
        names.dedup();
        names
    }

    /// The number of elements of an array of objects.
    pub fn elements(&self, path: &str) -> usize {
        let indexes = self.below(path).filter_map(|(rest, _)| rest.split('/').next()?.parse().ok());
        indexes.max().map_or(0, |last: usize| last + 1)
    }
}

struct Collector {
    document: Document,
    skips: fn(&str) -> bool,
    is_object: bool,
}

impl Collector {
    fn new(skips: fn(&str) -> bool) -> Self {
        Self { document: Document::default(), skips, is_object: false }
    }

    fn finish(self, problems: Vec<Problem>, otherwise: &str) -> Result<Document, Refusal> {
        if !self.is_object {
            return Err(Refusal::new(otherwise));
        }
        Ok(Document { problems, ..self.document })
    }
}

impl Sink for Collector {
    fn scalar(&mut self, at: &Pointer, value: JsonScalar<'_>) {
        self.document.insert(at.as_str().trim_start_matches('/'), value);
    }

    fn enter(&mut self, at: &Pointer, container: Container) -> Enter {
        if at.depth() == 0 {
            self.is_object = container == Container::Object;
            return if self.is_object { Enter::Walk } else { Enter::Skip };
        }
        if (self.skips)(&at.as_str()[1..]) { Enter::Skip } else { Enter::Walk }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scalars_are_found_by_their_pointers() {
        let text = br#"{"a": {"b": 1.5, "c": null, "d/e": "x"}, "ab": {"b": 2}, "l": [{"n": 1}, {"n": "7"}],
            "skipped": {"a": 1}, "n": NaN}"#;
        let mut document = Document::parse(text, |path| path == "skipped").expect("is read");
        assert_eq!(document.number("a/b"), Some(1.5));
        assert_eq!((document.number("a/c"), document.number("n")), (None, None));
        assert_eq!(document.members("a"), ["b", "d~1e"]);
        assert_eq!(document.elements("l"), 2);
        assert_eq!(document.count("l/1/n"), Some(7));
        assert!(!document.has_below("skipped") && document.has_below("ab"));
        assert!(document.problems.len() >= 2, "{:?}", document.problems);
        assert!(Document::parse(b"[1]", |_| false).is_err());
        assert!(Document::parse(b"{\"a\": 1", |_| false).is_err());
    }
}
