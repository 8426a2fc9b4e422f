//! `docs/supported-inputs.md`: what each reader says that it takes, within a text written by hand.

use inferguard_aiperf::AiperfReader;
use inferguard_source::Reader;
use inferguard_timeline::TimelineReader;

use super::markdown::{NOTE, code, table};

const TEMPLATE: &str = include_str!("supported_inputs.md");

/// The place of the readers' tables in the template.
const READERS: &str = "{{readers}}";

pub(super) fn page() -> String {
    let readers = inferguard::readers(TimelineReader::default(), AiperfReader::default());
    let sections: String = readers.iter().map(|reader| section(reader.as_ref())).collect();
    format!("{NOTE}{}", TEMPLATE.replace(READERS, &sections))
}

fn section(reader: &dyn Reader) -> String {
    let rows = reader.inputs().iter().map(|input| {
        [
            code(input.kind),
            input.pattern.to_owned(),
            input.producer.to_owned(),
            input.used_for.to_owned(),
            input.verified.to_owned(),
        ]
    });
    let head = ["kind", "files", "producer", "used for", "verified on"];
    format!("## Reader `{}`\n\n{}\n", reader.id(), table(head, rows))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_template_has_one_place_for_the_readers() {
        assert_eq!(TEMPLATE.matches(READERS).count(), 1);
    }
}
