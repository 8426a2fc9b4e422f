//! Tags in the metadata of a job, changed in the text itself: everything else keeps its bytes.

use std::fmt;

use serde::de::{Deserializer as _, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

/// Why tags cannot be changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TagError {
    /// The text is no JSON object.
    #[error("not a JSON object, so it is left as it is: {0}")]
    NotAnObject(String),
    /// The tags are no list of texts.
    #[error("`tags` is no list of texts, so it is left as it is")]
    NotAList,
    /// A tag that nobody could give again.
    #[error("`{0}` is no tag: a tag is a text of 1 to 200 characters on one line")]
    Unusable(String),
}

/// Where the tags stand in a text, and what they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tags {
    /// The tags.
    pub tags: Vec<String>,
    /// Range of the value; `None` when there is none.
    span: Option<(usize, usize)>,
    /// Whether the object has members.
    has_members: bool,
}

impl Tags {
    /// Finds the tags of a metadata text. Of two members `tags` the last one counts.
    pub fn read(text: &str) -> Result<Self, TagError> {
        let mut deserializer = serde_json::Deserializer::from_str(text);
        let error = |error: serde_json::Error| TagError::NotAnObject(error.to_string());
        let (found, has_members) = deserializer.deserialize_map(Finder).map_err(error)?;
        deserializer.end().map_err(error)?;
        let Some(value) = found else {
            return Ok(Self { tags: Vec::new(), span: None, has_members });
        };
        let tags: Option<Vec<String>> =
            serde_json::from_str(value.get()).map_err(|_| TagError::NotAList)?;
        let start = value.get().as_ptr() as usize - text.as_ptr() as usize;
        let span = Some((start, start + value.get().len()));
        Ok(Self { tags: tags.unwrap_or_default(), span, has_members })
    }

    /// The text with other tags; `None` when they are what stands there.
    pub fn write(&self, text: &str, tags: &[String]) -> Result<Option<String>, TagError> {
        if let Some(odd) = tags.iter().find(|tag| !is_usable(tag)) {
            return Err(TagError::Unusable(odd.clone()));
        }
        if self.tags == tags {
            return Ok(None);
        }
        let Some((start, end)) = self.span else {
            return Ok(Some(self.insert(text, tags)));
        };
        let value = list(tags, &indent_before(text, start));
        Ok(Some(format!("{}{value}{}", &text[..start], &text[end..])))
    }

    /// The text with tags as its last member.
    fn insert(&self, text: &str, tags: &[String]) -> String {
        let close = text.rfind('}').unwrap_or(text.len());
        let body = text[..close].trim_end();
        let between = &text[body.len()..close];
        let comma = if self.has_members { "," } else { "" };
        // As the other members stand: on lines of their own, or all on one.
        let (before, indent) = if between.contains('\n') {
            let indent = first_indent(text);
            (format!("\n{indent}"), indent)
        } else {
            (if self.has_members { " ".to_owned() } else { String::new() }, String::new())
        };
        let value = list(tags, &indent);
        format!("{body}{comma}{before}\"tags\": {value}{between}{}", &text[close..])
    }
}

/// Whether a tag can be written, shown and given again.
pub fn is_usable(tag: &str) -> bool {
    let length = tag.chars().count();
    (1..=200).contains(&length) && tag.trim() == tag && !tag.chars().any(char::is_control)
}

/// A list as the other writers of the file make it: two spaces deeper than its member where members
/// have lines of their own.
fn list(tags: &[String], indent: &str) -> String {
    let quoted: Vec<String> =
        tags.iter().map(|tag| serde_json::Value::from(tag.as_str()).to_string()).collect();
    if tags.is_empty() {
        return "[]".to_owned();
    }
    if indent.is_empty() {
        return format!("[{}]", quoted.join(", "));
    }
    let inner = format!("\n{indent}{indent}");
    format!("[{inner}{}\n{indent}]", quoted.join(&format!(",{inner}")))
}

/// The blanks before the member whose value starts here, when it has a line of its own.
fn indent_before(text: &str, at: usize) -> String {
    let line = text[..at].rfind('\n').map_or("", |start| &text[start + 1..at]);
    line.chars().take_while(|c| matches!(c, ' ' | '\t')).collect()
}

/// The blanks before the first member.
fn first_indent(text: &str) -> String {
    let body = text.find('{').map_or("", |at| &text[at + 1..]);
    let line = body.trim_start_matches(['\r', '\n']);
    line.chars().take_while(|c| matches!(c, ' ' | '\t')).collect()
}

struct Finder;

impl<'de> Visitor<'de> for Finder {
    type Value = (Option<&'de RawValue>, bool);

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let (mut found, mut has_members) = (None, false);
        while let Some(key) = map.next_key::<String>()? {
            has_members = true;
            if key == "tags" {
                found = Some(map.next_value::<&RawValue>()?);
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok((found, has_members))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn with(text: &str, tags: &[&str]) -> String {
        let tags: Vec<String> = tags.iter().map(|tag| (*tag).to_owned()).collect();
        let found = Tags::read(text).expect("an object");
        found.write(text, &tags).expect("usable").unwrap_or_else(|| text.to_owned())
    }

    #[test]
    fn all_else_keeps_its_bytes() {
        let text = "{\n  \"b\": 1.50,\n  \"tags\": [\"x\"],\n  \"a\": 1e3, \"big\": 123456789012345678901\n}\n";
        assert_eq!(
            with(text, &["x", "y"]),
            "{\n  \"b\": 1.50,\n  \"tags\": [\n    \"x\",\n    \"y\"\n  ],\n  \"a\": 1e3, \"big\": 123456789012345678901\n}\n"
        );
        assert_eq!(with(text, &["x"]), text);
    }

    #[test]
    fn tags_come_last_where_there_were_none() {
        assert_eq!(
            with("{\"a\": {\"tags\": 1}}", &["x"]),
            "{\"a\": {\"tags\": 1}, \"tags\": [\"x\"]}"
        );
        assert_eq!(with("{}", &["x"]), "{\"tags\": [\"x\"]}");
        assert_eq!(
            with("{\n    \"a\": 1\n}\n", &["x"]),
            "{\n    \"a\": 1,\n    \"tags\": [\n        \"x\"\n    ]\n}\n"
        );
        assert_eq!(with("{\"tags\": null}", &["x"]), "{\"tags\": [\"x\"]}");
    }

    #[test]
    fn what_is_no_list_is_left_alone() {
        assert_eq!(Tags::read("{\"tags\": \"x\"}"), Err(TagError::NotAList));
        assert_eq!(Tags::read("{\"tags\": [1]}"), Err(TagError::NotAList));
        assert!(matches!(Tags::read("[1]"), Err(TagError::NotAnObject(_))));
        assert!(matches!(Tags::read("{\"a\": 1"), Err(TagError::NotAnObject(_))));
        assert!(matches!(Tags::read("{\"a\": NaN}"), Err(TagError::NotAnObject(_))));
        let found = Tags::read("{}").expect("an object");
        for odd in ["", " x", "a\nb"] {
            assert!(found.write("{}", &[odd.to_owned()]).is_err(), "{odd:?}");
        }
    }

    proptest! {
        #[test]
        fn only_the_tags_change(
            before in proptest::collection::vec("[a-z\\\"\\\\é ]{0,6}", 0..4),
            tags in proptest::collection::vec("[a-zé\\\"]{1,6}", 0..4),
            pretty in any::<bool>(),
            had in any::<bool>(),
        ) {
            let mut value = serde_json::Map::new();
            for (n, text) in before.iter().enumerate() {
                value.insert(format!("k{n}"), text.as_str().into());
            }
            if had {
                value.insert("tags".into(), vec!["old"].into());
            }
            value.insert("z".into(), 1.5.into());
            let value = serde_json::Value::Object(value);
            let text = if pretty { serde_json::to_string_pretty(&value) } else { serde_json::to_string(&value) };
            let text = text.expect("writes");
            let found = Tags::read(&text).expect("an object");
            let written = found.write(&text, &tags).expect("usable").unwrap_or_else(|| text.clone());
            let mut read: serde_json::Value = serde_json::from_str(&written).expect("valid");
            if tags.is_empty() && !had {
                prop_assert_eq!(&written, &text);
            } else {
                prop_assert_eq!(&read["tags"], &serde_json::json!(tags));
            }
            read["tags"] = value["tags"].clone();
            if !had {
                read.as_object_mut().expect("an object").remove("tags");
            }
            prop_assert_eq!(read, value);
        }
    }
}
