//! Same input, same bytes.

use std::path::Path;

use crate::build::{agentx, raw, row, timeline};
use crate::run::{Tree, analyze};

/// Files of every kind, good and bad.
fn mixed() -> Vec<(String, String)> {
    let mut files: Vec<(String, String)> = agentx().into();
    for n in 1..=60_u32 {
        let folder = ["monday", "tuesday"][(n % 2) as usize];
        files.push((format!("{folder}/c{n}/agg_x_conc{n}.json"), row(n).to_string()));
        if n % 3 == 0 {
            files.push((format!("{folder}/c{n}/x_conc{n}.json"), raw(n).to_string()));
        }
        if n % 7 == 0 {
            files.push((format!("{folder}/c{n}/agg_broken.json"), "{\"hw\": ".into()));
            let live = timeline(n, Some(("kv_transfer_stall", "warning")));
            files.push((format!("{folder}/c{n}/inferguard_timeline.jsonl"), live));
        }
    }
    files.push(("monday/copy/agg_x_conc1.json".into(), row(1).to_string()));
    files
}

/// Both files of a report. The tree is analyzed from within, so that no path tells where it lies.
fn bytes(tree: &Tree, args: &[&str]) -> (Vec<u8>, Vec<u8>) {
    let output = tree.join("inferguard_report");
    let said = crate::run::inferguard()
        .current_dir(tree.path())
        .args(["analyze", "."])
        .args(args)
        .output()
        .expect("starts");
    assert_eq!(said.status.code(), Some(2), "{}", String::from_utf8_lossy(&said.stderr));
    let read = |name: &str| std::fs::read(output.join(name)).expect("was written");
    (read("report.json"), read("report.md"))
}

#[test]
fn the_number_of_threads_does_not_show() {
    let tree = Tree::new().files(mixed());
    let one = bytes(&tree, &["-j", "1"]);
    for jobs in ["2", "4", "0"] {
        assert!(bytes(&tree, &["-j", jobs]) == one, "-j {jobs} differs from -j 1");
    }
}

#[test]
fn the_order_in_which_files_were_made_does_not_show() {
    let files = mixed();
    let link = |tree: &Tree| {
        // What is no regular file is listed too.
        #[cfg(unix)]
        for name in ["zz", "aa", "mm"] {
            std::os::unix::fs::symlink("nowhere", tree.join(name)).expect("can link");
        }
    };
    let forward = Tree::new().files(files.clone());
    link(&forward);
    // Interleaved from both ends, links first.
    let backward = Tree::new();
    #[cfg(unix)]
    for name in ["mm", "zz", "aa"] {
        std::os::unix::fs::symlink("nowhere", backward.join(name)).expect("can link");
    }
    let half = files.len() / 2;
    let shuffled = files[half..].iter().rev().zip(files[..half].iter().rev());
    let mut shuffled: Vec<_> = shuffled.flat_map(|(a, b)| [b, a]).cloned().collect();
    shuffled.extend(
        files[..].iter().filter(|file| !shuffled.contains(file)).cloned().collect::<Vec<_>>(),
    );
    let backward = backward.files(shuffled);
    assert!(bytes(&forward, &[]) == bytes(&backward, &[]));
}

#[test]
fn a_second_run_gives_the_same_bytes() {
    let tree = Tree::new().files(mixed());
    let first = bytes(&tree, &[]);
    assert!(bytes(&tree, &[]) == first, "the first report is no input of the second");
    assert!(first.0.starts_with(b"{\n") && first.0.ends_with(b"}\n"));
}

#[test]
fn thousands_of_files_are_read_in_bounded_time_and_the_same_way() {
    let tree = Tree::new();
    for n in 0..3000_u32 {
        // Small rows: this is about the number of files.
        let row = format!(
            r#"{{"hw": "b200", "conc": {}, "model": "m", "tp": 8, "isl": 1024, "osl": 1024,
                "framework": "vllm", "precision": "fp8", "tput_per_gpu": {}, "mean_ttft": 0.{n:04}1,
                "mean_tpot": 0.02{n}, "mean_e2el": {n}.5}}"#,
            n % 512 + 1,
            1000 + n
        );
        tree.write(&format!("{}/{n}/agg_x.json", n % 7), row);
    }
    let report = |jobs: &str| {
        let output = tree.join("inferguard_report");
        let args = ["-q", "-j", jobs];
        let said = crate::run::inferguard().arg("analyze").arg(tree.path()).args(args).output();
        assert_eq!(said.expect("starts").status.code(), Some(0));
        let read = |path: &Path| std::fs::read(path).expect("was written");
        (read(&output.join("report.json")), read(&output.join("report.md")))
    };
    let one = report("1");
    assert!(one == report("2"));
    let json: serde_json::Value = serde_json::from_slice(&one.0).expect("JSON");
    assert_eq!(json["run_summary"]["total_cells"], 3000);
    assert!(one.1.len() < 500_000, "report.md stays readable: {} bytes", one.1.len());
}

#[test]
fn a_relative_and_an_absolute_path_differ_in_root_and_command_only() {
    let tree = Tree::with_good_row();
    let run = analyze(tree.path(), &tree.join("inferguard_report"), &[]);
    let mut absolute = run.report().clone();
    let said = crate::run::inferguard().current_dir(tree.path()).args(["analyze", "."]).output();
    assert_eq!(said.expect("starts").status.code(), Some(0));
    let text = std::fs::read(tree.join("inferguard_report/report.json")).expect("was written");
    let mut relative: serde_json::Value = serde_json::from_slice(&text).expect("JSON");
    assert_eq!(relative["input_root"], ".");
    for report in [&mut absolute, &mut relative] {
        report["input_root"] = "".into();
        report["analyzer"]["command"] = "".into();
        let artifacts = report["artifact_manifest"].as_array_mut().expect("an array");
        artifacts.retain(|artifact| artifact["status"] != "written");
    }
    assert_eq!(absolute, relative);
}
