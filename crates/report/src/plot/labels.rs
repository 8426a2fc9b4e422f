//! Finds free places for texts among lines, markers and other texts.

/// What is taken of a part of the picture, in small squares.
pub(super) struct Room {
    left: f32,
    top: f32,
    square: f32,
    columns: i64,
    rows: i64,
    taken: Vec<Taken>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Taken {
    Free,
    /// A text may go over it when there is no better place: it has a halo.
    Line,
    Never,
}

/// A box: left, top, right, bottom.
pub(super) type Bounds = (f32, f32, f32, f32);

impl Room {
    pub(super) fn new((left, top, right, bottom): Bounds, square: f32) -> Self {
        let count = |length: f32| (length / square).ceil().max(1.0) as i64;
        let (columns, rows) = (count(right - left), count(bottom - top));
        Self {
            left,
            top,
            square,
            columns,
            rows,
            taken: vec![Taken::Free; (columns * rows) as usize],
        }
    }

    fn column(&self, x: f32) -> i64 {
        ((x - self.left) / self.square).floor() as i64
    }

    fn row(&self, y: f32) -> i64 {
        ((y - self.top) / self.square).floor() as i64
    }

    /// A line passes here.
    pub(super) fn pass(&mut self, (x0, y0): (f32, f32), (x1, y1): (f32, f32)) {
        let length = (x1 - x0).abs().max((y1 - y0).abs());
        let steps = (length / self.square).ceil().clamp(1.0, 4000.0) as usize;
        for step in 0..=steps {
            let share = step as f32 / steps as f32;
            self.mark(x0 + (x1 - x0) * share, y0 + (y1 - y0) * share);
        }
    }

    fn mark(&mut self, x: f32, y: f32) {
        let (column, row) = (self.column(x), self.row(y));
        if (0..self.columns).contains(&column) && (0..self.rows).contains(&row) {
            let square = &mut self.taken[(row * self.columns + column) as usize];
            *square = (*square).max(Taken::Line);
        }
    }

    /// Something stands here that no text may cover.
    pub(super) fn block(&mut self, bounds: Bounds) {
        if let Some((columns, rows)) = self.squares(bounds, true) {
            for row in rows {
                let from = row * self.columns as usize;
                self.taken[from + columns.start..from + columns.end].fill(Taken::Never);
            }
        }
    }

    /// How many squares of lines a text would cover; `None` where it may not be.
    fn cost(&self, bounds: Bounds) -> Option<usize> {
        let (columns, rows) = self.squares(bounds, false)?;
        let mut lines = 0;
        for row in rows {
            let from = row * self.columns as usize;
            for taken in &self.taken[from + columns.start..from + columns.end] {
                match taken {
                    Taken::Free => {}
                    Taken::Line => lines += 1,
                    Taken::Never => return None,
                }
            }
        }
        Some(lines)
    }

    /// The squares of a box: the part inside, or `None` when it is not all inside.
    fn squares(
        &self,
        (left, top, right, bottom): Bounds,
        cut: bool,
    ) -> Option<(std::ops::Range<usize>, std::ops::Range<usize>)> {
        let (from_column, to_column) = (self.column(left), self.column(right));
        let (from_row, to_row) = (self.row(top), self.row(bottom));
        let is_inside =
            from_column >= 0 && from_row >= 0 && to_column < self.columns && to_row < self.rows;
        if !is_inside && !cut {
            return None;
        }
        let clamp = |at: i64, most: i64| at.clamp(0, most) as usize;
        Some((
            clamp(from_column, self.columns)..clamp(to_column + 1, self.columns),
            clamp(from_row, self.rows)..clamp(to_row + 1, self.rows),
        ))
    }

    /// The best place for a text so wide and high around one of some points, at least `gap` away:
    /// the left end and the middle of its height. Takes it.
    pub(super) fn place(
        &mut self,
        anchors: &[(f32, f32)],
        (width, height): (f32, f32),
        gap: f32,
    ) -> Option<(f32, f32)> {
        let half = height / 2.0;
        let mut best: Option<(usize, (f32, f32))> = None;
        for (nth, (x, y)) in anchors.iter().enumerate() {
            let diagonal = gap * 0.8;
            let spots = [
                (x + gap, *y),
                (x + diagonal, y - half - diagonal * 0.6),
                (x - width / 2.0, y - half - gap),
                (x - width - diagonal, y - half - diagonal * 0.6),
                (x - width - gap, *y),
                (x + diagonal, y + half + diagonal * 0.6),
                (x - width / 2.0, y + half + gap),
                (x - width - diagonal, y + half + diagonal * 0.6),
            ];
            for (order, (left, middle)) in spots.into_iter().enumerate() {
                let bounds = (left, middle - half, left + width, middle + half);
                let Some(lines) = self.cost(bounds) else { continue };
                let cost = lines * 4 + order + nth * 3;
                if best.is_none_or(|(least, _)| cost < least) {
                    best = Some((cost, (left, middle)));
                }
            }
        }
        let (_, (left, middle)) = best?;
        self.block((left, middle - half, left + width, middle + half));
        Some((left, middle))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_do_not_cover_each_other_nor_what_is_blocked() {
        let mut room = Room::new((0.0, 0.0, 100.0, 100.0), 2.0);
        room.block((48.0, 48.0, 52.0, 52.0));
        let size = (20.0, 8.0);
        let mut placed = Vec::new();
        while let Some((left, middle)) = room.place(&[(50.0, 50.0)], size, 5.0) {
            placed.push((left, middle - 4.0, left + 20.0, middle + 4.0));
        }
        assert!(placed.len() >= 3, "{placed:?}");
        for (n, a) in placed.iter().enumerate() {
            assert!(a.0 >= 0.0 && a.1 >= 0.0 && a.2 <= 100.0 && a.3 <= 100.0);
            for b in &placed[n + 1..] {
                assert!(a.2 <= b.0 || b.2 <= a.0 || a.3 <= b.1 || b.3 <= a.1, "{a:?} {b:?}");
            }
        }
    }

    #[test]
    fn a_place_without_lines_is_preferred_and_outside_is_none() {
        let mut room = Room::new((0.0, 0.0, 100.0, 100.0), 2.0);
        room.pass((50.0, 50.0), (99.0, 50.0));
        let (left, middle) = room.place(&[(50.0, 50.0)], (20.0, 8.0), 5.0).expect("free");
        assert!(middle < 50.0 && left >= 50.0);
        assert_eq!(room.place(&[(50.0, 50.0)], (200.0, 8.0), 5.0), None);
        assert_eq!(room.place(&[(f32::NAN, 50.0)], (20.0, 800.0), 5.0), None);
    }
}
