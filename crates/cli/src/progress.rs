//! The progress bar of long readings, on a terminal only.

use std::io::IsTerminal;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use inferguard::Progress;

/// Files from which a bar is worth its lines.
const WORTH_A_BAR: usize = 200;

/// A bar that appears once the number of files is known to be large.
pub(crate) struct Bar(ProgressBar);

impl Bar {
    /// A hidden bar; `quiet` keeps it hidden.
    pub(crate) fn new(quiet: bool) -> Self {
        let bar = ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::hidden());
        if !quiet && std::io::stderr().is_terminal() {
            bar.set_draw_target(ProgressDrawTarget::stderr_with_hz(10));
        }
        Self(bar)
    }

    /// Takes the bar off the screen.
    pub(crate) fn finish(&self) {
        self.0.finish_and_clear();
    }
}

impl Progress for Bar {
    fn total(&self, files: usize) {
        if files < WORTH_A_BAR || self.0.is_hidden() {
            self.0.set_draw_target(ProgressDrawTarget::hidden());
            return;
        }
        self.0.set_length(files as u64);
        if let Ok(style) = ProgressStyle::with_template("reading {bar:30} {pos}/{len} files {eta}")
        {
            self.0.set_style(style);
        }
        self.0.enable_steady_tick(Duration::from_millis(200));
    }

    fn advance(&self) {
        if !self.0.is_hidden() {
            self.0.inc(1);
        }
    }
}
