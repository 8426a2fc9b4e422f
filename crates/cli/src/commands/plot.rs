//! `inferguard plot`.

use inferguard::render::number::counted;
use inferguard::render::plot::{Figure, Style, Theme};
use inferguard::schema::ExitCode;
use inferguard::{Filter, FrontierRequest, Options, plots};

use super::pareto::choose;
use crate::args::{PictureFormat, PlotArgs, ThemeArg};
use crate::output::OutputDir;
use crate::progress::Bar;
use crate::terminal;

pub(crate) fn run(args: &PlotArgs, quiet: bool) -> anyhow::Result<ExitCode> {
    let bar = Bar::new(quiet);
    let roots: Vec<_> = args.paths.iter().map(AsRef::as_ref).collect();
    let options = Options {
        frontiers: FrontierRequest { x: args.x, y: args.y, cutoff: args.cutoff },
        // Pictures of an earlier run are no results.
        output_dir: Some(args.output.clone()),
        progress: Some(&bar),
        ..args.input.options(&roots, quiet)?
    };
    let mut filter = Filter::default();
    for conditions in &args.filter {
        filter.and(conditions.clone());
    }
    let found = plots(&args.paths, &options, &filter);
    bar.finish();
    let mut found = found?;
    if !filter.is_empty() && !quiet {
        let taken = counted(found.cells.len(), "cell", "cells");
        terminal::complain(&format!("--where takes {taken} of {}", found.cells_read));
    }
    choose(&mut found.cross_run, args.scenario.as_deref())?;
    let figures = found.figures();
    anyhow::ensure!(
        !figures.is_empty(),
        "nothing to draw: no scenario has points with both axes; `inferguard pareto` lists what is missing"
    );
    let theme = match args.theme {
        ThemeArg::Light => Theme::Light,
        ThemeArg::Dark => Theme::Dark,
    };
    let style = Style { theme, size: args.size, ..Style::default() };
    let output = OutputDir::open(&args.output)?;
    let mut lines = String::new();
    for figure in &figures {
        for format in formats(args) {
            let path = write(figure, format, &style, &output)?;
            lines.push_str(&path);
            lines.push('\n');
        }
    }
    crate::print(lines.as_bytes())?;
    Ok(ExitCode::Clean)
}

/// The formats asked for, each once.
fn formats(args: &PlotArgs) -> impl Iterator<Item = PictureFormat> {
    PictureFormat::ALL.iter().copied().filter(|format| args.format.contains(format))
}

/// Writes a figure and gives the path of its file.
fn write(
    figure: &Figure,
    format: PictureFormat,
    style: &Style,
    output: &OutputDir,
) -> anyhow::Result<String> {
    let (ending, bytes) = match format {
        PictureFormat::Svg => ("svg", figure.svg(style).into_bytes()),
        #[cfg(feature = "png")]
        PictureFormat::Png => ("png", figure.png(style)?),
    };
    let path = output.write(&format!("{}.{ending}", figure.name), |out| out.write_all(&bytes))?;
    Ok(path.display().to_string())
}
