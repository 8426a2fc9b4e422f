//! Lists of a result: per-request measurements in seconds (`--save-detailed`), and short lists of
//! texts.

use inferguard_model::{Evidence, Problem, ProblemCode, RequestTable};
use inferguard_source::coerce;
use inferguard_source::json::{Enter, JsonScalar};

/// The lists as they stream by.
#[derive(Debug, Default)]
pub(super) struct Lists {
    open: Option<List>,
    inner: bool,
    input_lens: Vec<u32>,
    output_lens: Vec<u32>,
    ttfts: Vec<f64>,
    latencies: Vec<f64>,
    /// Gaps of all requests, and how many belong to each.
    gaps: Vec<f64>,
    gap_counts: Vec<usize>,
    failed: Vec<bool>,
    damaged: usize,
    warnings: Vec<String>,
    power_reasons: Vec<String>,
    has_workers: bool,
    is_batch: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum List {
    InputLens,
    OutputLens,
    Ttfts,
    Latencies,
    Itls,
    Errors,
    Warnings,
    PowerReasons,
}

impl Lists {
    /// Decides on an array member; of a list that stands twice the last one counts.
    pub(super) fn enter(&mut self, path: &str) -> Enter {
        if self.open == Some(List::Itls) && !self.inner {
            self.inner = true;
            self.gap_counts.push(0);
            return Enter::Elements;
        }
        if self.open.is_some() {
            return self.damage();
        }
        let list = match path {
            "input_lens" => List::InputLens,
            "output_lens" => List::OutputLens,
            "ttfts" => List::Ttfts,
            "latencies" => List::Latencies,
            "itls" => List::Itls,
            "errors" => List::Errors,
            "warnings" => List::Warnings,
            "power_invalid_reasons" => List::PowerReasons,
            _ => {
                self.has_workers |= path == "workers";
                self.is_batch |= path == "eval_concs";
                return Enter::Skip;
            }
        };
        match list {
            List::InputLens => self.input_lens.clear(),
            List::OutputLens => self.output_lens.clear(),
            List::Ttfts => self.ttfts.clear(),
            List::Latencies => self.latencies.clear(),
            List::Itls => {
                self.gaps.clear();
                self.gap_counts.clear();
            }
            List::Errors => self.failed.clear(),
            List::Warnings => self.warnings.clear(),
            List::PowerReasons => self.power_reasons.clear(),
        }
        self.open = Some(list);
        Enter::Elements
    }

    /// Ends an array that was entered.
    pub(super) fn leave(&mut self) {
        if self.inner {
            self.inner = false;
        } else {
            self.open = None;
        }
    }

    pub(super) fn is_open(&self) -> bool {
        self.open.is_some()
    }

    /// Something that is no element stands in a list.
    pub(super) fn damage(&mut self) -> Enter {
        self.damaged += 1;
        Enter::Skip
    }

    /// Takes an element of the open list; false when no list is open.
    pub(super) fn element(&mut self, value: JsonScalar<'_>) -> bool {
        let Some(open) = self.open else { return false };
        match open {
            List::InputLens => self.input_lens.push(length(value, &mut self.damaged)),
            List::OutputLens => self.output_lens.push(length(value, &mut self.damaged)),
            List::Ttfts => self.ttfts.push(seconds(value, &mut self.damaged)),
            List::Latencies => self.latencies.push(seconds(value, &mut self.damaged)),
            List::Itls => match self.gap_counts.last_mut() {
                Some(count) if self.inner => {
                    self.gaps.push(seconds(value, &mut self.damaged));
                    *count += 1;
                }
                _ => self.damaged += 1,
            },
            List::Errors => {
                self.failed.push(!matches!(value, JsonScalar::Null | JsonScalar::Str("")));
            }
            List::Warnings => self.warnings.extend(shortened(value)),
            List::PowerReasons => self.power_reasons.extend(shortened(value)),
        }
        true
    }

    /// What the producer itself warned of.
    pub(super) fn producer_warnings(&mut self) -> Vec<String> {
        std::mem::take(&mut self.warnings)
    }

    /// Why the producer calls its power measurement invalid.
    pub(super) fn power_reasons(&mut self) -> Vec<String> {
        std::mem::take(&mut self.power_reasons)
    }

    /// Whether the row lists power by worker.
    pub(super) fn has_workers(&self) -> bool {
        self.has_workers
    }

    /// Whether one evaluation was run at several concurrencies, of which the first is named.
    pub(super) fn is_batch(&self) -> bool {
        self.is_batch
    }

    /// The requests as a table; `None` when the lists are not there or do not fit each other.
    pub(super) fn table(&mut self, evidence: &mut Evidence) -> Option<RequestTable> {
        let n = self.ttfts.len();
        if n == 0 {
            return None;
        }
        let fits = |len: usize| len == 0 || len == n;
        let fits = self.output_lens.len() == n
            && self.gap_counts.len() == n
            && fits(self.input_lens.len())
            && fits(self.latencies.len())
            && fits(self.failed.len());
        if !fits || self.damaged > 0 {
            evidence.problem(Problem::warning(
                ProblemCode::Malformed,
                "ttfts",
                "the per-request lists differ in length or hold no numbers; they are not used",
            ));
            return None;
        }
        // The client lists results in the order in which it sent the requests.
        let mut table = RequestTable { in_start_order: true, ..RequestTable::default() };
        let mut from = 0;
        for request in 0..n {
            let gaps = &self.gaps[from..from + self.gap_counts[request]];
            from += self.gap_counts[request];
            let failed = self.failed.get(request).copied().unwrap_or(false);
            if failed || self.output_lens[request] == 0 {
                table.failed += 1;
                continue;
            }
            // A TTFT of 0 is a request without a stream, whose latency only a list of its own holds.
            let ttft = Some(self.ttfts[request]).filter(|ttft| *ttft > 0.0);
            let summed = || ttft.map(|ttft| ttft + gaps.iter().sum::<f64>());
            let e2el = self.latencies.get(request).copied().or_else(summed);
            table.ttft.push(ttft.unwrap_or(RequestTable::NOT_MEASURED));
            table.e2el.push(e2el.unwrap_or(NOT_MEASURED));
            table.isl.extend(self.input_lens.get(request));
            table.osl.push(self.output_lens[request]);
            table.gaps.extend_from_slice(gaps);
        }
        Some(table)
    }
}

/// Marks a request without an end-to-end latency.
const NOT_MEASURED: f64 = RequestTable::NOT_MEASURED;

fn length(value: JsonScalar<'_>, damaged: &mut usize) -> u32 {
    let length = coerce::small_count(value, "", &mut Vec::new());
    *damaged += usize::from(length.is_none());
    length.unwrap_or(0)
}

fn seconds(value: JsonScalar<'_>, damaged: &mut usize) -> f64 {
    let seconds = coerce::number(value, "", &mut Vec::new()).filter(|seconds| *seconds >= 0.0);
    *damaged += usize::from(seconds.is_none());
    seconds.unwrap_or(0.0)
}

fn shortened(value: JsonScalar<'_>) -> Option<String> {
    match value {
        JsonScalar::Str(text) => Some(inferguard_source::shorten(text)),
        _ => None,
    }
}
