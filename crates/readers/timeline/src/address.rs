//! Takes credentials and queries out of URLs, alone or within a text.

/// A URL without user, password, query and fragment.
pub(crate) fn without_credentials(url: &str) -> String {
    let url = url.trim();
    let (scheme, rest) = match url.find("://") {
        Some(at) => url.split_at(at + 3),
        None => ("", url),
    };
    let address = match rest.rfind('@') {
        Some(at) if !within_query(rest, at) => &rest[at + 1..],
        _ => rest,
    };
    let end = address.find(['?', '#']).unwrap_or(address.len());
    format!("{scheme}{}", &address[..end])
}

/// Whether the `@` belongs to a query of a plain address. Passwords may hold `?`, `#` and `/` when
/// nobody encoded them, so that an odd host means that all before the `@` is secret.
fn within_query(rest: &str, at: usize) -> bool {
    let host = &rest[..rest.find(['/', '?', '#']).unwrap_or(rest.len())];
    let plain =
        host.split_once(':').is_none_or(|(_, port)| port.bytes().all(|b| b.is_ascii_digit()));
    plain && rest.find(['?', '#']).is_some_and(|query| query < at)
}

/// A text whose URLs have no credentials and queries.
pub(crate) fn without_secrets(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("://") {
        let end = rest[at..].find(ends_url).map_or(rest.len(), |length| at + length);
        out.push_str(&rest[..at]);
        out.push_str(&without_credentials(&rest[at..end]));
        rest = &rest[end..];
    }
    out.push_str(rest);
    out
}

fn ends_url(c: char) -> bool {
    c.is_whitespace() || matches!(c, '"' | '\'' | '<' | '>' | '(' | ')' | '`' | ',' | ';')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_lose_credentials_and_query() {
        for (written, shown) in [
            ("http://10.0.0.1:8000/metrics", "http://10.0.0.1:8000/metrics"),
            ("http://me:secret@host:8000/metrics?token=x#y", "http://host:8000/metrics"),
            ("me:secret@host:8000", "host:8000"),
            ("http://me:se/cr?et@host", "http://host"),
            ("http://me:s@cret@host", "http://host"),
            ("http://host:80/?mail=a@b", "http://host:80/"),
            ("host?key=1", "host"),
            ("", ""),
        ] {
            assert_eq!(without_credentials(written), shown, "{written}");
        }
    }

    #[test]
    fn urls_within_texts_too() {
        assert_eq!(
            without_secrets("prefill=http://u:p@h:1/m?k=v (unreachable: timeout), https://x#y"),
            "prefill=http://h:1/m (unreachable: timeout), https://x"
        );
        assert_eq!(without_secrets("no address: //"), "no address: //");
    }
}
