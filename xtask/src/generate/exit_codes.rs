//! `docs/exit-codes.md`, from the constants of the schema crate.

use inferguard::schema::ExitCode;

use super::markdown::{NOTE, table};

pub(super) fn page() -> String {
    let rows = ExitCode::ALL.map(|(code, meaning)| [code.code().to_string(), meaning.to_owned()]);
    format!(
        "{NOTE}# Exit codes\n\n{}\n\
         A bug that makes the program panic exits with 101. Findings of severity info never change \
         the exit code.\n",
        table(["code", "meaning"], rows)
    )
}
