//! `inferguard validate`.

use std::fmt::Write as _;
use std::path::Path;

use anyhow::Context;
use inferguard::render::escape::visible;
use inferguard::render::number::counted;
use inferguard::schema::ExitCode;
use inferguard::{Validation, validate};
use serde_json::json;

use crate::args::ValidateArgs;
use crate::terminal::complain;

pub(crate) fn run(args: &ValidateArgs) -> anyhow::Result<ExitCode> {
    let mut code = ExitCode::Clean;
    let mut answers = Vec::new();
    for file in &args.files {
        match check(file, args.closed_v1) {
            Ok(validation) => {
                if !validation.violations.is_empty() && code == ExitCode::Clean {
                    code = ExitCode::Critical;
                }
                answers.push((file.as_path(), Ok(validation)));
            }
            Err(error) => {
                code = ExitCode::NoReport;
                answers.push((file.as_path(), Err(crate::chain(&error))));
            }
        }
    }
    if args.json {
        let answers: Vec<_> = answers.iter().map(|(file, answer)| as_json(file, answer)).collect();
        let mut text = serde_json::to_string_pretty(&answers)?;
        text.push('\n');
        crate::print(text.as_bytes())?;
        return Ok(code);
    }
    for (file, answer) in &answers {
        match answer {
            Ok(validation) => crate::print(as_text(file, validation).as_bytes())?,
            Err(error) => complain(&format!("inferguard: {error}")),
        }
    }
    Ok(code)
}

fn check(file: &Path, closed: bool) -> anyhow::Result<Validation> {
    let explain = || format!("cannot check {}", file.display());
    let bytes = std::fs::read(file).with_context(explain)?;
    validate(&bytes, closed).with_context(explain)
}

fn as_text(file: &Path, validation: &Validation) -> String {
    let file = file.display();
    if validation.violations.is_empty() {
        return format!("{file}: valid {}\n", visible(&validation.schema_version));
    }
    let mut text = format!(
        "{file}: {} (schema version {})\n",
        counted(validation.violations.len(), "violation", "violations"),
        visible(&validation.schema_version)
    );
    for violation in &validation.violations {
        // The pointer of the document itself is empty, and `/` is another place.
        let whole = violation.pointer.is_empty();
        let pointer = if whole { "(the document)" } else { &violation.pointer };
        let _ = writeln!(text, "  {}: {}", visible(pointer), visible(&violation.message));
    }
    text
}

fn as_json(file: &Path, answer: &Result<Validation, String>) -> serde_json::Value {
    match answer {
        Err(error) => json!({"file": file.display().to_string(), "error": error}),
        Ok(validation) => json!({
            "file": file.display().to_string(),
            "schema_version": validation.schema_version,
            "valid": validation.violations.is_empty(),
            "violations": validation
                .violations
                .iter()
                .map(|found| json!({"pointer": found.pointer, "message": found.message}))
                .collect::<Vec<_>>(),
        }),
    }
}
