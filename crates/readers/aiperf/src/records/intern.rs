//! Numbers for texts that many lines share.

use std::hash::{DefaultHasher, Hash, Hasher};

use rustc_hash::FxHashMap;

/// Gives equal things one number, in the order in which they are first met.
///
/// Things are known by a fingerprint, and only the first `CAP` are kept themselves, so that a file
/// in which every line names another one stays within bounds. Which are kept does not depend on how
/// a file was cut into parts: the first `CAP` of the whole are among the first `CAP` of each part.
#[derive(Debug)]
pub(super) struct Interner<T, const CAP: usize> {
    numbers: FxHashMap<u64, u32>,
    prints: Vec<u64>,
    kept: Vec<T>,
}

impl<T, const CAP: usize> Default for Interner<T, CAP> {
    fn default() -> Self {
        Self { numbers: FxHashMap::default(), prints: Vec::new(), kept: Vec::new() }
    }
}

impl<T, const CAP: usize> Interner<T, CAP> {
    /// The number of a thing; `make` is asked for it when it is new and kept.
    pub(super) fn number(&mut self, print: u64, make: impl FnOnce() -> T) -> u32 {
        *self.numbers.entry(print).or_insert_with(|| {
            if self.prints.len() < CAP {
                self.kept.push(make());
            }
            self.prints.push(print);
            self.prints.len() as u32 - 1
        })
    }

    /// Adds those of the next part and returns what its numbers became.
    pub(super) fn append(&mut self, later: Self) -> Vec<u32> {
        let mut kept = later.kept.into_iter();
        let prints = later.prints.into_iter();
        prints
            .map(|print| {
                let mut text = kept.next();
                let number = self.numbers.len() as u32;
                let number = *self.numbers.entry(print).or_insert(number);
                if number as usize == self.prints.len() {
                    self.prints.push(print);
                    self.kept.extend(text.take());
                }
                number
            })
            .collect()
    }

    /// What is kept, by number; higher numbers are of things that are not.
    pub(super) fn into_kept(mut self) -> Vec<T> {
        self.kept.truncate(CAP);
        self.kept
    }
}

/// A fingerprint, never 0. Two things have the same by accident once in 10¹⁹ pairs.
pub(super) fn fingerprint(thing: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    thing.hash(&mut hasher);
    hasher.finish().max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn interner(things: &[u32]) -> Interner<u32, 3> {
        let mut interner = Interner::default();
        for thing in things {
            interner.number(fingerprint(thing), || *thing);
        }
        interner
    }

    #[test]
    fn parts_give_what_the_whole_gives() {
        let things = [7, 8, 7, 9, 1, 2, 8, 3, 9, 4, 7, 5];
        let mut whole = interner(&things);
        let numbers = things.map(|thing| whole.number(fingerprint(&thing), || thing));
        for cut in 0..things.len() {
            let (first, second) = things.split_at(cut);
            let mut joined = interner(first);
            let moved = joined.append(interner(second));
            let mut later = interner(second);
            for (at, thing) in second.iter().enumerate() {
                let local = later.number(fingerprint(thing), || *thing);
                assert_eq!(moved[local as usize], numbers[cut + at], "{cut} {at}");
            }
            assert_eq!(joined.into_kept(), [7, 8, 9], "{cut}");
        }
    }
}
