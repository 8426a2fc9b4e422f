//! What a job was asked to do: `config.yaml`, `config_resolved.yaml`, `config_{variant}.yaml`,
//! `recipe.lock.yaml`.

use inferguard_model::{Problem, Recipe, RecipeKind};
use inferguard_source::{Candidate, Content, Document, Refusal};

use crate::{plan, redact};

/// Which description of a job a file of this name is.
pub(crate) fn kind(name: &str) -> Option<RecipeKind> {
    match name {
        "config.yaml" => Some(RecipeKind::Source),
        "config_resolved.yaml" => Some(RecipeKind::Resolved),
        "recipe.lock.yaml" => Some(RecipeKind::Lock),
        _ => {
            let variant = name.strip_prefix("config_")?.strip_suffix(".yaml")?;
            (!variant.is_empty()).then_some(RecipeKind::Variant)
        }
    }
}

/// Whether the head of the file has the sections of a recipe; other programs have a `config.yaml`
/// too.
pub(crate) fn is_recipe(file: &Candidate<'_>) -> bool {
    let begins = |section: &str| {
        let head = file.head();
        head.split(|b| *b == b'\n').any(|line| line.starts_with(section.as_bytes()))
    };
    begins("benchmark:") && (begins("resources:") || begins("backend:") || begins("slurm:"))
        || begins("lock:")
        || begins("recipe:") && file.name() == "recipe.lock.yaml"
}

/// Reads the file.
pub(crate) fn read(
    content: &mut Content,
    kind: RecipeKind,
) -> Result<(Recipe, Vec<Problem>), Refusal> {
    // The lock lists every package of the image.
    let skips = |path: &str| {
        path == "lock/packages" || path.ends_with("/pip") || path.ends_with("/pip_packages")
    };
    let mut document = Document::read_yaml(content, skips)?;
    // A lock may hold the recipe in a section of its own.
    let at = ["", "recipe/", "config/", "resolved_config/"]
        .into_iter()
        .find(|at| document.has_below(&format!("{at}benchmark")))
        .unwrap_or_default();
    let plan = plan::read(&mut document, &format!("{at}benchmark"), &["req_rate", "req-rate"]);
    let text = |key: &str| document.text(&format!("{at}{key}")).map(str::to_owned);
    let recipe = Recipe {
        kind,
        plan,
        container: text("model/container"),
        model: text("model/path"),
        members: redact::members(&document),
    };
    Ok((recipe, document.problems))
}
