//! Names of files from ids that strangers wrote.

use std::collections::HashSet;

use super::figure::Figure;

/// Longest name without ending; many file systems take 255 bytes.
const LONGEST: usize = 180;

/// A name of ASCII letters, digits, `_`, `-` and `.` that is no file system's trap.
pub(super) fn safe(text: &str) -> String {
    let mut name = String::new();
    for c in text.chars() {
        let keeps = c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
        let c = if keeps { c } else { '-' };
        if !(c == '-' && name.ends_with('-')) {
            name.push(c);
        }
    }
    if name.len() > LONGEST {
        // Ids of cells differ at their ends more often than in the middle.
        let tail = name.split_off(name.len() - LONGEST / 2);
        name.truncate(LONGEST / 2 - 2);
        name = format!("{name}..{tail}");
    }
    name.trim_matches(['-', '.']).to_owned()
}

/// Makes the names of figures safe and, on file systems that ignore case too, different.
pub(super) fn settle<'f>(figures: impl IntoIterator<Item = &'f mut Figure>) {
    let mut taken: HashSet<String> = HashSet::new();
    for figure in figures {
        let base = safe(&figure.name);
        let mut name = base.clone();
        let mut count = 1;
        while !taken.insert(name.to_ascii_lowercase()) {
            count += 1;
            name = format!("{base}~{count}");
        }
        figure.name = name;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_safe() {
        assert_eq!(safe("tput_vs_intvty_dsr1_1k1k"), "tput_vs_intvty_dsr1_1k1k");
        assert_eq!(safe("../../etc/<script>"), "etc-script");
        assert_eq!(safe("a/b c\u{0}\n漢"), "a-b-c");
        assert!(safe(&"é".repeat(5000)).is_empty() && safe(&"x".repeat(5000)).len() == LONGEST);
    }
}
