//! The command line as the report tells it.

use std::ffi::OsString;

/// The command for the report: without what changes no result, so that the same input gives the same
/// report whatever the number of threads.
pub(crate) fn for_report(args: impl IntoIterator<Item = OsString>) -> String {
    let mut command = String::from("inferguard");
    let mut skip_value = false;
    for arg in args.into_iter().skip(1) {
        let arg = arg.to_string_lossy();
        if std::mem::take(&mut skip_value) {
            continue;
        }
        match &*arg {
            "-j" | "--jobs" => skip_value = true,
            "--quiet" | "--verbose" => {}
            short if is_short(short) => {}
            long if long.starts_with("--jobs=") => {}
            shown => {
                command.push(' ');
                push_quoted(&mut command, shown);
            }
        }
    }
    command
}

/// `-q`, `-vv`, `-j4`.
fn is_short(arg: &str) -> bool {
    let Some(letters) = arg.strip_prefix('-') else { return false };
    let loud = !letters.is_empty() && letters.bytes().all(|b| matches!(b, b'q' | b'v'));
    let jobs = letters.strip_prefix('j').is_some_and(|n| n.bytes().all(|b| b.is_ascii_digit()));
    loud || jobs
}

/// An argument as a shell takes it, in single quotes where it needs them.
fn push_quoted(command: &mut String, arg: &str) {
    let plain = |c: char| c.is_alphanumeric() || "-_./=:,@%+#".contains(c);
    if !arg.is_empty() && arg.chars().all(plain) {
        command.push_str(arg);
    } else {
        command.push('\'');
        command.push_str(&arg.replace('\'', r"'\''"));
        command.push('\'');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(line: &[&str]) -> String {
        for_report(line.iter().map(OsString::from))
    }

    #[test]
    fn what_changes_no_result_is_left_out() {
        let plain = "inferguard analyze results --format all";
        for line in [
            &["./x", "analyze", "results", "--format", "all"][..],
            &["x", "-q", "analyze", "-j", "4", "results", "--format", "all"],
            &["x", "analyze", "-j4", "results", "--format", "all", "-vv", "--jobs=2", "--quiet"],
        ] {
            assert_eq!(told(line), plain);
        }
    }

    #[test]
    fn arguments_can_be_pasted_into_a_shell() {
        let line = told(&["x", "analyze", "my runs", "--slo", "ttft:500 tpot:30", "--", "it's"]);
        assert_eq!(line, r"inferguard analyze 'my runs' --slo 'ttft:500 tpot:30' -- 'it'\''s'");
    }
}
