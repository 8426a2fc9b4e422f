//! What was odd about a log, told once a kind with the first line.

use inferguard_model::{LogClock, Problem, ProblemCode, WorkerLog};

/// How often, and where first.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Seen {
    pub(super) count: u64,
    pub(super) line: u64,
}

impl Seen {
    pub(super) fn note(&mut self, line: u64) {
        if self.count == 0 {
            self.line = line;
        }
        self.count += 1;
    }

    fn place(self) -> String {
        format!("line {}", self.line)
    }
}

/// Everything odd of a log.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Odd {
    pub(super) refused: Seen,
    pub(super) other_engine: Seen,
    pub(super) other_clock: Seen,
    pub(super) too_many_ranks: Seen,
    pub(super) time_fell: Seen,
    pub(super) noise: Seen,
    pub(super) came_up_again: bool,
}

impl Odd {
    pub(super) fn problems(self, log: &WorkerLog, halved: bool) -> Vec<Problem> {
        let mut problems = Vec::new();
        if log.lines.sampled == 0 && self.refused.count == 0 {
            let told = format!(
                "none of {} lines tells the load of SGLang, vLLM or TensorRT-LLM",
                log.lines.read
            );
            problems.push(Problem::note(ProblemCode::LeftOut, "", told));
        }
        for (seen, code, told) in [
            (
                self.other_engine,
                ProblemCode::Conflict,
                "lines of another engine than that of the first sample were left out",
            ),
            (
                self.other_clock,
                ProblemCode::Conflict,
                "lines whose time is of another clock than that of the first sample were left out",
            ),
            (
                self.too_many_ranks,
                ProblemCode::Limit,
                "lines of more ranks than a node can have were left out",
            ),
            (
                self.time_fell,
                ProblemCode::Corrected,
                "times fall by more than a minute; the samples were put in order of time",
            ),
        ] {
            if seen.count > 0 {
                let told = format!("{}: {told}", counted(seen.count));
                problems.push(Problem::warning(code, seen.place(), told));
            }
        }
        if self.noise.count > 0 {
            let n = usize::try_from(self.noise.count).unwrap_or(usize::MAX);
            let lines = inferguard_model::number::counted(n, "line holds", "lines hold");
            let told = format!("{lines} bytes that are no text; what stands between them was read");
            problems.push(Problem::warning(ProblemCode::Malformed, self.noise.place(), told));
        }
        let explained =
            self.other_engine.count + self.other_clock.count + self.too_many_ranks.count;
        if let Some(torn @ 1..) = self.refused.count.checked_sub(explained) {
            let told = format!(
                "{}: lines that begin like a sample, and are torn or have no time, were left out",
                counted(torn)
            );
            problems.push(Problem::warning(ProblemCode::Malformed, self.refused.place(), told));
        }
        if self.came_up_again {
            let told = "the server came up more than once; the samples of all its lives are kept";
            problems.push(Problem::warning(ProblemCode::CounterReset, "", told));
        }
        if halved {
            let told = "more samples than are kept: pairs of the earlier ones were made one, amounts added and the rest averaged";
            problems.push(Problem::note(ProblemCode::Limit, "", told));
        }
        if log.clock == Some(LogClock::LocalWithoutYear) {
            let told =
                "the times carry no year; it is taken from the load that they are laid beside";
            problems.push(Problem::note(ProblemCode::Coerced, "", told));
        }
        problems
    }
}

fn counted(n: u64) -> String {
    format!("{} time{}", inferguard_model::number::count(n), if n == 1 { "" } else { "s" })
}
