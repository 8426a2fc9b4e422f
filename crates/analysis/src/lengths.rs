//! Input and output lengths of fixed-length cells, from what is stated and what was measured.

use inferguard_model::{Cell, Metric, Quantity, Stat};
use rustc_hash::{FxHashMap, FxHashSet};

/// Measured lengths within this share of a known one are that one.
const SAME_LENGTH: f64 = 0.05;

/// Input and output length, tokens.
type Lengths = (u32, u32);

/// Nominal lengths, else measured ones snapped to a nominal or lower measured length near them.
///
/// Nothing for cells that are not of fixed length: theirs tell no scenarios apart.
pub(crate) fn lengths(cells: &[Cell]) -> Vec<Option<Lengths>> {
    let mut of = vec![None; cells.len()];
    let mut known: FxHashMap<&str, Known> = FxHashMap::default();
    let mut unnamed = Vec::new();
    for (at, cell) in cells.iter().enumerate() {
        let identity = &cell.evidence.identity;
        if identity.scenario_type.as_deref() != Some("fixed-length") {
            continue;
        }
        let model = identity.model.as_deref().unwrap_or_default();
        of[at] = identity.isl.zip(identity.osl);
        if let Some(nominal) = of[at] {
            known.entry(model).or_default().add(nominal);
        } else if let Some((isl, osl)) = measured(cell) {
            unnamed.push((isl, osl, at, model));
        }
    }
    unnamed.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)).then(a.2.cmp(&b.2)));
    for (isl, osl, at, model) in unnamed {
        let known = known.entry(model).or_default();
        of[at] = Some(known.near(isl, osl).unwrap_or_else(|| {
            let lengths = (isl.round() as u32, osl.round() as u32);
            known.add(lengths);
            lengths
        }));
    }
    of
}

fn measured(cell: &Cell) -> Option<(f64, f64)> {
    let of = |quantity| cell.evidence.metrics.get(Metric::new(Stat::Mean, quantity));
    Some((of(Quantity::Isl)?, of(Quantity::Osl)?))
}

/// Lengths of one model, the first known first.
///
/// They lie in a grid of logarithms, so that what is near a length is in its field or the next one,
/// however many lengths there are.
#[derive(Default)]
struct Known {
    seen: FxHashSet<Lengths>,
    grid: FxHashMap<(i32, i32), Vec<(usize, Lengths)>>,
}

impl Known {
    fn add(&mut self, lengths: Lengths) {
        if self.seen.insert(lengths) {
            let at = (field(f64::from(lengths.0)), field(f64::from(lengths.1)));
            self.grid.entry(at).or_default().push((self.seen.len(), lengths));
        }
    }

    /// The first known lengths near measured ones.
    fn near(&self, isl: f64, osl: f64) -> Option<Lengths> {
        let near = |measured: f64, length: u32| {
            (measured - f64::from(length)).abs() <= SAME_LENGTH * f64::from(length)
        };
        let (row, column) = (field(isl), field(osl));
        let fields =
            (row - 1..=row + 1).flat_map(|r| (column - 1..=column + 1).map(move |c| (r, c)));
        fields
            .filter_map(|at| {
                self.grid.get(&at)?.iter().find(|(_, (i, o))| near(isl, *i) && near(osl, *o))
            })
            .min_by_key(|(order, _)| *order)
            .map(|(_, lengths)| *lengths)
    }
}

/// Field of a length in the grid: one is a tenth wide, and what is near reaches half as far.
fn field(length: f64) -> i32 {
    (length.max(1.0).ln() / 0.1) as i32
}

#[cfg(test)]
mod tests {
    use inferguard_model::{Identity, Origin};
    use proptest::prelude::*;

    use super::*;

    fn cell(nominal: Option<Lengths>, measured: Option<(f64, f64)>) -> Cell {
        let mut cell = Cell { id: "".into(), has_result: true, ..Cell::default() };
        cell.evidence.identity = Identity {
            scenario_type: Some("fixed-length".into()),
            isl: nominal.map(|(isl, _)| isl),
            osl: nominal.map(|(_, osl)| osl),
            ..Identity::default()
        };
        if let Some((isl, osl)) = measured {
            for (quantity, value) in [(Quantity::Isl, isl), (Quantity::Osl, osl)] {
                let metric = Metric::new(Stat::Mean, quantity);
                cell.evidence.metrics.set(metric, value, Origin::key("k"));
            }
        }
        cell
    }

    /// The rule as one would say it: the first known lengths that are near, in a list.
    fn by_list(cells: &[Cell]) -> Vec<Option<Lengths>> {
        let nominal = |cell: &Cell| cell.evidence.identity.isl.zip(cell.evidence.identity.osl);
        let mut of: Vec<_> = cells.iter().map(nominal).collect();
        let mut list: Vec<Lengths> = of.iter().flatten().copied().collect();
        let mut unnamed: Vec<_> = (0..cells.len())
            .filter(|at| of[*at].is_none())
            .filter_map(|at| Some((measured(&cells[at])?, at)))
            .collect();
        unnamed.sort_by(|a, b| a.partial_cmp(b).expect("finite"));
        for ((isl, osl), at) in unnamed {
            let near = |m: f64, l: u32| (m - f64::from(l)).abs() <= 0.05 * f64::from(l);
            let found = list.iter().copied().find(|(i, o)| near(isl, *i) && near(osl, *o));
            of[at] = Some(found.unwrap_or_else(|| {
                let lengths = (isl.round() as u32, osl.round() as u32);
                list.push(lengths);
                lengths
            }));
        }
        of
    }

    #[test]
    fn measured_lengths_are_the_nominal_ones_near_them() {
        let cells = [
            cell(None, Some((1023.0, 980.0))),
            cell(None, Some((1076.0, 1024.0))),
            cell(None, None),
            cell(Some((1024, 1024)), None),
            cell(None, Some((1080.0, 1020.0))),
        ];
        let (known, other) = (Some((1024, 1024)), Some((1076, 1024)));
        assert_eq!(lengths(&cells), [known, other, None, known, other]);
    }

    #[test]
    fn cells_of_other_kinds_have_none_and_give_none() {
        let mut replay = cell(Some((1000, 1000)), None);
        replay.evidence.identity.scenario_type = Some("agentic-coding".into());
        let cells = [replay, cell(None, Some((1010.0, 1010.0)))];
        assert_eq!(lengths(&cells), [None, Some((1010, 1010))]);
    }

    proptest! {
        #[test]
        fn the_grid_finds_what_a_list_finds(
            cells in prop::collection::vec(
                (prop::option::of((0_u32..150, 90_u32..110)), 0.0_f64..150.0, 90.0_f64..110.0),
                0..60,
            )
        ) {
            let cells: Vec<Cell> =
                cells.into_iter().map(|(nominal, isl, osl)| cell(nominal, Some((isl, osl)))).collect();
            prop_assert_eq!(lengths(&cells), by_list(&cells));
        }
    }
}
