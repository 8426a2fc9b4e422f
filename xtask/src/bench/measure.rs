//! CPU time, wall time and memory of child processes.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike;

use crate::cargo;

/// The release builds that are measured.
pub(super) struct Programs {
    pub(super) inferguard: PathBuf,
    /// This program, optimized, for the floor.
    pub(super) xtask: PathBuf,
}

impl Programs {
    /// Builds both once.
    pub(super) fn build() -> anyhow::Result<Self> {
        // One by one: together they would get the features of both, and the program that is
        // measured would not be the one that is shipped.
        for package in ["xtask", "inferguard-cli"] {
            let status = cargo()
                .args(["build", "--release", "--quiet", "-p", package])
                .status()
                .context("cannot start cargo")?;
            if !status.success() {
                bail!("the release build of {package} failed");
            }
        }
        // This program lies in the target folder itself, wherever that is.
        let own = std::env::current_exe().context("cannot find this program")?;
        let release = own
            .parent()
            .and_then(Path::parent)
            .context("this program lies in no target folder")?
            .join("release");
        Ok(Self { inferguard: release.join("inferguard"), xtask: release.join("xtask") })
    }

    /// `inferguard analyze` with its report in a folder of its own.
    pub(super) fn analyze(&self, input: &Path, output: &Path) -> Command {
        let mut command = Command::new(&self.inferguard);
        command.args(["--quiet", "analyze", "--fail-on", "never", "--output-dir"]);
        command.arg(output).arg(input);
        command
    }
}

/// What a run took.
#[derive(Debug, Clone, Copy)]
pub(super) struct Taken {
    /// User and system time, seconds.
    pub(super) cpu: f64,
    /// Seconds.
    pub(super) wall: f64,
}

/// Runs a command to its end; it has to succeed.
pub(super) fn taken(command: &mut Command) -> anyhow::Result<Taken> {
    let (took, status) = ended(command)?;
    if !status.success() {
        bail!("{} failed: {status}", command.get_program().display());
    }
    Ok(took)
}

/// Runs a command to its end, whatever that is.
pub(super) fn ended(command: &mut Command) -> anyhow::Result<(Taken, ExitStatus)> {
    let before = children()?;
    let began = Instant::now();
    let status = command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .status()
        .with_context(|| format!("cannot start {}", command.get_program().display()))?;
    let wall = began.elapsed().as_secs_f64();
    let cpu = children()?.saturating_sub(before).as_secs_f64();
    Ok((Taken { cpu, wall }, status))
}

/// CPU time of all children that have ended.
fn children() -> anyhow::Result<Duration> {
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN).context("cannot ask for the CPU time")?;
    let microseconds =
        usage.user_time().num_microseconds() + usage.system_time().num_microseconds();
    Ok(Duration::from_micros(microseconds.unsigned_abs()))
}

/// Peak memory of a command in bytes; this process may run one only.
pub(super) fn peak_of(command: &[OsString]) -> anyhow::Result<u64> {
    let (program, args) = command.split_first().context("no command")?;
    taken(Command::new(program).args(args))?;
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN).context("cannot ask for the memory")?;
    let peak = usage.max_rss().unsigned_abs();
    // Kilobytes everywhere but there.
    Ok(if cfg!(target_vendor = "apple") { peak } else { peak * 1024 })
}

/// Peak memory of a command, measured by a process of its own.
pub(super) fn peak(xtask: &Path, command: &Command) -> anyhow::Result<u64> {
    let output = Command::new(xtask)
        .args(["peak", "--"])
        .arg(command.get_program())
        .args(command.get_args())
        .stderr(Stdio::inherit())
        .output()
        .context("cannot measure memory")?;
    let text = String::from_utf8_lossy(&output.stdout);
    text.trim().parse().with_context(|| format!("`{}` is no size in bytes", text.trim()))
}

/// Median, least and most of some figures.
pub(super) fn spread(mut values: Vec<f64>) -> (f64, f64, f64) {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    let median = match values.len() {
        0 => f64::NAN,
        n if n % 2 == 0 => f64::midpoint(values[middle - 1], values[middle]),
        _ => values[middle],
    };
    let end = |value: Option<&f64>| value.copied().unwrap_or(f64::NAN);
    (median, end(values.first()), end(values.last()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_lies_in_the_middle() {
        assert_eq!(spread(vec![3.0, 1.0, 2.0]), (2.0, 1.0, 3.0));
        assert_eq!(spread(vec![4.0, 1.0, 3.0, 2.0]), (2.5, 1.0, 4.0));
    }

    #[test]
    fn time_and_memory_of_a_child_are_seen() {
        let took = taken(&mut Command::new("true")).expect("runs");
        assert!(took.wall > 0.0 && took.cpu >= 0.0);
        assert!(peak_of(&["true".into()]).expect("runs") > 0);
        assert!(taken(&mut Command::new("false")).is_err());
    }
}
