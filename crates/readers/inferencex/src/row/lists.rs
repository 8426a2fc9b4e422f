//! Per-request lists of a raw result (`--save-detailed`), in seconds.

use inferguard_model::{Evidence, Problem, ProblemCode, RequestTable};
use inferguard_source::coerce;
use inferguard_source::json::{Enter, JsonScalar};

/// The lists as they stream by.
#[derive(Debug, Default)]
pub(super) struct RequestLists {
    open: Option<List>,
    inner: bool,
    input_lens: Vec<u32>,
    output_lens: Vec<u32>,
    ttfts: Vec<f64>,
    /// Gaps of all requests, and how many belong to each.
    gaps: Vec<f64>,
    gap_counts: Vec<usize>,
    failed: Vec<bool>,
    warnings: Vec<String>,
    damaged: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum List {
    InputLens,
    OutputLens,
    Ttfts,
    Itls,
    Errors,
    Warnings,
}

impl RequestLists {
    /// Decides on an array member.
    pub(super) fn enter(&mut self, path: &str) -> Enter {
        if self.open == Some(List::Itls) && path == "itls" && !self.inner {
            self.inner = true;
            self.gap_counts.push(0);
            return Enter::Elements;
        }
        if self.open.is_some() {
            self.damaged += 1;
            return Enter::Skip;
        }
        self.open = Some(match path {
            "input_lens" => List::InputLens,
            "output_lens" => List::OutputLens,
            "ttfts" => List::Ttfts,
            "itls" => List::Itls,
            "errors" => List::Errors,
            "warnings" => List::Warnings,
            _ => return Enter::Skip,
        });
        Enter::Elements
    }

    /// Ends an array that was entered.
    pub(super) fn leave(&mut self, key: &str) {
        if self.inner && key == "itls" {
            self.inner = false;
        } else {
            self.open = None;
        }
    }

    /// Takes an element of the open list; false when no list is open.
    pub(super) fn element(&mut self, _key: &str, value: JsonScalar<'_>) -> bool {
        let Some(open) = self.open else { return false };
        let mut problems = Vec::new();
        match open {
            List::InputLens | List::OutputLens => {
                let length = coerce::small_count(value, "", &mut problems);
                self.damaged += usize::from(length.is_none());
                let list = if open == List::InputLens {
                    &mut self.input_lens
                } else {
                    &mut self.output_lens
                };
                list.push(length.unwrap_or(0));
            }
            List::Ttfts => {
                let ttft = coerce::number(value, "", &mut problems);
                self.damaged += usize::from(ttft.is_none());
                self.ttfts.push(ttft.unwrap_or(0.0));
            }
            List::Itls => match (coerce::number(value, "", &mut problems), self.inner) {
                (Some(gap), true) => {
                    self.gaps.push(gap);
                    if let Some(count) = self.gap_counts.last_mut() {
                        *count += 1;
                    }
                }
                _ => self.damaged += 1,
            },
            List::Errors => {
                self.failed.push(!matches!(value, JsonScalar::Null | JsonScalar::Str("")));
            }
            List::Warnings => {
                if let JsonScalar::Str(text) = value {
                    self.warnings.push(inferguard_source::shorten(text));
                }
            }
        }
        true
    }

    /// What the producer itself warned of.
    pub(super) fn producer_warnings(&mut self) -> Vec<String> {
        std::mem::take(&mut self.warnings)
    }

    /// The requests as a table; `None` when the lists are not there or do not fit each other.
    pub(super) fn table(&mut self, evidence: &mut Evidence) -> Option<RequestTable> {
        let n = self.ttfts.len();
        if n == 0 {
            return None;
        }
        let fits = self.output_lens.len() == n
            && self.gap_counts.len() == n
            && (self.failed.is_empty() || self.failed.len() == n);
        if !fits || self.damaged > 0 {
            evidence.problem(Problem::warning(
                ProblemCode::Malformed,
                "ttfts",
                "the per-request lists differ in length or hold no numbers; they are not used",
            ));
            return None;
        }
        let mut table = RequestTable::default();
        let mut from = 0;
        for request in 0..n {
            let gaps = &self.gaps[from..from + self.gap_counts[request]];
            from += self.gap_counts[request];
            let failed = self.failed.get(request).copied().unwrap_or(false);
            if failed || self.output_lens[request] == 0 {
                table.failed += 1;
                continue;
            }
            table.ttft.push(self.ttfts[request]);
            table.e2el.push(self.ttfts[request] + gaps.iter().sum::<f64>());
            table.isl.push(self.input_lens.get(request).copied().unwrap_or(0));
            table.osl.push(self.output_lens[request]);
            table.gaps.extend_from_slice(gaps);
        }
        Some(table)
    }
}
