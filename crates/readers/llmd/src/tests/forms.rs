//! One snapshot a folder of fixtures.

use super::{dump, fixtures, read_folder};

fn check(name: &str) {
    let met = read_folder(&fixtures().join(name));
    assert!(!met.is_empty(), "no fixture {name}");
    let text = dump::files(&met);
    for secret in ["sk-secret", "hf_secret"] {
        assert!(!text.contains(secret), "a secret in {name}");
    }
    insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false }, {
        insta::assert_snapshot!(name.replace('/', "__"), text);
    });
}

#[test]
fn every_form_is_read() {
    let folder = fixtures().join("forms");
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .expect("the fixtures are there")
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    for name in names {
        check(&format!("forms/{name}"));
    }
}

#[test]
fn copies_of_a_result_are_read() {
    check("copies");
}
