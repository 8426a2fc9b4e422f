//! The `inferguard` binary: hands over to the library of the command line.

use std::process::ExitCode;

fn main() -> ExitCode {
    inferguard_cli::main()
}
