//! What a job is to measure, in all its spellings.

use inferguard_model::{BenchmarkPlan, Problem, ProblemCode, Scalar};
use inferguard_source::{Document, shorten};

/// Most load levels of one job that are kept.
const MOST_LEVELS: usize = 10_000;

/// Reads the benchmark below a pointer of a document; `keys` are kind and requested rate.
pub(crate) fn read(document: &mut Document, at: &str, rates: &[&str]) -> BenchmarkPlan {
    let path = |key: &str| format!("{at}/{key}");
    BenchmarkPlan {
        kind: document.text(&path("type")).map(str::to_owned),
        isl: length(document, &path("isl")),
        osl: length(document, &path("osl")),
        concurrencies: levels(document, &path("concurrencies")),
        request_rate: rates.iter().find_map(|key| text(document.get(&path(key))?)),
    }
}

/// A length in tokens: a string in v1, a number or null in v2. The text `None` is null.
fn length(document: &mut Document, path: &str) -> Option<u32> {
    let written = text(document.get(path)?)?;
    let digits = written.trim();
    if matches!(digits, "" | "None" | "null" | "N/A") {
        return None;
    }
    let length = digits.parse().ok().filter(|n| *n > 0);
    if length.is_none() {
        let told = format!("`{}` is no length in tokens; it is left out", shorten(&written));
        document.problems.push(Problem::warning(ProblemCode::LeftOut, path, told));
    }
    length
}

/// Load levels: `4x8x16`, `4,8,16`, one number, or a list; `None` when the key is not there.
fn levels(document: &mut Document, path: &str) -> Option<Vec<u32>> {
    let mut written = Vec::new();
    if let Some(joined) = document.get(path).and_then(text) {
        written.extend(joined.split(['x', ',', ' ']).map(str::to_owned));
    } else {
        if !document.has_below(path) {
            return None;
        }
        let mut items: Vec<_> = document
            .below(path)
            .filter_map(|(at, value)| Some((index(at)?, text(value)?)))
            .collect();
        items.sort_by_key(|(at, _)| *at);
        written.extend(items.into_iter().map(|(_, item)| item));
    }
    let (levels, odd) = parse_levels(written.iter().map(String::as_str));
    if let Some(odd) = odd {
        let told = format!("`{}` is no load level; it is left out", shorten(&odd));
        document.problems.push(Problem::warning(ProblemCode::LeftOut, path, told));
    }
    Some(levels)
}

fn index(rest: &str) -> Option<usize> {
    rest.parse().ok()
}

/// The levels among some words, and the first word that is none.
pub(crate) fn parse_levels<'w>(words: impl Iterator<Item = &'w str>) -> (Vec<u32>, Option<String>) {
    let (mut levels, mut odd) = (Vec::new(), None);
    for word in words.map(str::trim).filter(|word| !word.is_empty()).take(MOST_LEVELS) {
        match word.parse().ok().filter(|n| *n > 0) {
            Some(level) => levels.push(level),
            None => odd = odd.or_else(|| Some(word.to_owned())),
        }
    }
    (levels, odd)
}

/// A scalar as text.
pub(crate) fn text(value: &Scalar) -> Option<String> {
    match value {
        Scalar::Text(text) => Some(text.to_string()),
        Scalar::Int(n) => Some(n.to_string()),
        Scalar::Float(x) => Some(x.to_string()),
        Scalar::Bool(_) | Scalar::Null => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(text: &str) -> (BenchmarkPlan, usize) {
        let mut document = Document::parse(text.as_bytes(), |_| false).expect("is read");
        let plan = read(&mut document, "benchmark", &["req_rate", "req-rate"]);
        (plan, document.problems.len())
    }

    #[test]
    fn levels_in_every_spelling() {
        for (written, levels) in [
            (r#""4x8x16""#, Some(vec![4, 8, 16])),
            (r#""4, 8""#, Some(vec![4, 8])),
            ("[4, 8, 16]", Some(vec![4, 8, 16])),
            (r#"["4", "8"]"#, Some(vec![4, 8])),
            ("64", Some(vec![64])),
            ("null", None),
            (r#""""#, None),
        ] {
            let (plan, told) = plan(&format!(r#"{{"benchmark": {{"concurrencies": {written}}}}}"#));
            assert_eq!((plan.concurrencies, told), (levels, 0), "{written}");
        }
        let (odd, told) =
            plan(r#"{"benchmark": {"concurrencies": [4, "many", -8], "isl": "long"}}"#);
        assert_eq!((odd.concurrencies, odd.isl, told), (Some(vec![4]), None, 2));
    }

    #[test]
    fn lengths_and_rates_are_texts_or_numbers() {
        let (old, _) = plan(r#"{"benchmark": {"isl": "1024", "osl": "None", "req-rate": "inf"}}"#);
        assert_eq!(
            (old.isl, old.osl, old.request_rate.as_deref()),
            (Some(1024), None, Some("inf"))
        );
        let (new, _) = plan(r#"{"benchmark": {"isl": 8192, "osl": 1024, "req_rate": 700}}"#);
        assert_eq!(
            (new.isl, new.osl, new.request_rate.as_deref()),
            (Some(8192), Some(1024), Some("700"))
        );
    }
}
