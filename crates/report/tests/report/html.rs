//! `report.html` as text: its sections, what it promises of itself, and its size.

use crate::example::{HOSTILE, empty, example, large};
use crate::{compared, rendered};

/// Parts of the page that change for reasons of their own.
fn without_assets(page: &str) -> String {
    let mut out = String::new();
    let mut rest = page;
    for (open, close) in [("<style>", "</style>"), ("<script>", "</script>")] {
        let Some((before, after)) = rest.split_once(open) else { continue };
        let Some((_, after)) = after.split_once(close) else { continue };
        out.push_str(before);
        out.push_str(open);
        out.push_str(close);
        rest = after;
    }
    out.push_str(rest);
    let (before, after) = out.split_once("sha256-").expect("a policy");
    let (_, after) = after.split_once("font-src").expect("a policy");
    let mut text = format!("{before}… font-src{after}");
    // Figures have tests of their own.
    while let Some(from) = text.find("<svg") {
        let to = text[from..].find("</svg>").map_or(text.len(), |to| from + to + "</svg>".len());
        text.replace_range(from..to, "(figure)");
    }
    text
}

#[test]
fn example_page() {
    insta::assert_snapshot!(without_assets(&rendered("html", &compared::example())));
}

#[test]
fn empty_page() {
    insta::assert_snapshot!(without_assets(&rendered("html", &empty())));
}

#[test]
fn nothing_is_loaded_and_no_attribute_holds_style_or_script() {
    let page = rendered("html", &example());
    assert!(page.contains("default-src 'none'"));
    let markup = without_assets(&page);
    let tags = markup.split('<').skip(1).filter_map(|rest| rest.split('>').next());
    // Texts may hold addresses; markup may not.
    for tag in tags {
        for outside in [" src=", "href=\"http", "link ", " style=", " on", "=\"javascript:"] {
            assert!(!tag.contains(outside) || tag.starts_with("details"), "{outside}: <{tag}>");
        }
    }
    let style = page.split("<style>").nth(1).and_then(|rest| rest.split("</style>").next());
    let style = style.expect("a style");
    assert!(
        !style.contains("@import")
            && style.matches("url(").count() == style.matches("url(\"data:").count()
    );
}

#[test]
fn hostile_names_are_escaped_everywhere() {
    let mut report = example();
    report.input_root = HOSTILE.to_owned();
    report.cells[0].cell_id = HOSTILE.into();
    report.findings[0].message = HOSTILE.to_owned();
    report.analyzer.command = Some(HOSTILE.to_owned());
    let page = rendered("html", &report);
    assert!(!page.contains("<script>alert"));
    assert!(!page.contains('\u{202e}') && !page.contains('\u{1b}'));
    assert!(page.contains("&#60;script&#62;alert(1)"));
}

#[test]
fn every_link_leads_somewhere_and_no_address_is_given_twice() {
    for report in [example(), compared::example(), large(600)] {
        let page = rendered("html", &report);
        let of = |attribute: &str| -> Vec<String> {
            let parts = page.split(attribute).skip(1);
            parts.map(|rest| rest.split('"').next().unwrap_or_default().to_owned()).collect()
        };
        let mut ids = of(" id=\"");
        ids.sort();
        assert!(ids.windows(2).all(|pair| pair[0] != pair[1]), "an id stands twice");
        for link in of(" href=\"#") {
            assert!(ids.binary_search(&link).is_ok(), "#{link} leads nowhere");
        }
    }
}

#[test]
fn the_page_stays_within_its_size() {
    for cells in [1, 1_000, 10_000] {
        let page = rendered("html", &large(cells));
        let size = page.len();
        let most = 4_800_000 + 1_500 * cells;
        assert!(size <= most, "{cells} cells: {size} bytes of {most}");
    }
}
