//! Rows in the order in which their requests started.

use inferguard_model::RequestTable;

use crate::trend::segments;

/// Whether the order of the rows' starts is known.
pub(super) fn is_known(table: &RequestTable) -> bool {
    has_starts(table) || table.in_start_order
}

/// Whether every row has its moment of start.
pub(super) fn has_starts(table: &RequestTable) -> bool {
    !table.is_empty() && table.start_ns.len() == table.len()
}

/// What orders a row; equal starts keep the order of the source.
pub(super) fn key(table: &RequestTable, row: u32) -> (i64, u32) {
    (table.start_ns.get(row as usize).copied().unwrap_or(0), row)
}

/// All rows in order of start; `None` where nobody knows it.
pub fn sorted(table: &RequestTable) -> Option<Vec<u32>> {
    let mut rows: Vec<u32> = (0..table.len() as u32).collect();
    if has_starts(table) {
        rows.sort_unstable_by_key(|row| key(table, *row));
    } else if !table.in_start_order {
        return None;
    }
    Some(rows)
}

/// Moment of the last token of a row, UTC nanoseconds; `None` without starts or latency.
pub(super) fn completion(table: &RequestTable, row: usize) -> Option<i64> {
    let e2el = table.e2el[row];
    let start = table.start_ns.get(row)?;
    (e2el > 0.0).then(|| start.saturating_add(RequestTable::nanoseconds(e2el) as i64))
}

/// Moves rows so that each of the segments of equal count holds its part of the order, whose own
/// order is left open: medians need no more, and it is cheaper than sorting.
pub(super) fn cut(table: &RequestTable, rows: &mut [u32]) {
    let bounds: Vec<usize> = segments(rows.len()).map(|segment| segment.start).collect();
    part(table, rows, bounds.get(1..).unwrap_or_default(), 0);
}

fn part(table: &RequestTable, rows: &mut [u32], bounds: &[usize], offset: usize) {
    let middle = bounds.len() / 2;
    let Some(bound) = bounds.get(middle) else { return };
    let at = bound - offset;
    rows.select_nth_unstable_by_key(at, |row| key(table, *row));
    let (left, right) = rows.split_at_mut(at);
    part(table, left, &bounds[..middle], offset);
    part(table, right, &bounds[middle + 1..], *bound);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn segments_hold_their_part_of_the_order(starts in prop::collection::vec(0_i64..40, 0..90)) {
            let table = RequestTable {
                e2el: vec![1.0; starts.len()],
                start_ns: starts,
                ..RequestTable::default()
            };
            let mut rows: Vec<u32> = (0..table.len() as u32).collect();
            cut(&table, &mut rows);
            for segment in segments(rows.len()) {
                rows[segment].sort_unstable_by_key(|row| key(&table, *row));
            }
            prop_assert_eq!(rows, sorted(&table).unwrap_or_default());
        }
    }
}
