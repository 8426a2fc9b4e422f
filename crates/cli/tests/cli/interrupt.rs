//! Ctrl-C leaves no half report.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::build::row;
use crate::run::{Tree, assert_no_temporary_files};

#[test]
fn an_interrupt_is_130_and_leaves_no_half_report() {
    let tree = Tree::new();
    let rows: Vec<_> = (1..=400).map(row).collect();
    for n in 0..12_u32 {
        let rows: Vec<_> = rows
            .iter()
            .map(|row| {
                let mut row = row.clone();
                row["model"] = format!("model-{n}").into();
                row
            })
            .collect();
        tree.write(&format!("{n}/agg_x.json"), serde_json::Value::from(rows).to_string());
    }
    let mut interrupted = 0;
    for (signal, delay) in [("INT", 0), ("TERM", 20), ("INT", 60), ("INT", 150), ("INT", 400)] {
        let output = tree.join(&format!("out-{signal}-{delay}"));
        let mut child = Command::new(env!("CARGO_BIN_EXE_inferguard"))
            .args(["analyze", "-q", "-j", "1", "--output-dir"])
            .args([&output, tree.path()])
            .stdout(Stdio::null())
            .spawn()
            .expect("starts");
        // The folder is made once the handler is in place.
        let begun = Instant::now();
        while !output.exists() && begun.elapsed() < Duration::from_secs(20) {
            std::thread::sleep(Duration::from_millis(1));
        }
        std::thread::sleep(Duration::from_millis(delay));
        let mut kill = Command::new("kill");
        kill.arg(format!("-{signal}")).arg(child.id().to_string()).stderr(Stdio::null());
        let sent = kill.status();
        assert!(sent.is_ok(), "kill starts");
        let status = child.wait().expect("ends");
        assert_no_temporary_files(&output);
        match status.code() {
            Some(130) => interrupted += 1,
            // It had ended, or was about to.
            Some(0) => {}
            other => panic!("{signal} after {delay} ms: {other:?} {status:?}"),
        }
        // Whatever is there is whole.
        if let Ok(text) = std::fs::read_to_string(output.join("report.json")) {
            serde_json::from_str::<serde_json::Value>(&text).expect("a whole report");
        }
        if let Ok(text) = std::fs::read_to_string(output.join("report.md")) {
            assert!(text.contains("## Co-publish artifact manifest"), "a whole report");
        }
    }
    eprintln!("{interrupted} of 5 runs were interrupted, the others had ended");
}
