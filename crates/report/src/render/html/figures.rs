//! Figures in the page, light and dark.

use std::fmt::Write as _;

use super::FIGURE_BYTES;
use crate::plot::{FONT_FACE, Figure, Size, Style, TEXT_STYLE, Theme};

const STYLE: &str = include_str!("style.css");

/// A figure as it stands in the page.
pub(super) struct Drawn {
    pub(super) name: String,
    pub(super) title: String,
    pub(super) svg: String,
}

impl Drawn {
    pub(super) fn new(figure: &Figure) -> Self {
        Self { name: figure.name.clone(), title: figure.title.clone(), svg: svg(figure) }
    }
}

/// What figures may still weigh, in bytes.
pub(super) struct Room(usize);

impl Room {
    pub(super) fn new() -> Self {
        Self(FIGURE_BYTES)
    }

    /// Draws the first figures, as many as there is room for.
    pub(super) fn take(&mut self, figures: &[&Figure], most: usize) -> Vec<Drawn> {
        let fits = |figure: &Drawn| {
            let rest = self.0.checked_sub(figure.svg.len());
            self.0 = rest.unwrap_or(0);
            rest.is_some()
        };
        figures.iter().take(most).map(|figure| Drawn::new(figure)).take_while(fits).collect()
    }
}

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
fn svg(figure: &Figure) -> String {
    let size = Size::new(1000, 640).unwrap_or_default();
    figure.svg(&Style { theme: Theme::Light, size, with_font: false })
}
