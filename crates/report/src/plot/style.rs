//! Themes, colours, marker shapes and the size of a picture.

use std::str::FromStr;

/// Light or dark.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Theme {
    /// Dark lines on white.
    #[default]
    Light,
    /// Light lines on near black.
    Dark,
}

/// Width and height in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    width: u32,
    height: u32,
}

/// Why a text is no size.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is no size; write width x height in pixels, such as 1200x800, each from 300 to 8000"
)]
pub struct SizeError(String);

impl Size {
    /// What pictures have unless another size is asked for.
    pub const DEFAULT: Self = Self { width: 1200, height: 800 };

    /// Narrower or lower pictures hold no text; larger ones take gigabytes.
    const RANGE: std::ops::RangeInclusive<u32> = 300..=8000;

    /// A size, if it can be drawn.
    pub fn new(width: u32, height: u32) -> Option<Self> {
        let fits = Self::RANGE.contains(&width) && Self::RANGE.contains(&height);
        fits.then_some(Self { width, height })
    }

    /// Pixels from left to right.
    pub const fn width(self) -> u32 {
        self.width
    }

    /// Pixels from top to bottom.
    pub const fn height(self) -> u32 {
        self.height
    }

    /// By how much text and lines grow with the picture.
    pub(super) fn zoom(self) -> f32 {
        let by = (self.width as f32 / 1200.0).min(self.height as f32 / 800.0);
        by.clamp(0.75, 4.0)
    }
}

impl Default for Size {
    fn default() -> Self {
        Self::DEFAULT
    }
}

impl FromStr for Size {
    type Err = SizeError;

    fn from_str(text: &str) -> Result<Self, SizeError> {
        let parsed = text.trim().split_once(['x', 'X', '×']).and_then(|(width, height)| {
            Self::new(width.trim().parse().ok()?, height.trim().parse().ok()?)
        });
        parsed.ok_or_else(|| SizeError(text.to_owned()))
    }
}

/// A colour, red, green, blue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Color(pub(super) u8, pub(super) u8, pub(super) u8);

impl std::fmt::Display for Color {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self(red, green, blue) = self;
        write!(f, "#{red:02x}{green:02x}{blue:02x}")
    }
}

/// What a thing is drawn for; the theme has its colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ink {
    /// The n-th thing that is told apart.
    Key(usize),
    /// The n-th of so many steps from little to much.
    Step(usize, usize),
    Text,
    Muted,
    Grid,
    Paper,
    /// The frontier of everything, below the lines.
    Halo,
    Alarm,
}

/// Colours that people with any colour vision can tell apart: those of Okabe and Ito, the bright
/// ones darkened for thin lines on white, with black replaced.
const LIGHT: [Color; 8] = [
    Color(0x00, 0x72, 0xb2),
    Color(0xd5, 0x5e, 0x00),
    Color(0x00, 0x8a, 0x66),
    Color(0xb8, 0x4d, 0x8c),
    Color(0xc0, 0x86, 0x00),
    Color(0x3a, 0x9b, 0xd9),
    Color(0x5a, 0x47, 0x9e),
    Color(0x55, 0x55, 0x55),
];

const DARK: [Color; 8] = [
    Color(0x4d, 0xa6, 0xe0),
    Color(0xf0, 0x83, 0x3a),
    Color(0x2f, 0xc4, 0x9a),
    Color(0xe0, 0x92, 0xc0),
    Color(0xf0, 0xc0, 0x3c),
    Color(0x8f, 0xd0, 0xf7),
    Color(0xa9, 0x9a, 0xee),
    Color(0xc2, 0xc2, 0xc2),
];

/// Ends of the scale from little to much: blue over purple to orange, ascending in lightness
/// contrast against both papers.
const STEPS: [[Color; 3]; 2] = [
    [Color(0x1b, 0x6a, 0xa5), Color(0x99, 0x3f, 0x8b), Color(0xd9, 0x6a, 0x0b)],
    [Color(0x66, 0xb8, 0xf0), Color(0xd0, 0x84, 0xc8), Color(0xf8, 0xa8, 0x4e)],
];

/// Colours of the scale: so few that each can have its twin in the dark, so many that neighbours
/// are hardly told apart anyway.
const N_STEPS: usize = 24;

impl Theme {
    /// Colours of light figures as they stand in the markup, each with its twin of dark ones: for a
    /// page that shows one drawing in both. The first of equal light colours counts.
    pub fn light_to_dark() -> Vec<(String, String)> {
        let inks = (0..LIGHT.len()).map(Ink::Key);
        let others =
            [Ink::Text, Ink::Muted, Ink::Grid, Ink::Paper, Ink::Halo, Ink::Alarm].into_iter();
        let of = |theme: Self, ink| theme.color(ink).to_string();
        let steps = (0..=N_STEPS).map(|n| Ink::Step(n, N_STEPS + 1));
        others
            .chain(inks)
            .chain(steps)
            .map(|ink| (of(Self::Light, ink), of(Self::Dark, ink)))
            .collect()
    }

    pub(super) fn color(self, ink: Ink) -> Color {
        let is_dark = self == Self::Dark;
        let pick = |light: Color, dark: Color| if is_dark { dark } else { light };
        match ink {
            Ink::Key(n) => pick(LIGHT[n % LIGHT.len()], DARK[n % DARK.len()]),
            Ink::Step(n, of) => {
                let [from, middle, to] = STEPS[usize::from(is_dark)];
                let at = if of > 1 { n as f32 / (of - 1) as f32 } else { 0.0 };
                let at = 2.0 * (at * N_STEPS as f32).round() / N_STEPS as f32;
                if at < 1.0 { mix(from, middle, at) } else { mix(middle, to, at - 1.0) }
            }
            Ink::Text => pick(Color(0x1c, 0x1f, 0x24), Color(0xe8, 0xea, 0xed)),
            Ink::Muted => pick(Color(0x5c, 0x63, 0x6e), Color(0xa4, 0xab, 0xb6)),
            Ink::Grid => pick(Color(0xe3, 0xe6, 0xea), Color(0x33, 0x38, 0x40)),
            Ink::Paper => pick(Color(0xff, 0xff, 0xff), Color(0x15, 0x18, 0x1d)),
            Ink::Halo => pick(Color(0xdc, 0xe3, 0xec), Color(0x38, 0x42, 0x4f)),
            Ink::Alarm => pick(Color(0xc4, 0x1e, 0x3a), Color(0xff, 0x6b, 0x81)),
        }
    }
}

fn mix(from: Color, to: Color, share: f32) -> Color {
    let one = |a: u8, b: u8| (f32::from(a) + (f32::from(b) - f32::from(a)) * share).round() as u8;
    Color(one(from.0, to.0), one(from.1, to.1), one(from.2, to.2))
}

/// Shape of a marker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Marker {
    Circle,
    Square,
    Triangle,
    Diamond,
    Cross,
    TriangleDown,
    Hexagon,
    Star,
}

const MARKERS: [Marker; 8] = [
    Marker::Circle,
    Marker::Square,
    Marker::Triangle,
    Marker::Diamond,
    Marker::Cross,
    Marker::TriangleDown,
    Marker::Hexagon,
    Marker::Star,
];

impl Marker {
    /// The shape of the n-th thing: no two of the first 64 share colour and shape.
    pub(super) fn of(n: usize) -> Self {
        MARKERS[(n + n / LIGHT.len()) % MARKERS.len()]
    }

    /// Corners around the origin for a radius of 1; none for a circle.
    pub(super) fn corners(self) -> Vec<(f32, f32)> {
        let regular = |corners: u8, turn: f32, inner: f32, radius: f32| {
            let at = |corner: u8| {
                let angle = (f32::from(corner) / f32::from(corners) + turn) * std::f32::consts::TAU;
                let radius = if corner % 2 == 1 { radius * inner } else { radius };
                (radius * angle.sin(), -radius * angle.cos())
            };
            (0..corners).map(at).collect::<Vec<_>>()
        };
        match self {
            Self::Circle => Vec::new(),
            Self::Square => vec![(-0.9, -0.9), (0.9, -0.9), (0.9, 0.9), (-0.9, 0.9)],
            Self::Triangle => vec![(0.0, -1.25), (1.1, 0.8), (-1.1, 0.8)],
            Self::TriangleDown => vec![(0.0, 1.25), (-1.1, -0.8), (1.1, -0.8)],
            Self::Diamond => vec![(0.0, -1.3), (1.15, 0.0), (0.0, 1.3), (-1.15, 0.0)],
            Self::Cross => {
                let (arm, half) = (1.2, 0.42);
                vec![
                    (-half, -arm),
                    (half, -arm),
                    (half, -half),
                    (arm, -half),
                    (arm, half),
                    (half, half),
                    (half, arm),
                    (-half, arm),
                    (-half, half),
                    (-arm, half),
                    (-arm, -half),
                    (-half, -half),
                ]
            }
            Self::Hexagon => regular(6, 0.0, 1.0, 1.1),
            Self::Star => regular(10, 0.0, 0.5, 1.4),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn sizes_are_read_and_bounded() {
        assert_eq!("1200x800".parse(), Ok(Size::DEFAULT));
        assert_eq!(" 640 × 480 ".parse::<Size>().map(Size::width), Ok(640));
        for bad in ["", "1200", "x", "0x0", "1200x-5", "99999x800", "1e3x800"] {
            assert!(bad.parse::<Size>().is_err(), "{bad}");
        }
    }

    #[test]
    fn every_colour_has_its_twin_in_the_dark() {
        let twins = Theme::light_to_dark();
        let light: HashSet<_> = twins.iter().map(|(light, _)| light.clone()).collect();
        assert_eq!(light.len(), twins.len(), "no light colour stands for two things");
        for of in [2, 9, 25, 100] {
            for n in 0..of {
                assert!(light.contains(&Theme::Light.color(Ink::Step(n, of)).to_string()));
            }
        }
    }

    #[test]
    fn colour_and_shape_tell_64_things_apart() {
        let looks: HashSet<_> =
            (0..64).map(|n| (n % LIGHT.len(), Marker::of(n) as usize)).collect();
        assert_eq!(looks.len(), 64);
    }
}
