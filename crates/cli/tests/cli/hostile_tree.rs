//! Trees that are not only folders and files: links, devices, rights, names.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::Command;

use crate::build::row;
use crate::run::{Run, Tree, analyze, finish, inferguard};

#[test]
fn fifos_sockets_and_folders_named_like_artifacts_are_told_and_never_opened() {
    let tree = Tree::with_good_row().file("agg_folder.json/agg_inside.json", row(8).to_string());
    let fifo = Command::new("mkfifo").arg(tree.join("agg_fifo.json")).status();
    assert!(fifo.expect("mkfifo starts").success());
    let _socket = UnixListener::bind(tree.join("agg_socket.json")).expect("can bind");
    let run = tree.analyze(&[]);
    assert_eq!(run.cell_ids(), ["agg_folder.json/agg_inside", "agg_good"]);
    for path in ["agg_fifo.json", "agg_socket.json"] {
        assert_eq!(run.status(path), "refused");
        assert_eq!(run.reason(path), "not a regular file (FIFO, device or socket)");
    }
    assert_eq!(run.findings(), ["warning unreadable_artifact"; 2]);
    assert_eq!(run.code(), 0);
    let fifo = tree.join("agg_fifo.json");
    let run = analyze(&fifo, &tree.join("inferguard_report"), &[]);
    assert_eq!(run.code(), 3);
    assert!(run.said.stderr.contains("neither a folder nor a regular file"));
}

#[test]
fn links_are_never_followed_and_always_told() {
    let outside = Tree::new().file("agg_outside.json", row(16).to_string());
    let tree = Tree::with_good_row().file("sub/agg_x.json", row(8).to_string());
    symlink("..", tree.join("sub/loop")).expect("can link");
    symlink("self", tree.join("self")).expect("can link");
    symlink("nowhere", tree.join("agg_dangling.json")).expect("can link");
    symlink("agg_good.json", tree.join("agg_alias.json")).expect("can link");
    symlink(outside.join("agg_outside.json"), tree.join("agg_out.json")).expect("can link");
    symlink(outside.path(), tree.join("outside")).expect("can link");
    symlink("/etc/passwd", tree.join("agg_passwd.json")).expect("can link");
    let run = tree.analyze(&[]);
    assert_eq!(run.cell_ids(), ["agg_good", "sub/agg_x"]);
    for (path, status, reason) in [
        ("sub/loop", "ignored", "link to the input root itself; not followed"),
        ("self", "refused", "link that leads nowhere or to itself"),
        ("agg_dangling.json", "refused", "link that leads nowhere or to itself"),
        ("agg_alias.json", "ignored", "link to agg_good.json, which is met there"),
        ("agg_out.json", "refused", "link out of the tree; not followed"),
        ("outside", "refused", "link out of the tree; not followed"),
        ("agg_passwd.json", "refused", "link out of the tree; not followed"),
    ] {
        assert_eq!((run.status(path), run.reason(path)), (status, reason), "{path}");
    }
    assert_eq!(run.findings(), ["warning unreadable_artifact"; 5]);
    let findings = crate::run::list(run.report(), "findings").iter();
    let messages: Vec<_> = findings.map(|finding| finding["message"].to_string()).collect();
    assert!(messages.is_sorted(), "in path order, however the folder lists them: {messages:?}");
    assert!(!run.report().to_string().contains("root:"), "nothing of the outside is read");
}

#[test]
fn a_root_that_is_a_link_is_followed() {
    let tree = Tree::with_good_row();
    let elsewhere = Tree::new();
    symlink(tree.path(), elsewhere.join("latest")).expect("can link");
    let root = elsewhere.join("latest");
    let run = analyze(&root, &root.join("inferguard_report"), &[]);
    assert_eq!(run.cell_ids(), ["agg_good"]);
}

/// Runs `analyze` as a user whom rights bind; `None` where that cannot be done.
fn as_nobody(tree: &Tree, args: &[&str]) -> Option<Run> {
    let output = tree.join("inferguard_report");
    if unprivileged() {
        return Some(analyze(tree.path(), &output, args));
    }
    // The binary lies where another user may not look: it is copied to where he may.
    let binary = tree.join("inferguard");
    std::fs::copy(env!("CARGO_BIN_EXE_inferguard"), &binary).expect("can copy");
    let mut command = assert_cmd::Command::new("setpriv");
    command.args(["--reuid=65534", "--clear-groups"]).arg(&binary).env_clear();
    if command.arg("--version").output().map_or(true, |output| !output.status.success()) {
        eprintln!("skipped: runs as root and setpriv cannot change that");
        return None;
    }
    let mut command = assert_cmd::Command::new("setpriv");
    command.args(["--reuid=65534", "--clear-groups"]).arg(&binary);
    command.arg("analyze").arg(tree.path()).args(args).env_clear();
    Some(finish(&mut command, &output, args))
}

/// Whether this process itself is stopped by rights.
fn unprivileged() -> bool {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let path = dir.path().join("locked");
    std::fs::write(&path, "x").expect("can write");
    mode(&path, 0o000);
    std::fs::read(&path).is_err()
}

fn mode(path: &Path, mode: u32) {
    let rights = std::fs::Permissions::from_mode(mode);
    std::fs::set_permissions(path, rights).expect("can set rights");
}

#[test]
fn unreadable_files_and_folders_are_told_by_name() {
    let tree = Tree::with_good_row()
        .file("agg_secret.json", row(8).to_string())
        .file("notes.json", "{}")
        .file("locked/agg_x.json", row(16).to_string());
    mode(tree.path(), 0o777);
    for path in ["agg_secret.json", "notes.json", "locked"] {
        mode(&tree.join(path), 0o000);
    }
    let run = as_nobody(&tree, &["--exclude", "inferguard"]);
    mode(&tree.join("locked"), 0o755);
    let Some(run) = run else { return };
    assert_eq!(run.cell_ids(), ["agg_good"]);
    for path in ["agg_secret.json", "notes.json", "locked"] {
        assert_eq!(run.status(path), "refused", "{path}");
        assert!(run.reason(path).contains("ermission denied"), "{}", run.reason(path));
    }
    // By its name the first one was a result.
    assert_eq!(
        run.findings(),
        [
            "critical unreadable_artifact",
            "warning unreadable_artifact",
            "warning unreadable_artifact"
        ]
    );
    assert!(run.message("unreadable_artifact").starts_with("agg_secret.json: "));
    assert_eq!(run.code(), 2);
}

#[test]
fn a_read_only_tree_is_told_before_the_work_begins() {
    let tree = Tree::with_good_row();
    mode(&tree.join("agg_good.json"), 0o644);
    if !unprivileged() {
        // The copy of the binary must be there before the folder is closed.
        drop(as_nobody(&Tree::new(), &[]));
    }
    let inner = tree.join("inner");
    std::fs::create_dir(&inner).expect("can make folders");
    std::fs::copy(tree.join("agg_good.json"), inner.join("agg_x.json")).expect("can copy");
    mode(tree.path(), 0o755);
    mode(&inner, 0o555);
    let out = inner.join("out");
    let Some(run) = as_nobody(&tree, &["--output-dir", out.to_str().expect("plain")]) else {
        return;
    };
    assert_eq!(run.code(), 3);
    let said = &run.said.stderr;
    assert!(said.contains("cannot write to the output folder"), "{said}");
    assert!(said.contains("choose another with --output-dir"), "{said}");
    mode(&inner, 0o755);
    assert!(!out.exists());
}

#[test]
fn an_impossible_output_folder_is_3_and_leaves_nothing() {
    let tree = Tree::with_good_row().file("file", "x");
    for folder in ["file", "file/sub"] {
        let folder = tree.arg(folder);
        let run = tree.analyze(&["--output-dir", &folder]);
        assert_eq!(run.code(), 3);
        assert!(run.said.stderr.contains(&folder), "{}", run.said.stderr);
    }
    // A folder stands where a report should: the old one is not half replaced.
    std::fs::create_dir_all(tree.join("out/report.json")).expect("can make folders");
    let run = tree.analyze(&["--output-dir", &tree.arg("out")]);
    assert_eq!(run.code(), 3);
    crate::run::assert_no_temporary_files(&tree.join("out"));
    assert_eq!(std::fs::read(tree.join("file")).expect("is there"), b"x");
}

#[test]
fn odd_file_names_stay_apart_and_on_their_line() {
    let tree = Tree::with_good_row();
    let odd: [(&[u8], &str); 5] = [
        (b"agg_a\nb.json", "agg_a\nb"),
        (b"agg_\x1b[31mred.json", "agg_\u{1b}[31mred"),
        (b"agg_\xFF.json", "agg_\\xFF"),
        (b"agg_\xFE.json", "agg_\\xFE"),
        (b"agg_<script>|`x`.json", "agg_<script>|`x`"),
    ];
    for (n, (name, _)) in odd.iter().enumerate() {
        let path = tree.path().join(OsStr::from_bytes(name));
        std::fs::write(path, row(8 + n as u32).to_string()).expect("can write");
    }
    let broken = tree.path().join(OsStr::from_bytes(b"agg_\x1b[2J\n## Fake.json"));
    std::fs::write(broken, "").expect("can write");
    let run = tree.analyze(&["-vv"]);
    assert_eq!(run.cell_ids().len(), 6);
    for (_, id) in odd {
        run.cell(id);
    }
    assert_eq!(run.code(), 2);
    // Helpers count the sections and look for control characters in report.md.
    for said in [&run.said.stdout, &run.said.stderr] {
        assert!(!said.contains('\u{1b}'), "{said}");
        assert!(!said.contains("\n## Fake"), "{said}");
    }
    let refused = tree.analyze(&["--strict"]);
    assert_eq!(refused.code(), 3);
    assert!(!refused.said.stderr.contains('\u{1b}'));
    let nothing_else = tree.analyze(&["--include", "*Fake*"]);
    assert_eq!(nothing_else.code(), 3);
    assert!(nothing_else.said.stderr.contains("Fake.json: the file is empty"));
    assert!(!nothing_else.said.stderr.contains('\u{1b}'), "{}", nothing_else.said.stderr);
    let listed = tree.analyze(&["--list"]).said.stdout;
    assert_eq!(listed.lines().count(), 8, "{listed}");
    assert!(!listed.contains('\u{1b}'));
}

#[test]
fn reports_of_earlier_runs_are_never_input() {
    let tree = Tree::with_good_row().file("sub/agg_x.json", "");
    let first = tree.analyze(&[]);
    assert_eq!(tree.analyze(&[]).json, first.json);
    let old = std::fs::read(tree.join("inferguard_report/report.json")).expect("was written");
    tree.write("agg_renamed.json", &old);
    tree.write("elsewhere/anything.json", &old);
    std::fs::rename(tree.join("inferguard_report"), tree.join("old_report")).expect("can move");
    let run = tree.analyze(&[]);
    assert_eq!(run.cell_ids(), first.cell_ids());
    assert_eq!(run.findings(), first.findings());
    for path in ["agg_renamed.json", "elsewhere/anything.json", "old_report/report.json"] {
        assert_eq!(run.status(path), "recognised", "{path}");
        assert_eq!(run.artifact(path)["kind"], "inferguard_report");
    }
    assert_eq!(run.status("old_report/report.md"), "ignored");
}

#[test]
fn an_output_folder_that_is_the_input_or_holds_it_is_no_trap() {
    let tree = Tree::with_good_row();
    let root = tree.arg("");
    for _ in 0..2 {
        let run = analyze(tree.path(), tree.path(), &["--output-dir", &root]);
        assert_eq!(run.cell_ids(), ["agg_good"]);
    }
    let tree = Tree::new().file("results/agg_x.json", row(8).to_string());
    for _ in 0..2 {
        let run = analyze(&tree.join("results"), tree.path(), &["--output-dir", &tree.arg("")]);
        assert_eq!(run.cell_ids(), ["agg_x"]);
    }
}

#[test]
fn inputs_are_never_changed() {
    let tree = Tree::with_good_row().file("sub/agg_x.json", "").file("sub/x.out", "log");
    let state = |path: &str| {
        let path = tree.join(path);
        let modified = path.metadata().and_then(|metadata| metadata.modified()).expect("is there");
        (std::fs::read(path).expect("is there"), modified)
    };
    let paths = ["agg_good.json", "sub/agg_x.json", "sub/x.out"];
    let before = paths.map(state);
    tree.analyze(&[]);
    assert_eq!(paths.map(state), before);
    let sub: Vec<_> = std::fs::read_dir(tree.join("sub")).expect("is there").collect();
    assert_eq!(sub.len(), 2);
}

#[test]
fn the_report_is_for_colleagues_too() {
    let tree = Tree::with_good_row();
    tree.analyze(&[]);
    for name in ["report.json", "report.md"] {
        let path = tree.join("inferguard_report").join(name);
        let rights = path.metadata().expect("is there").permissions().mode();
        assert_eq!(rights & 0o777, 0o644, "{name}");
    }
    let said = inferguard().arg("analyze").arg(tree.path()).output().expect("starts");
    assert_eq!(said.status.code(), Some(0));
}
