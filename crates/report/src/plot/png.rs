//! The picture as PNG, drawn from the same shapes as the SVG.

use tiny_skia::{
    Color as Rgba, FillRule, LineCap, LineJoin, Paint as Ink, Path, PathBuilder, Pixmap, Rect,
    Stroke, StrokeDash, Transform,
};
use ttf_parser::OutlineBuilder;

use super::font;
use super::scene::{Anchor, Paint, Pen, Scene, Shape, Text};
use super::style::Color;

/// Why there is no PNG.
#[derive(Debug, thiserror::Error)]
pub enum PngError {
    /// No memory for the pixels.
    #[error("cannot make a picture of {0} x {1} pixels")]
    Size(u32, u32),
    /// The pixels could not be packed.
    #[error("cannot write the PNG")]
    Encode(#[from] png::EncodingError),
}

/// Draws a scene.
pub(super) fn write(scene: &Scene, paper: Color) -> Result<Vec<u8>, PngError> {
    let (width, height) = (scene.width as u32, scene.height as u32);
    let mut pixels = Pixmap::new(width, height).ok_or(PngError::Size(width, height))?;
    pixels.fill(rgba(paper, 1.0));
    for shape in &scene.shapes {
        match shape {
            Shape::Path { points, closed, paint, .. } => {
                if let Some(path) = path(points, *closed) {
                    draw(&mut pixels, &path, *paint);
                }
            }
            Shape::Circle { at, radius, paint, .. } => {
                if let Some(path) = PathBuilder::from_circle(at.0, at.1, *radius) {
                    draw(&mut pixels, &path, *paint);
                }
            }
            Shape::Text(text) => write_text(&mut pixels, text),
        }
    }
    // Opaque everywhere: the fourth byte says nothing.
    let rgb: Vec<u8> =
        pixels.data().chunks_exact(4).flat_map(|pixel| [pixel[0], pixel[1], pixel[2]]).collect();
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, width, height);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_compression(png::Compression::Fast);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(&rgb)?;
    writer.finish()?;
    Ok(file)
}

fn path(points: &[(f32, f32)], closed: bool) -> Option<Path> {
    let mut builder = PathBuilder::new();
    let (first, rest) = points.split_first()?;
    builder.move_to(first.0, first.1);
    for (x, y) in rest {
        builder.line_to(*x, *y);
    }
    if closed {
        builder.close();
    }
    builder.finish()
}

fn draw(pixels: &mut Pixmap, path: &Path, paint: Paint) {
    if let Some((color, opacity)) = paint.fill {
        pixels.fill_path(
            path,
            &ink(color, opacity),
            FillRule::Winding,
            Transform::identity(),
            None,
        );
    }
    if let Some(Pen { color, opacity, width, dash }) = paint.line {
        let stroke = Stroke {
            width,
            line_join: LineJoin::Round,
            line_cap: LineCap::Butt,
            dash: dash.and_then(|(on, off)| StrokeDash::new(vec![on, off], 0.0)),
            ..Stroke::default()
        };
        pixels.stroke_path(path, &ink(color, opacity), &stroke, Transform::identity(), None);
    }
}

fn ink(color: Color, opacity: f32) -> Ink<'static> {
    let mut ink = Ink::default();
    ink.set_color(rgba(color, opacity));
    ink
}

fn rgba(Color(red, green, blue): Color, opacity: f32) -> Rgba {
    Rgba::from_rgba8(red, green, blue, (opacity * 255.0).round() as u8)
}

fn write_text(pixels: &mut Pixmap, text: &Text) {
    let shift = match text.anchor {
        Anchor::Start => 0.0,
        Anchor::Middle => -0.5,
        Anchor::End => -1.0,
    } * font::width(&text.words, text.size);
    let Some(path) = outline(&text.words, text.size, shift) else { return };
    let turned = if text.upward { Transform::from_rotate(-90.0) } else { Transform::identity() };
    let placed = turned.post_translate(text.at.0, text.at.1);
    if let Some(halo) = text.halo {
        let stroke = Stroke {
            width: text.size * super::HALO,
            line_join: LineJoin::Round,
            ..Stroke::default()
        };
        pixels.stroke_path(&path, &ink(halo, 1.0), &stroke, placed, None);
    }
    pixels.fill_path(&path, &ink(text.color, 1.0), FillRule::Winding, placed, None);
}

/// The letters of a text as one path whose baseline begins at the origin, `shift` aside.
fn outline(text: &str, size: f32, shift: f32) -> Option<Path> {
    let face = font::face()?;
    let scale = size / f32::from(face.units_per_em());
    let mut letters = Letters { builder: PathBuilder::new(), scale, x: shift };
    for c in text.chars() {
        let advance = font::advance(c) * size;
        match face.glyph_index(c) {
            Some(glyph) => {
                face.outline_glyph(glyph, &mut letters);
            }
            None => letters.unknown(advance, size),
        }
        letters.x += advance;
    }
    letters.builder.finish()
}

/// Takes the outlines of a font, whose y axis points up.
struct Letters {
    builder: PathBuilder,
    scale: f32,
    x: f32,
}

impl Letters {
    /// An empty box for a character that the font does not have.
    fn unknown(&mut self, advance: f32, size: f32) {
        let (edge, line) = (size * 0.08, size * 0.07);
        let (width, height) = (advance - 2.0 * edge, size * 0.7);
        let outer = Rect::from_xywh(self.x + edge, -height, width, height);
        let inner = Rect::from_xywh(
            self.x + edge + line,
            line - height,
            width - 2.0 * line,
            height - 2.0 * line,
        );
        if let Some((outer, inner)) = outer.zip(inner) {
            self.builder.push_rect(outer);
            // The other way round, so that the inside stays empty.
            self.builder.move_to(inner.left(), inner.top());
            self.builder.line_to(inner.left(), inner.bottom());
            self.builder.line_to(inner.right(), inner.bottom());
            self.builder.line_to(inner.right(), inner.top());
            self.builder.close();
        }
    }

    fn place(&self, x: f32, y: f32) -> (f32, f32) {
        (self.x + x * self.scale, -y * self.scale)
    }
}

impl OutlineBuilder for Letters {
    fn move_to(&mut self, x: f32, y: f32) {
        let (x, y) = self.place(x, y);
        self.builder.move_to(x, y);
    }

    fn line_to(&mut self, x: f32, y: f32) {
        let (x, y) = self.place(x, y);
        self.builder.line_to(x, y);
    }

    fn quad_to(&mut self, x1: f32, y1: f32, x: f32, y: f32) {
        let ((x1, y1), (x, y)) = (self.place(x1, y1), self.place(x, y));
        self.builder.quad_to(x1, y1, x, y);
    }

    fn curve_to(&mut self, x1: f32, y1: f32, x2: f32, y2: f32, x: f32, y: f32) {
        let ((x1, y1), (x2, y2)) = (self.place(x1, y1), self.place(x2, y2));
        let (x, y) = self.place(x, y);
        self.builder.cubic_to(x1, y1, x2, y2, x, y);
    }

    fn close(&mut self) {
        self.builder.close();
    }
}
