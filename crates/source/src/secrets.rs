//! Keeps secrets and prompts out of every output.
//!
//! Results carry what jobs were started with: addresses with passwords, command lines with keys,
//! and members that somebody's harness added. [`coerce::text`](crate::coerce::text) and
//! [`shorten`](crate::shorten) mask texts on their way in, so that no reader can forget it.

use std::borrow::Cow;

/// What stands in place of a secret.
pub const REMOVED: &str = "[removed]";

/// Beginnings of keys that well-known services hand out; [`is_service_key`] knows their first letters.
const KEY_PREFIXES: [&str; 14] = [
    "sk-",
    "hf_",
    "ghp_",
    "gho_",
    "ghs_",
    "github_pat_",
    "glpat-",
    "nvapi-",
    "xoxb-",
    "xoxp-",
    "AKIA",
    "ASIA",
    "AIza",
    // The head of a signed token, `{"` in base64.
    "eyJ",
];

/// Shortest text that counts as such a key; `sk-learn` is none.
const KEY_LENGTH: usize = 16;

/// Shortest text that is a secret by its look where one is expected.
const OPAQUE_LENGTH: usize = 16;

/// Whether a member, variable or option of this name holds a secret: `HF_TOKEN`, `apiKey`,
/// `--db-password`; not `total_tokens` or `tokenizer`.
pub fn is_secret_name(name: &str) -> bool {
    const WITHIN: [&str; 6] = ["secret", "passw", "passphrase", "credential", "apikey", "bearer"];
    const AT_END: [&str; 5] = ["token", "key", "keys", "cookie", "jwt"];
    let mut words = name.split(|c: char| !c.is_alphanumeric()).peekable();
    while let Some(word) = words.next() {
        let word = word.to_ascii_lowercase();
        // `new_token_ratio` is a number that engines print; `TOKEN_FILE` is none.
        let is_measured = word == "token" && words.peek().is_some_and(|next| is_measure(next));
        if matches!(word.as_str(), "pwd" | "auth" | "authorization" | "pat")
            || WITHIN.iter().any(|part| word.contains(part))
            || !is_measured && AT_END.iter().any(|end| word.ends_with(end))
        {
            return true;
        }
    }
    false
}

/// What is counted of tokens.
fn is_measure(word: &str) -> bool {
    const MEASURES: [&str; 8] =
        ["ratio", "usage", "rate", "throughput", "count", "length", "limit", "num"];
    MEASURES.iter().any(|measure| word.eq_ignore_ascii_case(measure))
}

/// Whether a text member of this name holds a secret, or a prompt or an answer of the model.
pub fn is_private_name(name: &str) -> bool {
    const SPOKEN: [&str; 9] = [
        "prompt",
        "prompts",
        "text",
        "texts",
        "completion",
        "response",
        "messages",
        "question",
        "answer",
    ];
    let last = name.rsplit(|c: char| !c.is_alphanumeric()).next().unwrap_or(name);
    SPOKEN.iter().any(|word| last.eq_ignore_ascii_case(word)) || is_secret_name(name)
}

/// A URL without user, password, query and fragment.
pub fn without_credentials(url: &str) -> String {
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

/// A text without the secrets in it: credentials and queries of URLs, values of secret options and
/// assignments, bearer tokens, keys of well-known services.
pub fn without_secrets(text: &str) -> Cow<'_, str> {
    if is_plain_name(text) {
        return Cow::Borrowed(text);
    }
    let text = without_url_secrets(text);
    let mut out = String::with_capacity(text.len());
    let mut next = Next::Shown;
    let mut rest = text.as_str();
    while !rest.is_empty() {
        let start = rest.find(|c| !is_between(c)).unwrap_or(rest.len());
        out.push_str(&rest[..start]);
        let end = rest[start..].find(is_between).map_or(rest.len(), |length| start + length);
        if start < end {
            next = push_word(&mut out, &rest[start..end], next);
        }
        rest = &rest[end..];
    }
    Cow::Owned(out)
}

/// Whether a text is a single harmless word, as nearly every text is: a name, or an image with its
/// tag.
fn is_plain_name(text: &str) -> bool {
    const PART: [bool; 256] = {
        let mut table = [false; 256];
        let mut b = 0_u8;
        while b < 128 {
            table[b as usize] =
                b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b'/' | b'#');
            b += 1;
        }
        table
    };
    let harmless = |word: &str| word.bytes().all(|b| PART[usize::from(b)]) && !is_service_key(word);
    // `image:tag`, never `scheme://` and never `token:value`.
    let is_image = |(name, tag): (&str, &str)| {
        harmless(name) && harmless(tag) && !tag.starts_with('/') && !is_secret_name(name)
    };
    harmless(text) || text.split_once(':').is_some_and(is_image)
}

/// What becomes of the next word.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Next {
    Shown,
    /// The name of a secret stood there: a colon or an equals sign makes the next word one.
    Named,
    Hidden,
}

/// Ends a word of a command line, a header or an object printed into a message.
fn is_between(c: char) -> bool {
    c.is_whitespace() || matches!(c, '"' | '\'' | '`' | ',' | ';' | '{' | '}' | '(' | ')' | '&')
}

/// Appends a word, or what stands for it.
fn push_word(out: &mut String, word: &str, this: Next) -> Next {
    if word.bytes().all(|b| matches!(b, b':' | b'=')) {
        out.push_str(word);
        return if this == Next::Shown { Next::Shown } else { Next::Hidden };
    }
    if is_scheme(word, this) {
        out.push_str(word);
        return Next::Hidden;
    }
    if this == Next::Hidden {
        out.push_str(REMOVED);
        return Next::Shown;
    }
    if let Some(host) = after_login(word) {
        out.push_str(host);
        return Next::Shown;
    }
    let assigned = word.find(['=', ':']).map(|at| (&word[..at], &word[at..=at], &word[at + 1..]));
    if let Some((name, sign, value)) = assigned
        && (is_secret_name(name) || is_service_key(value))
    {
        out.push_str(name);
        out.push_str(sign);
        return if value.is_empty() { Next::Hidden } else { push_word(out, value, Next::Hidden) };
    }
    if is_service_key(word) {
        out.push_str(REMOVED);
        return Next::Shown;
    }
    out.push_str(word);
    match (is_secret_name(word), word.starts_with('-')) {
        (true, true) => Next::Hidden,
        (true, false) => Next::Named,
        (false, _) => Next::Shown,
    }
}

/// `Bearer`, and `Basic` where a secret is expected: the word after it is the secret.
fn is_scheme(word: &str, this: Next) -> bool {
    word.eq_ignore_ascii_case("bearer")
        || this == Next::Hidden && word.eq_ignore_ascii_case("basic")
}

/// The host of `user:password@host` without a scheme; `image:tag@sha256:…` is none.
fn after_login(word: &str) -> Option<&str> {
    let (login, host) = word.rsplit_once('@')?;
    let digest = host.starts_with("sha256:") || login.contains('/');
    (login.contains(':') && !digest).then_some(host)
}

/// Whether a word is or holds such a key: at its beginning, or behind a slash, a dot or the like.
fn is_service_key(word: &str) -> bool {
    let word = word.as_bytes();
    let is_within = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_');
    let is_key = |rest: &[u8]| {
        KEY_PREFIXES.iter().any(|key| rest.starts_with(key.as_bytes()))
            && rest.iter().take_while(|b| is_within(b)).count() >= KEY_LENGTH
    };
    let begins = |at: usize| at == 0 || !is_within(&word[at - 1]);
    // Few words are long enough, and few parts of words begin with a letter of a key.
    word.len() >= KEY_LENGTH
        && word.iter().enumerate().any(|(at, b)| {
            matches!(b, b's' | b'h' | b'g' | b'n' | b'x' | b'A' | b'e')
                && begins(at)
                && is_key(&word[at..])
        })
}

/// Whether a text looks like a secret to which a name is attached elsewhere: one long word of
/// letters and digits, as base64 and hex are.
pub fn is_opaque(text: &str) -> bool {
    let part = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'=' | b'-' | b'_');
    text.len() >= OPAQUE_LENGTH
        && text.bytes().all(part)
        && text.bytes().any(|b| b.is_ascii_digit())
        && text.bytes().any(|b| b.is_ascii_alphabetic())
}

fn without_url_secrets(text: &str) -> String {
    let ends_url = |c: char| c.is_whitespace() || "\"'<>()`,;".contains(c);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_secrets_are_told_from_names_of_metrics() {
        for secret in [
            "HF_TOKEN",
            "apiKey",
            "OPENAI_API_KEY",
            "api_keys",
            "--db-password",
            "auth",
            "SLURM_JWT",
            "GH_PAT",
            "TOKEN_FILE",
        ] {
            assert!(is_secret_name(secret), "{secret}");
        }
        for plain in [
            "total_tokens",
            "tokenizer_id",
            "max-num-batched-tokens",
            "model",
            "author",
            "#new_token_ratio",
            "token_usage",
            "PATH",
        ] {
            assert!(!is_secret_name(plain), "{plain}");
        }
        assert!(is_private_name("system_prompt") && is_private_name("generated_text"));
        assert!(!is_private_name("num_prompts_total") && !is_private_name("context"));
    }

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
    fn keys_of_every_service_are_known_wherever_they_begin() {
        for prefix in KEY_PREFIXES {
            for before in ["", "/", "a.", "x/y:"] {
                let key = format!("{before}{prefix}0123456789abcdef");
                assert!(is_service_key(&key), "{key}");
                assert!(!is_service_key(&format!("{before}a{prefix}0123456789abcdef")), "{key}");
            }
            assert!(!is_service_key(&format!("{prefix}a/0123456789abcdef")), "{prefix}");
        }
    }

    #[test]
    fn texts_lose_their_secrets_and_nothing_else() {
        for (written, shown) in [
            (
                "prefill=http://u:p@h:1/m?k=v (unreachable: timeout), https://x#y",
                "prefill=http://h:1/m (unreachable: timeout), https://x",
            ),
            ("serve --api-key abc --port 80", "serve --api-key [removed] --port 80"),
            ("serve --api-key=abc -q", "serve --api-key=[removed] -q"),
            ("HF_TOKEN=abc python x.py", "HF_TOKEN=[removed] python x.py"),
            ("Authorization: Bearer abc", "Authorization: Bearer [removed]"),
            ("authorization: Basic abc d", "authorization: Basic [removed] d"),
            ("got {\"api_key\": \"abc\", \"n\": 1}", "got {\"api_key\": \"[removed]\", \"n\": 1}"),
            ("401 for sk-0123456789abcdef", "401 for [removed]"),
            ("hf_0123456789abcdef", "[removed]"),
            ("see models/hf_0123456789abcdef/x", "see [removed]"),
            ("AKIAIOSFODNN7EXAMPLE", "[removed]"),
            ("t=eyJhbGciOiJIUzI1NiJ9.e30.abc", "t=[removed]"),
            ("task-0123456789abcdefgh", "task-0123456789abcdefgh"),
            ("sk-learn", "sk-learn"),
            ("registry login me:abc@host ok", "registry login host ok"),
            ("invalid api key given", "invalid api key given"),
            ("no address: //", "no address: //"),
            ("lmsysorg/sglang:v0.5.5", "lmsysorg/sglang:v0.5.5"),
            ("ubuntu:22.04@sha256:0123", "ubuntu:22.04@sha256:0123"),
            ("prefill=true,decode=false", "prefill=true,decode=false"),
            ("total tokens: 5", "total tokens: 5"),
            ("#new_token_ratio: 0.09 -> 1.00", "#new_token_ratio: 0.09 -> 1.00"),
        ] {
            assert_eq!(without_secrets(written), shown, "{written}");
            assert_eq!(without_secrets(shown), shown, "a second pass changes nothing");
        }
    }
}
