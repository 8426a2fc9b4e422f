//! The numbers of a cell.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::sync::Arc;

use inferguard_model::{Metric, MetricRef, MetricSet, Quantity, Stat};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::ser::{SerializeMap, SerializeStruct};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::{Value, WireMap};

/// Metrics that are always there, as null when they are not known: the groups of the contract.
/// In metric order.
const ALWAYS: [Metric; 18] = {
    use Quantity as Q;
    [
        Metric::plain(Q::TotalTput),
        Metric::plain(Q::InputTput),
        Metric::plain(Q::OutputTput),
        Metric::plain(Q::TputPerGpu),
        Metric::plain(Q::InputTputPerGpu),
        Metric::plain(Q::OutputTputPerGpu),
        Metric::plain(Q::Intvty),
        Metric::new(Stat::Mean, Q::Ttft),
        Metric::new(Stat::P99, Q::Ttft),
        Metric::new(Stat::Mean, Q::Tpot),
        Metric::new(Stat::P99, Q::Tpot),
        Metric::new(Stat::Mean, Q::Itl),
        Metric::new(Stat::P99, Q::Itl),
        Metric::plain(Q::TheoreticalCacheHitRate),
        Metric::plain(Q::ServerGpuCacheHitRate),
        Metric::plain(Q::ServerCpuCacheHitRate),
        Metric::plain(Q::KvOffloadBytesGpuToCpu),
        Metric::plain(Q::KvOffloadBytesCpuToGpu),
    ]
};

/// An object on the wire that maps a metric to its value; null where a metric that the contract
/// wants is not known.
///
/// The numbers of a cell that was analyzed stay as the model holds them, and get their names only
/// when they are written.
#[derive(Debug, Clone)]
pub struct Metrics(Numbers);

#[derive(Debug, Clone)]
enum Numbers {
    /// Of a cell that was analyzed.
    Model(Arc<MetricSet>),
    /// As read from a report.
    Read(WireMap<Value>),
}

impl Metrics {
    /// These numbers, and the others that the contract wants.
    pub fn of_set(known: Arc<MetricSet>) -> Self {
        Self(Numbers::Model(known))
    }

    /// The value of a metric, if it is there.
    pub fn get(&self, name: &str) -> Option<Value> {
        match &self.0 {
            Numbers::Read(map) => map.get(name).cloned(),
            Numbers::Model(known) => {
                let metric = Metric::parse(name).filter(|metric| metric.name() == name)?;
                match known.entry(metric) {
                    Some(entry) => Some(value(entry)),
                    None => ALWAYS.contains(&metric).then_some(Value::Null),
                }
            }
        }
    }

    /// Every metric with its value, in order.
    pub fn to_map(&self) -> WireMap<Value> {
        match &self.0 {
            Numbers::Read(map) => map.clone(),
            Numbers::Model(known) => {
                WireMap(members(known).map(|(metric, value)| (metric.name(), value)).collect())
            }
        }
    }
}

/// Known numbers and the metrics that are always there, in metric order.
fn members(known: &MetricSet) -> impl Iterator<Item = (Metric, Value)> {
    let mut known = known.iter().peekable();
    let mut always = &ALWAYS[..];
    std::iter::from_fn(move || {
        let wanted = always.first();
        let order = match (known.peek(), wanted) {
            (Some(entry), Some(wanted)) => entry.metric.cmp(wanted),
            (Some(_), None) => Ordering::Less,
            (None, _) => Ordering::Greater,
        };
        if order.is_ge() {
            always = always.get(1..).unwrap_or_default();
        }
        if order.is_gt() {
            return wanted.map(|metric| (*metric, Value::Null));
        }
        known.next().map(|entry| (entry.metric, value(entry)))
    })
}

fn value(entry: MetricRef<'_>) -> Value {
    let is_whole = || entry.value.fract() == 0.0 && entry.value.abs() < 9e15;
    if entry.metric.is_countable() && is_whole() {
        Value::Int(entry.value as i64)
    } else {
        entry.value.into()
    }
}

impl From<WireMap<Value>> for Metrics {
    fn from(map: WireMap<Value>) -> Self {
        Self(Numbers::Read(map))
    }
}

impl Default for Metrics {
    fn default() -> Self {
        Self(Numbers::Read(WireMap::default()))
    }
}

impl PartialEq for Metrics {
    fn eq(&self, other: &Self) -> bool {
        self.to_map() == other.to_map()
    }
}

impl Serialize for Metrics {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let known = match &self.0 {
            Numbers::Read(map) => return map.serialize(serializer),
            Numbers::Model(known) => known,
        };
        // Names of fields need no look whether they are to be escaped, and nearly all names are fixed.
        if known.iter().all(|entry| entry.metric.common_name().is_some()) {
            let mut fields = serializer.serialize_struct("Metrics", known.len())?;
            for (metric, value) in members(known) {
                let Some(name) = metric.common_name() else { continue };
                fields.serialize_field(name, &value)?;
            }
            return fields.end();
        }
        let mut map = serializer.serialize_map(None)?;
        for (metric, value) in members(known) {
            map.serialize_entry(&*metric.name(), &value)?;
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for Metrics {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        WireMap::deserialize(deserializer).map(Self::from)
    }
}

impl JsonSchema for Metrics {
    fn schema_name() -> Cow<'static, str> {
        "Metrics".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        WireMap::<Value>::json_schema(generator)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use inferguard_model::Origin;

    fn example() -> Metrics {
        let mut known = MetricSet::default();
        known.set(Metric::new(Stat::P99, Quantity::Ttft), 1.5, Origin::key("p99_ttft"));
        known.set(Metric::plain(Quantity::NumGpus), 8.0, Origin::key("tp"));
        Metrics::of_set(Arc::new(known))
    }

    #[test]
    fn metrics_of_the_contract_are_there_as_null_and_in_order() {
        assert!(ALWAYS.is_sorted());
        let made = example();
        let map = made.to_map();
        assert_eq!(map.0.len(), ALWAYS.len() + 1);
        assert!(map.0.iter().filter_map(|(name, _)| Metric::parse(name)).is_sorted());
        for (name, value) in [
            ("p99_ttft", Some(Value::Float(1.5))),
            ("num_gpus", Some(Value::Int(8))),
            ("mean_ttft", Some(Value::Null)),
            ("std_ttft", None),
            ("median_ttft", None),
        ] {
            assert_eq!(made.get(name), value, "{name}");
            assert_eq!(map.get(name), value.as_ref(), "{name}");
        }
    }

    #[test]
    fn numbers_are_the_same_before_and_after_the_wire() {
        let mut rare = MetricSet::default();
        rare.set(Metric::new(Stat::Percentile(97_500), Quantity::Ttft), 1.5, Origin::key("a"));
        for made in [example(), Metrics::of_set(Arc::new(rare))] {
            let json = serde_json::to_string(&made).expect("writes");
            let read: Metrics = serde_json::from_str(&json).expect("reads");
            assert_eq!(read, made);
        }
    }
}
