//! `[guidelines]`: where values of a metric are good and acceptable.

use inferguard_analysis::guideline::{Bounds, Guideline};
use inferguard_model::{Better, Metric, Unit};

use super::read::{Key, Reader, Value};

/// The guidelines in force: the defaults, with those of the file in their place or beside them, in
/// metric order.
pub(super) fn read(reader: &mut Reader, key: &Key, value: &Value, guidelines: &mut Vec<Guideline>) {
    for (name, limits) in reader.table(key, value).into_iter().flatten() {
        let Some(metric) = Metric::parse(name.get_ref()) else {
            let told = format!("unknown metric `{}`; docs/metrics.md lists them", name.get_ref());
            reader.wrong(name.span(), told);
            continue;
        };
        if let Some(guideline) = one(reader, metric, name, limits) {
            guidelines.retain(|held| held.metric != metric);
            guidelines.push(guideline);
        }
    }
    guidelines.sort_by_key(|guideline| guideline.metric);
}

fn one(reader: &mut Reader, metric: Metric, name: &Key, limits: &Value) -> Option<Guideline> {
    let (mut good, mut acceptable) = (None, None);
    for (key, value) in reader.table(name, limits)? {
        match &**key.get_ref() {
            "good" => good = Some(bounds(reader, metric, key, value)?),
            "acceptable" => acceptable = Some(bounds(reader, metric, key, value)?),
            _ => {
                let of = format!(" of `{}`", name.get_ref());
                reader.unknown("key", key, &of, ["good", "acceptable"]);
            }
        }
    }
    let good = reader.required(limits, "good", good)?;
    let acceptable = reader.required(limits, "acceptable", acceptable)?;
    if ![good.from, good.to].into_iter().flatten().all(|end| acceptable.holds(end)) {
        let told = "`good` goes beyond `acceptable`; good values have to be acceptable".to_owned();
        reader.wrong(limits.span(), told);
        return None;
    }
    Some(Guideline { metric, good, acceptable })
}

/// One number where one end is the better one, else both ends.
fn bounds(reader: &mut Reader, metric: Metric, key: &Key, value: &Value) -> Option<Bounds> {
    let per_unit = match metric.unit() {
        Unit::Seconds => 1000.0,
        Unit::Fraction => 100.0,
        _ => 1.0,
    };
    match metric.quantity.info().better {
        Better::Lower => Some(Bounds::up_to(reader.number(key, value)? / per_unit)),
        Better::Higher => Some(Bounds::at_least(reader.number(key, value)? / per_unit)),
        Better::Neither => {
            let ends = value.get_ref().as_array().filter(|ends| ends.len() == 2);
            let Some(ends) = ends else {
                let told = format!("`{}` is no pair of numbers; write [40, 80]", key.get_ref());
                reader.wrong(value.span(), told);
                return None;
            };
            let from = reader.number(key, &ends[0])? / per_unit;
            let to = reader.number(key, &ends[1])? / per_unit;
            if from > to {
                let told = format!("`{}` begins above its end", key.get_ref());
                reader.wrong(value.span(), told);
                return None;
            }
            Some(Bounds::between(from, to))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::read::settings;

    fn of(toml: &str, metric: &str) -> Option<Guideline> {
        let settings = settings(toml).expect(toml);
        settings.guidelines.into_iter().find(|one| one.metric.name() == metric)
    }

    fn mistakes(text: &str) -> Vec<String> {
        settings(text).expect_err(text).into_iter().map(|m| m.message).collect()
    }

    #[test]
    fn limits_are_in_the_units_of_the_field_and_take_the_place_of_defaults() {
        let toml = "[guidelines.p99_ttft]\ngood = 250\nacceptable = 2_000\n\
                    [guidelines.mean_kv_cache_usage]\ngood = [50, 70]\nacceptable = [10, 95]\n\
                    [guidelines]\nqps = {good = 5, acceptable = 1}";
        let ttft = of(toml, "p99_ttft").expect("set");
        assert_eq!((ttft.good, ttft.acceptable), (Bounds::up_to(0.25), Bounds::up_to(2.0)));
        let kv = of(toml, "mean_kv_cache_usage").expect("set");
        assert_eq!(kv.good, Bounds::between(0.5, 0.7));
        assert_eq!(of(toml, "qps").expect("added").acceptable, Bounds::at_least(1.0));
        assert_eq!(settings(toml).expect("good").guidelines.len(), 6);
        assert_eq!(of("", "mean_tpot").expect("a default").good, Bounds::up_to(0.03));
    }

    #[test]
    fn limits_that_mean_nothing_are_told() {
        for (text, told) in [
            ("guidelines = 1", "`guidelines` is no table"),
            ("[guidelines]\np99_tft = 1", "unknown metric `p99_tft`; docs/metrics.md lists them"),
            ("[guidelines]\np99_ttft = 1", "`p99_ttft` is no table"),
            ("[guidelines.p99_ttft]\ngood = 1", "`acceptable` is missing"),
            (
                "[guidelines.p99_ttft]\ngood = 2\nacceptable = 1",
                "`good` goes beyond `acceptable`; good values have to be acceptable",
            ),
            (
                "[guidelines.p99_ttft]\ngood = [1, 2]\nacceptable = 1",
                "`good` is no number that is finite and not negative",
            ),
            (
                "[guidelines.mean_kv_cache_usage]\ngood = 2\nacceptable = [1, 3]",
                "`good` is no pair of numbers; write [40, 80]",
            ),
            (
                "[guidelines.mean_kv_cache_usage]\ngood = [3, 2]\nacceptable = [1, 3]",
                "`good` begins above its end",
            ),
        ] {
            assert_eq!(mistakes(text), [told], "{text}");
        }
        let bad = mistakes("[guidelines.p99_ttft]\ngod = 1\ngood = 1\nacceptable = 1");
        assert_eq!(bad, ["unknown key `god` of `p99_ttft`; did you mean `good`?"]);
    }
}
