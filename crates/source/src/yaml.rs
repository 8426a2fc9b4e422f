//! YAML streamed into the same [`Sink`] as JSON: configurations and reports of a few kilobytes.
//!
//! Aliases are expanded within a budget, so that a few lines cannot become gigabytes. Keys that
//! stand twice in a mapping are told, and the last one counts, as in JSON.

use inferguard_model::Problem;
use serde_saphyr::{DuplicateKeyPolicy, Options};

use crate::json::{Sink, walk_any};
use crate::reader::Refusal;
use crate::{limits, shorten};

/// Walks one YAML document into the sink that `make` returns.
pub fn read<S: Sink>(text: &[u8], make: impl FnOnce() -> S) -> Result<(S, Vec<Problem>), Refusal> {
    if text.len() > limits::YAML_BYTES {
        let most = limits::YAML_BYTES >> 20;
        return Err(Refusal::new(format!("larger than {most} MiB, the most that is read of YAML")));
    }
    let text = String::from_utf8_lossy(text);
    let (mut sink, mut problems) = (make(), Vec::new());
    // Two keys alike are left to the walk, which tells them.
    let mut options = Options::default();
    options.duplicate_keys = DuplicateKeyPolicy::PassThrough;
    let walked =
        serde_saphyr::with_deserializer_from_str_with_options(&text, options, |deserializer| {
            walk_any(deserializer, &mut sink, &mut problems)
        });
    match walked {
        Ok(()) => Ok((sink, problems)),
        Err(error) => Err(Refusal::new(format!("not valid YAML: {}", shorten(&error.to_string())))),
    }
}

#[cfg(test)]
mod tests {
    use crate::json::{Container, Enter, JsonScalar, Pointer};

    use super::*;

    #[derive(Default)]
    struct Log(Vec<String>);

    impl Sink for Log {
        fn scalar(&mut self, at: &Pointer, value: JsonScalar<'_>) {
            self.0.push(format!("{} {value:?}", at.as_str()));
        }

        fn enter(&mut self, _: &Pointer, _: Container) -> Enter {
            Enter::Walk
        }
    }

    fn log(text: &str) -> Result<(Vec<String>, usize), Refusal> {
        read(text.as_bytes(), Log::default).map(|(log, problems)| (log.0, problems.len()))
    }

    #[test]
    fn scalars_come_with_their_pointers() {
        let text = "a: 1\nb:\n  c: '4x8'\n  d: [1, 2.5, null, true, no]\n  7: x\nbase: &b {k: v}\nmore:\n  <<: *b\n";
        let (events, problems) = log(text).expect("valid");
        assert_eq!(
            events,
            [
                "/a Int(1)",
                "/b/c Str(\"4x8\")",
                "/b/d/0 Int(1)",
                "/b/d/1 Float(2.5)",
                "/b/d/2 Null",
                "/b/d/3 Bool(true)",
                "/b/d/4 Bool(false)",
                "/b/7 Str(\"x\")",
                "/base/k Str(\"v\")",
                "/more/k Str(\"v\")",
            ]
        );
        assert_eq!(problems, 0);
    }

    #[test]
    fn keys_that_stand_twice_are_told() {
        let (events, problems) = log("a: 1\na: 2\n").expect("valid");
        assert_eq!((events.len(), problems), (2, 1));
    }

    #[test]
    fn bombs_and_broken_documents_are_refused() {
        let mut bomb = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
        for n in 1..12 {
            let alias = format!("*a{}", n - 1);
            bomb += &format!("a{n}: &a{n} [{}]\n", vec![alias; 9].join(", "));
        }
        assert!(log(&bomb).is_err());
        assert!(log("a: [1, 2\nb: }").is_err());
        assert!(log("a: \"no end").is_err());
    }
}
