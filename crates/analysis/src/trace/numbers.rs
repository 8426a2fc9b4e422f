//! Numbers blocks in the order in which they are met.

use rustc_hash::FxHashMap;

/// Stands for a hash that was not met.
const NONE: u32 = u32::MAX;

/// Hashes up to which a table costs nothing that matters.
const SMALL: u64 = 1 << 16;

/// Number of each hash.
///
/// Published traces count their blocks instead of hashing them. Such hashes are places in a table,
/// of which neighbours lie side by side: a third of the time and memory of a map. All others are in a
/// map.
#[derive(Debug, Default)]
pub(super) struct Numbers {
    table: Vec<u32>,
    map: FxHashMap<u64, u32>,
    len: u32,
}

impl Numbers {
    /// Different hashes that were met.
    pub(super) fn len(&self) -> u32 {
        self.len
    }

    /// The number of a hash, which is the next one when it was not met.
    pub(super) fn of(&mut self, hash: u64) -> u32 {
        let place = usize::try_from(hash).unwrap_or(usize::MAX);
        match self.table.get(place) {
            Some(number) if *number != NONE => return *number,
            _ => {}
        }
        // Also of a place in the table, which may have been beyond its end when the hash was met.
        if let Some(number) = self.map.get(&hash) {
            return *number;
        }
        let number = self.len;
        self.len += 1;
        // At most half of a table is empty, a small one apart.
        if hash < SMALL.max(2 * u64::from(self.len)) {
            if place >= self.table.len() {
                self.table.resize(place + 1, NONE);
            }
            self.table[place] = number;
        } else {
            self.map.insert(hash, number);
        }
        number
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn hashes_of_any_size_are_numbered_as_they_come(
            hashes in prop::collection::vec(
                prop_oneof![0..20_u64, SMALL - 4..SMALL + 40, any::<u64>(), Just(u64::MAX)],
                0..200,
            ),
        ) {
            let mut numbers = Numbers::default();
            let mut met: Vec<u64> = Vec::new();
            for hash in hashes {
                let expected = met.iter().position(|other| *other == hash).unwrap_or(met.len());
                if expected == met.len() {
                    met.push(hash);
                }
                prop_assert_eq!(numbers.of(hash) as usize, expected);
                prop_assert_eq!(numbers.len() as usize, met.len());
            }
        }
    }

    /// A hash that went into the map stays there when the table grows beyond it.
    #[test]
    fn a_table_that_grows_forgets_nothing() {
        let mut numbers = Numbers::default();
        let far = SMALL + 10;
        assert_eq!(numbers.of(far), 0);
        for hash in 0..SMALL {
            assert_eq!(u64::from(numbers.of(hash)), hash + 1);
        }
        assert_eq!(u64::from(numbers.of(far + 1)), SMALL + 1);
        assert_eq!(numbers.of(far), 0);
        assert!(numbers.table.len() as u64 > far && numbers.map.len() == 1);
    }
}
