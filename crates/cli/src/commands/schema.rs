//! `inferguard schema`.

use inferguard::schema::{ExitCode, Vocabulary, json_schema};

use crate::args::SchemaArgs;

pub(crate) fn run(args: &SchemaArgs) -> anyhow::Result<ExitCode> {
    let vocabulary = if args.closed_v1 { Vocabulary::Closed } else { Vocabulary::Open };
    let mut text = serde_json::to_string_pretty(&json_schema(vocabulary))?;
    text.push('\n');
    crate::print(text.as_bytes())?;
    Ok(ExitCode::Clean)
}
