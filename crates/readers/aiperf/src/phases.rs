//! What AIPerf writes about the course of a run: phases, whether it came to its end, and what it was
//! asked to do.

use inferguard_model::{Ending, Evidence, Fragment, Role};
use inferguard_source::{Content, Refusal, shorten};

use crate::config;
use crate::folder::Source;
use inferguard_source::Document;

/// `phase_manifest.json` (0.12): bounds of the measured phase to the nanosecond, and how many
/// requests warmed up.
pub(crate) fn read_manifest(
    content: &mut Content,
    source: Source<'_>,
) -> Result<Fragment, Refusal> {
    let mut document = Document::read(content, |_| false)?;
    let mut evidence = Evidence::default();
    let mut warmup = None;
    for n in 0..document.elements("phases") {
        let at = format!("phases/{n}");
        let name = document.text(&format!("{at}/phase_name")).unwrap_or("?").to_owned();
        let is_warmup = document.text(&format!("{at}/phase_kind")).unwrap_or(&name) == "warmup";
        if is_warmup {
            let requests = document.count(&format!("{at}/total_request_count"));
            warmup = requests.map(|n: u64| n.saturating_add(warmup.unwrap_or(0))).or(warmup);
            continue;
        }
        let mut bound = |key: &str| document.count(&format!("{at}/{key}"))?.try_into().ok();
        let bounds: Option<(i64, i64)> = bound("start_ns").zip(bound("end_ns"));
        if let Some((start, end)) = bounds.filter(|(start, end)| start <= end) {
            let (first, last) = evidence.window_ns.unwrap_or((start, end));
            evidence.window_ns = Some((first.min(start), last.max(end)));
        }
        if document.truth(&format!("{at}/was_cancelled")) == Some(true) {
            let told = format!("the phase {} was stopped", shorten(&name));
            evidence.ending = Some(Ending::Cut(told.into()));
        }
    }
    evidence.completion.warmup = warmup;
    Ok(finish(document, source.attachment(Role::AIPERF_PHASE_MANIFEST, false, evidence)))
}

/// `.aiperf_results_ready.json` (0.12), the last file that a run writes.
pub(crate) fn read_ready(content: &mut Content, source: Source<'_>) -> Result<Fragment, Refusal> {
    let document = Document::read(content, |_| false)?;
    let mut evidence = Evidence::default();
    let is = |key: &str, expected: bool| document.truth(key) == Some(expected);
    evidence.ending = if is("was_cancelled", true) {
        Some(Ending::Cut("it was stopped by hand".into()))
    } else if is("partial", true) {
        Some(Ending::Cut("the producer calls the results partial".into()))
    } else if is("ready", false) {
        Some(Ending::Cut("its results were not ready".into()))
    } else {
        is("ready", true).then_some(Ending::Whole)
    };
    Ok(finish(document, source.attachment(Role::AIPERF_READY, false, evidence)))
}

/// `run_config.json` (0.8): what one run of a sweep was asked to do. A run that left no summary has
/// its configuration from here.
pub(crate) fn read_run_config(
    content: &mut Content,
    source: Source<'_>,
) -> Result<Fragment, Refusal> {
    let mut document = Document::read(content, |path| path == "resolved")?;
    let mut evidence = Evidence::default();
    config::fill(&mut evidence, &mut document, "cfg");
    config::keep_variation(&mut evidence, &document, "");
    Ok(finish(document, source.attachment(Role::AIPERF_RUN_CONFIG, false, evidence)))
}

fn finish(document: Document, mut fragment: Fragment) -> Fragment {
    for problem in document.problems {
        fragment.evidence.problem(problem);
    }
    fragment
}
