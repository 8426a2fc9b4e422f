//! Puts title, panels, legend and notes of a figure into their places.

use super::figure::{Dash, Dot, Figure, Key, Ring, Sign, Stroke};
use super::font;
use super::labels::Bounds;
use super::panel;
use super::scene::{Anchor, Paint, Pen, Scene, Text};
use super::style::{Color, Ink, Marker, Size, Theme};

/// Sizes of text at the default size of a picture, pixels.
const TITLE: f32 = 19.0;
const SUBTITLE: f32 = 12.5;
const LEGEND: f32 = 12.0;
const NOTE: f32 = 11.0;

/// Room around everything.
const MARGIN: f32 = 18.0;

/// Share of the width that a legend may have.
const LEGEND_SHARE: f32 = 0.27;

/// Line of a legend.
const LEGEND_ROW: f32 = 17.0;

/// A scene, and how things of a theme and a size are drawn in it.
pub(super) struct Canvas {
    pub(super) scene: Scene,
    pub(super) theme: Theme,
    pub(super) zoom: f32,
}

/// The picture of a figure.
pub(super) fn draw(figure: &Figure, theme: Theme, size: Size) -> Scene {
    let (width, height) = (size.width() as f32, size.height() as f32);
    let scene = Scene { width, height, shapes: Vec::new() };
    let mut canvas = Canvas { scene, theme, zoom: size.zoom() };
    let margin = canvas.px(MARGIN);
    let paper = Paint::fill(canvas.color(Ink::Paper));
    canvas.scene.area(vec![(0.0, 0.0), (width, 0.0), (width, height), (0.0, height)], paper);
    let top = canvas.head(figure, margin, width - 2.0 * margin);
    let bottom = height - canvas.notes(&figure.notes, margin, width - 2.0 * margin, height);
    let legend = canvas.legend_width(&figure.keys, width);
    let inner = (margin, top, width - margin - legend, bottom);
    canvas.legend(
        &figure.keys,
        (inner.2 + canvas.px(16.0), top + canvas.px(10.0), width - margin, bottom),
    );
    let columns = figure.columns.max(1);
    let rows = figure.panels.len().div_ceil(columns).max(1);
    let gap = canvas.px(14.0);
    let (across, down) = ((inner.2 - inner.0) / columns as f32, (bottom - top) / rows as f32);
    let boxes: Vec<Bounds> = (0..figure.panels.len())
        .map(|at| {
            let (column, row) = ((at % columns) as f32, (at / columns) as f32);
            let is_last = at % columns == columns - 1;
            let right = inner.0 + (column + 1.0) * across - if is_last { 0.0 } else { gap };
            let below = top + (row + 1.0) * down - canvas.px(4.0);
            (inner.0 + column * across, top + row * down, right, below)
        })
        .collect();
    // Panels one below the other begin at one place.
    let mut walls = vec![0.0_f32; columns];
    for (at, (one, bounds)) in figure.panels.iter().zip(&boxes).enumerate() {
        walls[at % columns] = walls[at % columns].max(panel::wall(&canvas, one, *bounds));
    }
    for (at, (one, bounds)) in figure.panels.iter().zip(boxes).enumerate() {
        panel::draw(&mut canvas, one, bounds, walls[at % columns]);
    }
    canvas.scene
}

impl Canvas {
    /// Pixels of a length at the default size.
    pub(super) fn px(&self, length: f32) -> f32 {
        length * self.zoom
    }

    pub(super) fn color(&self, ink: Ink) -> Color {
        self.theme.color(ink)
    }

    /// Writes a line of text.
    pub(super) fn write(&mut self, text: String, at: (f32, f32), size: f32, ink: Ink) {
        self.anchored(text, at, size, ink, Anchor::Start);
    }

    pub(super) fn anchored(
        &mut self,
        words: String,
        at: (f32, f32),
        size: f32,
        ink: Ink,
        anchor: Anchor,
    ) {
        let (size, color) = (self.px(size), self.color(ink));
        self.scene.text(Text { at, words, size, color, anchor, upward: false, halo: None });
    }

    /// Title and subtitle; gives where they end.
    fn head(&mut self, figure: &Figure, left: f32, room: f32) -> f32 {
        let mut y = self.px(MARGIN);
        for line in font::wrap(&figure.title, self.px(TITLE), room, 2) {
            y += self.px(TITLE);
            self.write(line, (left, y - self.px(3.0)), TITLE, Ink::Text);
            y += self.px(4.0);
        }
        for line in font::wrap(&figure.subtitle, self.px(SUBTITLE), room, 2) {
            y += self.px(SUBTITLE + 3.0);
            self.write(line, (left, y - self.px(2.0)), SUBTITLE, Ink::Muted);
        }
        y + self.px(10.0)
    }

    /// Notes at the foot; gives the height that they take.
    fn notes(&mut self, notes: &[String], left: f32, room: f32, height: f32) -> f32 {
        let size = self.px(NOTE);
        let mut lines: Vec<String> = Vec::new();
        for note in notes {
            lines.extend(font::wrap(note, size, room, 3));
        }
        lines.truncate(6);
        let step = self.px(NOTE + 3.5);
        let taken = lines.len() as f32 * step + self.px(12.0);
        for (at, line) in lines.into_iter().enumerate() {
            let y = height - taken + (at as f32 + 0.75) * step + self.px(4.0);
            self.write(line, (left, y), NOTE, Ink::Muted);
        }
        taken
    }

    fn legend_width(&self, keys: &[Key], width: f32) -> f32 {
        let names = keys.iter().map(|key| font::width(&key.name, self.px(LEGEND)));
        let Some(widest) = names.reduce(f32::max) else { return 0.0 };
        (widest + self.px(54.0)).min(width * LEGEND_SHARE)
    }

    fn legend(&mut self, keys: &[Key], (left, top, right, bottom): Bounds) {
        if keys.is_empty() {
            return;
        }
        // Many keys stand closer, and what still has no room is counted.
        let room = bottom - top;
        let row = (room / keys.len() as f32).clamp(self.px(13.0), self.px(LEGEND_ROW));
        let size = LEGEND.min(row / self.zoom * 0.82);
        let most = (room / row).floor().max(1.0) as usize;
        let shown = if keys.len() > most { most.saturating_sub(1) } else { keys.len() };
        let sign = self.px(26.0);
        for (at, key) in keys[..shown].iter().enumerate() {
            let y = top + (at as f32 + 0.5) * row;
            self.sign(key.sign, left, y, sign);
            let text = font::fit(&key.name, self.px(size), right - left - sign - self.px(6.0));
            let at = (left + sign + self.px(6.0), y + self.px(size * 0.36));
            self.write(text, at, size, Ink::Text);
        }
        if shown < keys.len() {
            let text = format!("and {} more", keys.len() - shown);
            let y = top + (shown as f32 + 0.5) * row + self.px(size * 0.36);
            self.write(text, (left + sign + self.px(6.0), y), size, Ink::Muted);
        }
    }

    fn sign(&mut self, sign: Sign, left: f32, y: f32, width: f32) {
        let middle = (left + width / 2.0, y);
        let line = vec![(left, y), (left + width, y)];
        match sign {
            Sign::Marked(n) => {
                let pen = self.pen(Stroke::new(Ink::Key(n), 2.4));
                self.scene.line(line, pen);
                let dot = Dot { key: n, ink: Ink::Key(n), hollow: false, ring: Ring::None };
                self.dot(dot, middle, 4.4, String::new());
            }
            Sign::Line(stroke) => {
                let pen = self.pen(stroke);
                self.scene.line(line, pen);
            }
            Sign::Dot(dot) => self.dot(dot, middle, 4.4, String::new()),
            Sign::Area(ink) => {
                let (up, down) = (y - self.px(5.0), y + self.px(5.0));
                let right = left + width;
                let paint = Paint { fill: Some((self.color(ink), AREA)), line: None };
                self.scene.area(vec![(left, up), (right, up), (right, down), (left, down)], paint);
            }
        }
    }

    /// How a stroke is painted.
    pub(super) fn pen(&self, stroke: Stroke) -> Paint {
        let width = self.px(stroke.width);
        let dash = match stroke.dash {
            Dash::Solid => None,
            Dash::Dashed => Some((self.px(7.0), self.px(4.0))),
            Dash::Dotted => Some((self.px(2.0), self.px(3.0))),
        };
        let (color, opacity) = (self.color(stroke.ink), stroke.opacity);
        Paint { fill: None, line: Some(Pen { color, opacity, width, dash }) }
    }

    /// A point with what marks it.
    pub(super) fn dot(&mut self, dot: Dot, at: (f32, f32), radius: f32, hint: String) {
        let color = self.color(dot.ink);
        let paper = self.color(Ink::Paper);
        let radius = self.px(radius);
        let pen = |color, width| Some(Pen { color, opacity: 1.0, width, dash: None });
        let paint = if dot.hollow {
            Paint { fill: Some((paper, 1.0)), line: pen(color, self.px(1.4)) }
        } else {
            // Tiny points are too many for a line around each.
            let line = if radius > self.px(2.5) { pen(paper, self.px(0.7)) } else { None };
            Paint { fill: Some((color, 1.0)), line }
        };
        self.scene.marker(Marker::of(dot.key), at, radius, paint, hint);
        if matches!(dot.ring, Ring::Knee | Ring::Both) {
            let ring = Paint::line(self.color(Ink::Text), (radius * 0.3).max(self.px(0.9)));
            self.scene.circle(at, radius * (1.0 + RING), ring);
        }
        if matches!(dot.ring, Ring::Cliff | Ring::Both) {
            let arm = radius * (0.9 + RING);
            for (from, to) in [((-arm, -arm), (arm, arm)), ((-arm, arm), (arm, -arm))] {
                let line = vec![(at.0 + from.0, at.1 + from.1), (at.0 + to.0, at.1 + to.1)];
                self.scene.line(line, Paint::line(self.color(Ink::Alarm), radius * 0.4));
            }
        }
    }
}

/// How far a ring or cross reaches beyond its point, in radii.
pub(super) const RING: f32 = 0.8;

/// Opacity of areas.
pub(super) const AREA: f32 = 0.55;
