//! `run_metadata.yaml`: what the harness was started with. All values are quoted texts.

use inferguard_model::{Ending, Evidence, Scalar, names};
use inferguard_source::{Content, Document, Refusal, shorten};

/// Reads the file into what it says of every report of its folder.
pub(crate) fn read(content: &mut Content) -> Result<Evidence, Refusal> {
    let mut document = Document::read_yaml(content, |_| false)?;
    let mut evidence = Evidence::default();
    let identity = &mut evidence.identity;
    if let Some(model) = document.text("model") {
        identity.model = names::model(None, Some(model), None);
        identity.as_written.model = Some(model.to_owned());
    }
    identity.harness = document.text("harness_name").map(str::to_owned);
    evidence.ending = document.text("harness_rc").map(|code| match code {
        "0" => Ending::Whole,
        code => Ending::Cut(format!("the load generator ended with code {}", shorten(code)).into()),
    });
    for (key, kept) in [
        ("experiment_id", "experiment_id"),
        ("harness_workload", "workload"),
        ("description_text", "description"),
    ] {
        if let Some(text) = document.text(key) {
            evidence.extra.push((kept.into(), Scalar::Text(shorten(text).into())));
        }
    }
    for problem in document.problems.drain(..) {
        evidence.problem(problem);
    }
    Ok(evidence)
}
