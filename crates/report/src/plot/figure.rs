//! What a figure shows, before anything is drawn.

use super::style::Ink;

/// What a figure is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A frontier over two axes.
    Frontier,
    /// Latencies against the load.
    Load,
    /// A run in slices of time.
    Slices,
    /// How the latencies of single requests are distributed.
    Distribution,
    /// Workers and nodes over time.
    Nodes,
}

/// A picture, as a description: [`svg`](Self::svg) and `png` draw it.
#[derive(Debug, Clone, PartialEq)]
pub struct Figure {
    /// Name of its file without the ending: unique among the figures made together, and safe in any
    /// file system and as an anchor in HTML.
    pub name: String,
    /// What it is about.
    pub kind: Kind,
    /// The scenario or cell that it shows, by id.
    pub subject: String,
    /// Title.
    pub title: String,
    /// What it says in words, for those who cannot see it.
    pub alt: String,
    /// Names of both axes, where it has one panel: `p50_intvty`, `tput_per_gpu`.
    pub axes: Option<(String, String)>,
    /// Second line of the title: how many points of what.
    pub(super) subtitle: String,
    /// Small pictures, by rows.
    pub(super) panels: Vec<Panel>,
    /// Panels in a row.
    pub(super) columns: usize,
    /// What is told apart by colour and shape.
    pub(super) keys: Vec<Key>,
    /// What else a reader has to know: what is not drawn and why.
    pub(super) notes: Vec<String>,
}

/// A line of the legend.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Key {
    pub(super) name: String,
    pub(super) sign: Sign,
}

/// How a thing of the legend looks.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Sign {
    /// Line and marker of the n-th thing.
    Marked(usize),
    Line(Stroke),
    Dot(Dot),
    Area(Ink),
}

/// How a line looks.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Stroke {
    pub(super) ink: Ink,
    pub(super) width: f32,
    pub(super) dash: Dash,
    /// From 0, not seen, to 1.
    pub(super) opacity: f32,
}

impl Stroke {
    pub(super) const fn new(ink: Ink, width: f32) -> Self {
        Self { ink, width, dash: Dash::Solid, opacity: 1.0 }
    }

    pub(super) const fn dashed(self, dash: Dash) -> Self {
        Self { dash, ..self }
    }

    pub(super) const fn faint(self, opacity: f32) -> Self {
        Self { opacity, ..self }
    }
}

/// How a line is broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dash {
    Solid,
    Dashed,
    Dotted,
}

/// How a point looks.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Dot {
    /// Place of its colour and shape.
    pub(super) key: usize,
    pub(super) ink: Ink,
    pub(super) hollow: bool,
    pub(super) ring: Ring,
}

/// What marks a point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ring {
    None,
    /// A ring: the knee of its series.
    Knee,
    /// A cross: from here on it breaks.
    Cliff,
    /// Both.
    Both,
}

/// One pair of axes and what is drawn over them.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Panel {
    pub(super) title: String,
    pub(super) x: Axis,
    pub(super) y: Axis,
    /// From the lowest to the highest.
    pub(super) layers: Vec<Layer>,
}

/// An axis.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Axis {
    pub(super) title: String,
    pub(super) scale: Scale,
}

/// How values become places.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Scale {
    /// Even steps, logarithmic where values span more than [`super::scale::WIDE`].
    Auto,
    /// Even steps from zero.
    Zero,
    /// Even steps over exactly this range.
    Fixed(f64, f64),
    /// Equal ratios with a mark at each of these values.
    Levels(Vec<f64>),
    /// Shares of 1, drawn evenly in the number of nines.
    Nines,
}

/// One thing that is drawn over the axes.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Layer {
    /// A line through points; it is broken where there is none.
    Line { points: Vec<Option<(f64, f64)>>, stroke: Stroke },
    /// What lies between two lines.
    Area { points: Vec<(f64, f64, f64)>, ink: Ink },
    /// A line across at this x, with a word at it.
    Rule { x: f64, text: String, ink: Ink },
    /// Nothing, but these places are within the axes.
    Extent(Vec<(f64, f64)>),
    /// Points.
    Dots(Vec<Point>),
    /// A name beside one of these places, the first that is free.
    Name { text: String, at: Vec<(f64, f64)>, ink: Ink },
}

/// A point.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Point {
    pub(super) x: f64,
    pub(super) y: f64,
    pub(super) dot: Dot,
    /// Text beside it, where there is room.
    pub(super) label: String,
    /// Which labels get room first: the lowest.
    pub(super) rank: u8,
    /// What a pointer over it says.
    pub(super) hint: String,
}

impl Panel {
    /// An empty place in a row.
    pub(super) fn empty() -> Self {
        let axis = || Axis { title: String::new(), scale: Scale::Auto };
        Self { title: String::new(), x: axis(), y: axis(), layers: Vec::new() }
    }

    /// Whether nothing stands here.
    pub(super) fn is_empty(&self) -> bool {
        self.title.is_empty() && self.layers.is_empty()
    }

    /// Every finite value that is drawn, of both axes.
    pub(super) fn values(&self) -> (Vec<f64>, Vec<f64>) {
        let (mut xs, mut ys) = (Vec::new(), Vec::new());
        for layer in &self.layers {
            match layer {
                Layer::Line { points, .. } => {
                    for (x, y) in points.iter().flatten() {
                        xs.push(*x);
                        ys.push(*y);
                    }
                }
                Layer::Area { points, .. } => {
                    for (x, low, high) in points {
                        xs.push(*x);
                        ys.extend([*low, *high]);
                    }
                }
                Layer::Rule { x, .. } => xs.push(*x),
                Layer::Dots(points) => {
                    xs.extend(points.iter().map(|point| point.x));
                    ys.extend(points.iter().map(|point| point.y));
                }
                Layer::Extent(points) => {
                    xs.extend(points.iter().map(|(x, _)| *x));
                    ys.extend(points.iter().map(|(_, y)| *y));
                }
                Layer::Name { .. } => {}
            }
        }
        xs.retain(|value| value.is_finite());
        ys.retain(|value| value.is_finite());
        (xs, ys)
    }
}
