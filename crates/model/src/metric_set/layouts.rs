//! Names and origins of numbers, which the files of one producer share.

use std::ops::Range;
use std::sync::Arc;

use super::{MetricEntry, Origin};
use crate::{Metric, Quantity};

/// What a set holds without its values: files of one producer are alike in it.
#[derive(Debug)]
pub(super) struct Layout {
    pub(super) metrics: Box<[Metric]>,
    pub(super) origins: Box<[Origin]>,
    /// Where the numbers of each quantity begin, and where the last ones end.
    begins: Box<[u32]>,
}

impl Layout {
    fn of(entries: Vec<MetricEntry>) -> Self {
        let metrics: Box<[Metric]> = entries.iter().map(|entry| entry.metric).collect();
        let begins = (0..=Quantity::CATALOGUE.len())
            .map(|n| metrics.partition_point(|metric| (metric.quantity as usize) < n) as u32)
            .collect();
        let origins = entries.into_iter().map(|entry| entry.origin).collect();
        Self { metrics, origins, begins }
    }

    fn places(&self) -> impl ExactSizeIterator<Item = (Metric, &Origin)> {
        self.metrics.iter().copied().zip(&self.origins)
    }

    /// The places of a quantity's numbers.
    pub(super) fn range(&self, quantity: Quantity) -> Range<usize> {
        self.begins[quantity as usize] as usize..self.begins[quantity as usize + 1] as usize
    }

    pub(super) fn find(&self, metric: Metric) -> Option<usize> {
        let range = self.range(metric.quantity);
        let place = self.metrics[range.clone()].iter().position(|held| held.stat == metric.stat)?;
        Some(range.start + place)
    }
}

/// The layouts of the sets that were met last, for those to come.
///
/// Ten thousand files of one producer say the same names and places ten thousand times: shared, they
/// take a sixth of the memory, and what is looked up in all of them is found in one place.
#[derive(Debug, Default)]
pub struct Layouts {
    pub(super) recent: Vec<Arc<Layout>>,
    oldest: usize,
}

impl Layouts {
    /// How many are remembered: folders hold files of a few kinds.
    pub(super) const REMEMBERED: usize = 8;

    /// The layout of these numbers.
    pub(super) fn of(&mut self, entries: Vec<MetricEntry>) -> Arc<Layout> {
        let places = || entries.iter().map(|entry| (entry.metric, &entry.origin));
        let mut recent = self.recent.iter();
        if let Some(layout) = recent.find(|layout| same_places(layout.places(), places())) {
            return Arc::clone(layout);
        }
        let layout = Arc::new(Layout::of(entries));
        if self.recent.len() < Self::REMEMBERED {
            self.recent.push(Arc::clone(&layout));
        } else {
            self.recent[self.oldest] = Arc::clone(&layout);
            self.oldest = (self.oldest + 1) % Self::REMEMBERED;
        }
        layout
    }
}

/// Whether both are the same metrics from the same places.
pub(super) fn same_places<'a, 'b>(
    one: impl ExactSizeIterator<Item = (Metric, &'a Origin)>,
    other: impl ExactSizeIterator<Item = (Metric, &'b Origin)>,
) -> bool {
    one.len() == other.len() && one.zip(other).all(|(a, b)| a.0 == b.0 && a.1.is_same(b.1))
}
