//! `inferguard analyze`.

use std::path::{Path, PathBuf};

use anyhow::Context;
use comfy_table::presets::NOTHING;
use comfy_table::{ContentArrangement, Table};
use inferguard::render::number::counted;
use inferguard::render::plot::Style;
use inferguard::render::{RENDERERS, Renderer, terminal as screen};
use inferguard::schema::{ExitCode, Report};
use inferguard::{Analysis, ListedFile, Options, analyze, list_files};

use super::plot::{draw, name_others};
use crate::args::{AnalyzeArgs, FailOn, Format, PictureFormat};
use crate::command_line;
use crate::output::OutputDir;
use crate::progress::Bar;
use crate::terminal;

pub(crate) fn run(args: &AnalyzeArgs, quiet: bool) -> anyhow::Result<ExitCode> {
    let bar = Bar::new(quiet);
    let mut options = options(args, quiet)?;
    options.progress = Some(&bar);
    if args.list {
        let files = list_files(&args.results, &options);
        bar.finish();
        return print_list(&files?, args.json);
    }
    // A wrong path is told before a folder is made for its report.
    let results = std::fs::metadata(&args.results)
        .with_context(|| format!("cannot open {}", args.results.display()))?;
    anyhow::ensure!(
        results.is_dir() || results.is_file(),
        "cannot open {}: neither a folder nor a regular file",
        args.results.display()
    );
    let output = OutputDir::open(&output_dir(args))?;
    options.output_dir = Some(output.path().to_owned());
    options.written = renderers(args.format)
        .map(|renderer| output.path().join(renderer.file_name).display().to_string())
        .collect();
    // A page shows figures too.
    options.plots = args.plots || renderers(args.format).any(|renderer| renderer.id == "html");
    if args.plots {
        options.written.push(output.path().join(PLOTS).join("").display().to_string());
    }
    let analysis = analyze(&args.results, &options);
    bar.finish();
    let mut analysis = match analysis {
        Ok(analysis) => analysis,
        Err(error) => {
            // The folder was made for a report that does not come.
            let _ = std::fs::remove_dir(output.path());
            // Whoever uploads the folder next must know that its report is not of this run.
            for renderer in RENDERERS {
                let older = output.path().join(renderer.file_name);
                if older.exists() {
                    let path = older.display().to_string();
                    terminal::complain(&format!("inferguard: {path} is of an earlier run"));
                }
            }
            return Err(error.into());
        }
    };
    if args.plots && analysis.figures.is_empty() {
        // No folder is made for what is not there.
        let folder = options.written.pop();
        let manifest = &mut analysis.report.artifact_manifest;
        manifest.retain(|artifact| folder.as_ref() != Some(&artifact.path));
        if !quiet {
            terminal::complain("--plots: nothing to draw: no scenario has points with both axes");
        }
    }
    write(args.format, quiet, &output, &analysis)?;
    let pictures = output.path().join(PLOTS);
    if (args.plots && !analysis.figures.is_empty()) || pictures.is_dir() {
        let folder = OutputDir::open(&pictures)?;
        let figures = if args.plots { &analysis.figures[..] } else { &[] };
        let drawn = draw(figures, PictureFormat::ALL, &Style::default(), &folder)?;
        if !quiet {
            name_others(&folder, &drawn);
        }
    }
    let fail_on = fail_on(args.fail_on);
    let code = analysis.exit_code(fail_on);
    if args.json {
        print_json(&analysis.report)?;
    }
    if !quiet {
        let summary = summary(args, &analysis, &options.written, code, !args.json);
        if args.json {
            terminal::complain(summary.trim_end());
        } else {
            crate::print(summary.as_bytes())?;
        }
    }
    // The process ends here: taking a large report apart again would cost as much as a tenth of the
    // whole run.
    std::mem::forget(analysis);
    Ok(code)
}

/// Folder of the charts beside the report.
const PLOTS: &str = "plots";

fn options(args: &AnalyzeArgs, quiet: bool) -> anyhow::Result<Options<'static>> {
    Ok(Options {
        output_dir: args.output_dir.clone(),
        command: Some(command_line::for_report(std::env::args_os())),
        baseline: args.baseline.clone(),
        strict: args.strict,
        closed_v1: args.closed_v1,
        generated_at: source_date_epoch()?,
        ..args.input.options(&[&args.results], quiet)?
    })
}

/// The end of the year 9999, a day short for every time zone.
const LAST_SECOND: i64 = 253_402_200_000;

/// The moment that reproducible builds and tests fix.
fn source_date_epoch() -> anyhow::Result<Option<i64>> {
    match std::env::var("SOURCE_DATE_EPOCH") {
        Ok(text) => {
            let seconds = text.parse().with_context(|| {
                format!("SOURCE_DATE_EPOCH is `{text}`, not a number of seconds")
            })?;
            anyhow::ensure!(
                (0..=LAST_SECOND).contains(&seconds),
                "SOURCE_DATE_EPOCH is `{text}`, which no calendar holds"
            );
            Ok(Some(seconds))
        }
        Err(_) => Ok(None),
    }
}

/// Below the folder of results; beside a single file.
fn output_dir(args: &AnalyzeArgs) -> PathBuf {
    match &args.output_dir {
        Some(dir) => dir.clone(),
        None if args.results.is_file() => {
            let parent = args.results.parent().unwrap_or(Path::new(""));
            parent.join(Options::OUTPUT_DIR)
        }
        None => args.results.join(Options::OUTPUT_DIR),
    }
}

fn fail_on(given: FailOn) -> inferguard::FailOn {
    match given {
        FailOn::Never => inferguard::FailOn::Never,
        FailOn::Warning => inferguard::FailOn::Warning,
        FailOn::Critical => inferguard::FailOn::Critical,
    }
}

fn renderers(format: Format) -> impl Iterator<Item = &'static Renderer> {
    RENDERERS.iter().filter(move |renderer| match format {
        Format::All => true,
        Format::Both => renderer.id != "html",
        Format::Json => renderer.id == "json",
        Format::Md => renderer.id == "md",
        Format::Html => renderer.id == "html",
    })
}

/// Writes the files asked for and removes those of an earlier run that are not.
fn write(
    format: Format,
    quiet: bool,
    output: &OutputDir,
    analysis: &Analysis,
) -> anyhow::Result<()> {
    let figures: Vec<_> = analysis.figures.iter().map(|plotted| &plotted.figure).collect();
    for renderer in RENDERERS {
        if renderers(format).any(|one| one.id == renderer.id) {
            output.write(renderer.file_name, |out| {
                (renderer.write)(&analysis.report, &figures, out)
            })?;
        } else if output.remove_stale(renderer.file_name)? && !quiet {
            terminal::complain(&format!(
                "removed {} of an earlier run, which --format leaves out",
                output.path().join(renderer.file_name).display()
            ));
        }
    }
    Ok(())
}

fn print_json(report: &Report) -> anyhow::Result<()> {
    for renderer in renderers(Format::Json) {
        (renderer.write)(report, &[], &mut std::io::stdout().lock())?;
    }
    Ok(())
}

fn summary(
    args: &AnalyzeArgs,
    analysis: &Analysis,
    written: &[String],
    code: ExitCode,
    on_stdout: bool,
) -> String {
    let counts = &analysis.report.run_summary.findings;
    let threshold = match args.fail_on {
        FailOn::Never => "never",
        FailOn::Warning => "warning",
        FailOn::Critical => "critical",
    };
    let why = match code {
        ExitCode::Critical => {
            counted(counts.critical as usize, "critical finding", "critical findings")
        }
        ExitCode::Warning => counted(counts.warning as usize, "warning", "warnings"),
        _ if args.fail_on == FailOn::Never => "findings never change it".to_owned(),
        _ => "no finding reaches the threshold".to_owned(),
    };
    screen::summary(
        &analysis.report,
        &screen::SummaryOptions {
            width: terminal::width(),
            color: on_stdout && terminal::color(),
            written,
            exit_reason: &format!("exit code {}: {why} (--fail-on {threshold})", code.code()),
        },
    )
}

fn print_list(files: &[ListedFile], json: bool) -> anyhow::Result<ExitCode> {
    if json {
        let rows: Vec<_> = files
            .iter()
            .map(|file| {
                serde_json::json!({
                    "path": file.path,
                    "status": file.status,
                    "kind": file.kind,
                    "reader": file.reader,
                    "reason": file.reason,
                })
            })
            .collect();
        let mut text = serde_json::to_string_pretty(&rows)?;
        text.push('\n');
        crate::print(text.as_bytes())?;
        return Ok(ExitCode::Clean);
    }
    let mut table = Table::new();
    table.load_style(NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(["STATUS", "READER", "KIND", "PATH", "WHY"]);
    for file in files {
        let plain = |text: &str| text.replace(char::is_control, "?");
        table.add_row([
            file.status,
            file.reader.unwrap_or("-"),
            file.kind,
            &plain(&file.path),
            &plain(file.reason.as_deref().unwrap_or("")),
        ]);
    }
    let mut text = String::new();
    for line in table.lines() {
        text.push_str(line.trim_end());
        text.push('\n');
    }
    crate::print(text.as_bytes())?;
    Ok(ExitCode::Clean)
}
