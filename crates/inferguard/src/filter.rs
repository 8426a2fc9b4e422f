//! Which cells are wanted: `hardware=b200,framework=sglang,isl=1024`.

use std::str::FromStr;

use globset::{GlobBuilder, GlobMatcher};
use inferguard_model::{Cell, Metric, Quantity, names};

/// Conditions on the identity of a cell.
///
/// Conditions on different keys must all hold; of several `=` on one key any. `*` stands for any
/// text, and an empty value for what is not known.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    conditions: Vec<Condition>,
}

#[derive(Debug, Clone)]
struct Condition {
    key: &'static str,
    wanted: bool,
    /// `None` for what is not known.
    value: Option<GlobMatcher>,
}

/// Why a text is no filter.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FilterError {
    /// Not `key=value`.
    #[error("`{0}` is no condition; write key=value or key!=value")]
    Form(String),
    /// Nothing is known by the key.
    #[error("`{key}` is nothing to choose cells by; use one of {}", keys())]
    Key {
        /// The key as written.
        key: String,
    },
    /// The value is no pattern.
    #[error("`{value}` is no pattern: {source}")]
    Pattern {
        /// The value as written.
        value: String,
        /// What is wrong with it.
        source: globset::Error,
    },
}

type Read = fn(&Cell) -> Option<String>;

/// What cells can be chosen by.
const KEYS: [(&str, Read); 28] = [
    ("cell_id", |cell| Some(cell.id.to_string())),
    ("run", |cell| Some(cell.run.0.clone())),
    ("source_format", |cell| Some(cell.format.name().to_owned())),
    ("model", |cell| cell.evidence.identity.model.clone()),
    ("hardware", |cell| cell.evidence.identity.hardware.clone()),
    ("framework", |cell| cell.evidence.identity.framework.clone()),
    ("precision", |cell| cell.evidence.identity.precision.clone()),
    ("spec_decoding", |cell| cell.evidence.identity.spec_decoding.clone()),
    ("offloading", |cell| cell.evidence.identity.offloading.clone()),
    ("scenario_type", |cell| cell.evidence.identity.scenario_type.clone()),
    ("dataset", |cell| cell.evidence.identity.dataset.as_ref().map(|set| set.name.clone())),
    ("recipe_name", |cell| cell.evidence.identity.recipe_name.clone()),
    ("image", |cell| cell.evidence.identity.image.clone()),
    ("router", |cell| cell.evidence.identity.router.clone()),
    ("disagg", |cell| cell.evidence.identity.disagg.map(|yes| yes.to_string())),
    ("is_multinode", |cell| cell.evidence.identity.is_multinode.map(|yes| yes.to_string())),
    ("isl", |cell| cell.evidence.identity.isl.map(|n| n.to_string())),
    ("osl", |cell| cell.evidence.identity.osl.map(|n| n.to_string())),
    ("concurrency", |cell| cell.evidence.identity.load.concurrency.map(|n| n.to_string())),
    ("request_rate", |cell| cell.evidence.identity.load.request_rate.map(|n| n.to_string())),
    ("topology", |cell| Some(cell.evidence.identity.topology.label()).filter(|t| t != "?")),
    ("tp", |cell| cell.evidence.identity.topology.all.tp.map(|n| n.to_string())),
    ("ep", |cell| cell.evidence.identity.topology.all.ep.map(|n| n.to_string())),
    ("dp_attention", |cell| {
        cell.evidence.identity.topology.all.dp_attention.map(|yes| yes.to_string())
    }),
    ("replicas", |cell| cell.evidence.identity.topology.all.num_workers.map(|n| n.to_string())),
    ("prefill_tp", |cell| cell.evidence.identity.topology.prefill.tp.map(|n| n.to_string())),
    ("decode_tp", |cell| cell.evidence.identity.topology.decode.tp.map(|n| n.to_string())),
    ("num_gpus", |cell| {
        cell.evidence.metrics.get(Metric::plain(Quantity::NumGpus)).map(|n| n.to_string())
    }),
];

/// Of a run's tags any may be meant.
const TAG: &str = "tag";

fn keys() -> String {
    let all: Vec<&str> = KEYS.iter().map(|(key, _)| *key).chain([TAG]).collect();
    all.join(", ")
}

/// What a cell has under a key, in lower case.
fn values(key: &str, cell: &Cell) -> Vec<String> {
    let one = KEYS.iter().find(|(known, _)| *known == key).and_then(|(_, read)| read(cell));
    let tags = cell.tags.iter().filter(|_| key == TAG).cloned();
    tags.chain(one).map(|value| value.to_lowercase()).collect()
}

impl Filter {
    /// Whether the cell is wanted.
    pub fn takes(&self, cell: &Cell) -> bool {
        KEYS.iter().map(|(key, _)| *key).chain([TAG]).all(|key| {
            let mut of_key = self.conditions.iter().filter(|one| one.key == key).peekable();
            if of_key.peek().is_none() {
                return true;
            }
            let values = values(key, cell);
            let holds = |one: &Condition| match &one.value {
                Some(pattern) => values.iter().any(|value| pattern.is_match(value)),
                None => values.is_empty(),
            };
            let mut wanted = of_key.clone().filter(|one| one.wanted).peekable();
            (wanted.peek().is_none() || wanted.any(holds))
                && !of_key.any(|one| !one.wanted && holds(one))
        })
    }

    /// Adds the conditions of another filter.
    pub fn and(&mut self, other: Self) {
        self.conditions.extend(other.conditions);
    }

    /// Whether every cell is wanted.
    pub fn is_empty(&self) -> bool {
        self.conditions.is_empty()
    }
}

impl FromStr for Filter {
    type Err = FilterError;

    fn from_str(text: &str) -> Result<Self, FilterError> {
        let mut parts: Vec<String> = Vec::new();
        for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            match parts.last_mut() {
                // The label of two roles holds a comma: `topology=1P TP4, 3D TP4`.
                Some(last) if last.starts_with("topology") && !part.contains('=') => {
                    *last = format!("{last}, {part}");
                }
                _ => parts.push(part.to_owned()),
            }
        }
        Ok(Self { conditions: parts.iter().map(|part| condition(part)).collect::<Result<_, _>>()? })
    }
}

fn condition(text: &str) -> Result<Condition, FilterError> {
    let (key, value) = text.split_once('=').ok_or_else(|| FilterError::Form(text.to_owned()))?;
    let (key, wanted) = match key.strip_suffix('!') {
        Some(key) => (key.trim(), false),
        None => (key.trim(), true),
    };
    let known = KEYS.iter().map(|(key, _)| *key).chain([TAG]).find(|known| *known == key);
    let key = known.ok_or_else(|| FilterError::Key { key: key.to_owned() })?;
    let value = value.trim();
    if value.is_empty() {
        return Ok(Condition { key, wanted, value: None });
    }
    let value_of_cells =
        if value.contains('*') { value.to_lowercase() } else { normal(key, value) };
    // Only the asterisk is special: names hold brackets and question marks.
    let literal: Vec<String> = value_of_cells.split('*').map(globset::escape).collect();
    let pattern = GlobBuilder::new(&literal.join("*"))
        .literal_separator(false)
        .backslash_escape(false)
        .build()
        .map_err(|source| FilterError::Pattern { value: value.to_owned(), source })?;
    Ok(Condition { key, wanted, value: Some(pattern.compile_matcher()) })
}

/// The value as cells have it, so that `precision=nvfp4` finds `fp4`.
fn normal(key: &str, value: &str) -> String {
    let value = value.to_lowercase();
    match key {
        "hardware" => names::hardware(&value),
        "framework" => names::framework(&value),
        "precision" => names::precision(&value),
        "model" => {
            names::model_of_id(&value).map_or_else(|| names::model_of_prefix(&value), str::to_owned)
        }
        _ => value,
    }
}

#[cfg(test)]
mod tests {
    use inferguard_model::Evidence;

    use super::*;

    fn cell(hardware: Option<&str>, isl: u32, recipe: &str) -> Cell {
        let mut evidence = Evidence::default();
        evidence.identity.hardware = hardware.map(str::to_owned);
        evidence.identity.precision = Some("fp4".into());
        evidence.identity.isl = Some(isl);
        evidence.identity.recipe_name = Some(recipe.into());
        Cell { id: "a".into(), evidence: Box::new(evidence), has_result: true, ..Cell::default() }
    }

    fn takes(filter: &str, cell: &Cell) -> bool {
        filter.parse::<Filter>().expect(filter).takes(cell)
    }

    #[test]
    fn conditions_on_keys_hold_together_and_values_of_a_key_are_choices() {
        let b200 = cell(Some("b200"), 1024, "1P TP4 [x]");
        assert!(takes("", &b200) && takes("hardware=b200,isl=1024", &b200));
        assert!(!takes("hardware=b200,isl=8192", &b200));
        assert!(takes("hardware=h100,hardware=b200", &b200));
        assert!(takes("hardware!=h100", &b200) && !takes("hardware!=b200", &b200));
        assert!(!takes("hardware!=h100,hardware!=b200", &b200));
    }

    #[test]
    fn values_are_those_of_cells_whatever_their_spelling() {
        let b200 = cell(Some("b200"), 1024, "1P TP4 [x]");
        assert!(takes("hardware=B200-trt, precision=NVFP4", &b200));
        assert!(takes("recipe_name=1p*", &b200) && takes("recipe_name=*[x]", &b200));
        assert!(!takes("recipe_name=1?*", &b200), "only the asterisk is special");
    }

    #[test]
    fn what_is_not_known_has_an_empty_value() {
        let unknown = cell(None, 1024, "r");
        assert!(takes("hardware=", &unknown) && !takes("hardware=b200", &unknown));
        assert!(!takes("hardware!=", &unknown) && takes("hardware!=b200", &unknown));
        assert!(!takes("hardware=", &cell(Some("b200"), 1, "r")));
    }

    #[test]
    fn a_topology_of_two_roles_is_one_value() {
        let mut cell = cell(Some("h100"), 1024, "r");
        let topology = &mut cell.evidence.identity.topology;
        (topology.prefill.tp, topology.prefill.num_workers) = (Some(4), Some(1));
        (topology.decode.tp, topology.decode.num_workers) = (Some(4), Some(3));
        assert!(takes("topology=1P TP4, 3D TP4,hardware=h100", &cell));
        assert!(takes("topology!=2P TP4, 2D TP4", &cell));
        assert!(takes("decode_tp=4", &cell) && !takes("topology=1P TP4", &cell));
    }

    #[test]
    fn any_tag_of_a_run_may_be_meant() {
        let untagged = cell(None, 1024, "r");
        let tagged = Cell { tags: vec!["Nightly".into(), "good".into()], ..untagged.clone() };
        assert!(takes("tag=nightly", &tagged) && takes("tag=good,isl=1024", &tagged));
        assert!(takes("tag=n*", &tagged) && !takes("tag=night", &tagged));
        assert!(!takes("tag!=good", &tagged) && takes("tag!=bad", &tagged));
        assert!(takes("tag=", &untagged) && !takes("tag=", &tagged));
        assert!(!takes("tag=good", &untagged) && takes("tag!=good", &untagged));
    }

    #[test]
    fn what_is_no_condition_is_told() {
        let error = |text: &str| text.parse::<Filter>().expect_err(text).to_string();
        assert!(error("hardware").contains("key=value"));
        assert!(error("hw=b200").contains("hardware, framework"));
    }
}
