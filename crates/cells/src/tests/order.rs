//! The order of the fragments does not matter.

use proptest::prelude::*;

use super::*;

/// A tree with every kind of join in it.
fn tree() -> Vec<Piece> {
    vec![
        row("agg_x.json").run(1.0).conc(4).counts(10, 9),
        raw("raw/x.json").run(1.0).conc(4).counts(10, 10),
        records("raw/x.json").recomputed(1.01),
        row("all.json").at("/0").run(1.0).conc(4),
        row("all.json").at("/1").run(7.0).id("same"),
        row("all.json").at("/2").run(8.0).id("same"),
        row("all.json").at("/3").run(7.0),
        agentic("run1/bmk_agentic_X/X.json").run(2.0),
        replay("run1/agentic_X/trace_replay/detailed_results.csv").recomputed(2.1),
        server_metrics("run1/agentic_X/metrics_server_metrics.csv"),
        replay("run1/agentic_Y/trace_replay/detailed_results.csv").recomputed(3.0),
        replay("run1/copy/trace_replay/detailed_results.csv").recomputed(3.0),
        agentic("run2/bmk_agentic_X/X.json").run(4.0),
        log("run2/server_logs_X/server.log"),
        log("run1/server_logs_X/server.log"),
        timeline("run1/agentic_X/b.jsonl", &[Some(5), None]),
        timeline("run1/agentic_X/a.jsonl", &[Some(9), Some(3)]),
        timeline("run3/c/inferguard_timeline.jsonl", &[Some(1)]),
        meta_env("run3/c/meta_env.json").conc(2),
        eval_row("all_evals.json").at("/0").conc(4),
        eval_row("all_evals.json").at("/1").conc(64),
    ]
}

proptest! {
    #[test]
    fn any_order_of_fragments_gives_the_same_cells(shuffled in Just(tree()).prop_shuffle()) {
        prop_assert_eq!(joined(shuffled), joined(tree()));
    }

    #[test]
    fn any_part_of_a_tree_is_joined_soundly(
        shuffled in Just(tree()).prop_shuffle(),
        n in 0..22_usize,
    ) {
        let part: Vec<_> = shuffled.into_iter().take(n).collect();
        let cells = joined(part.clone());
        let mut ids: Vec<_> = cells.iter().map(|cell| cell.id.clone()).collect();
        ids.dedup();
        prop_assert_eq!(ids.len(), cells.len());
        for cell in &cells {
            let n = u16::try_from(cell.artifacts.len()).expect("few");
            prop_assert!(n > 0);
            prop_assert!(cell.evidence.metrics.iter().all(|entry| entry.origin.artifact < n));
            prop_assert!(cell.evidence.problems.iter().all(|(artifact, _)| *artifact < n));
            prop_assert!(cell.mismatches.iter().all(|m| m.other_origin.artifact < n));
        }
        // Each result is in exactly one cell; attachments may be in none.
        let results = part.iter().filter(|p| matches!(p.fragment.kind, FragmentKind::Result(_)));
        let mut places: Vec<_> = results.map(|p| (p.path, p.fragment.artifact.base.clone())).collect();
        places.sort();
        places.dedup();
        let result_roles = [Role::AGG_JSON, Role::RAW_JSON, Role::DETAILED_RESULTS_CSV];
        let held = cells.iter().flat_map(|cell| &cell.artifacts);
        let held = held.filter(|artifact| result_roles.contains(&artifact.role)).count();
        prop_assert_eq!(held, places.len());
    }
}
