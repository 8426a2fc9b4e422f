//! Draws one pair of axes and everything over them.

use super::figure::{Axis, Dash, Layer, Panel, Point, Ring, Scale, Stroke};
use super::font;
use super::labels::{Bounds, Room};
use super::layout::{AREA, Canvas, RING};
use super::scale::Ruler;
use super::scene::{Anchor, Paint, Text};
use super::style::Ink;

/// Sizes of text at the default size of a picture, pixels.
const HEAD: f32 = 13.0;
const AXIS: f32 = 12.5;
const TICK: f32 = 11.5;
const LABEL: f32 = 10.5;
const NAME: f32 = 11.5;

/// Share of the width that a name at a line may have.
const NAME_SHARE: f32 = 0.22;

/// Side of the squares in which free room is looked for.
const SQUARE: f32 = 3.0;

/// Where the parts of a panel are in its box.
struct Parts {
    x: Ruler,
    y: Ruler,
    /// Top and bottom of what lies between the axes.
    top: f32,
    floor: f32,
    /// Room for title and ticks of the vertical axis.
    wall: f32,
}

impl Parts {
    fn new(canvas: &Canvas, panel: &Panel, (left, top, right, bottom): Bounds) -> Self {
        let title = if panel.title.is_empty() { 0.0 } else { canvas.px(HEAD + 7.0) };
        let top = top + title;
        let (xs, ys) = panel.values();
        let x_title = if panel.x.title.is_empty() { 0.0 } else { canvas.px(AXIS + 8.0) };
        let floor = bottom - canvas.px(TICK + 9.0) - x_title;
        let count = |length: f32, each: f32| (length / canvas.px(each)).floor().max(0.0) as usize;
        let y = Ruler::new(&panel.y.scale, &ys, count(floor - top, 48.0).clamp(3, 10));
        let widest = y.ticks.iter().map(|(_, text)| font::width(text, canvas.px(TICK)));
        let widest = widest.fold(0.0, f32::max);
        let y_title = if panel.y.title.is_empty() { 0.0 } else { canvas.px(AXIS + 8.0) };
        let wall = y_title + widest + canvas.px(8.0);
        let x = Ruler::new(&panel.x.scale, &xs, count(right - left - wall, 85.0).clamp(2, 12));
        Self { x, y, top, floor, wall }
    }
}

/// The room that a panel in this box takes for its vertical axis.
pub(super) fn wall(canvas: &Canvas, panel: &Panel, bounds: Bounds) -> f32 {
    if panel.is_empty() { 0.0 } else { Parts::new(canvas, panel, bounds).wall }
}

/// Draws a panel into a box, with so much room for its vertical axis at least.
pub(super) fn draw(canvas: &mut Canvas, panel: &Panel, bounds: Bounds, wall: f32) {
    if panel.is_empty() {
        return;
    }
    let (left, top, right, _) = bounds;
    let parts = Parts::new(canvas, panel, bounds);
    if !panel.title.is_empty() {
        let text = font::fit(&panel.title, canvas.px(HEAD), right - left);
        canvas.write(text, (left, top + canvas.px(HEAD)), HEAD, Ink::Text);
    }
    let plot = Plot {
        x: parts.x,
        y: parts.y,
        left: left + parts.wall.max(wall),
        top: parts.top + canvas.px(4.0),
        right,
        bottom: parts.floor,
    };
    plot.axes(canvas, panel, left);
    let (xs, ys) = panel.values();
    if xs.is_empty() || ys.is_empty() {
        let middle = (f32::midpoint(plot.left, right), f32::midpoint(plot.top, plot.bottom));
        canvas.anchored("nothing to draw".into(), middle, AXIS, Ink::Muted, Anchor::Middle);
        return;
    }
    plot.layers(canvas, panel);
}

/// The axes and where they are.
struct Plot {
    x: Ruler,
    y: Ruler,
    left: f32,
    top: f32,
    right: f32,
    bottom: f32,
}

impl Plot {
    fn x(&self, value: f64) -> f32 {
        self.left + (self.right - self.left) * self.x.place(value) as f32
    }

    fn y(&self, value: f64) -> f32 {
        self.bottom - (self.bottom - self.top) * self.y.place(value) as f32
    }

    fn at(&self, (x, y): (f64, f64)) -> (f32, f32) {
        (self.x(x), self.y(y))
    }

    fn axes(&self, canvas: &mut Canvas, panel: &Panel, left: f32) {
        let grid = Paint::line(canvas.color(Ink::Grid), canvas.px(1.0));
        let size = canvas.px(TICK);
        for (value, text) in &self.y.ticks {
            let y = self.y(*value);
            canvas.scene.line(vec![(self.left, y), (self.right, y)], grid);
            let at = (self.left - canvas.px(6.0), y + size * 0.36);
            canvas.anchored(text.clone(), at, TICK, Ink::Muted, Anchor::End);
        }
        let mut taken = f32::NEG_INFINITY;
        for (value, text) in &self.x.ticks {
            let x = self.x(*value);
            if x < self.left - 0.5 || x > self.right + 0.5 {
                continue;
            }
            canvas.scene.line(vec![(x, self.top), (x, self.bottom)], grid);
            let half = font::width(text, size) / 2.0;
            // Levels of a load may stand too close for all their numbers.
            if x - half > taken {
                let at = (x, self.bottom + size + canvas.px(4.0));
                canvas.anchored(text.clone(), at, TICK, Ink::Muted, Anchor::Middle);
                taken = x + half + canvas.px(5.0);
            }
        }
        let edge = Paint::line(canvas.color(Ink::Muted), canvas.px(1.2));
        let corner = (self.left, self.bottom);
        canvas.scene.line(vec![(self.left, self.top), corner, (self.right, self.bottom)], edge);
        // Ticks at loads show their distances themselves.
        let title = |axis: &Axis, ruler: &Ruler| match axis.scale {
            Scale::Auto if ruler.is_log() && !axis.title.is_empty() => {
                format!("{}, log scale", axis.title)
            }
            _ => axis.title.clone(),
        };
        let size = canvas.px(AXIS);
        let text = title(&panel.x, &self.x);
        let text = font::fit(&text, size, self.right - left);
        // A title that is longer than its axis begins further to the left.
        let half = font::width(&text, size) / 2.0;
        let middle = f32::midpoint(self.left, self.right).max(left + half).min(self.right - half);
        let at = (middle, self.bottom + canvas.px(TICK + AXIS + 11.0));
        canvas.anchored(text, at, AXIS, Ink::Text, Anchor::Middle);
        let text = title(&panel.y, &self.y);
        let at = (left + size * 0.8, f32::midpoint(self.top, self.bottom));
        canvas.scene.text(Text {
            at,
            words: font::fit(&text, size, self.bottom - self.top + canvas.px(30.0)),
            size,
            color: canvas.color(Ink::Text),
            anchor: Anchor::Middle,
            upward: true,
            halo: None,
        });
    }

    fn layers(&self, canvas: &mut Canvas, panel: &Panel) {
        let bounds = (self.left, self.top - canvas.px(3.0), self.right, self.bottom);
        let mut room = Room::new(bounds, canvas.px(SQUARE));
        let radius = self.radius(canvas, panel);
        for layer in &panel.layers {
            match layer {
                Layer::Line { points, stroke } => self.line(canvas, &mut room, points, *stroke),
                Layer::Area { points, ink } => self.area(canvas, points, *ink),
                Layer::Rule { x, text, ink } => self.rule(canvas, &mut room, *x, text, *ink),
                Layer::Dots(points) => {
                    for point in points {
                        let at = self.at((point.x, point.y));
                        canvas.dot(point.dot, at, radius, point.hint.clone());
                        let ring = if point.dot.ring == Ring::None { 0.0 } else { RING * radius };
                        let reach = canvas.px(radius + ring);
                        room.block((at.0 - reach, at.1 - reach, at.0 + reach, at.1 + reach));
                    }
                }
                Layer::Name { .. } | Layer::Extent(_) => {}
            }
        }
        self.texts(canvas, &mut room, panel, radius);
    }

    fn line(
        &self,
        canvas: &mut Canvas,
        room: &mut Room,
        points: &[Option<(f64, f64)>],
        stroke: Stroke,
    ) {
        let pen = canvas.pen(stroke);
        for run in points.split(Option::is_none) {
            let line: Vec<(f32, f32)> = run.iter().flatten().map(|xy| self.at(*xy)).collect();
            if stroke.ink != Ink::Halo {
                for pair in line.windows(2) {
                    room.pass(pair[0], pair[1]);
                }
            }
            match line[..] {
                [] => {}
                // Alone between gaps, a value would not be seen.
                [only] => {
                    let radius = canvas.px(stroke.width);
                    canvas.scene.circle(only, radius, Paint::fill(canvas.color(stroke.ink)));
                }
                _ => canvas.scene.line(line, pen),
            }
        }
    }

    fn area(&self, canvas: &mut Canvas, points: &[(f64, f64, f64)], ink: Ink) {
        let upper = points.iter().map(|(x, _, high)| self.at((*x, *high)));
        let lower = points.iter().rev().map(|(x, low, _)| self.at((*x, *low)));
        let paint = Paint { fill: Some((canvas.color(ink), AREA)), line: None };
        canvas.scene.area(upper.chain(lower).collect(), paint);
    }

    fn rule(&self, canvas: &mut Canvas, room: &mut Room, x: f64, text: &str, ink: Ink) {
        let (top, bottom) = ((self.x(x), self.top), (self.x(x), self.bottom));
        let pen = canvas.pen(Stroke::new(ink, 1.4).dashed(Dash::Dashed));
        canvas.scene.line(vec![top, bottom], pen);
        room.pass(top, bottom);
        let anchor = (top.0, top.1 + canvas.px(LABEL));
        label(canvas, room, text, &[anchor], (LABEL, ink), canvas.px(5.0));
    }

    /// Names of lines, then labels of points, the most important first.
    fn texts(&self, canvas: &mut Canvas, room: &mut Room, panel: &Panel, radius: f32) {
        for layer in &panel.layers {
            if let Layer::Name { text, at, ink } = layer {
                let anchors: Vec<_> = at.iter().map(|xy| self.at(*xy)).collect();
                let most = NAME_SHARE * (self.right - self.left);
                let text = &font::fit(text, canvas.px(NAME), most);
                label(canvas, room, text, &anchors, (NAME, *ink), canvas.px(radius + 4.0));
            }
        }
        let mut points: Vec<&Point> = panel
            .layers
            .iter()
            .filter_map(|layer| match layer {
                Layer::Dots(points) => Some(points),
                _ => None,
            })
            .flatten()
            .filter(|point| !point.label.is_empty())
            .collect();
        points.sort_by_key(|point| point.rank);
        for point in points {
            let at = self.at((point.x, point.y));
            let ring = if point.dot.ring == Ring::None { 0.0 } else { RING * radius };
            let gap = canvas.px(radius + ring + 2.5);
            label(canvas, room, &point.label, &[at], (LABEL, point.dot.ink), gap);
        }
    }

    /// Many points are smaller, and those of a small panel.
    fn radius(&self, canvas: &Canvas, panel: &Panel) -> f32 {
        let count = |layer: &Layer| if let Layer::Dots(points) = layer { points.len() } else { 0 };
        let points: usize = panel.layers.iter().map(count).sum();
        let of_count: f32 = match points {
            0..=60 => 4.4,
            61..=200 => 3.6,
            201..=600 => 2.9,
            _ => 2.3,
        };
        let is_small = self.bottom - self.top < canvas.px(260.0);
        if is_small { (of_count * 0.8).min(2.9) } else { of_count }
    }
}

/// Writes a text at the best free place around some points; without one it is left out.
fn label(
    canvas: &mut Canvas,
    room: &mut Room,
    text: &str,
    anchors: &[(f32, f32)],
    (size, ink): (f32, Ink),
    gap: f32,
) {
    let px = canvas.px(size);
    let width = font::width(text, px);
    if let Some((left, middle)) = room.place(anchors, (width, px), gap) {
        canvas.scene.text(Text {
            at: (left, middle + px * 0.36),
            words: text.to_owned(),
            size: px,
            color: canvas.color(ink),
            anchor: Anchor::Start,
            upward: false,
            halo: Some(canvas.color(Ink::Paper)),
        });
    }
}
