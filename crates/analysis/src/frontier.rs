//! Pareto frontiers of points in a plane.
//!
//! A point is dominated when another one is at least as good on both axes and better on one. Points
//! that are equal on both are one point; equal on one axis and worse on the other is dominated.

use crate::axis::Direction;

/// A point: horizontal value, vertical value.
pub type XY = (f64, f64);

/// Points that are equal on both axes, by their indices, ascending.
pub type Members = Vec<usize>;

/// The points that no other beats, and the others.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Frontier {
    /// Frontier points, ascending in x.
    pub points: Vec<Members>,
    /// Dominated points, ascending in x, then in y.
    pub dominated: Vec<Dominated>,
}

/// Points that a point of the frontier beats.
#[derive(Debug, Clone, PartialEq)]
pub struct Dominated {
    /// The points.
    pub members: Members,
    /// Index of the frontier point that beats them: of those at least as good in x the best in y.
    pub by: usize,
}

/// The frontier of some points, in n log n; points that are not finite never enter.
pub fn frontier(points: &[XY], better: (Direction, Direction)) -> Frontier {
    let goodness = |(at, (x, y)): (usize, &XY)| {
        let is_finite = x.is_finite() && y.is_finite();
        is_finite.then(|| (upward(*x, better.0), upward(*y, better.1), at))
    };
    let mut order: Vec<(f64, f64, usize)> =
        points.iter().enumerate().filter_map(goodness).collect();
    // The best in x first, among equals the best in y.
    order
        .sort_unstable_by(|a, b| b.0.total_cmp(&a.0).then(b.1.total_cmp(&a.1)).then(a.2.cmp(&b.2)));
    let mut front = Frontier::default();
    let mut best = f64::NEG_INFINITY;
    for equal in order.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1)) {
        let members: Members = equal.iter().map(|(.., at)| *at).collect();
        let (_, y, _) = equal[0];
        if y > best {
            best = y;
            front.points.push(members);
        } else {
            // The latest frontier point is the best in y of those at least as good in x.
            let by = front.points.len() - 1;
            front.dominated.push(Dominated { members, by });
        }
    }
    if better.0 == Direction::Higher {
        front.points.reverse();
        for dominated in &mut front.dominated {
            dominated.by = front.points.len() - 1 - dominated.by;
        }
    }
    front.dominated.sort_by(|a, b| {
        let (a, b) = (points[a.members[0]], points[b.members[0]]);
        a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1))
    });
    front
}

/// A value so turned that more is better; -0 is 0.
fn upward(value: f64, better: Direction) -> f64 {
    match better {
        Direction::Higher => value + 0.0,
        Direction::Lower => 0.0 - value,
    }
}

/// How far a value is behind another, as a share of that one; `None` when that is 0.
pub fn behind(value: f64, better: f64) -> Option<f64> {
    let share = (value - better).abs() / better.abs();
    share.is_finite().then_some(share)
}

/// The x-range that frontiers of two and more points share; each is given by its points, ascending
/// in x. `None` when there is none such, or no common range.
pub fn common_range<'p>(fronts: impl IntoIterator<Item = &'p [XY]>) -> Option<XY> {
    let ends = fronts.into_iter().filter_map(|points| match points {
        [first, .., last] => Some((first.0, last.0)),
        _ => None,
    });
    ends.reduce(|held, own| (held.0.max(own.0), held.1.min(own.1))).filter(|(from, to)| from < to)
}

/// Area under the staircase of a frontier over a range that its points, ascending in x, span;
/// `None` for a single point.
///
/// At each x the staircase is as high as the best frontier point that is at least as good in x.
/// Over a vertical axis where less is better, less area is better.
pub fn area(points: &[XY], better_x: Direction, (from, to): XY) -> Option<f64> {
    if points.len() < 2 {
        return None;
    }
    let stairs = points.windows(2).map(|pair| {
        let ((left, left_y), (right, right_y)) = (pair[0], pair[1]);
        let height = match better_x {
            Direction::Higher => right_y,
            Direction::Lower => left_y,
        };
        (right.min(to) - left.max(from)).max(0.0) * height
    });
    Some(stairs.sum()).filter(|area: &f64| area.is_finite())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Direction::{Higher, Lower};
    use super::*;

    const DIRECTIONS: [(Direction, Direction); 4] =
        [(Higher, Higher), (Higher, Lower), (Lower, Higher), (Lower, Lower)];

    /// Whether `a` is at least as good as `b` on both axes and better on one.
    fn dominates(a: XY, b: XY, better: (Direction, Direction)) -> bool {
        let at_least = |a: f64, b: f64, better| match better {
            Higher => a >= b,
            Lower => a <= b,
        };
        at_least(a.0, b.0, better.0) && at_least(a.1, b.1, better.1) && a != b
    }

    fn xs_and_ys(front: &[Members], points: &[XY]) -> Vec<XY> {
        front.iter().map(|members| points[members[0]]).collect()
    }

    #[test]
    fn all_four_combinations_of_directions() {
        let points = [(1.0, 1.0), (1.0, 2.0), (2.0, 1.0), (2.0, 2.0), (3.0, 0.0), (0.0, 3.0)];
        let of = |better| xs_and_ys(&frontier(&points, better).points, &points);
        assert_eq!(of((Higher, Higher)), [(0.0, 3.0), (2.0, 2.0), (3.0, 0.0)]);
        assert_eq!(of((Higher, Lower)), [(3.0, 0.0)]);
        assert_eq!(of((Lower, Higher)), [(0.0, 3.0)]);
        assert_eq!(of((Lower, Lower)), [(0.0, 3.0), (1.0, 1.0), (3.0, 0.0)]);
    }

    #[test]
    fn equals_are_one_point_and_half_equals_are_dominated() {
        let points = [(2.0, 5.0), (2.0, 4.0), (1.0, 5.0), (2.0, 5.0), (-0.0, 1.0), (0.0, 1.0)];
        let front = frontier(&points, (Higher, Higher));
        assert_eq!(front.points, [vec![0, 3]]);
        let behind: Vec<_> = front.dominated.iter().map(|d| (&d.members[..], d.by)).collect();
        assert_eq!(behind, [(&[4, 5][..], 0), (&[2], 0), (&[1], 0)]);
    }

    #[test]
    fn the_best_in_y_of_those_at_least_as_good_in_x_beats_a_point() {
        let points = [(1.0, 9.0), (5.0, 5.0), (9.0, 1.0), (4.0, 4.0), (6.0, 0.5)];
        let front = frontier(&points, (Higher, Higher));
        let by: Vec<_> = front.dominated.iter().map(|d| (d.members[0], d.by)).collect();
        assert_eq!(by, [(3, 1), (4, 2)]);
        assert_eq!((behind(4.0, 5.0), behind(1.0, 0.0)), (Some(0.2), None));
        assert_eq!(behind(-1.0, -2.0), Some(0.5));
    }

    #[test]
    fn what_is_not_finite_never_enters() {
        let points = [(f64::NAN, 1.0), (1.0, f64::INFINITY), (f64::NEG_INFINITY, 0.0)];
        assert_eq!(frontier(&points, (Higher, Higher)), Frontier::default());
        assert_eq!(frontier(&[], (Lower, Lower)), Frontier::default());
    }

    #[test]
    fn the_area_is_that_of_the_staircase_over_the_common_range() {
        let high = [(10.0, 8.0), (20.0, 4.0), (40.0, 2.0)];
        let other = [(5.0, 9.0), (30.0, 3.0)];
        assert_eq!(common_range([&high[..], &other]), Some((10.0, 30.0)));
        // 4 from 10 to 20, then 2 up to 30.
        assert_eq!(area(&high, Higher, (10.0, 30.0)), Some(60.0));
        assert_eq!(area(&other, Higher, (10.0, 30.0)), Some(60.0));
        let low = [(10.0, 2.0), (20.0, 4.0), (40.0, 8.0)];
        assert_eq!(area(&low, Lower, (15.0, 30.0)), Some(2.0 * 5.0 + 4.0 * 10.0));
    }

    #[test]
    fn one_point_or_no_common_range_has_no_area() {
        let (one, two, far) = ([(1.0, 1.0)], [(1.0, 2.0), (2.0, 1.0)], [(2.0, 2.0), (3.0, 1.0)]);
        assert_eq!(area(&one, Higher, (0.0, 1.0)), None);
        assert_eq!(common_range([&one[..]]), None);
        assert_eq!(common_range([&one[..], &two]), Some((1.0, 2.0)));
        assert_eq!(common_range([&two[..], &far]), None);
        assert_eq!(common_range([]), None);
    }

    /// Few values, so that ties are frequent.
    fn some_points() -> impl Strategy<Value = Vec<XY>> {
        let value = prop_oneof![9 => (-4_i8..5).prop_map(f64::from), 1 => Just(f64::NAN)];
        prop::collection::vec((value.clone(), value), 0..40)
    }

    proptest! {
        #[test]
        fn no_frontier_point_is_dominated_and_every_other_is_by_the_one_named(
            points in some_points()
        ) {
            for better in DIRECTIONS {
                let front = frontier(&points, better);
                let mut seen: Vec<usize> = Vec::new();
                for members in &front.points {
                    seen.extend(members);
                    for other in &points {
                        prop_assert!(!dominates(*other, points[members[0]], better));
                    }
                }
                for Dominated { members, by } in &front.dominated {
                    seen.extend(members);
                    let winner = points[front.points[*by][0]];
                    for member in members {
                        prop_assert!(dominates(winner, points[*member], better));
                    }
                    for other in &front.points {
                        let other = points[other[0]];
                        let reaches = dominates(other, (points[members[0]].0, other.1), better)
                            || other.0 == points[members[0]].0;
                        let higher = if better.1 == Higher { other.1 > winner.1 } else { other.1 < winner.1 };
                        prop_assert!(!(reaches && higher), "a better one beats it too");
                    }
                }
                seen.sort_unstable();
                let finite: Vec<usize> =
                    (0..points.len()).filter(|at| !points[*at].0.is_nan() && !points[*at].1.is_nan()).collect();
                prop_assert_eq!(seen, finite);
                prop_assert!(front.points.windows(2).all(|p| points[p[0][0]].0 < points[p[1][0]].0));
            }
        }

        #[test]
        fn the_order_of_the_points_does_not_matter(
            points in some_points(), turn in 0_usize..40
        ) {
            for better in DIRECTIONS {
                let mut turned = points.clone();
                turned.rotate_left(turn.min(points.len()));
                turned.reverse();
                let values = |points: &[XY]| {
                    let front = frontier(points, better);
                    let by: Vec<_> = front.dominated.iter()
                        .map(|d| (points[d.members[0]], d.members.len(), d.by)).collect();
                    let sizes: Vec<_> = front.points.iter().map(Vec::len).collect();
                    (xs_and_ys(&front.points, points), sizes, by)
                };
                prop_assert_eq!(values(&points), values(&turned));
            }
        }
    }
}
