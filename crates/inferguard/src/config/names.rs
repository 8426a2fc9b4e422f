//! Names that a configuration may use, and the nearest one where it uses another.

use std::fmt::Write;

use inferguard_findings::{CHECKS, FindingMeta};

/// A text that is no finding code.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown code `{name}`{}", did_you_mean(name, codes()))]
pub struct UnknownCode {
    /// The text as given.
    pub name: String,
}

/// What is known of a finding code.
pub fn finding(code: &str) -> Result<&'static FindingMeta, UnknownCode> {
    let mut known = CHECKS.iter().map(|check| check.meta());
    known.find(|meta| meta.code == code).ok_or_else(|| UnknownCode { name: code.to_owned() })
}

fn codes() -> impl Iterator<Item = &'static str> {
    CHECKS.iter().map(|check| check.meta().code)
}

/// Likeness from which a name is worth a guess; names that share little but letters are below it.
const LIKE: f64 = 0.8;

/// Known names that are listed where none is near; more would hide the message.
const LISTED: usize = 8;

/// The end of a message about a name: the nearest one that is known, else all when they are few.
pub(super) fn did_you_mean(name: &str, known: impl IntoIterator<Item = &'static str>) -> String {
    let known: Vec<_> = known.into_iter().collect();
    let likeness = |known: &str| strsim::jaro_winkler(name, known);
    let nearest = known.iter().copied().max_by(|a, b| likeness(a).total_cmp(&likeness(b)));
    if let Some(nearest) = nearest.filter(|nearest| likeness(nearest) >= LIKE) {
        return format!("; did you mean `{nearest}`?");
    }
    let mut text = String::new();
    if known.len() <= LISTED {
        for (at, name) in known.iter().enumerate() {
            let _ = write!(text, "{} `{name}`", if at == 0 { "; known:" } else { "," });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_code_is_told() {
        let told = |name: &str| finding(name).map(|meta| meta.code).map_err(|e| e.to_string());
        assert_eq!(told("partial_run"), Ok("partial_run"));
        for typo in ["partal_run", "partial-run", "partial", "partial_runs", "Partial_run"] {
            let message = told(typo).expect_err(typo);
            assert_eq!(message, format!("unknown code `{typo}`; did you mean `partial_run`?"));
        }
        assert_eq!(told("zzz"), Err("unknown code `zzz`".to_owned()));
        assert_eq!(told(""), Err("unknown code ``".to_owned()));
    }

    #[test]
    fn few_names_are_listed_where_none_is_near() {
        assert_eq!(did_you_mean("xyz", ["gpus", "path"]), "; known: `gpus`, `path`");
        assert_eq!(did_you_mean("gpu", ["gpus", "path"]), "; did you mean `gpus`?");
        assert_eq!(did_you_mean("xyz", []), "");
    }
}
