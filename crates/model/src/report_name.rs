//! Names of llm-d benchmark reports, and of the folders they lie in.
//!
//! `benchmark_report_v0.2,_stage_3_lifecycle_metrics.json.yaml` is the report that was made of
//! `stage_3_lifecycle_metrics.json`; the comma is the producer's. Reader and joins agree on them.

/// What the file name of a report says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReportName<'n> {
    /// Version of the schema: `0.2`; `None` for reports of v0.1, whose names have none.
    pub version: Option<&'n str>,
    /// The harness's own file: `results.json`.
    pub native: &'n str,
    /// Number of the benchmark within it, from 0; absent where the file holds one.
    pub index: Option<u32>,
}

impl<'n> ReportName<'n> {
    /// Reads a file name, with or without `.gz`; `None` for names of another form.
    pub fn parse(file_name: &'n str) -> Option<Self> {
        let name = file_name.strip_suffix(".gz").unwrap_or(file_name);
        let (name, ending) = name.rsplit_once('.')?;
        if !matches!(ending, "yaml" | "yml" | "json") {
            return None;
        }
        let rest = name.strip_prefix("benchmark_report")?;
        let (head, native) = rest.split_once(",_")?;
        let version = match head.strip_prefix("_v") {
            Some(version) => Some(version),
            None if head.is_empty() => None,
            None => return None,
        };
        let numbered = native.rsplit_once('_').and_then(|(native, digits)| {
            let has_ending = matches!(native.rsplit_once('.'), Some((_, "json" | "csv")));
            let plain = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
            Some((native, digits.parse().ok().filter(|_| has_ending && plain)?))
        });
        Some(match numbered {
            Some((native, index)) => Self { version, native, index: Some(index) },
            None => Self { version, native, index: None },
        })
    }

    /// The name of a report, else the same of inference-perf's own file, of which reports are made.
    pub fn of_artifact(file_name: &'n str) -> Option<Self> {
        let native = file_name.strip_suffix(".gz").unwrap_or(file_name);
        let is_json = matches!(native.rsplit_once('.'), Some((_, "json")));
        let is_native = native.starts_with("stage_") && is_json;
        let of_native = || is_native.then_some(Self { version: None, native, index: None });
        Self::parse(file_name).or_else(of_native)
    }

    /// The harness's file without its ending: `stage_3_lifecycle_metrics`.
    pub fn native_stem(&self) -> &'n str {
        self.native.rsplit_once('.').map_or(self.native, |(stem, _)| stem)
    }

    /// The stage that the native name carries: 3 of `stage_3_lifecycle_metrics.json`.
    pub fn stage(&self) -> Option<u32> {
        let digits = self.native.strip_prefix("stage_")?;
        digits[..digits.find(|c: char| !c.is_ascii_digit())?].parse().ok()
    }
}

/// The folder of one run of the load generator as `<harness>[-<treatment>]-<unix time>-<random>_<k>`
/// or `<harness>_<unix time>-<treatment>_<stack>`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunFolder<'n> {
    /// The name without unix time, random part and number: equal for repeats of one treatment.
    pub treatment: String,
    /// The name without the number, and the number, of one of several load generators that ran at
    /// the same time.
    pub pod: Option<(&'n str, u32)>,
}

impl<'n> RunFolder<'n> {
    /// Reads a folder's name; any name is one, as people rename folders.
    pub fn parse(name: &'n str) -> Self {
        let mut parts = name.split(['-', '_']);
        let is_time = |part: &str| part.len() == 10 && part.bytes().all(|b| b.is_ascii_digit());
        let timed = parts.any(is_time);
        if !timed {
            return Self { treatment: name.to_owned(), pod: None };
        }
        let (bare, number) = match name.rsplit_once('_') {
            Some((bare, digits)) if digits.len() <= 4 => match digits.parse() {
                Ok(number) => (bare, Some(number)),
                Err(_) => (name, None),
            },
            _ => (name, None),
        };
        // What stands behind the time: a random part alone says nothing.
        let mut kept: Vec<&str> = Vec::new();
        let mut words = bare.split(['-', '_']).peekable();
        while let Some(word) = words.next() {
            if !is_time(word) {
                kept.push(word);
                continue;
            }
            let random = |word: &&str| {
                word.len() == 6
                    && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
            };
            if words.peek().is_some_and(random) {
                let word = words.next();
                // More words behind: it was the first word of a name.
                if words.peek().is_some() {
                    kept.extend(word);
                }
            }
        }
        Self { treatment: kept.join("-"), pod: number.map(|number| (bare, number)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_a_report_is_taken_apart() {
        let of = |name| ReportName::parse(name).map(|n| (n.version, n.native, n.index));
        for (name, expected) in [
            ("benchmark_report,_results.json.yaml", (None, "results.json", None)),
            ("benchmark_report,_results.json_1.yaml", (None, "results.json", Some(1))),
            (
                "benchmark_report_v0.2.1,_stage_3_lifecycle_metrics.json.yaml",
                (Some("0.2.1"), "stage_3_lifecycle_metrics.json", None),
            ),
            ("benchmark_report,_LMBench_a_1.csv.yaml", (None, "LMBench_a_1.csv", None)),
            (
                "benchmark_report_v0.2,_profile_export_aiperf.json.json",
                (Some("0.2"), "profile_export_aiperf.json", None),
            ),
        ] {
            assert_eq!(of(name), Some(expected), "{name}");
        }
        for name in [
            "benchmark_report.yaml",
            "benchmark_report_x,_a.json.yaml",
            "results_2025-08-01_10.00.00.yaml",
        ] {
            assert_eq!(of(name), None, "{name}");
        }
        let stage = |name| ReportName::parse(name).and_then(|name| name.stage());
        assert_eq!(stage("benchmark_report,_stage_12_lifecycle_metrics.json.yaml"), Some(12));
        assert_eq!(stage("benchmark_report,_stage_x.json.yaml"), None);
    }

    #[test]
    fn folders_of_one_run_and_of_its_repeats_are_told() {
        let of = |name| {
            let folder = RunFolder::parse(name);
            (folder.treatment, folder.pod.map(|(_, number)| number))
        };
        for (name, expected) in [
            ("inference-perf-conc8-1775000000-ab12cd_2", ("inference-perf-conc8", Some(2))),
            ("inference-perf-1775000000-ab12cd_1", ("inference-perf", Some(1))),
            (
                "vllm-benchmark_1757918481-run_64_llm-d-70b-instruct",
                ("vllm-benchmark-run-64-llm-d-70b-instruct", None),
            ),
            ("guidellm-1786678148-fixtur_1", ("guidellm", Some(1))),
            ("vllm+eagle", ("vllm+eagle", None)),
            ("run_1", ("run_1", None)),
        ] {
            let (treatment, number) = expected;
            assert_eq!(of(name), (treatment.to_owned(), number), "{name}");
        }
    }
}
