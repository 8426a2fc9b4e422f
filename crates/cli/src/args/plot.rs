//! Arguments of `plot`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use inferguard::render::plot::Size;

use super::{FrontierArgs, InputArgs};

/// Arguments of `plot`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
inferguard plot results/ -o plots/\n      \
for each scenario the frontiers, latency against load, and what records of requests show\n  \
inferguard plot results/ -o plots/ --scenario 1 --x p99_ttft --cutoff 2\n  \
inferguard plot july/ august/ -o plots/ --where hardware=b200 --format svg --theme dark")]
pub struct PlotArgs {
    /// Folders of results, or single result files
    #[arg(value_name = "PATH", required = true)]
    pub paths: Vec<PathBuf>,
    /// Folder for the files; it is made where it does not exist
    #[arg(short, long, value_name = "DIR")]
    pub output: PathBuf,
    /// Formats, separated by commas
    #[arg(long, value_enum, value_delimiter = ',', default_values_t = PictureFormat::ALL.to_vec())]
    pub format: Vec<PictureFormat>,
    /// Which frontiers are drawn.
    #[command(flatten)]
    pub frontiers: FrontierArgs,
    /// Width and height in pixels
    #[arg(long, value_name = "WxH", default_value = "1200x800")]
    pub size: Size,
    /// Colours
    #[arg(long, value_enum, default_value_t = ThemeArg::Light)]
    pub theme: ThemeArg,
    /// What is read and how.
    #[command(flatten)]
    pub input: InputArgs,
}

/// Formats of pictures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum PictureFormat {
    /// Scales to any size, text can be searched
    Svg,
    /// Pixels
    #[cfg(feature = "png")]
    Png,
}

impl PictureFormat {
    /// Every format.
    pub const ALL: &'static [Self] = &[
        Self::Svg,
        #[cfg(feature = "png")]
        Self::Png,
    ];
}

/// Themes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ThemeArg {
    /// Dark lines on white
    Light,
    /// Light lines on near black
    Dark,
}
