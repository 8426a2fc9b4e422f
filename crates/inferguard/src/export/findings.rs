//! A row for each finding.

use inferguard_report::table::Field;
use inferguard_schema::Finding;

pub(super) fn fields() -> Vec<Field<Finding>> {
    vec![
        Field::text("code", "findings[].code", "Finding code.", |one: &Finding| {
            Some((&*one.code).into())
        }),
        Field::text(
            "severity",
            "findings[].severity",
            "critical, warning or info.",
            |one: &Finding| Some(one.severity.name().into()),
        ),
        Field::text(
            "cell_id",
            "findings[].cell_id",
            "Cell concerned; empty for the whole run.",
            |one: &Finding| one.cell_id.as_deref().map(Into::into),
        ),
        Field::text("message", "findings[].message", "What was seen.", |one: &Finding| {
            Some(one.message.as_str().into())
        }),
        Field::text(
            "evidence",
            "findings[].evidence",
            "What it rests on, as a JSON object.",
            // An object of scalars, lists and objects is always JSON.
            |one: &Finding| serde_json::to_string(&one.evidence).ok().map(Into::into),
        ),
    ]
}
