//! `report.json`.

use inferguard_schema::{Report, Value};

use crate::{example, rendered};

#[test]
fn example() {
    insta::assert_snapshot!(rendered("json", &example::example()));
}

#[test]
fn a_report_comes_back_as_it_was() {
    for report in [example::empty(), example::example(), example::large(200)] {
        let text = rendered("json", &report);
        assert_eq!(serde_json::from_str::<Report>(&text).expect("valid JSON"), report);
    }
}

#[test]
fn numbers_that_are_not_finite_become_null() {
    let mut report = example::example();
    example::add_metric(&mut report.cells[0], "p90_ttft", Value::Float(f64::NAN));
    report.cells[0].request_rate = Some(f64::INFINITY);
    report.cells[1].evals[0].value = f64::NEG_INFINITY;
    let text = rendered("json", &report);
    let json: serde_json::Value = serde_json::from_str(&text).expect("valid JSON");
    assert!(json["cells"][0]["metrics"]["p90_ttft"].is_null());
    assert!(json["cells"][0]["request_rate"].is_null());
    assert!(json["cells"][1]["evals"][0]["value"].is_null());
}
