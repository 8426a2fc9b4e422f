//! What is told apart by colour and shape in the figures of a scenario: systems, or the
//! configurations of the only one.

use std::collections::{BTreeSet, HashMap};

use inferguard_schema::{Scenario, Scope, Series};

/// Names, and to which of them a series belongs.
pub(super) struct Groups {
    names: Vec<String>,
    /// What long names begin with, all of them; they are shown without it.
    shared: String,
    by_series: HashMap<String, usize>,
    systems: HashMap<String, usize>,
    /// Systems with points.
    pub(super) n_systems: usize,
}

impl Groups {
    /// The groups of a scenario, the same in all its figures.
    pub(super) fn of(scenario: &Scenario) -> Self {
        let mut system_of: HashMap<&str, &str> = HashMap::new();
        for frontier in scenario.frontiers.iter().filter(|one| one.scope == Scope::System) {
            let Some(group) = frontier.group.as_deref() else { continue };
            let drawn = frontier.points.iter().flat_map(|point| &point.cell_ids);
            let behind = frontier.dominated.iter().flat_map(|point| &point.cell_ids);
            let others = frontier.not_drawn.0.iter().map(|(id, _)| id.as_ref());
            let ids = drawn.chain(behind).chain(&frontier.without_axis).map(AsRef::as_ref);
            system_of.extend(ids.chain(others).map(|id| (id, group)));
        }
        let system = |series: &Series| {
            let ids = series.points.iter().flat_map(|p| {
                p.cell_ids
                    .iter()
                    .map(AsRef::as_ref)
                    .chain(p.left_out.0.iter().map(|(id, _)| id.as_ref()))
            });
            ids.into_iter().find_map(|id| system_of.get(id).copied())
        };
        let systems: BTreeSet<&str> = scenario.series.iter().filter_map(system).collect();
        let n_systems = systems.len().max(1);
        if systems.len() < 2 {
            let names = labels(scenario);
            let ids = scenario.series.iter().map(|series| series.id.clone());
            return Self {
                shared: shared(&names),
                names,
                by_series: ids.zip(0..).collect(),
                systems: HashMap::new(),
                n_systems,
            };
        }
        let mut names: Vec<String> = systems.into_iter().map(str::to_owned).collect();
        let mut places: HashMap<String, usize> = names.iter().cloned().zip(0..).collect();
        let systems = places.clone();
        let mut by_series = HashMap::new();
        for series in &scenario.series {
            // A series of which nothing is drawn anywhere is told by its configuration.
            let name = system(series).unwrap_or(&series.configuration.label);
            let place = *places.entry(name.to_owned()).or_insert_with(|| {
                names.push(name.to_owned());
                names.len() - 1
            });
            by_series.insert(series.id.clone(), place);
        }
        if let Some(labels) = shorter(scenario, &by_series, &names) {
            names = labels;
        }
        Self { shared: shared(&names), names, by_series, systems, n_systems }
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.names.len()
    }

    /// The place of a series.
    pub(super) fn of_series(&self, series: &Series) -> usize {
        self.by_series.get(&series.id).copied().unwrap_or(0)
    }

    /// The place of a system; `None` where configurations are told apart.
    pub(super) fn of_system(&self, name: &str) -> Option<usize> {
        self.systems.get(name).copied()
    }

    /// The name at a place, without what all share.
    pub(super) fn name(&self, place: usize) -> String {
        let name = self.names.get(place).map_or("", String::as_str);
        name.strip_prefix(self.shared.as_str()).unwrap_or(name).to_owned()
    }

    /// What a reader has to know of the names.
    pub(super) fn note(&self) -> Option<String> {
        (!self.shared.is_empty()).then(|| {
            format!("What the names of all begin with is left out: {}", self.shared.trim_end())
        })
    }
}

/// Longest name that is shown whole: it fits the legend.
const LONG: usize = 32;

/// What all names begin with, up to the end of a word, if one of them is long.
fn shared(names: &[String]) -> String {
    let [first, others @ ..] = names else { return String::new() };
    if others.is_empty() || names.iter().all(|name| name.chars().count() <= LONG) {
        return String::new();
    }
    let common = others.iter().fold(first.as_str(), |common, name| {
        let same = common.char_indices().zip(name.chars()).take_while(|((_, a), b)| a == b);
        &common[..same.last().map_or(0, |((at, c), _)| at + c.len_utf8())]
    });
    let end = common.rfind([' ', '_', '-', '/', '.', '@']).map_or(0, |at| at + 1);
    // A name that is nothing but the shared part would be empty.
    if names.iter().any(|name| name.len() == end) {
        return String::new();
    }
    common[..end].to_owned()
}

/// The configuration of each group, where all are shorter than the long names of the groups and as
/// good: in a sweep of a folder for each configuration the groups are named by their folders.
fn shorter(
    scenario: &Scenario,
    by_series: &HashMap<String, usize>,
    names: &[String],
) -> Option<Vec<String>> {
    let mut labels: Vec<Option<&str>> = vec![None; names.len()];
    for series in &scenario.series {
        let held = labels.get_mut(*by_series.get(&series.id)?)?;
        if held.replace(&series.configuration.label).is_some() {
            return None;
        }
    }
    let labels: Vec<&str> = labels.into_iter().collect::<Option<_>>()?;
    let is_long = |name: &str| name.chars().count() > LONG;
    let are_short = !labels.iter().any(|label| is_long(label));
    let are_different = labels.iter().collect::<BTreeSet<_>>().len() == labels.len();
    (are_short && are_different && names.iter().any(|name| is_long(name)))
        .then(|| labels.into_iter().map(str::to_owned).collect())
}

/// Labels of configurations; equal ones by what else their ids say.
fn labels(scenario: &Scenario) -> Vec<String> {
    let series = &scenario.series;
    let label = |one: &Series| one.configuration.label.clone();
    let named = series.iter().map(|one| {
        let is_unique = series.iter().filter(|other| label(other) == label(one)).count() == 1;
        let rest = one.id.strip_prefix(&scenario.id).unwrap_or(&one.id).trim_start_matches('/');
        if is_unique { label(one) } else { rest.to_owned() }
    });
    named.collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn long_names_leave_out_what_all_begin_with() {
        let names = |of: &[&str]| of.iter().map(|one| (*one).to_owned()).collect::<Vec<_>>();
        let long = "h100 ? ? speculation? @sweep.setup_";
        let of = |ends: &[&str]| {
            shared(&ends.iter().map(|end| format!("{long}{end}")).collect::<Vec<_>>())
        };
        assert_eq!(of(&["standalone_1_2", "modelservice_1_8"]), long);
        // Numbers are not cut in two.
        assert_eq!(of(&["standalone_12", "standalone_14"]), format!("{long}standalone_"));
        assert_eq!(of(&["", "standalone"]), "");
        assert_eq!(of(&["alone"]), "");
        assert_eq!(shared(&names(&["b200 vllm fp4", "b200 vllm fp8"])), "");
        assert_eq!(shared(&names(&["é".repeat(40).as_str(), "è".repeat(40).as_str()])), "");
    }

    /// A scenario of a series of one cell for each group, named by group and label.
    fn scenario(of: &[(&str, &str)]) -> Scenario {
        let series = of.iter().enumerate().map(|(at, (_, label))| {
            let point = json!({ "load": 1.0, "cell_ids": [format!("cell {at}")] });
            json!({
                "id": format!("s/{at}"), "run": at.to_string(), "load_axis": "concurrency",
                "configuration": { "label": label }, "points": [point],
            })
        });
        let axis = json!({ "metric": "tput_per_gpu", "unit": "tok/s/GPU", "better": "higher" });
        let frontiers = of.iter().enumerate().map(|(at, (group, _))| {
            let point = json!({ "cell_ids": [format!("cell {at}")], "x": 1.0, "y": 1.0 });
            json!({
                "scope": "system", "group": group, "x": axis, "y": axis, "points": [point],
                "dominated": [], "without_axis": [], "not_drawn": {},
            })
        });
        let scenario = json!({
            "id": "s", "cell_ids": [], "series": series.collect::<Vec<_>>(),
            "frontiers": frontiers.collect::<Vec<_>>(),
        });
        serde_json::from_value(scenario).expect("a scenario")
    }

    #[test]
    fn long_names_of_folders_give_way_to_configurations_that_tell_as_much() {
        let folder = |of: &str| format!("h100 ? ? speculation? @sweep.setup_{of}");
        let (one, two) = (folder("1_4"), folder("1_8"));
        let names = |of: &[(&str, &str)]| Groups::of(&scenario(of)).names;
        assert_eq!(names(&[(&one, "1R TP4"), (&two, "1R TP8")]), ["1R TP4", "1R TP8"]);
        // Equal labels, two of one group, short names: the groups keep theirs.
        assert_eq!(names(&[(&one, "1R TP4"), (&two, "1R TP4")]), [one.as_str(), &two]);
        let three = [(one.as_str(), "1R TP4"), (&two, "1R TP8"), (&two, "2R TP8")];
        assert_eq!(names(&three), [one.as_str(), &two]);
        let short = [("b200 vllm", "b200 vllm TP4"), ("h200 vllm", "h200 vllm TP4")];
        assert_eq!(names(&short), ["b200 vllm", "h200 vllm"]);
    }
}
