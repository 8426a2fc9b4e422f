//! `docs/required-artifacts.md`, from the table that the check itself uses.

use inferguard::findings::REQUIREMENTS;

use super::markdown::{NOTE, code, table};

pub(super) fn page() -> String {
    let mut text = format!(
        "{NOTE}# Required artifacts\n\n\
         What a result of each source format needs. A cell that has neither the artifact nor one of \
         those that supply the same gets \
         [`missing_required_artifact`](findings/missing_required_artifact.md): critical when the \
         artifact is required, a warning when it is only recommended. Formats outside the table \
         need nothing, and a generation that never wrote a file never misses it. What a campaign \
         should have produced as a whole is told by its [manifest](manifest.md).\n\n"
    );
    text.push_str(&table(
        ["source format", "artifact", "role", "", "supplied as well by", "needed for"],
        REQUIREMENTS.iter().map(|need| {
            let or: Vec<_> = need.or.iter().map(|role| code(role.0)).collect();
            [
                code(need.format.name()),
                code(need.file),
                code(need.role.0),
                if need.required { "required" } else { "recommended" }.to_owned(),
                or.join(", "),
                need.why.to_owned(),
            ]
        }),
    ));
    text
}
