//! What is drawn, in pixels: the one picture that SVG and PNG show.

use super::style::{Color, Marker};

/// Shapes from the lowest to the highest.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Scene {
    pub(super) width: f32,
    pub(super) height: f32,
    pub(super) shapes: Vec<Shape>,
}

/// A shape.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Shape {
    /// A line through points, or what they enclose.
    Path {
        points: Vec<(f32, f32)>,
        closed: bool,
        paint: Paint,
        hint: String,
    },
    Circle {
        at: (f32, f32),
        radius: f32,
        paint: Paint,
        hint: String,
    },
    Text(Text),
}

/// How a shape is filled and outlined.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Paint {
    pub(super) fill: Option<(Color, f32)>,
    pub(super) line: Option<Pen>,
}

impl Paint {
    pub(super) fn fill(color: Color) -> Self {
        Self { fill: Some((color, 1.0)), line: None }
    }

    pub(super) fn line(color: Color, width: f32) -> Self {
        Self { fill: None, line: Some(Pen { color, opacity: 1.0, width, dash: None }) }
    }
}

/// An outline.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Pen {
    pub(super) color: Color,
    pub(super) opacity: f32,
    pub(super) width: f32,
    /// Pixels drawn and left out.
    pub(super) dash: Option<(f32, f32)>,
}

/// A line of text on its baseline.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Text {
    pub(super) at: (f32, f32),
    pub(super) words: String,
    pub(super) size: f32,
    pub(super) color: Color,
    pub(super) anchor: Anchor,
    /// Turned to be read from below.
    pub(super) upward: bool,
    /// Colour around the letters, so that they are read over lines.
    pub(super) halo: Option<Color>,
}

/// Which part of a text is at its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

impl Scene {
    pub(super) fn line(&mut self, points: Vec<(f32, f32)>, paint: Paint) {
        self.shapes.push(Shape::Path { points, closed: false, paint, hint: String::new() });
    }

    pub(super) fn area(&mut self, points: Vec<(f32, f32)>, paint: Paint) {
        self.shapes.push(Shape::Path { points, closed: true, paint, hint: String::new() });
    }

    pub(super) fn circle(&mut self, at: (f32, f32), radius: f32, paint: Paint) {
        self.shapes.push(Shape::Circle { at, radius, paint, hint: String::new() });
    }

    pub(super) fn marker(
        &mut self,
        marker: Marker,
        at: (f32, f32),
        radius: f32,
        paint: Paint,
        hint: String,
    ) {
        let corners = marker.corners();
        if corners.is_empty() {
            self.shapes.push(Shape::Circle { at, radius, paint, hint });
            return;
        }
        let points = corners.iter().map(|(x, y)| (at.0 + x * radius, at.1 + y * radius)).collect();
        self.shapes.push(Shape::Path { points, closed: true, paint, hint });
    }

    pub(super) fn text(&mut self, text: Text) {
        if !text.words.is_empty() {
            self.shapes.push(Shape::Text(text));
        }
    }
}
