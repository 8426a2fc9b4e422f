//! Time of the renderers on 10,000 cells, beside serde_json's own pretty printer.
//!
//! `cargo bench -p inferguard-report --bench render`

#![expect(clippy::print_stdout, reason = "a program for people")]

#[path = "../tests/report/example.rs"]
#[expect(dead_code, reason = "shared with the tests")]
mod example;

use std::hint::black_box;
use std::io::{BufWriter, sink};
use std::time::{Duration, Instant};

use inferguard_report::RENDERERS;

fn main() {
    let report = example::large(10_000);
    measure("serde_json, streamed", || {
        let out = BufWriter::with_capacity(64 * 1024, sink());
        black_box(serde_json::to_writer_pretty(out, &report).is_ok());
    });
    for renderer in RENDERERS {
        measure(&format!("{}, streamed", renderer.file_name), || {
            black_box((renderer.write)(&report, &[], &mut sink()).is_ok());
        });
        measure(&format!("{}, in memory", renderer.file_name), || {
            black_box(renderer.render(&report));
        });
    }
}

/// The best of several runs; each is one thread without waiting, so that it is CPU time.
fn measure(name: &str, run: impl Fn()) {
    let mut best = Duration::MAX;
    for _ in 0..15 {
        let start = Instant::now();
        run();
        best = best.min(start.elapsed());
    }
    println!("{name:28} {:7.1} ms", best.as_secs_f64() * 1e3);
}
