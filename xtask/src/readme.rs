//! What the README says is checked against the code.

use clap::CommandFactory;
use inferguard_cli::args::Cli;

const README: &str = include_str!("../../README.md");
const EXAMPLE: &str = include_str!("../../crates/inferguard/examples/embed.rs");

/// The lines of the first block of a language.
fn block<'t>(text: &'t str, language: &str) -> impl Iterator<Item = &'t str> {
    let fence = format!("```{language}");
    text.lines().skip_while(move |line| *line != fence).skip(1).take_while(|line| *line != "```")
}

#[test]
fn the_embedded_program_is_part_of_the_example() {
    let program: Vec<_> = block(README, "rust").filter(|line| !line.is_empty()).collect();
    assert!(program.len() >= 8, "the README embeds a program");
    let mut example = EXAMPLE.lines();
    for line in program {
        assert!(example.any(|held| held == line), "not in embed.rs, or not in this order: {line}");
    }
}

#[test]
fn every_flag_of_analyze_is_named() {
    let cli = Cli::command();
    let analyze = cli.find_subcommand("analyze").expect("is a command");
    for flag in analyze.get_arguments().filter_map(|flag| flag.get_long()) {
        let short = analyze.get_arguments().find(|held| held.get_long() == Some(flag));
        let short = short.and_then(clap::Arg::get_short).map(|short| format!("`-{short}"));
        let named = README.contains(&format!("`--{flag}"))
            || short.is_some_and(|short| README.contains(&short));
        assert!(named, "--{flag}");
    }
}

#[test]
fn the_demo_command_can_be_parsed() {
    let words: Vec<_> = block(README, "sh").flat_map(str::split_whitespace).collect();
    let (cargo, ours) =
        words.split_at(words.iter().position(|word| *word == "--").expect("is run"));
    assert_eq!(cargo, ["cargo", "run", "--release"]);
    let parsed = Cli::command().try_get_matches_from([&["inferguard"], &ours[1..]].concat());
    assert!(parsed.is_ok(), "{parsed:?}");
}
