//! What each fixture becomes in the model.

use super::*;

macro_rules! fixtures {
    ($($test:ident: $folder:literal),* $(,)?) => {
        $(
            #[test]
            fn $test() {
                insta::assert_snapshot!(dump::folder(&fixtures().join($folder)));
            }
        )*

        #[test]
        fn every_fixture_has_a_test() {
            let tested = [$($folder),*];
            let mut folders: Vec<String> = std::fs::read_dir(fixtures())
                .expect("there are fixtures")
                .filter_map(|entry| entry.ok().filter(|entry| entry.path().is_dir()))
                .map(|entry| entry.file_name().to_string_lossy().into_owned())
                .collect();
            folders.sort();
            let mut expected: Vec<&str> = tested.to_vec();
            expected.sort_unstable();
            assert_eq!(folders, expected);
        }
    };
}

fixtures! {
    v0_1_1: "0.1.1",
    v0_2: "0.2",
    v0_3: "0.3",
    v0_4: "0.4",
    v0_6: "0.6",
    v0_8: "0.8",
    v0_9: "0.9",
    v0_11: "0.11",
    v0_12: "0.12",
    csv_only: "csv-only",
    genai_perf: "genai-perf-0.0.16",
    unknown_version: "unknown",
}
