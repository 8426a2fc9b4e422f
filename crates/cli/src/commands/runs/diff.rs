//! `inferguard runs diff`.

use inferguard::render::escape::visible;
use inferguard::runs::{DifferenceGroup, Run, differences, differences_to_json};
use inferguard::schema::ExitCode;

use super::{locate, print_json};
use crate::args::DiffArgs;
use crate::{page, terminal};

pub(super) fn run(args: &DiffArgs, quiet: bool) -> anyhow::Result<ExitCode> {
    let folder = args.folder.as_deref();
    let (in_a, a) = locate(&args.a, folder, quiet)?;
    let (in_b, b) = locate(&args.b, folder, quiet)?;
    let (a, b) = (&in_a.runs[a], &in_b.runs[b]);
    let groups = differences((&in_a, a), (&in_b, b));
    if args.json {
        return print_json(&differences_to_json(a, b, &groups));
    }
    crate::print(page_of(a, b, &groups).as_bytes())?;
    Ok(ExitCode::Clean)
}

fn page_of(a: &Run, b: &Run, groups: &[DifferenceGroup]) -> String {
    let width = terminal::width();
    let (name_a, name_b) = (visible(&a.id).into_owned(), visible(&b.id).into_owned());
    if groups.is_empty() {
        return format!("nothing that was read differs between {name_a} and {name_b}\n");
    }
    let mut text = String::new();
    for group in groups {
        if !text.is_empty() {
            text.push('\n');
        }
        text += &page::heading(&visible(&group.name), terminal::color());
        let shown = |value: &Option<String>| match value {
            Some(value) => visible(value).into_owned(),
            None => "–".to_owned(),
        };
        let mut rows = vec![vec!["NAME".to_owned(), name_a.clone(), name_b.clone()]];
        rows.extend(
            group.differences.iter().map(|one| {
                vec![broken(&visible(&one.name), width / 3), shown(&one.a), shown(&one.b)]
            }),
        );
        text += &page::indented(&page::table(rows, width.saturating_sub(2)));
    }
    text
}

/// A path in lines of at most `most` columns, broken behind its slashes.
fn broken(path: &str, most: usize) -> String {
    let mut lines = String::new();
    let mut line = 0;
    for part in path.split_inclusive('/') {
        let columns = part.chars().count();
        if line > 0 && line + columns > most {
            lines.push('\n');
            line = 0;
        }
        lines.push_str(part);
        line += columns;
    }
    lines
}

#[cfg(test)]
mod tests {
    #[test]
    fn long_paths_are_broken_behind_slashes() {
        let path = "backend/prefill_environment/HF_TOKEN";
        assert_eq!(super::broken(path, 26), "backend/\nprefill_environment/\nHF_TOKEN");
        assert_eq!(super::broken(path, 40), path);
        assert_eq!(super::broken("averylongname", 4), "averylongname");
    }
}
