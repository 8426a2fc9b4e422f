//! `inferguard export`.

use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::Context;
use inferguard::export::inferencex::consolidate;
use inferguard::export::{Export, ExportError, Format, TableName, export};
use inferguard::render::escape::visible;
use inferguard::render::number::counted;
use inferguard::schema::ExitCode;
use inferguard::{Filter, Options};

use crate::args::{ExportArgs, ExportFormat};
use crate::output::{OutputDir, OutputFile};
use crate::progress::Bar;
use crate::terminal::complain;

/// Name of the array in a folder, one that the tools of InferenceX look for.
const ARRAY: &str = "agg_inferguard.json";

pub(crate) fn run(args: &ExportArgs, quiet: bool) -> anyhow::Result<ExitCode> {
    let filter = args.cells.filter();
    let has_slices = args.table.is_none_or(|table| table == TableName::Slices);
    anyhow::ensure!(
        args.slice.is_none() || has_slices && args.format != ExportFormat::Inferencex,
        "--slice cuts the table slices, which is not asked for"
    );
    let format = match args.format {
        ExportFormat::Csv => Format::Csv { mark: !is_stdout(&args.output) },
        ExportFormat::Json => Format::Json,
        ExportFormat::Jsonl => Format::JsonLines,
        #[cfg(feature = "parquet")]
        ExportFormat::Parquet => Format::Parquet,
        ExportFormat::Inferencex => return array(args, &filter, quiet),
    };
    match args.table {
        Some(table) => one(args, &filter, table, format, quiet),
        None => all(args, &filter, format, quiet),
    }
}

/// Every table, each into a file of its own.
fn all(
    args: &ExportArgs,
    filter: &Filter,
    format: Format,
    quiet: bool,
) -> anyhow::Result<ExitCode> {
    anyhow::ensure!(
        !is_stdout(&args.output),
        "-o - writes one table; choose it with --table {}",
        TableName::ALL.map(TableName::name).join(" | --table ")
    );
    let folder = OutputDir::open(&args.output)?;
    let bar = Bar::new(quiet);
    let options = options(args, Some(folder.path()), &bar, quiet)?;
    let read = export(&args.paths, &options, filter, &TableName::ALL);
    bar.finish();
    let read = read?;
    tell_filter(filter, (read.cells_taken, read.cells_read), quiet);
    for table in TableName::ALL {
        let mut rows = 0;
        let name = format!("{}.{}", table.name(), format.extension());
        let path = folder.write(&name, |file| {
            let mut out = BufWriter::new(file);
            rows = write(&read, table, format, &options, &mut out)?;
            out.flush()
        })?;
        tell(&path, rows, quiet);
    }
    Ok(ExitCode::Clean)
}

/// One table, into a file or to stdout.
fn one(
    args: &ExportArgs,
    filter: &Filter,
    table: TableName,
    format: Format,
    quiet: bool,
) -> anyhow::Result<ExitCode> {
    let target = target(&args.output, &format!("{}.{}", table.name(), format.extension()))?;
    let bar = Bar::new(quiet);
    let options = options(args, None, &bar, quiet)?;
    let read = export(&args.paths, &options, filter, &[table]);
    bar.finish();
    let read = read?;
    tell_filter(filter, (read.cells_taken, read.cells_read), quiet);
    let mut rows = 0;
    put(target.as_deref(), &args.paths, |out| {
        rows = read.write(table, format, &options, out)?;
        Ok(())
    })?;
    if let Some(target) = &target {
        tell(target, rows, quiet);
    }
    Ok(ExitCode::Clean)
}

/// The array of processed rows.
fn array(args: &ExportArgs, filter: &Filter, quiet: bool) -> anyhow::Result<ExitCode> {
    anyhow::ensure!(
        args.table.is_none(),
        "--format inferencex is one array of rows; leave --table out"
    );
    let target = target(&args.output, ARRAY)?;
    if let Some(target) = &target {
        outside(target, &args.paths)?;
    }
    let bar = Bar::new(quiet);
    let options = options(args, None, &bar, quiet)?;
    let made = consolidate(&args.paths, &options, filter);
    bar.finish();
    let made = made?;
    tell_filter(filter, (made.cells_taken, made.cells_read), quiet);
    if let Some((id, why)) = made.left_out.first() {
        let cells = counted(made.left_out.len(), "cell", "cells");
        let id = visible(id);
        anyhow::ensure!(
            !made.rows.is_empty(),
            "no cell can be a row of InferenceX: {cells} left out; the first is {id}: {why}"
        );
        if !quiet {
            complain(&format!("{cells} left out; the first is {id}: {why}"));
        }
    }
    put(target.as_deref(), &args.paths, |out| Ok(made.write(out)?))?;
    if let Some(target) = &target {
        tell(target, made.rows.len() as u64, quiet);
    }
    Ok(ExitCode::Clean)
}

fn options<'b>(
    args: &ExportArgs,
    output: Option<&Path>,
    bar: &'b Bar,
    quiet: bool,
) -> anyhow::Result<Options<'b>> {
    let roots: Vec<_> = args.paths.iter().map(AsRef::as_ref).collect();
    Ok(Options {
        output_dir: output.map(Path::to_owned),
        slice_ns: args.slice,
        progress: Some(bar),
        ..args.input.options(&roots, quiet)?
    })
}

fn is_stdout(output: &Path) -> bool {
    output == Path::new("-")
}

/// The file to write; `None` for stdout. A folder that is there gets a file of this name.
fn target(output: &Path, name: &str) -> anyhow::Result<Option<PathBuf>> {
    if is_stdout(output) {
        return Ok(None);
    }
    let names_folder = output.as_os_str().to_string_lossy().ends_with(['/', '\\']);
    if output.is_dir() || names_folder {
        std::fs::create_dir_all(output)
            .with_context(|| format!("cannot make the folder {}", output.display()))?;
        return Ok(Some(output.join(name)));
    }
    Ok(Some(output.to_owned()))
}

/// Rows that lie among the results would be taken for results themselves the next time.
fn outside(target: &Path, roots: &[PathBuf]) -> anyhow::Result<()> {
    let folder = target.parent().filter(|folder| !folder.as_os_str().is_empty());
    let Ok(folder) = folder.unwrap_or(Path::new(".")).canonicalize() else { return Ok(()) };
    let within = |root: &PathBuf| {
        root.is_dir() && root.canonicalize().is_ok_and(|root| folder.starts_with(root))
    };
    anyhow::ensure!(
        !roots.iter().any(within),
        "{} lies among the results and would be read as one of them the next time; choose another place with -o",
        target.display()
    );
    Ok(())
}

/// Writes to a file under a temporary name until it is whole, or to stdout.
fn put(
    target: Option<&Path>,
    inputs: &[PathBuf],
    write: impl FnOnce(&mut (dyn Write + Send)) -> Result<(), ExportError>,
) -> anyhow::Result<()> {
    let Some(target) = target else {
        let mut out = BufWriter::new(std::io::stdout());
        write(&mut out).map_err(plain)?;
        return Ok(out.flush()?);
    };
    let is_input = |input: &PathBuf| match (input.canonicalize(), target.canonicalize()) {
        (Ok(input), Ok(target)) => input == target,
        _ => false,
    };
    anyhow::ensure!(
        !inputs.iter().any(is_input),
        "{} is an input, which is never written; choose another name with -o",
        target.display()
    );
    let mut file = OutputFile::create(target, "-o")?;
    let mut out = BufWriter::new(file.file());
    write(&mut out).map_err(plain)?;
    out.flush().with_context(|| format!("cannot write {}", target.display()))?;
    drop(out);
    file.finish().with_context(|| format!("cannot write {}", target.display()))
}

/// An error of the system is told as it is, a closed pipe among them.
fn plain(error: ExportError) -> anyhow::Error {
    match error {
        ExportError::Write(error) => error.into(),
        error => error.into(),
    }
}

fn write(
    read: &Export,
    table: TableName,
    format: Format,
    options: &Options<'_>,
    out: &mut (dyn Write + Send),
) -> std::io::Result<u64> {
    read.write(table, format, options, out).map_err(|error| match error {
        ExportError::Write(error) => error,
        error => std::io::Error::other(error),
    })
}

fn tell_filter(filter: &Filter, (taken, read): (usize, usize), quiet: bool) {
    if !filter.is_empty() && !quiet {
        complain(&format!("--where takes {} of {read}", counted(taken, "cell", "cells")));
    }
}

fn tell(path: &Path, rows: u64, quiet: bool) {
    if !quiet {
        let rows = counted(rows as usize, "row", "rows");
        complain(&format!("wrote {} ({rows})", visible(&path.display().to_string())));
    }
}
