//! Values of configurations without the secrets in them.

use inferguard_model::Scalar;
use inferguard_source::secrets::{REMOVED, is_opaque, is_secret_name, without_secrets};
use inferguard_source::{Document, shorten};

/// A value under a name: masked when the name says that it is a secret.
pub(crate) fn value(name: &str, written: &str) -> Box<str> {
    let name = name_of(name);
    if is_secret(name) && !is_plain(written) || is_list_of_secrets(name) && !is_number(written) {
        return REMOVED.into();
    }
    // Twice masked is masked once: the text may have come through a document already.
    shorten(&without_secrets(written)).into()
}

/// Names of secrets; `pass` is one at the end of a name, and a word of many messages.
fn is_secret(name: &str) -> bool {
    let last = name.rsplit(|c: char| !c.is_alphanumeric()).next().unwrap_or(name);
    is_secret_name(name) || last.eq_ignore_ascii_case("pass")
}

/// Every scalar of a document, masked by the last name of its pointer that is no index, by the
/// names above it (all of `credentials` is secret), and by what stands beside it.
pub(crate) fn members(document: &Document) -> Vec<(Box<str>, Scalar)> {
    let masked = |(path, scalar): (&str, &Scalar)| {
        let scalar = match scalar {
            Scalar::Text(text)
                if !is_plain(text)
                    && (is_below_secret(path) || is_beside_secret(document, path, text)) =>
            {
                Scalar::Text(REMOVED.into())
            }
            Scalar::Text(text) => Scalar::Text(value(name_of(path), text)),
            Scalar::Int(_) | Scalar::Float(_) if is_number_of_secret(path) => {
                Scalar::Text(REMOVED.into())
            }
            other => other.clone(),
        };
        (path.into(), scalar)
    };
    document.iter().map(masked).collect()
}

fn is_below_secret(path: &str) -> bool {
    path.split('/').any(is_secret)
}

/// `HF_TOKENS`: tokens are counted under such names, and counts are numbers.
fn is_list_of_secrets(name: &str) -> bool {
    name.rsplit(|c: char| !c.is_alphanumeric()).next().is_some_and(|last| {
        last.eq_ignore_ascii_case("tokens") || last.eq_ignore_ascii_case("tokenlist")
    })
}

fn is_number(written: &str) -> bool {
    written.parse::<f64>().is_ok() || is_plain(written)
}

/// Whether the name of a text is another member, and that of a secret: the element before it in a
/// list (`--api-key`, then the key), or `name` beside `value`.
fn is_beside_secret(document: &Document, path: &str, text: &str) -> bool {
    let Some((above, last)) = path.rsplit_once('/') else { return false };
    if last == "value" {
        let name = document.text_of(&[&format!("{above}/name"), &format!("{above}/key")]);
        return name.is_some_and(is_secret);
    }
    let before = last.parse::<usize>().ok().and_then(|at| at.checked_sub(1));
    let Some(before) = before.and_then(|at| document.text(&format!("{above}/{at}"))) else {
        return false;
    };
    // An option takes whatever follows; a word alone may be one of several in a list of names.
    let takes = if before.starts_with('-') { !text.starts_with("--") } else { is_opaque(text) };
    takes && !before.contains(['=', ':', ' ']) && is_secret(before)
}

/// Names under which numbers are no secrets: `max_token`, `num_keys`.
fn is_number_of_secret(path: &str) -> bool {
    let name = name_of(path);
    is_secret_name(name) && !name.to_ascii_lowercase().contains("token")
}

fn name_of(path: &str) -> &str {
    let mut parts = path.rsplit('/');
    let is_index = |part: &&str| part.bytes().all(|b| b.is_ascii_digit());
    parts.find(|part| !is_index(part)).unwrap_or(path)
}

/// What no secret looks like: switches and small numbers.
fn is_plain(written: &str) -> bool {
    matches!(written, "" | "true" | "false" | "True" | "False" | "None" | "null")
        || written.len() <= 3 && written.bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_masked_by_name_and_by_look() {
        for (name, written, shown) in [
            ("HF_TOKEN", "abc", REMOVED),
            ("MY_API_KEY", "1234", REMOVED),
            ("NCCL_DEBUG", "INFO", "INFO"),
            ("PROXY", "http://me:pw@proxy:80", "http://proxy:80"),
            ("ANY", "hf_0123456789abcdef", REMOVED),
            ("SGLANG_USE_TOKEN", "1", "1"),
            ("DB_PASS", "abc", REMOVED),
            ("DB_PASS/0", "abc", REMOVED),
            ("HF_TOKENS/1", "abc", REMOVED),
            ("MAX_TOKENS", "4096", "4096"),
            ("LIST/0", "AKIAIOSFODNN7EXAMPLE", REMOVED),
            ("SLURM_JWT", "abc", REMOVED),
            ("ARGS", "--api-key xyz --tp 8", "--api-key [removed] --tp 8"),
        ] {
            assert_eq!(&*value(name, written), shown, "{name}");
        }
    }

    #[test]
    fn members_are_masked_by_any_name_above_them() {
        let text = br#"{"credentials": {"user": {"name": "me"}, "on": true}, "plain": {"a": "b"}}"#;
        let document = Document::parse(text, |_| false).expect("is read");
        let shown: Vec<_> = members(&document).into_iter().map(|(_, value)| value).collect();
        assert_eq!(
            shown,
            [Scalar::Bool(true), Scalar::Text(REMOVED.into()), Scalar::Text("b".into())]
        );
    }

    #[test]
    fn members_are_masked_by_the_member_that_names_them() {
        let text = br#"{"args": ["--tp", "8", "--api-key", "open sesame", "--port", "80", "x", "y",
                "z", "--hf-token", "abc"],
            "LIST": ["HF_TOKEN", "c2VjcmV0LXZhbHVlLTAx", "HF_TOKEN", "short", "ghp_0123456789abcdef"],
            "env": [{"name": "DB_PASS", "value": "abc"}, {"name": "MODE", "value": "fast"}]}"#;
        let document = Document::parse(text, |_| false).expect("is read");
        let masked: Vec<String> = members(&document)
            .into_iter()
            .filter(|(_, value)| *value == Scalar::Text(REMOVED.into()))
            .map(|(path, _)| path.into())
            .collect();
        assert_eq!(masked, ["LIST/1", "LIST/4", "args/10", "args/3", "env/0/value"]);
    }

    #[test]
    fn members_are_masked_by_the_name_above_an_index() {
        let text = br#"{"env": {"A_KEY": ["x1", "y1"], "max_tokens": 9, "password": 1234}}"#;
        let document = Document::parse(text, |_| false).expect("is read");
        let text = |n: usize| match &members(&document)[n].1 {
            Scalar::Text(text) => text.to_string(),
            other => format!("{other:?}"),
        };
        assert_eq!(
            [text(0), text(1), text(2), text(3)],
            [REMOVED, REMOVED, "Int(9)", REMOVED].map(str::to_owned)
        );
    }
}
