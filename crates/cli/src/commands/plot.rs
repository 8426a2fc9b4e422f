//! `inferguard plot`.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use inferguard::render::number::counted;
use inferguard::render::plot::{Figure, Style, Theme};
use inferguard::schema::ExitCode;
use inferguard::{Options, PlottedFigure, plots};

use super::pareto::{choose, tell_taken};
use crate::args::{PictureFormat, PlotArgs, ThemeArg};
use crate::output::OutputDir;
use crate::progress::Bar;
use crate::terminal;

pub(crate) fn run(args: &PlotArgs, quiet: bool) -> anyhow::Result<ExitCode> {
    let bar = Bar::new(quiet);
    let roots: Vec<_> = args.paths.iter().map(AsRef::as_ref).collect();
    let options = Options {
        frontiers: args.frontiers.request(),
        // Pictures of an earlier run are no results.
        output_dir: Some(args.output.clone()),
        progress: Some(&bar),
        ..args.input.options(&roots, quiet)?
    };
    let filter = args.frontiers.cells.filter();
    let found = plots(&args.paths, &options, &filter);
    bar.finish();
    let mut found = found?;
    if !quiet {
        tell_taken(&filter, found.cells_taken, found.cells_read);
    }
    let mut figures = found.figures;
    if args.frontiers.scenario.is_some() {
        choose(&mut found.cross_run, args.frontiers.scenario.as_deref())?;
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
    let written = draw(&figures, &formats, &style, &output)?;
    if !quiet {
        name_others(&output, &written);
    }
    let mut paths = String::new();
    for path in &written {
        paths.push_str(&path.display().to_string());
        paths.push('\n');
    }
    crate::print(paths.as_bytes())?;
    Ok(ExitCode::Clean)
}

/// Writes every figure in every format, and gives the paths.
pub(super) fn draw(
    figures: &[PlottedFigure],
    formats: &[PictureFormat],
    style: &Style,
    output: &OutputDir,
) -> anyhow::Result<Vec<PathBuf>> {
    let mut paths = Vec::new();
    for PlottedFigure { figure, .. } in figures {
        for format in formats {
            paths.push(write(figure, *format, style, output)?);
        }
    }
    Ok(paths)
}

/// Pictures that a note names; of more it tells the number.
const NAMED: usize = 3;

/// Says which pictures in the folder are not of this run: whoever looks at the folder next would
/// take them for its results. They may be anybody's, so that they stay.
pub(super) fn name_others(output: &OutputDir, written: &[PathBuf]) {
    let others = others(output.path(), written);
    if others.is_empty() {
        return;
    }
    let n = counted(others.len(), "picture in", "pictures in");
    let are = if others.len() == 1 { "is" } else { "are" };
    let mut named = others.iter().take(NAMED).cloned().collect::<Vec<_>>().join(", ");
    if others.len() > NAMED {
        named.push_str(", …");
    }
    let folder = output.path().display();
    terminal::complain(&format!("{n} {folder} {are} not of this run: {named}"));
}

/// Names of pictures in a folder that are not among some paths, in order.
fn others(folder: &Path, written: &[PathBuf]) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let is_picture =
        |path: &PathBuf| path.extension().is_some_and(|ending| ending == "svg" || ending == "png");
    let written: HashSet<&Path> = written.iter().map(PathBuf::as_path).collect();
    let paths = entries.flatten().map(|entry| entry.path());
    let others = paths.filter(|path| is_picture(path) && !written.contains(path.as_path()));
    let names = others.filter_map(|path| Some(path.file_name()?.to_string_lossy().into_owned()));
    let mut names: Vec<String> = names.map(|name| name.replace(char::is_control, "?")).collect();
    names.sort();
    names
}

/// Writes a figure and gives the path of its file.
fn write(
    figure: &Figure,
    format: PictureFormat,
    style: &Style,
    output: &OutputDir,
) -> anyhow::Result<PathBuf> {
    let (ending, bytes) = match format {
        PictureFormat::Svg => ("svg", figure.svg(style).into_bytes()),
        #[cfg(feature = "png")]
        PictureFormat::Png => ("png", figure.png(style)?),
    };
    output.write(&format!("{}.{ending}", figure.name), |out| out.write_all(&bytes))
}
