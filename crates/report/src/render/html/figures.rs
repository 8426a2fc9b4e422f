//! Figures in the page, light and dark.

use std::fmt::Write as _;

use crate::plot::{FONT_FACE, Figure, Size, Style, TEXT_STYLE, Theme};

const STYLE: &str = include_str!("style.css");

/// The style of the page: with the font of the figures, and what their colours are in the dark.
pub(super) fn style() -> String {
    let mut style =
        format!("{STYLE}{FONT_FACE}{TEXT_STYLE}@media screen and (prefers-color-scheme:dark){{");
    // Figures are drawn once, in light colours; colours of shapes are attributes, which rules beat.
    for (light, dark) in Theme::light_to_dark() {
        let _ = write!(
            style,
            ".figure [fill=\"{light}\"]{{fill:{dark}}}.figure [stroke=\"{light}\"]{{stroke:{dark}}}"
        );
    }
    style.push('}');
    style
}

/// A figure as markup: trusted, since the plots escape every text.
pub(super) fn svg(figure: &Figure) -> String {
    let size = Size::new(1000, 640).unwrap_or_default();
    figure.svg(&Style { theme: Theme::Light, size, with_font: false })
}
