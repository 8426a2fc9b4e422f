//! `inferguard plot`.

use inferguard::render::number::counted;
use inferguard::render::plot::{Figure, Style, Theme};
use inferguard::schema::ExitCode;
use inferguard::{Filter, FrontierRequest, Options, PlottedFigure, plots};

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
        let taken = counted(found.cells_taken, "cell", "cells");
        terminal::complain(&format!("--where takes {taken} of {}", found.cells_read));
    }
    let mut figures = found.figures;
    if args.scenario.is_some() {
        choose(&mut found.cross_run, args.scenario.as_deref())?;
        let chosen = found.cross_run.scenarios.iter().map(|scenario| Some(scenario.id.as_str()));
        let chosen: Vec<_> = chosen.collect();
        figures.retain(|plotted| chosen.contains(&plotted.scenario.as_deref()));
    }
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
    let formats: Vec<PictureFormat> =
        PictureFormat::ALL.iter().copied().filter(|one| args.format.contains(one)).collect();
    crate::print(draw(&figures, &formats, &style, &output)?.as_bytes())?;
    Ok(ExitCode::Clean)
}

/// Writes every figure in every format, and gives the paths, one a line.
pub(super) fn draw(
    figures: &[PlottedFigure],
    formats: &[PictureFormat],
    style: &Style,
    output: &OutputDir,
) -> anyhow::Result<String> {
    let mut paths = String::new();
    for PlottedFigure { figure, .. } in figures {
        for format in formats {
            paths.push_str(&write(figure, *format, style, output)?);
            paths.push('\n');
        }
    }
    Ok(paths)
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
