use super::*;

/// A level of one series: throughput, p99 TTFT, median TTFT, p99 TPOT.
fn level(users: u32, tput: f64, p99_ttft: f64, p50_ttft: f64, p99_tpot: f64) -> CellBuilder {
    at(&format!("c{users}"), users)
        .counts(1000, 1000)
        .value("total_tput_tps", tput)
        .value("p99_ttft", p99_ttft)
        .value("p50_ttft", p50_ttft)
        .value("p99_tpot", p99_tpot)
}

/// Two levels that differ by what is given: a doubling of load from 1,000 tok/s, 0.2 s, 0.1 s,
/// 0.02 s.
fn doubling(tput: f64, p99_ttft: f64, p50_ttft: f64, p99_tpot: f64) -> Tree {
    Tree::of([level(8, 1000.0, 0.2, 0.1, 0.02), level(16, tput, p99_ttft, p50_ttft, p99_tpot)])
}

fn fires(tree: &Tree, code: &str) -> bool {
    tree.outcomes(code).iter().any(|outcome| matches!(outcome.verdict, Verdict::Fired(_)))
}

#[test]
fn arm_a_needs_ratio_increase_and_a_missing_gain() {
    let cliff = |tput, p99| fires(&doubling(tput, p99, 0.1, 0.02), "ttft_cliff");
    assert!(cliff(1100.0, 0.4), "exactly twice");
    assert!(!cliff(1100.0, 0.3999));
    assert!(cliff(1149.0, 0.4));
    assert!(!cliff(1150.0, 0.4), "exactly 15 % gain is a gain");
    let small = |p99| {
        let low = level(8, 1000.0, 0.0625, 0.0625, 0.02);
        fires(&Tree::of([low, level(16, 1000.0, p99, 0.0625, 0.02)]), "ttft_cliff")
    };
    assert!(small(0.0625 + 0.1), "exactly 0.1 s more");
    assert!(!small(0.16), "2.6 times, but a few milliseconds");
}

#[test]
fn arm_b_sees_a_stall_whatever_throughput_gains() {
    let cliff = |p99| fires(&doubling(2000.0, p99, 0.1, 0.02), "ttft_cliff");
    assert!(cliff(2.0), "exactly ten times, 1.8 s more");
    assert!(!cliff(1.999));
    let low = || level(8, 1000.0, 0.0625, 0.05, 0.02);
    let stall = |p99| fires(&Tree::of([low(), level(16, 2000.0, p99, 0.05, 0.02)]), "ttft_cliff");
    assert!(stall(1.0625), "exactly 1 s more");
    assert!(!stall(1.06), "17 times, but less than 1 s");
}

#[test]
fn arm_c_sees_a_queue_with_a_moderate_gain() {
    let low = || level(8, 1000.0, 4.0, 0.5, 0.02);
    let queue =
        |tput, p50| fires(&Tree::of([low(), level(16, tput, 5.0, p50, 0.02)]), "ttft_cliff");
    assert!(queue(1290.0, 1.5), "exactly three times and 1 s more");
    assert!(!queue(1290.0, 1.499));
    assert!(!queue(1300.0, 1.5), "exactly 30 % gain is a gain");
}

#[test]
fn the_kind_tells_a_queue_from_a_tail() {
    let kind = |p50| doubling(1000.0, 0.5, p50, 0.02).evidence("ttft_cliff")["kind"].clone();
    assert_eq!(kind(0.15), "queue");
    assert_eq!(kind(0.149), "tail only");
}

#[test]
fn a_cliff_is_critical_when_throughput_falls_with_it() {
    let severity = |tput, p99| {
        let answers = doubling(tput, p99, 0.1, 0.02).answers("ttft_cliff");
        answers[0].split(' ').nth(1).expect("a severity").trim_end_matches(':').to_owned()
    };
    assert_eq!(severity(950.0, 0.8), "critical");
    assert_eq!(severity(951.0, 0.8), "warning");
    assert_eq!(severity(900.0, 0.79), "warning");
}

#[test]
fn the_message_names_both_levels_and_their_numbers() {
    insta::assert_debug_snapshot!(doubling(950.0, 1.9, 0.4, 0.04).answers("ttft_cliff"), @r#"
    [
        "c16 critical: from 8 to 16 users: p99 TTFT 0.200 → 1.90 s (× 9.50) while throughput falls 5.0 % per doubling; queue: median TTFT × 4.00",
    ]
    "#);
    insta::assert_debug_snapshot!(doubling(950.0, 1.9, 0.4, 0.04).answers("tpot_degradation"), @r#"
    [
        "c16 warning: from 8 to 16 users: p99 TPOT 20.0 → 40.0 ms (× 2.00) while throughput falls 5.0 % per doubling",
    ]
    "#);
    insta::assert_debug_snapshot!(doubling(950.0, 1.9, 0.4, 0.04).answers("throughput_plateau"), @r#"
    [
        "c16 warning: from 8 to 16 users: throughput falls 5.0 % (1,000 → 950 tok/s), while p99 TTFT worsens 0.200 → 1.90 s (× 9.50)",
    ]
    "#);
}

#[test]
fn tpot_is_judged_beside_the_gain() {
    let degrades = |tput, p99| fires(&doubling(tput, 0.2, 0.1, p99), "tpot_degradation");
    assert!(degrades(1149.0, 0.03), "exactly 1.5 times");
    assert!(!degrades(1149.0, 0.0299));
    assert!(!degrades(1150.0, 0.03), "the price of a larger batch");
}

#[test]
fn itl_never_stands_in_for_tpot() {
    let low = at("c8", 8).value("total_tput_tps", 1000.0).value("p99_itl", 0.02);
    let high = at("c16", 16).value("total_tput_tps", 1000.0).value("p99_itl", 0.2);
    let tree = Tree::of([low, high]);
    assert_eq!(
        tree.answers("tpot_degradation"),
        ["c16 not evaluated: TPOT is not known at both levels, or of fewer than 10 requests"]
    );
}

#[test]
fn a_plateau_needs_worse_latency_a_fall_or_a_missed_load() {
    let plateau = |tput, p99| fires(&doubling(tput, p99, 0.1, 0.02), "throughput_plateau");
    assert!(plateau(1049.0, 0.22), "exactly 10 % worse");
    assert!(!plateau(1049.0, 0.2199));
    assert!(!plateau(1050.0, 0.22), "exactly 5 % gain is a gain");
    assert!(plateau(900.0, 0.2), "a fall of 10 % with flat latency");
    assert!(!plateau(901.0, 0.2));
    let high = level(16, 1900.0, 0.2, 0.1, 0.02).value("achieved_concurrency", 14.1);
    assert!(fires(&Tree::of([level(8, 1000.0, 0.2, 0.1, 0.02), high]), "throughput_plateau"));
}

#[test]
fn two_steps_in_a_row_are_one_finding_and_a_warning() {
    let tree = Tree::of([
        level(8, 1000.0, 0.2, 0.1, 0.02),
        level(16, 1600.0, 0.2, 0.1, 0.02),
        level(32, 1610.0, 0.25, 0.1, 0.02),
        level(64, 1605.0, 0.5, 0.3, 0.02),
        level(128, 3000.0, 0.5, 0.3, 0.02),
    ]);
    let answers = tree.answers("throughput_plateau");
    let fired: Vec<_> = answers.iter().filter(|line| !line.ends_with("clear")).collect();
    insta::assert_debug_snapshot!(fired, @r#"
    [
        "c64 warning: from 16 to 64 users, 2 steps in a row, worst from 32 to 64 users: throughput falls 0.3 % per doubling (1,610 → 1,600 tok/s), while p99 TTFT worsens 250 → 500 ms (× 2.00)",
    ]
    "#);
    let evidence = tree.evidence("throughput_plateau");
    assert_eq!(evidence["from_cells"], json!(["c16"]));
    assert_eq!(evidence["to_cells"], json!(["c32", "c64"]));
    assert_eq!(evidence["steps"].as_array().map(Vec::len), Some(2));
}

#[test]
fn a_series_that_gains_nothing_is_saturated_from_its_first_level() {
    let flat = |users| level(users, 1000.0, 5.0, 4.0, 0.02);
    let tree = Tree::of([flat(8), flat(16), flat(32)]);
    let answers = tree.answers("throughput_plateau");
    assert_eq!(
        answers.last().map(String::as_str),
        Some(
            "c8 info: saturated from the first level measured: no step from 8 to 32 users gains \
             5.0 % per doubling"
        )
    );
    let worse = |users| level(users, 1000.0, f64::from(users), 0.1, 0.02);
    let answers = Tree::of([worse(8), worse(16), worse(32)]).answers("throughput_plateau");
    assert!(answers[0].starts_with("c32 warning: saturated from the first level measured: from 8"));
    assert_eq!(answers.len(), 1);
}

/// The real series of 8 to 48 users: 12 is a bad run, 24 to 32 a collapse.
#[test]
fn a_suspect_point_is_no_cliff_and_hides_none() {
    let tree = Tree::of([
        level(8, 1814.0, 1.6, 0.5, 0.02),
        level(12, 813.0, 800.0, 0.6, 0.05),
        level(16, 2216.0, 3.5, 0.8, 0.03),
        level(24, 1494.0, 104.0, 21.0, 0.09),
        level(32, 622.0, 425.0, 197.0, 0.1),
        level(48, 1559.0, 420.0, 190.0, 0.1),
    ]);
    insta::assert_debug_snapshot!(tree.answers("ttft_cliff"), @r#"
    [
        "c16 clear",
        "c48 clear",
        "c32 critical: from 16 to 32 users, 2 steps in a row, worst from 24 to 32 users: p99 TTFT 104 → 425 s (× 4.09) while throughput falls 87.9 % per doubling; queue: median TTFT × 9.38",
        "c12 info: from 8 to 12 users: p99 TTFT 1.60 → 800 s (× 500) while throughput falls 74.6 % per doubling; tail only: median TTFT × 1.20; rests on a suspect point: repeat it",
    ]
    "#);
}

#[test]
fn small_steps_need_more_than_noise() {
    let step = |tput, p50| {
        let high = level(9, tput, 0.5, p50, 0.02);
        fires(&Tree::of([level(8, 1000.0, 0.2, 0.1, 0.02), high]), "ttft_cliff")
    };
    assert!(!step(1000.0, 0.1), "throughput within the noise, the median unmoved");
    assert!(step(940.0, 0.1), "throughput beyond the noise");
    assert!(step(1000.0, 0.13), "the median beyond the noise");
    // Less than 10 % of load is no step at all: repeats of one level.
    let tree = Tree::of([level(100, 1000.0, 0.2, 0.1, 0.02), level(109, 500.0, 9.0, 5.0, 0.02)]);
    assert_eq!(
        tree.answers("ttft_cliff"),
        ["c100", "c109"].map(|id| format!("{id} not evaluated: only one load level was measured"))
    );
}

#[test]
fn the_percentile_is_the_highest_that_both_sides_support() {
    let of = |users: u32, n: u64| {
        at(&format!("c{users}"), users)
            .counts(n, n)
            .value("total_tput_tps", 1000.0)
            .value("p99_ttft", f64::from(users))
            .value("p95_ttft", f64::from(users))
            .value("p90_ttft", f64::from(users))
            .value("p50_ttft", f64::from(users))
    };
    let metric =
        |low, high| Tree::of([of(1, low), of(2, high)]).evidence("ttft_cliff")["metric"].clone();
    assert_eq!(metric(500, 500), "p99_ttft");
    assert_eq!(metric(500, 499), "p95_ttft");
    assert_eq!(metric(100, 500), "p95_ttft");
    assert_eq!(metric(99, 99), "p90_ttft");
    assert_eq!(metric(50, 50), "p90_ttft");
    assert_eq!(metric(49, 50), "p50_ttft");
    assert_eq!(
        Tree::of([of(1, 9), of(2, 9)]).answers("ttft_cliff"),
        ["c2 not evaluated: TTFT is not known at both levels, or of fewer than 10 requests"]
    );
}

#[test]
fn an_unknown_number_of_requests_is_told() {
    let of = |users: u32| {
        at(&format!("c{users}"), users)
            .value("total_tput_tps", 1000.0)
            .value("p99_ttft", f64::from(users))
    };
    let answers = Tree::of([of(1), of(2)]).answers("ttft_cliff");
    assert!(answers[0].ends_with("; n unknown"), "{answers:?}");
}

#[test]
fn what_cannot_be_looked_at_has_a_reason() {
    let only_ttft = |users| at(&format!("c{users}"), users).value("p99_ttft", f64::from(users));
    let only_tput = |users| at(&format!("c{users}"), users).value("total_tput_tps", 1000.0);
    assert_eq!(
        Tree::of([only_ttft(1), only_ttft(2)]).answers("ttft_cliff"),
        ["c2 not evaluated: throughput is not known at both levels"]
    );
    assert_eq!(
        Tree::of([only_tput(1), only_tput(2)]).answers("ttft_cliff"),
        ["c2 not evaluated: TTFT is not known at both levels, or of fewer than 10 requests"]
    );
    assert_eq!(
        Tree::of([only_ttft(1), only_ttft(2)]).answers("throughput_plateau"),
        ["c2 not evaluated: throughput is not known at both levels"]
    );
    assert_eq!(
        Tree::of([cell("placeless")]).answers("ttft_cliff"),
        ["placeless not evaluated: the cell is in no series of load levels"]
    );
}

#[test]
fn only_cells_of_one_series_are_compared() {
    let low = || level(8, 1000.0, 0.2, 0.1, 0.02);
    let high = || level(16, 900.0, 9.0, 8.0, 0.2);
    let codes = ["ttft_cliff", "tpot_degradation", "throughput_plateau"];
    for code in codes {
        assert!(fires(&Tree::of([low(), high()]), code));
        assert!(fires(&Tree::of([high(), low()]), code), "order does not matter");
        assert!(!fires(&Tree::of([low(), high().hardware("h200")]), code));
        assert!(!fires(&Tree::of([low(), high().run("other")]), code));
        let other = high().identity(|identity| identity.osl = Some(8192));
        assert!(!fires(&Tree::of([low(), other]), code));
        assert!(!fires(&Tree::of([low(), high().replays("trace")]), code));
        assert!(!fires(&Tree::of([low(), high().rate(16.0)]), code));
    }
}

#[test]
fn repeats_count_by_their_median() {
    let mut bad = level(16, 900.0, 9.0, 8.0, 0.2);
    bad.cell.id = "bad".into();
    let good = |id: &str| {
        let mut cell = level(16, 1900.0, 0.21, 0.1, 0.02);
        cell.cell.id = id.into();
        cell
    };
    let tree = Tree::of([level(8, 1000.0, 0.2, 0.1, 0.02), bad, good("a"), good("b")]);
    assert!(!fires(&tree, "ttft_cliff"));
}

#[test]
fn levels_whose_rate_was_not_reached_are_one() {
    let at_rate = |rate: f64, sent: f64, tput: f64, p99: f64| {
        level(1, tput, p99, 0.1, 0.02)
            .identity(|identity| identity.recipe_name = Some("r".into()))
            .rate(rate)
            .value("sent_rps", sent)
    };
    let mut cells = [
        at_rate(1.0, 1.0, 100.0, 0.1),
        at_rate(2.0, 2.0, 200.0, 0.1),
        at_rate(4.0, 3.5, 350.0, 0.1),
        at_rate(8.0, 3.5, 350.0, 9.0),
        at_rate(16.0, 3.5, 350.0, 90.0),
    ];
    for (at, cell) in cells.iter_mut().enumerate() {
        cell.cell.id = format!("r{at}").into();
    }
    let tree = Tree::of(cells);
    assert!(!fires(&tree, "ttft_cliff"), "{:?}", tree.answers("ttft_cliff"));
    let answers = tree.answers("throughput_plateau");
    let fired: Vec<_> = answers.iter().filter(|line| !line.ends_with("clear")).collect();
    assert_eq!(fired.len(), 1, "{answers:?}");
    assert!(fired[0].starts_with("r2 info: from 2 to 4 req/s"), "{fired:?}");
}

#[test]
fn limits_can_be_set() {
    let tree = || doubling(1000.0, 0.5, 0.1, 0.02);
    assert!(fires(&tree(), "ttft_cliff"));
    assert!(!fires(&tree().limit("ttft_cliff", "ratio", 3.0), "ttft_cliff"));
    assert!(!fires(
        &tree().limit("throughput_plateau", "latency_worsens", 2.0),
        "throughput_plateau"
    ));
}

#[test]
fn the_sweep_of_the_aiperf_guide_breaks_from_200_to_500_users_only() {
    // Concurrency, output tokens/s of 8 GPUs, tokens/s/user, TTFT in seconds.
    let guide = [
        (10, 3_045.0, 364.69, 0.250),
        (50, 12_890.0, 326.10, 0.270),
        (100, 22_521.0, 285.03, 0.347),
        (200, 35_999.0, 238.67, 0.420),
        (500, 29_836.0, 128.85, 1.129),
    ];
    let tree = Tree::of(guide.map(|(users, output, per_user, ttft)| {
        at(&format!("c{users}"), users)
            .counts(1000, 1000)
            .value("output_tput_tps", output)
            .value("mean_intvty", per_user)
            .value("p99_ttft", ttft)
    }));
    assert_eq!(
        tree.answers("ttft_cliff"),
        [
            "c50 clear",
            "c100 clear",
            "c200 clear",
            "c500 warning: from 200 to 500 users: p99 TTFT 0.420 → 1.13 s (× 2.69) while throughput \
             falls 13.2 % per doubling",
        ]
    );
}
