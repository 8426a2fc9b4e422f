//! `inferguard tag`.

use std::path::{Path, PathBuf};

use inferguard::Options;
use inferguard::render::escape::visible;
use inferguard::runs::{Runs, TagEdit, edit_tags, metadata_of, runs};
use inferguard::schema::ExitCode;
use serde_json::{Value, json};

use crate::args::{TagArgs, TagCommand};

/// Names of the files in which tags are kept; nothing else has to be read for them.
const METADATA: &str = "[0-9]*.json";

pub(crate) fn run(args: &TagArgs, quiet: bool) -> anyhow::Result<ExitCode> {
    let _ = quiet;
    match &args.command {
        TagCommand::Add(args) => {
            let edit = TagEdit { add: args.tags.clone(), ..TagEdit::default() };
            change(&args.run, args.folder.as_deref(), &edit, args.json)
        }
        TagCommand::Remove(args) => {
            let edit = TagEdit { remove: args.tags.clone(), ..TagEdit::default() };
            change(&args.run, args.folder.as_deref(), &edit, args.json)
        }
        TagCommand::List(args) => list(args.run.as_deref(), args.folder.as_deref(), args.json),
    }
}

fn change(
    wanted: &str,
    folder: Option<&Path>,
    edit: &TagEdit,
    json: bool,
) -> anyhow::Result<ExitCode> {
    let (found, at) = locate(wanted, folder)?;
    let run = &found.runs[at];
    let tags = edit_tags(&metadata_of(&found, run)?, edit)?;
    print(&[(run.id.clone(), tags)], json)
}

fn list(wanted: Option<&str>, folder: Option<&Path>, json: bool) -> anyhow::Result<ExitCode> {
    let all = if let Some(wanted) = wanted {
        let (found, at) = locate(wanted, folder)?;
        vec![(found.runs[at].id.clone(), found.runs[at].tags.clone())]
    } else {
        let found = read(folder.unwrap_or(Path::new(".")))?;
        found.runs.into_iter().map(|run| (run.id, run.tags)).collect()
    };
    print(&all, json)
}

fn print(all: &[(String, Vec<String>)], json: bool) -> anyhow::Result<ExitCode> {
    let text = if json {
        let all: Vec<Value> =
            all.iter().map(|(run, tags)| json!({"run": run, "tags": tags})).collect();
        serde_json::to_string_pretty(&all)? + "\n"
    } else {
        let line = |(run, tags): &(String, Vec<String>)| {
            let tags = if tags.is_empty() { "–".to_owned() } else { tags.join(", ") };
            format!("{}  {}\n", visible(run), visible(&tags))
        };
        all.iter().map(line).collect()
    };
    crate::print(text.as_bytes())?;
    Ok(ExitCode::Clean)
}

fn read(root: &Path) -> anyhow::Result<Runs> {
    let options = Options { include: vec![METADATA.to_owned()], ..Options::default() };
    Ok(runs(&[root.to_owned()], &options)?)
}

/// Finds a job: in the folder that was given, else as a folder itself, else in the current one.
fn locate(wanted: &str, folder: Option<&Path>) -> anyhow::Result<(Runs, usize)> {
    let path = PathBuf::from(wanted);
    if folder.is_none() && path.is_dir() {
        let found = read(&path)?;
        let at = found.only().ok_or_else(|| {
            anyhow::anyhow!("{wanted} holds several jobs; name one and give the folder with --in")
        })?;
        return Ok((found, at));
    }
    let found = read(folder.unwrap_or(Path::new(".")))?;
    let at = found.find(wanted)?;
    Ok((found, at))
}
