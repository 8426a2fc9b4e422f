//! Everything that a change has to pass: `cargo xtask ci`.

use std::time::Instant;

use anyhow::{Context, bail};

use crate::{cargo, generate, root};

/// A step that another program does.
struct Step {
    name: &'static str,
    args: &'static [&'static str],
    env: &'static [(&'static str, &'static str)],
}

/// In order of how soon they find something; all share one target folder and profile.
const STEPS: &[Step] = &[
    Step { name: "formatting", args: &["fmt", "--all", "--check"], env: &[] },
    Step {
        name: "clippy",
        args: &["clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"],
        env: &[],
    },
    Step {
        name: "tests",
        args: &[
            "test",
            "--workspace",
            "--lib",
            "--bins",
            "--tests",
            "--examples",
            "--no-fail-fast",
            "--locked",
        ],
        // A snapshot that differs is a failure, and no file is written for it.
        env: &[("INSTA_UPDATE", "no")],
    },
    Step {
        name: "doctests",
        args: &["test", "--workspace", "--doc", "--no-fail-fast", "--locked"],
        env: &[],
    },
    Step {
        name: "documentation",
        args: &["doc", "--workspace", "--no-deps", "--locked"],
        env: &[("RUSTDOCFLAGS", "-D warnings")],
    },
];

/// Runs every step and stops at the first that fails.
pub(crate) fn run() -> anyhow::Result<()> {
    let began = Instant::now();
    let total = STEPS.len() + 1;
    for (at, step) in STEPS.iter().enumerate() {
        announce(at + 1, total, step.name, &format!("cargo {}", step.args.join(" ")));
        let status = cargo()
            .args(step.args)
            .envs(step.env.iter().copied())
            .status()
            .context("cannot start cargo")?;
        if !status.success() {
            bail!("{} failed ({} of {total} steps passed)", step.name, at);
        }
    }
    announce(total, total, "generated files", "cargo xtask gen --check");
    generate::check(root())
        .with_context(|| format!("generated files ({} of {total} steps passed)", STEPS.len()))?;
    let names: Vec<_> = STEPS.iter().map(|step| step.name).chain(["generated files"]).collect();
    println!("\nall passed in {} s: {}", began.elapsed().as_secs(), names.join(", "));
    Ok(())
}

fn announce(number: usize, total: usize, name: &str, command: &str) {
    println!("\n=== {number}/{total} {name}: {command}");
}
