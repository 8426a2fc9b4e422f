//! The picture as SVG text.

use std::fmt::Write as _;

use super::font::{self, FAMILY, FONT_FACE};
use super::scene::{Anchor, Paint, Pen, Scene, Shape, Text};

/// Letters are as far apart as they were measured: for the `<style>` of a page that shows figures
/// drawn [without the font](super::Style::with_font).
pub const TEXT_STYLE: &str = "text{font-kerning:none}";

/// Writes a scene. No element has an id, so that several pictures can stand in one page.
pub(super) fn write(scene: &Scene, title: &str, alt: &str, with_font: bool) -> String {
    let mut svg = String::with_capacity(16 * 1024);
    let (width, height) = (short(scene.width), short(scene.height));
    // Writing to a string does not fail.
    let _ = writeln!(
        svg,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
         viewBox=\"0 0 {width} {height}\" role=\"img\" aria-label=\"{}\" font-family=\"{FAMILY}\">",
        escaped(title)
    );
    let _ = writeln!(svg, "<title>{}</title>\n<desc>{}</desc>", escaped(title), escaped(alt));
    // A page with a strict content-security policy has this rule once, and no style in its figures.
    if with_font {
        let _ = writeln!(svg, "<style>{FONT_FACE}{TEXT_STYLE}</style>");
    }
    for shape in &scene.shapes {
        match shape {
            Shape::Path { points, closed, paint, hint } => {
                path(&mut svg, points, *closed, *paint, hint);
            }
            Shape::Circle { at, radius, paint, hint } => {
                let _ = write!(
                    svg,
                    "<circle cx=\"{}\" cy=\"{}\" r=\"{}\"",
                    short(at.0),
                    short(at.1),
                    short(*radius)
                );
                painted(&mut svg, *paint);
                close(&mut svg, "circle", hint);
            }
            Shape::Text(one) => text(&mut svg, one),
        }
    }
    svg.push_str("</svg>\n");
    svg
}

fn path(svg: &mut String, points: &[(f32, f32)], closed: bool, paint: Paint, hint: &str) {
    svg.push_str("<path d=\"");
    // Tenths of a pixel from point to point: half the bytes of places from the corner.
    let mut before = (0, 0);
    for (at, point) in points.iter().enumerate() {
        let here = (tenths(point.0), tenths(point.1));
        svg.push_str(if at == 0 { "M" } else { "l" });
        push_tenths(svg, here.0 - before.0);
        svg.push(' ');
        push_tenths(svg, here.1 - before.1);
        before = here;
    }
    svg.push_str(if closed { "Z\"" } else { "\"" });
    painted(svg, paint);
    close(svg, "path", hint);
}

fn close(svg: &mut String, element: &str, hint: &str) {
    let _ = if hint.is_empty() {
        svg.write_str("/>\n")
    } else {
        writeln!(svg, "><title>{}</title></{element}>", escaped(hint))
    };
}

fn painted(svg: &mut String, paint: Paint) {
    let _ = match paint.fill {
        None => svg.write_str(" fill=\"none\""),
        Some((color, opacity)) => {
            let _ = write!(svg, " fill=\"{color}\"");
            if opacity < 1.0 { write!(svg, " fill-opacity=\"{}\"", short(opacity)) } else { Ok(()) }
        }
    };
    let Some(Pen { color, opacity, width, dash }) = paint.line else { return };
    let _ = write!(svg, " stroke=\"{}\" stroke-width=\"{}\"", color, short(width));
    if opacity < 1.0 {
        let _ = write!(svg, " stroke-opacity=\"{}\"", short(opacity));
    }
    if let Some((on, off)) = dash {
        let _ = write!(svg, " stroke-dasharray=\"{} {}\"", short(on), short(off));
    }
    svg.push_str(" stroke-linejoin=\"round\"");
}

fn text(svg: &mut String, text: &Text) {
    let (x, y) = (short(text.at.0), short(text.at.1));
    let _ = write!(svg, "<text x=\"{x}\" y=\"{y}\" font-size=\"{}\"", short(text.size));
    // Whatever font a viewer takes, the text keeps the room that it was measured for.
    let width = font::width(&text.words, text.size);
    let _ = write!(
        svg,
        " textLength=\"{}\" lengthAdjust=\"spacingAndGlyphs\" fill=\"{}\"",
        short(width),
        text.color
    );
    match text.anchor {
        Anchor::Start => {}
        Anchor::Middle => svg.push_str(" text-anchor=\"middle\""),
        Anchor::End => svg.push_str(" text-anchor=\"end\""),
    }
    if text.upward {
        let _ = write!(svg, " transform=\"rotate(-90 {x} {y})\"");
    }
    if let Some(halo) = text.halo {
        let _ = write!(
            svg,
            " stroke=\"{}\" stroke-width=\"{}\" stroke-linejoin=\"round\" paint-order=\"stroke\"",
            halo,
            short(text.size * super::HALO)
        );
    }
    let _ = writeln!(svg, ">{}</text>", escaped(&text.words));
}

/// A place in tenths of a pixel; what is no number is 0.
fn tenths(value: f32) -> i32 {
    (value * 10.0).round() as i32
}

fn push_tenths(svg: &mut String, tenths: i32) {
    let sign = if tenths < 0 { "-" } else { "" };
    let (whole, rest) = (tenths.unsigned_abs() / 10, tenths.unsigned_abs() % 10);
    let _ = match (whole, rest) {
        (_, 0) => write!(svg, "{sign}{whole}"),
        (0, _) => write!(svg, "{sign}.{rest}"),
        _ => write!(svg, "{sign}{whole}.{rest}"),
    };
}

/// A length with up to two decimals; never NaN.
fn short(value: f32) -> String {
    let value = if value.is_finite() { value } else { 0.0 };
    let text = format!("{value:.2}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}

/// Text of strangers as text of XML, which knows no control characters but three.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in crate::escape::visible(text).chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            '\u{fffe}' | '\u{ffff}' => safe.push('\u{fffd}'),
            c if c.is_control() => safe.push(' '),
            c => safe.push(c),
        }
    }
    safe
}
