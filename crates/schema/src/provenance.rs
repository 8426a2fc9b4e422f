//! Where each number of a cell came from.

use std::borrow::Cow;
use std::sync::Arc;

use inferguard_model::{MetricEntry, MetricSet, Place};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::WireMap;

/// An object on the wire that maps a metric to `role:pointer`, `role:column`, or
/// `derived: formula`.
///
/// A report has as many of these as it has numbers. They stay as the model holds them, and become
/// text only when they are written.
#[derive(Debug, Clone)]
pub struct Provenance(Sources);

#[derive(Debug, Clone)]
enum Sources {
    /// Of a cell that was analyzed.
    Model { known: Arc<MetricSet>, prefixes: Vec<String> },
    /// As read from a report.
    Read(WireMap<String>),
}

impl Provenance {
    /// The origins of these numbers; `prefixes` is what stands before the key of each artifact:
    /// `agg_json:/17/`.
    pub fn of_set(known: Arc<MetricSet>, prefixes: Vec<String>) -> Self {
        Self(Sources::Model { known, prefixes })
    }

    /// The source of each metric, as text, in order.
    pub fn to_map(&self) -> WireMap<String> {
        match &self.0 {
            Sources::Read(map) => map.clone(),
            Sources::Model { known, prefixes } => {
                let member = |entry: &MetricEntry| {
                    let mut text = String::new();
                    source(entry, prefixes, &mut text);
                    (entry.metric.name(), text)
                };
                WireMap(known.iter().map(member).collect())
            }
        }
    }
}

/// Writes where a number came from into `text`.
fn source(entry: &MetricEntry, prefixes: &[String], text: &mut String) {
    let prefix = prefixes.get(usize::from(entry.origin.artifact)).map_or("", String::as_str);
    let (before, key) = match &entry.origin.place {
        Place::Key(key) => (prefix, *key),
        Place::Path(path) => (prefix, &**path),
        Place::Derived(formula) => ("derived: ", *formula),
    };
    text.push_str(before);
    text.push_str(key);
}

impl From<WireMap<String>> for Provenance {
    fn from(map: WireMap<String>) -> Self {
        Self(Sources::Read(map))
    }
}

impl Default for Provenance {
    fn default() -> Self {
        Self(Sources::Read(WireMap::default()))
    }
}

impl PartialEq for Provenance {
    fn eq(&self, other: &Self) -> bool {
        self.to_map() == other.to_map()
    }
}

impl Serialize for Provenance {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (known, prefixes) = match &self.0 {
            Sources::Read(map) => return map.serialize(serializer),
            Sources::Model { known, prefixes } => (known, prefixes),
        };
        let mut map = serializer.serialize_map(Some(known.len()))?;
        let mut text = String::with_capacity(64);
        for entry in &**known {
            text.clear();
            source(entry, prefixes, &mut text);
            map.serialize_entry(&*entry.metric.name(), &text)?;
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for Provenance {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        WireMap::deserialize(deserializer).map(Self::from)
    }
}

impl JsonSchema for Provenance {
    fn schema_name() -> Cow<'static, str> {
        "Provenance".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "object", "additionalProperties": {"type": "string"}})
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use inferguard_model::{Metric, Origin, Quantity, Stat};

    #[test]
    fn sources_are_the_same_before_and_after_the_wire() {
        let entry = |place, artifact| MetricEntry {
            metric: Metric::new(Stat::P99, Quantity::Ttft),
            value: 1.0,
            origin: Origin { artifact, place },
        };
        for (entry, expected) in [
            (entry(Place::Key("p99_ttft"), 0), "agg_json:/17/p99_ttft"),
            (entry(Place::Path("a/b".into()), 1), "csv:a/b"),
            (entry(Place::Derived("1 / tpot"), 0), "derived: 1 / tpot"),
            (entry(Place::Key("lost"), 9), "lost"),
        ] {
            let prefixes = vec!["agg_json:/17/".to_owned(), "csv:".to_owned()];
            let made = Provenance::of_set(Arc::new(MetricSet::from_entries(vec![entry])), prefixes);
            assert_eq!(made.to_map().get("p99_ttft").map(String::as_str), Some(expected));
            let json = serde_json::to_string(&made).expect("writes");
            let read: Provenance = serde_json::from_str(&json).expect("reads");
            assert_eq!(read, made);
        }
    }
}
