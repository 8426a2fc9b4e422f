//! `report.html` in a real browser: it works offline, sorts, filters, tells points, and takes no text
//! for markup.
//!
//! A page beside the report holds it in a frame, uses it as a reader would, and writes down what it
//! saw; the browser prints that page. So no driver is needed. Without a Chromium the test says that it
//! is skipped.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::compared;
use crate::example::{HOSTILE, example, large};

/// Programs that are Chromium, by the names that they are installed under.
const NAMES: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

fn chromium() -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let folders: Vec<_> = std::env::split_paths(&path).collect();
    let programs = NAMES.iter().flat_map(|name| folders.iter().map(move |dir| dir.join(name)));
    programs.into_iter().find(|program| program.is_file())
}

/// What the driving page saw of a report, and what the browser complained about.
struct Seen {
    told: Value,
    log: String,
}

/// Shows a report in Chromium; `None` where there is none.
fn show(report: &inferguard_schema::Report, script: &str) -> Option<Seen> {
    let Some(program) = chromium() else {
        eprintln!("skipped: no Chromium is installed ({})", NAMES.join(", "));
        return None;
    };
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).expect("writes");
        path
    };
    write("report.html", &crate::rendered("html", report));
    let driver = format!(
        "<!doctype html><meta charset=utf-8><pre id=told>nothing</pre>\
         <iframe id=frame src=report.html width=1200 height=900></iframe>\
         <script>frame.onload = async () => {{\n\
         const page = frame.contentDocument, view = frame.contentWindow, seen = {{}};\n\
         const wait = (ms) => new Promise((done) => setTimeout(done, ms));\n\
         try {{ {script} }} catch (error) {{ seen.error = String(error); }}\n\
         seen.requests = view.performance.getEntriesByType('resource').map((e) => e.name);\n\
         told.textContent = JSON.stringify(seen);\n\
         }};</script>"
    );
    let driver = write("driver.html", &driver);
    let output = run(&program, folder.path(), &driver);
    let dom = String::from_utf8_lossy(&output.stdout).into_owned();
    let log = String::from_utf8_lossy(&output.stderr).into_owned();
    let told = dom.split_once("<pre id=\"told\">").and_then(|(_, rest)| rest.split_once("</pre>"));
    let (told, _) = told.unwrap_or_else(|| panic!("the page was not printed: {log}"));
    let told = told.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&");
    let told = serde_json::from_str(&told).unwrap_or_else(|_| panic!("told `{told}`: {log}"));
    Some(Seen { told, log })
}

fn run(program: &Path, folder: &Path, page: &Path) -> std::process::Output {
    Command::new(program)
        .args([
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--disable-extensions",
            // Frames of files may be looked into.
            "--allow-file-access-from-files",
            // No name leads anywhere: what is not in the file is not there.
            "--host-resolver-rules=MAP * ~NOTFOUND",
            "--enable-logging=stderr",
            "--window-size=1280,1000",
            "--virtual-time-budget=20000",
            "--dump-dom",
        ])
        .arg(format!("--user-data-dir={}", folder.join("profile").display()))
        .arg(format!("file://{}", page.display()))
        .output()
        .expect("starts")
}

/// Nothing was asked of any address, and the policy of the page refused nothing of its own.
fn assert_offline(seen: &Seen) {
    assert_eq!(seen.told.get("error"), None, "{}", seen.log);
    assert_eq!(seen.told["requests"], serde_json::json!([]));
    for complaint in ["Content Security Policy", "Refused to", "Uncaught", "ERR_"] {
        assert!(!seen.log.contains(complaint), "{complaint}: {}", seen.log);
    }
}

#[test]
fn the_page_works_offline_and_sorts_filters_and_tells_points() {
    let script = r"
        const table = page.querySelector('table.matrix');
        const headings = [...table.tHead.rows[0].cells];
        const column = headings.findIndex((heading) => heading.textContent.startsWith('TTFT p99'));
        const values = () => [...table.tBodies[0].rows].filter((row) => !row.hidden)
            .map((row) => parseFloat(row.cells[column].textContent.replaceAll(',', '')));
        headings[column].querySelector('[role=button]').click();
        seen.up = values();
        seen.ariaUp = headings[column].getAttribute('aria-sort');
        const again = headings[column].querySelector('[role=button]');
        again.dispatchEvent(new view.KeyboardEvent('keydown', { key: 'Enter', bubbles: true }));
        seen.down = values();
        seen.ariaDown = headings[column].getAttribute('aria-sort');

        const filter = page.getElementById('filter');
        filter.value = 'partial_run';
        filter.dispatchEvent(new view.Event('input'));
        await wait(500);
        seen.filtered = page.getElementById('filtered').value;
        seen.rows = [...page.querySelectorAll('table.matrix tbody tr')].filter((row) => row.checkVisibility()).length;
        filter.value = '';
        filter.dispatchEvent(new view.Event('input'));
        await wait(500);

        const figure = page.querySelector('.figure');
        figure.scrollIntoView();
        const svg = figure.querySelector('svg');
        svg.focus();
        svg.dispatchEvent(new view.KeyboardEvent('keydown', {key: 'ArrowRight', bubbles: true}));
        const tip = figure.querySelector('.tip');
        seen.key = tip.hidden ? null : tip.textContent;
        svg.dispatchEvent(new view.KeyboardEvent('keydown', {key: 'Escape', bubbles: true}));
        seen.gone = tip.hidden;
        const box = svg.getBoundingClientRect();
        for (let x = 0; x < box.width && tip.hidden; x += 8)
            for (let y = 0; y < box.height && tip.hidden; y += 8)
                svg.dispatchEvent(new view.PointerEvent('pointermove', {clientX: box.left + x, clientY: box.top + y, bubbles: true}));
        seen.hover = tip.hidden ? null : tip.textContent;
        const whole = svg.getAttribute('viewBox');
        figure.querySelector('button[aria-label=\'Zoom in\']').click();
        seen.zoomed = svg.getAttribute('viewBox') !== whole;

        const finding = page.querySelector('details.finding');
        view.location.hash = finding.id;
        await wait(200);
        seen.opened = finding.open;
    ";
    let Some(seen) = show(&compared::example(), script) else { return };
    assert_offline(&seen);
    let numbers = |key: &str| {
        let all = seen.told[key].as_array().expect("a list").iter();
        all.filter_map(Value::as_f64).collect::<Vec<f64>>()
    };
    let (up, down) = (numbers("up"), numbers("down"));
    assert!(up.len() > 2 && up.is_sorted(), "{up:?}");
    assert_eq!(down, up.into_iter().rev().collect::<Vec<_>>());
    assert_eq!(
        (&seen.told["ariaUp"], &seen.told["ariaDown"]),
        (&"ascending".into(), &"descending".into())
    );
    let (found, rest) =
        seen.told["filtered"].as_str().expect("a text").split_once(" of ").expect("n of m");
    assert!(rest.ends_with(" cells"));
    assert_eq!(seen.told["rows"].to_string(), found);
    assert!(seen.told["rows"].as_u64().is_some_and(|rows| rows > 0));
    for key in ["key", "hover"] {
        assert!(
            seen.told[key].as_str().is_some_and(|text| !text.is_empty()),
            "{key}: {}",
            seen.told
        );
    }
    for key in ["gone", "zoomed", "opened"] {
        assert_eq!(seen.told[key], true, "{key}");
    }
}

#[test]
fn names_stay_text() {
    let mut report = example();
    for cell in &mut report.cells {
        cell.model = Some(HOSTILE.to_owned());
        cell.image = Some("</script><script>parent.told.textContent = 'ran'</script>".to_owned());
    }
    for scenario in &mut report.cross_run.scenarios {
        for series in &mut scenario.series {
            series.configuration.label = "<img src=x onerror=parent.told.remove()>".to_owned();
        }
    }
    let script = r"
        await wait(300);
        seen.scripts = page.scripts.length;
        seen.images = page.images.length;
        seen.shown = page.body.textContent.includes('<script>alert(1)</' + 'script>');
    ";
    let Some(seen) = show(&report, script) else { return };
    assert_offline(&seen);
    assert_eq!(seen.told["scripts"], 1);
    assert_eq!(seen.told["images"], 0);
    assert_eq!(seen.told["shown"], true);
}

#[test]
fn long_tables_show_their_beginning_and_the_rest_on_demand() {
    let script = r"
        const shown = () => [...page.querySelectorAll('table.matrix tbody tr')].filter((row) => !row.hidden).length;
        seen.before = shown();
        view.dispatchEvent(new view.Event('beforeprint'));
        seen.printed = shown();
        view.dispatchEvent(new view.Event('afterprint'));
        seen.afterwards = shown();
        page.querySelector('button.more:not([hidden])')?.click();
        seen.after = shown();
        const last = [...page.querySelectorAll('table.matrix tbody tr')].at(-1);
        seen.last = last.id;
    ";
    let mut report = large(700);
    // All in one scenario.
    let id = report.cross_run.scenarios[0].id.clone();
    report.cross_run.scenarios.truncate(1);
    report.cross_run.scenarios[0].cell_ids =
        report.cells.iter().map(|c| c.cell_id.as_str().into()).collect();
    for cell in &mut report.cells {
        cell.scenario = Some(id.clone());
    }
    let Some(seen) = show(&report, script) else { return };
    assert_offline(&seen);
    assert_eq!(seen.told["before"], 500);
    assert_eq!(seen.told["printed"], 700);
    assert_eq!(seen.told["afterwards"], 500);
    assert_eq!(seen.told["after"], 700);
}
