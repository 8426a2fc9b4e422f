//! The numbers of a cell, each with where it came from.

use crate::{Metric, Quantity};

/// Where in an artifact, or how otherwise, a number was obtained.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// Member of the artifact's object, below the fragment's base pointer, or a CSV column.
    Key(&'static str),
    /// As [`Place::Key`], for keys and nested pointers known only at run time.
    Path(Box<str>),
    /// Computed by InferGuard; the text is the formula.
    Derived(&'static str),
}

/// The origin of a number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// Index into the artifacts of the fragment or cell that holds the number.
    pub artifact: u16,
    /// The place within it.
    pub place: Place,
}

impl Origin {
    /// A member of the fragment's only artifact.
    pub const fn key(key: &'static str) -> Self {
        Self { artifact: 0, place: Place::Key(key) }
    }

    /// A formula of ours.
    pub const fn derived(formula: &'static str) -> Self {
        Self { artifact: 0, place: Place::Derived(formula) }
    }

    /// Whether InferGuard computed the number.
    pub const fn is_derived(&self) -> bool {
        matches!(self.place, Place::Derived(_))
    }
}

/// One number.
#[derive(Debug, Clone, PartialEq)]
pub struct MetricEntry {
    /// What it is.
    pub metric: Metric,
    /// Its value in the unit of the metric; always finite.
    pub value: f64,
    /// Where it came from.
    pub origin: Origin,
}

/// The numbers of a cell or fragment, sorted by metric, at most one for each.
///
/// Absent and zero are different: a metric that is not known is not in the set.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct MetricSet {
    entries: Vec<MetricEntry>,
}

impl MetricSet {
    /// An empty set with room for `n` numbers.
    pub fn with_capacity(n: usize) -> Self {
        Self { entries: Vec::with_capacity(n) }
    }

    /// A set of entries in any order; of several for one metric the last one counts.
    ///
    /// Cheaper than setting them one by one, which moves what is behind each.
    pub fn from_entries(mut entries: Vec<MetricEntry>) -> Self {
        entries.retain(|entry| entry.value.is_finite());
        entries.sort_by_key(|entry| entry.metric);
        entries.dedup_by(|later, earlier| {
            let again = later.metric == earlier.metric;
            if again {
                std::mem::swap(later, earlier);
            }
            again
        });
        Self { entries }
    }

    /// The value of a metric, if known.
    pub fn get(&self, metric: Metric) -> Option<f64> {
        self.entry(metric).map(|entry| entry.value)
    }

    /// The number and its origin.
    pub fn entry(&self, metric: Metric) -> Option<&MetricEntry> {
        self.position(metric).ok().map(|at| &self.entries[at])
    }

    /// Stores a number and returns the value that it replaced.
    ///
    /// A value that is not finite is not stored: report it as a problem instead.
    pub fn set(&mut self, metric: Metric, value: f64, origin: Origin) -> Option<f64> {
        if !value.is_finite() {
            return None;
        }
        let entry = MetricEntry { metric, value, origin };
        match self.position(metric) {
            Ok(at) => Some(std::mem::replace(&mut self.entries[at], entry).value),
            Err(at) => {
                self.entries.insert(at, entry);
                None
            }
        }
    }

    /// Stores a number unless the metric is known already.
    pub fn set_if_absent(&mut self, metric: Metric, value: f64, origin: Origin) {
        if let Err(at) = self.position(metric)
            && value.is_finite()
        {
            self.entries.insert(at, MetricEntry { metric, value, origin });
        }
    }

    /// Removes a number.
    pub fn remove(&mut self, metric: Metric) -> Option<MetricEntry> {
        self.position(metric).ok().map(|at| self.entries.remove(at))
    }

    /// All numbers in metric order.
    pub fn iter(&self) -> std::slice::Iter<'_, MetricEntry> {
        self.entries.iter()
    }

    /// All numbers, to move elsewhere.
    pub fn into_entries(self) -> Vec<MetricEntry> {
        self.entries
    }

    /// Gives room back that no number needs.
    pub fn shrink_to_fit(&mut self) {
        self.entries.shrink_to_fit();
    }

    /// How many numbers are known.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether no number is known.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Adds `shift` to the artifact index of every origin, when artifacts are appended to a cell's.
    pub fn shift_artifacts(&mut self, shift: u16) {
        for entry in &mut self.entries {
            entry.origin.artifact += shift;
        }
    }

    /// The numbers of a quantity: its statistics in their order.
    pub fn of_quantity(&self, quantity: Quantity) -> &[MetricEntry] {
        let first = self.entries.partition_point(|entry| entry.metric.quantity < quantity);
        let from = &self.entries[first..];
        let n = from.iter().take_while(|entry| entry.metric.quantity == quantity).count();
        &from[..n]
    }

    fn position(&self, metric: Metric) -> Result<usize, usize> {
        self.entries.binary_search_by(|entry| entry.metric.cmp(&metric))
    }
}

impl<'a> IntoIterator for &'a MetricSet {
    type Item = &'a MetricEntry;
    type IntoIter = std::slice::Iter<'a, MetricEntry>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Stat;

    #[test]
    fn keeps_one_value_a_metric_and_refuses_what_is_not_finite() {
        let ttft = Metric::new(Stat::P99, Quantity::Ttft);
        let mut set = MetricSet::default();
        assert_eq!(set.set(ttft, 1.0, Origin::key("a")), None);
        assert_eq!(set.set(ttft, 2.0, Origin::key("b")), Some(1.0));
        assert_eq!(set.set(ttft, f64::NAN, Origin::key("c")), None);
        assert_eq!(set.get(ttft), Some(2.0));
        assert_eq!(set.len(), 1);
    }

    #[test]
    fn the_statistics_of_a_quantity_are_found_together() {
        let all = [
            Metric::plain(Quantity::TotalTput),
            Metric::new(Stat::Mean, Quantity::Ttft),
            Metric::new(Stat::P50, Quantity::Ttft),
            Metric::new(Stat::P99, Quantity::Ttft),
            Metric::new(Stat::Mean, Quantity::E2el),
        ];
        let mut set = MetricSet::default();
        for metric in all.into_iter().rev() {
            set.set(metric, 1.0, Origin::key("a"));
        }
        let metrics =
            |entries: &[MetricEntry]| entries.iter().map(|e| e.metric).collect::<Vec<_>>();
        assert_eq!(metrics(&set.entries), all);
        assert_eq!(metrics(set.of_quantity(Quantity::Ttft)), all[1..4]);
        assert_eq!(metrics(set.of_quantity(Quantity::E2el)), all[4..]);
        assert_eq!(metrics(set.of_quantity(Quantity::Tpot)), []);
        for absent in [
            Metric::new(Stat::Std, Quantity::Ttft),
            Metric::new(Stat::Max, Quantity::E2el),
            Metric::plain(Quantity::Intvty),
        ] {
            assert_eq!(set.get(absent), None, "{absent:?}");
        }
    }

    #[test]
    fn the_last_entry_of_a_metric_counts() {
        let entry = |stat, value| MetricEntry {
            metric: Metric::new(stat, Quantity::Ttft),
            value,
            origin: Origin::key("a"),
        };
        let set = MetricSet::from_entries(vec![
            entry(Stat::P99, 1.0),
            entry(Stat::Mean, 2.0),
            entry(Stat::P99, 3.0),
            entry(Stat::Std, f64::NAN),
        ]);
        assert_eq!(set.len(), 2);
        assert_eq!(set.get(Metric::new(Stat::P99, Quantity::Ttft)), Some(3.0));
    }
}
