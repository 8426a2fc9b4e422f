//! What the name of a job's folder says.

/// Workers of a job by role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum JobWorkers {
    /// Prefill and decode apart.
    Split {
        /// Workers that compute prompts.
        prefill: u32,
        /// Workers that generate tokens.
        decode: u32,
    },
    /// Each worker does both.
    Aggregated(u32),
}

impl JobWorkers {
    /// `1P/4D`, `8A`.
    pub fn label(self) -> String {
        match self {
            Self::Split { prefill, decode } => format!("{prefill}P/{decode}D"),
            Self::Aggregated(workers) => format!("{workers}A"),
        }
    }
}

/// The parts of `{job}`, `{job}_{P}P_{D}D_{date}_{time}` and `{job}_{A}A_{date}_{time}`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct JobName {
    /// The scheduler's number.
    pub job: Option<String>,
    /// Workers.
    pub workers: Option<JobWorkers>,
    /// `YYYYMMDD_HHMMSS` on the cluster's clock, whose zone is not written.
    pub date: Option<String>,
}

impl JobName {
    /// Reads the name of a folder; without a date it says the number only, which any folder may be
    /// called.
    pub fn parse(name: &str) -> Option<Self> {
        let digits = |text: &str, n: Option<usize>| {
            let long = n.map_or(!text.is_empty() && text.len() <= 18, |n| text.len() == n);
            long && text.bytes().all(|b| b.is_ascii_digit())
        };
        let mut parts = name.split('_');
        let job = parts.next().filter(|job| digits(job, None))?.to_owned();
        let rest: Vec<&str> = parts.collect();
        let count = |text: &str, mark: char| {
            let number = text.strip_suffix(mark)?;
            digits(number, None).then(|| number.parse().ok())?
        };
        let (workers, date, time) = match rest[..] {
            [] => return Some(Self { job: Some(job), workers: None, date: None }),
            [p, d, date, time] => {
                let (prefill, decode) = (count(p, 'P')?, count(d, 'D')?);
                (JobWorkers::Split { prefill, decode }, date, time)
            }
            [a, date, time] => (JobWorkers::Aggregated(count(a, 'A')?), date, time),
            _ => return None,
        };
        let fits = digits(date, Some(8)) && digits(time, Some(6));
        let date = fits.then(|| format!("{date}_{time}"))?;
        Some(Self { job: Some(job), workers: Some(workers), date: Some(date) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_every_generation() {
        let read = |name| {
            let name = JobName::parse(name)?;
            let workers = name.workers.map(JobWorkers::label).unwrap_or_default();
            Some((name.job.unwrap_or_default(), workers, name.date.unwrap_or_default()))
        };
        let is = |job: &str, workers: &str, date: &str| {
            Some((job.to_owned(), workers.to_owned(), date.to_owned()))
        };
        assert_eq!(read("3667_1P_4D_20251110_192145"), is("3667", "1P/4D", "20251110_192145"));
        assert_eq!(read("12345_8A_20251204_010203"), is("12345", "8A", "20251204_010203"));
        assert_eq!(read("12345"), is("12345", "", ""));
        for other in [
            "1042857-1p1d-tp4",
            "logs",
            "12_1P_2D",
            "12_1P_2D_2025_1",
            "12_xP_2D_20251110_192145",
            "x_1P_4D_20251110_192145",
            "",
        ] {
            assert_eq!(read(other), None, "{other}");
        }
    }
}
