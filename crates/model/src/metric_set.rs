//! The numbers of a cell, each with where it came from.

mod layouts;

use std::iter::Zip;
use std::ops::Range;
use std::sync::Arc;
use std::{fmt, slice};

pub use layouts::Layouts;
use layouts::{Layout, same_places};

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

    /// As `==`, for origins that mostly are of one reader: its texts are the same ones, which needs no
    /// look at their letters.
    fn is_same(&self, other: &Self) -> bool {
        match (&self.place, &other.place) {
            (Place::Key(one), Place::Key(two)) | (Place::Derived(one), Place::Derived(two))
                if std::ptr::eq(*one, *two) =>
            {
                self.artifact == other.artifact
            }
            _ => self == other,
        }
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

/// One number of a set.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MetricRef<'a> {
    /// What it is.
    pub metric: Metric,
    /// Its value in the unit of the metric; always finite.
    pub value: f64,
    /// Where it came from.
    pub origin: &'a Origin,
}

impl MetricRef<'_> {
    /// The number as one of its own.
    pub fn to_entry(self) -> MetricEntry {
        MetricEntry { metric: self.metric, value: self.value, origin: self.origin.clone() }
    }
}

impl<'a> From<&'a MetricEntry> for MetricRef<'a> {
    fn from(entry: &'a MetricEntry) -> Self {
        Self { metric: entry.metric, value: entry.value, origin: &entry.origin }
    }
}

/// The numbers of a cell or fragment, sorted by metric, at most one for each.
///
/// Absent and zero are different: a metric that is not known is not in the set.
#[derive(Clone)]
pub struct MetricSet(Held);

#[derive(Clone)]
enum Held {
    Own(Vec<MetricEntry>),
    Shared { layout: Arc<Layout>, values: Box<[f64]> },
}

impl MetricSet {
    /// An empty set with room for `n` numbers.
    pub fn with_capacity(n: usize) -> Self {
        Self(Held::Own(Vec::with_capacity(n)))
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
        Self(Held::Own(entries))
    }

    /// Shares names and places with sets that were met before. A change undoes it: for sets that are
    /// complete.
    pub fn share(&mut self, layouts: &mut Layouts) {
        if let Held::Own(entries) = &mut self.0
            && !entries.is_empty()
        {
            let values = entries.iter().map(|entry| entry.value).collect();
            self.0 = Held::Shared { layout: layouts.of(std::mem::take(entries)), values };
        }
    }

    /// Changes the numbers, which are of this set alone from then on.
    fn change<T>(&mut self, change: impl FnOnce(&mut Vec<MetricEntry>) -> T) -> T {
        let mut entries = std::mem::take(self).into_entries();
        let told = change(&mut entries);
        self.0 = Held::Own(entries);
        told
    }

    /// The value of a metric, if known.
    pub fn get(&self, metric: Metric) -> Option<f64> {
        match &self.0 {
            Held::Own(entries) => position(entries, metric).ok().map(|at| entries[at].value),
            Held::Shared { layout, values } => layout.find(metric).map(|at| values[at]),
        }
    }

    /// The number and its origin.
    pub fn entry(&self, metric: Metric) -> Option<MetricRef<'_>> {
        let at = self.find(metric)?;
        self.within(at..at + 1).next()
    }

    /// Stores a number and returns the value that it replaced.
    ///
    /// A value that is not finite is not stored: report it as a problem instead.
    pub fn set(&mut self, metric: Metric, value: f64, origin: Origin) -> Option<f64> {
        if !value.is_finite() {
            return None;
        }
        let entry = MetricEntry { metric, value, origin };
        self.change(|entries| match position(entries, metric) {
            Ok(at) => Some(std::mem::replace(&mut entries[at], entry).value),
            Err(at) => {
                entries.insert(at, entry);
                None
            }
        })
    }

    /// Stores a number unless the metric is known already.
    pub fn set_if_absent(&mut self, metric: Metric, value: f64, origin: Origin) {
        if !value.is_finite() || matches!(self.0, Held::Shared { .. }) && self.get(metric).is_some()
        {
            return;
        }
        self.change(|entries| {
            if let Err(at) = position(entries, metric) {
                entries.insert(at, MetricEntry { metric, value, origin });
            }
        });
    }

    /// Removes a number.
    pub fn remove(&mut self, metric: Metric) -> Option<MetricEntry> {
        let at = self.find(metric)?;
        Some(self.change(|entries| entries.remove(at)))
    }

    /// All numbers in metric order.
    pub fn iter(&self) -> MetricIter<'_> {
        self.within(0..self.len())
    }

    /// All numbers, to move elsewhere.
    pub fn into_entries(self) -> Vec<MetricEntry> {
        match self.0 {
            Held::Own(entries) => entries,
            Held::Shared { .. } => self.iter().map(MetricRef::to_entry).collect(),
        }
    }

    /// How many numbers are known.
    pub fn len(&self) -> usize {
        match &self.0 {
            Held::Own(entries) => entries.len(),
            Held::Shared { values, .. } => values.len(),
        }
    }

    /// Whether no number is known.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Adds `shift` to the artifact index of every origin, when artifacts are appended to a cell's.
    pub fn shift_artifacts(&mut self, shift: u16) {
        self.change(|entries| {
            for entry in entries {
                entry.origin.artifact += shift;
            }
        });
    }

    /// Whether both hold the same metrics from the same places.
    pub fn has_same_origins(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (Held::Shared { layout, .. }, Held::Shared { layout: other, .. })
                if Arc::ptr_eq(layout, other) =>
            {
                true
            }
            _ => same_places(self.places(), other.places()),
        }
    }

    fn places(&self) -> impl ExactSizeIterator<Item = (Metric, &Origin)> {
        self.iter().map(|entry| (entry.metric, entry.origin))
    }

    /// The numbers of a quantity: its statistics in their order.
    pub fn of_quantity(&self, quantity: Quantity) -> MetricIter<'_> {
        let range = match &self.0 {
            Held::Shared { layout, .. } => layout.range(quantity),
            Held::Own(entries) => {
                let first = entries.partition_point(|entry| entry.metric.quantity < quantity);
                let is_of = |entry: &&MetricEntry| entry.metric.quantity == quantity;
                first..first + entries[first..].iter().take_while(is_of).count()
            }
        };
        self.within(range)
    }

    fn within(&self, range: Range<usize>) -> MetricIter<'_> {
        MetricIter(match &self.0 {
            Held::Own(entries) => Walk::Own(entries[range].iter()),
            Held::Shared { layout, values } => {
                let of = layout.metrics[range.clone()].iter().zip(&values[range.clone()]);
                Walk::Shared(of.zip(&layout.origins[range]))
            }
        })
    }

    fn find(&self, metric: Metric) -> Option<usize> {
        match &self.0 {
            Held::Own(entries) => position(entries, metric).ok(),
            Held::Shared { layout, .. } => layout.find(metric),
        }
    }
}

fn position(entries: &[MetricEntry], metric: Metric) -> Result<usize, usize> {
    entries.binary_search_by(|entry| entry.metric.cmp(&metric))
}

/// Numbers of a set, in metric order.
#[derive(Debug, Clone)]
pub struct MetricIter<'a>(Walk<'a>);

#[derive(Debug, Clone)]
enum Walk<'a> {
    Own(slice::Iter<'a, MetricEntry>),
    Shared(Zip<Zip<slice::Iter<'a, Metric>, slice::Iter<'a, f64>>, slice::Iter<'a, Origin>>),
}

impl<'a> Iterator for MetricIter<'a> {
    type Item = MetricRef<'a>;

    fn next(&mut self) -> Option<Self::Item> {
        match &mut self.0 {
            Walk::Own(entries) => entries.next().map(MetricRef::from),
            Walk::Shared(all) => {
                let ((metric, value), origin) = all.next()?;
                Some(MetricRef { metric: *metric, value: *value, origin })
            }
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        match &self.0 {
            Walk::Own(entries) => entries.size_hint(),
            Walk::Shared(all) => all.size_hint(),
        }
    }
}

impl ExactSizeIterator for MetricIter<'_> {}

impl<'a> IntoIterator for &'a MetricSet {
    type Item = MetricRef<'a>;
    type IntoIter = MetricIter<'a>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl Default for MetricSet {
    fn default() -> Self {
        Self(Held::Own(Vec::new()))
    }
}

impl PartialEq for MetricSet {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl fmt::Debug for MetricSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Stat;

    /// A set of its own, and the same one after sharing.
    fn both(set: &MetricSet) -> [MetricSet; 2] {
        let mut shared = set.clone();
        shared.share(&mut Layouts::default());
        assert!(matches!(shared.0, Held::Shared { .. }));
        [set.clone(), shared]
    }

    const TTFT: [Metric; 3] = [
        Metric::new(Stat::Mean, Quantity::Ttft),
        Metric::new(Stat::P50, Quantity::Ttft),
        Metric::new(Stat::P99, Quantity::Ttft),
    ];

    fn three(keys: [&'static str; 3], first: f64) -> MetricSet {
        let entry = |(n, metric): (usize, &Metric)| MetricEntry {
            metric: *metric,
            value: first + n as f64,
            origin: Origin::key(keys[n]),
        };
        MetricSet::from_entries(TTFT.iter().enumerate().map(entry).collect())
    }

    fn layout(set: &MetricSet) -> &Arc<Layout> {
        match &set.0 {
            Held::Shared { layout, .. } => layout,
            Held::Own(_) => panic!("not shared"),
        }
    }

    #[test]
    fn sets_of_the_same_places_share_them() {
        let mut layouts = Layouts::default();
        let [mut a, mut b, mut other] =
            [three(["a", "b", "c"], 1.0), three(["a", "b", "c"], 5.0), three(["a", "b", "d"], 1.0)];
        for set in [&mut a, &mut b, &mut other] {
            set.share(&mut layouts);
        }
        assert!(Arc::ptr_eq(layout(&a), layout(&b)) && a.has_same_origins(&b));
        assert!(!Arc::ptr_eq(layout(&a), layout(&other)) && !a.has_same_origins(&other));
        assert!(a.has_same_origins(&three(["a", "b", "c"], 9.0)));
        assert_eq!(TTFT.map(|metric| b.get(metric)), [Some(5.0), Some(6.0), Some(7.0)]);
        // One that was forgotten is met anew.
        for n in 0..Layouts::REMEMBERED {
            let mut filler = MetricSet::default();
            filler.set(TTFT[0], 0.0, Origin { artifact: n as u16, ..Origin::key("a") });
            filler.share(&mut layouts);
        }
        let mut again = three(["a", "b", "c"], 1.0);
        again.share(&mut layouts);
        assert!(!Arc::ptr_eq(layout(&a), layout(&again)) && a == again);
        assert_eq!(layouts.recent.len(), Layouts::REMEMBERED);
    }

    #[test]
    fn a_shared_set_changes_alone() {
        let of_both = |change: fn(&mut MetricSet)| {
            let [mut own, mut shared] = both(&three(["a", "b", "c"], 1.0));
            let neighbour = shared.clone();
            change(&mut own);
            change(&mut shared);
            assert_eq!(own, shared);
            assert_eq!(neighbour, three(["a", "b", "c"], 1.0));
            assert_eq!(own.clone().into_entries(), shared.into_entries());
            own
        };
        let tpot = Metric::new(Stat::Mean, Quantity::Tpot);
        let set = of_both(|set| {
            assert_eq!(set.set(TTFT[1], 9.0, Origin::key("x")), Some(2.0));
            assert_eq!(set.set(TTFT[1], f64::INFINITY, Origin::key("y")), None);
        });
        assert_eq!(set.entry(TTFT[1]).map(|entry| entry.origin), Some(&Origin::key("x")));
        let set = of_both(|set| {
            set.set_if_absent(TTFT[0], 9.0, Origin::key("x"));
            set.set_if_absent(Metric::new(Stat::Mean, Quantity::Tpot), 4.0, Origin::key("x"));
        });
        assert_eq!((set.get(TTFT[0]), set.get(tpot), set.len()), (Some(1.0), Some(4.0), 4));
        let set = of_both(|set| {
            assert_eq!(set.remove(TTFT[2]).map(|entry| entry.value), Some(3.0));
            assert_eq!(set.remove(TTFT[2]), None);
        });
        assert_eq!(set.len(), 2);
        let set = of_both(|set| set.shift_artifacts(3));
        assert!(set.iter().all(|entry| entry.origin.artifact == 3));
    }

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
        let of = |set: &MetricSet, quantity| {
            set.of_quantity(quantity).map(|entry| entry.metric).collect::<Vec<_>>()
        };
        for set in both(&set) {
            assert_eq!(set.iter().map(|entry| entry.metric).collect::<Vec<_>>(), all);
            assert_eq!(of(&set, Quantity::Ttft), all[1..4]);
            assert_eq!(of(&set, Quantity::E2el), all[4..]);
            assert_eq!(of(&set, Quantity::Tpot), []);
            for absent in [
                Metric::new(Stat::Std, Quantity::Ttft),
                Metric::new(Stat::Max, Quantity::E2el),
                Metric::plain(Quantity::Intvty),
            ] {
                assert_eq!(set.get(absent), None, "{absent:?}");
            }
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
