//! Charts of a report as SVG, and with the feature `png` as PNG.
//!
//! [`figures`] says what is to be seen, as a [`Figure`]: titles, points, lines, notes. Drawing is
//! apart from that: `layout` and `panel` turn a figure into shapes in pixels, which `svg` writes
//! and `png` paints, so that both show the same. Nothing depends on the machine: the font is in the
//! program, and the same report gives the same bytes.
//!
//! ```
//! # fn show(report: &inferguard_schema::Report) {
//! use inferguard_report::plot::{self, Style};
//!
//! for figure in plot::figures(&report.cross_run, &report.cells) {
//!     let file = format!("{}.svg", figure.name);
//!     let svg = figure.svg(&Style::default());
//! }
//! # }
//! ```

mod axis;
mod figure;
mod file_name;
mod font;
mod frontier;
mod groups;
mod labels;
mod layout;
mod load;
mod marks;
pub mod nodes;
mod panel;
mod pick;
#[cfg(feature = "png")]
mod png;
pub mod requests;
mod scale;
mod scene;
mod style;
mod svg;

use std::collections::HashMap;

use inferguard_schema::{Cell, CrossRun};

pub use figure::{Figure, Kind};
pub use font::FONT_FACE;
#[cfg(feature = "png")]
pub use png::PngError;
pub use style::{Size, SizeError, Theme};
pub use svg::TEXT_STYLE;

/// Cells by id.
type Cells<'a> = HashMap<&'a str, &'a Cell>;

/// Width of the halo around letters, in text sizes.
const HALO: f32 = 0.3;

/// How a figure is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    /// Light or dark.
    pub theme: Theme,
    /// Width and height.
    pub size: Size,
    /// Whether an SVG carries the font; a page with several figures has it once, by
    /// [`FONT_FACE`] and [`TEXT_STYLE`].
    pub with_font: bool,
}

impl Default for Style {
    fn default() -> Self {
        Self { theme: Theme::default(), size: Size::default(), with_font: true }
    }
}

impl Figure {
    /// The figure as an SVG document. Its root element is `<svg>`: it can stand in HTML as it is.
    pub fn svg(&self, style: &Style) -> String {
        let scene = layout::draw(self, style.theme, style.size);
        svg::write(&scene, &self.title, &self.alt, style.with_font)
    }

    /// The figure as a PNG file.
    #[cfg(feature = "png")]
    pub fn png(&self, style: &Style) -> Result<Vec<u8>, PngError> {
        let scene = layout::draw(self, style.theme, style.size);
        png::write(&scene, style.theme.color(style::Ink::Paper))
    }
}

/// What can be drawn of a comparison, in the order of its scenarios.
pub fn figures(cross_run: &CrossRun, cells: &[Cell]) -> Vec<Figure> {
    let mut figures = Vec::new();
    let cells: Cells<'_> = cells.iter().map(|cell| (cell.cell_id.as_str(), cell)).collect();
    for scenario in &cross_run.scenarios {
        figures.extend(frontier::figures(scenario, &cells));
        figures.extend(load::figures(scenario, &cells));
    }
    name(figures.iter_mut());
    figures
}

/// Gives figures that lie in one folder names that are safe and different.
pub fn name<'f>(figures: impl IntoIterator<Item = &'f mut Figure>) {
    file_name::settle(figures);
}
