//! Where each number of a cell came from.

use std::borrow::Cow;
use std::hash::{BuildHasher, Hash, Hasher};
use std::sync::Arc;

use inferguard_model::{MetricRef, MetricSet, Place};
use rustc_hash::{FxBuildHasher, FxHashMap};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;

use crate::WireMap;

/// An object on the wire that maps a metric to `role:pointer`, `role:column`, or
/// `derived: formula`.
///
/// A report has as many members of these as it has numbers, and cells of one producer hardly differ
/// in them: [`Provenances`] writes each text once.
#[derive(Debug, Clone)]
pub struct Provenance(Sources);

#[derive(Debug, Clone)]
enum Sources {
    /// Of a cell that was analyzed: the object as JSON.
    Written(Arc<RawValue>),
    /// As read from a report.
    Read(WireMap<String>),
}

impl Provenance {
    /// The source of each metric, as text, in order.
    pub fn to_map(&self) -> WireMap<String> {
        match &self.0 {
            Sources::Read(map) => map.clone(),
            Sources::Written(json) => serde_json::from_str(json.get()).unwrap_or_default(),
        }
    }
}

/// Makes the provenance of cell after cell; cells whose numbers came from the same places share one.
#[derive(Debug, Default)]
pub struct Provenances {
    all: FxHashMap<u64, Vec<Arc<Shared>>>,
    /// That of the cell before: the next one mostly has the same.
    last: Option<Arc<Shared>>,
}

#[derive(Debug)]
struct Shared {
    known: Arc<MetricSet>,
    prefixes: Vec<String>,
    json: Arc<RawValue>,
}

impl Provenances {
    /// The origins of these numbers; `prefixes` is what stands before the key of each artifact:
    /// `agg_json:/17/`.
    pub fn of_set(&mut self, known: &Arc<MetricSet>, prefixes: Vec<String>) -> Provenance {
        let is_same = |shared: &&Arc<Shared>| {
            shared.prefixes == prefixes && shared.known.has_same_origins(known)
        };
        if let Some(shared) = self.last.as_ref().filter(is_same) {
            return Provenance(Sources::Written(Arc::clone(&shared.json)));
        }
        let alike = self.all.entry(hash(known, &prefixes)).or_default();
        let shared = if let Some(shared) = alike.iter().find(is_same) {
            Arc::clone(shared)
        } else {
            // Texts are always written; nothing says so in types.
            let Ok(json) = written(known, &prefixes) else { return Provenance::default() };
            let shared = Shared { known: Arc::clone(known), prefixes, json: Arc::from(json) };
            alike.push(Arc::new(shared));
            Arc::clone(&alike[alike.len() - 1])
        };
        let json = Arc::clone(&shared.json);
        self.last = Some(shared);
        Provenance(Sources::Written(json))
    }
}

fn hash(known: &MetricSet, prefixes: &[String]) -> u64 {
    let mut hasher = FxBuildHasher.build_hasher();
    prefixes.hash(&mut hasher);
    for entry in known {
        // Texts that differ mostly differ in length.
        entry.metric.hash(&mut hasher);
        hasher.write_usize(key(entry).len());
    }
    hasher.finish()
}

/// The object on one line.
fn written(known: &MetricSet, prefixes: &[String]) -> serde_json::Result<Box<RawValue>> {
    let mut json = Vec::with_capacity(48 * known.len());
    let mut text = String::new();
    json.push(b'{');
    for entry in known {
        if json.len() > 1 {
            json.extend_from_slice(b", ");
        }
        serde_json::to_writer(&mut json, &*entry.metric.name())?;
        json.extend_from_slice(b": ");
        text.clear();
        text.push_str(match entry.origin.place {
            Place::Derived(_) => "derived: ",
            _ => prefixes.get(usize::from(entry.origin.artifact)).map_or("", String::as_str),
        });
        text.push_str(key(entry));
        serde_json::to_writer(&mut json, &text)?;
    }
    json.push(b'}');
    // Texts make UTF-8, so that nothing is replaced here.
    RawValue::from_string(String::from_utf8_lossy(&json).into_owned())
}

/// The key, path or formula.
fn key(entry: MetricRef<'_>) -> &str {
    match &entry.origin.place {
        Place::Key(key) => key,
        Place::Path(path) => path,
        Place::Derived(formula) => formula,
    }
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
        match &self.0 {
            Sources::Read(map) => map.serialize(serializer),
            Sources::Written(json) => json.serialize(serializer),
        }
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
    use inferguard_model::{Metric, MetricEntry, Origin, Quantity, Stat};

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
            let set = Arc::new(MetricSet::from_entries(vec![entry]));
            let made = Provenances::default().of_set(&set, prefixes);
            assert_eq!(made.to_map().get("p99_ttft").map(String::as_str), Some(expected));
            let json = serde_json::to_string(&made).expect("writes");
            let read: Provenance = serde_json::from_str(&json).expect("reads");
            assert_eq!(read, made);
        }
    }

    #[test]
    fn only_cells_with_the_same_origins_share_a_text() {
        let set = |place, value| {
            let entry = MetricEntry {
                metric: Metric::plain(Quantity::Qps),
                value,
                origin: Origin { artifact: 0, place },
            };
            Arc::new(MetricSet::from_entries(vec![entry]))
        };
        let mut made = Provenances::default();
        let mut text = |place, value, prefix: &str| {
            let made = made.of_set(&set(place, value), vec![prefix.to_owned()]);
            made.to_map().get("qps").cloned().unwrap_or_default()
        };
        assert_eq!(text(Place::Key("qps"), 1.0, "a:/"), "a:/qps");
        assert_eq!(text(Place::Key("qps"), 2.0, "a:/"), "a:/qps");
        assert_eq!(text(Place::Key("rps"), 2.0, "a:/"), "a:/rps", "as long");
        assert_eq!(text(Place::Path("qps".into()), 2.0, "b:/"), "b:/qps");
        assert_eq!(text(Place::Derived("qps"), 2.0, "a:/"), "derived: qps");
        assert_eq!(text(Place::Path("a\"\n".into()), 2.0, ""), "a\"\n");
    }
}
