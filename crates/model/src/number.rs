//! Numbers as people read them.
//!
//! Counts are written in full with grouped thousands. Measurements have three significant digits:
//! more would claim a precision that a benchmark does not have, and `report.json` keeps them all.

use crate::{Metric, Quantity, Unit};

/// What stands for a number that is not known.
pub const MISSING: &str = "–";

/// A count in full: `1,234,567`.
pub fn count(n: u64) -> String {
    group(&n.to_string())
}

/// A count and its noun: `1 cell`, `2 cells`.
pub fn counted(n: usize, singular: &str, plural: &str) -> String {
    format!("{} {}", count(n as u64), if n == 1 { singular } else { plural })
}

/// A measurement with three significant digits: `0.0123`, `4.50`, `12,300`.
pub fn measure(value: f64) -> String {
    if !value.is_finite() {
        return MISSING.to_owned();
    }
    if value == 0.0 {
        return "0".to_owned();
    }
    let scientific = format!("{value:.2e}");
    let exponent: i32 = scientific.split_once('e').and_then(|(_, e)| e.parse().ok()).unwrap_or(0);
    match exponent {
        ..-4 | 15.. => scientific,
        ..2 => {
            let decimals = usize::try_from(2 - exponent).unwrap_or(0);
            format!("{value:.decimals$}")
        }
        _ => {
            let rounded: f64 = scientific.parse().unwrap_or(value);
            group(&format!("{rounded:.0}"))
        }
    }
}

/// An amount of money: two decimals, and more digits below 1.
pub fn money(value: f64) -> String {
    if value.is_finite() && (1.0..1e15).contains(&value.abs()) {
        let cents = format!("{value:.2}");
        cents
            .split_once('.')
            .map_or(cents.clone(), |(whole, cents)| format!("{}.{cents}", group(whole)))
    } else {
        measure(value)
    }
}

/// A number that somebody chose, such as a load level: all its digits.
pub fn exact(value: f64) -> String {
    if value.is_finite() && value.fract() == 0.0 && value.abs() < 1e15 {
        group(&format!("{value:.0}"))
    } else if value.is_finite() {
        value.to_string()
    } else {
        MISSING.to_owned()
    }
}

/// Seconds as milliseconds, without the unit.
pub fn millis(seconds: f64) -> String {
    measure(seconds * 1e3)
}

/// A fraction as percent: `98.4 %`. Only 1 is `100 %` and only 0 is `0 %`.
pub fn percent(fraction: f64) -> String {
    let value = fraction * 100.0;
    if !value.is_finite() {
        MISSING.to_owned()
    } else if fraction == 0.0 || fraction == 1.0 {
        format!("{value:.0} %")
    } else if value > 0.0 && value < 0.05 {
        "< 0.1 %".to_owned()
    } else if (99.95..100.0).contains(&value) {
        "> 99.9 %".to_owned()
    } else {
        format!("{value:.1} %")
    }
}

/// Bytes with a decimal prefix: `123 GB`.
pub fn bytes(value: f64) -> String {
    let mut scaled = value;
    for prefix in ["B", "kB", "MB", "GB", "TB"] {
        // What rounds to 1,000 is told with the next prefix.
        if scaled.abs() < 999.5 {
            return format!("{} {prefix}", measure(scaled));
        }
        scaled /= 1e3;
    }
    format!("{} PB", measure(scaled))
}

/// A metric's value with its unit, in the units of the field: token latencies in milliseconds.
pub fn with_unit(metric: Metric, value: f64) -> String {
    match metric.unit() {
        Unit::Seconds if in_millis(metric.quantity) => format!("{} ms", millis(value)),
        Unit::Fraction => percent(value),
        Unit::Bytes => bytes(value),
        Unit::BytesPerSecond => format!("{}/s", bytes(value)),
        Unit::Count => whole_or_measure(metric, value),
        Unit::Tokens => format!("{} tokens", whole_or_measure(metric, value)),
        unit => format!("{} {}", measure(value), unit.label()),
    }
}

/// How a metric went, with its unit once: `0.210 → 1.90 s`.
pub fn from_to(metric: Metric, from: f64, to: f64) -> String {
    let pair =
        |text: fn(f64) -> String, unit: &str| format!("{} → {} {unit}", text(from), text(to));
    match metric.unit() {
        Unit::Seconds if from.max(to) < 1.0 => pair(millis, "ms"),
        Unit::Fraction => format!("{} → {}", percent(from), percent(to)),
        unit => pair(measure, unit.label()),
    }
}

/// A ratio: `× 4.60`.
pub fn times(ratio: f64) -> String {
    format!("× {}", measure(ratio))
}

/// Whether the field tells the quantity in milliseconds.
pub fn in_millis(quantity: Quantity) -> bool {
    matches!(quantity, Quantity::Ttft | Quantity::Tpot | Quantity::Itl)
}

fn whole_or_measure(metric: Metric, value: f64) -> String {
    if metric.is_countable() { exact(value) } else { measure(value) }
}

/// Groups the thousands of a whole number.
fn group(digits: &str) -> String {
    let (sign, digits) = match digits.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", digits),
    };
    let mut out = String::with_capacity(digits.len() + digits.len() / 3 + 1);
    out.push_str(sign);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at) % 3 == 0 {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn measurements_have_three_digits() {
        for (value, text) in [
            (0.0, "0"),
            (0.012_345, "0.0123"),
            (0.000_012_345, "1.23e-5"),
            (0.9996, "1.00"),
            (4.5, "4.50"),
            (99.96, "100"),
            (123.4, "123"),
            (999.5, "1,000"),
            (12_345.678, "12,300"),
            (-1234.0, "-1,230"),
            (1.5e20, "1.50e20"),
            (f64::NAN, MISSING),
            (f64::NEG_INFINITY, MISSING),
        ] {
            assert_eq!(measure(value), text, "{value}");
        }
    }

    #[test]
    fn counts_and_chosen_numbers_are_full() {
        assert_eq!(count(u64::MAX), "18,446,744,073,709,551,615");
        assert_eq!(count(999), "999");
        assert_eq!(exact(12_345.0), "12,345");
        assert_eq!(exact(0.125), "0.125");
        assert_eq!(money(12_345.678), "12,345.68");
        assert_eq!(money(0.012_345), "0.0123");
        assert_eq!(counted(1, "cell", "cells"), "1 cell");
        assert_eq!(counted(1200, "cell", "cells"), "1,200 cells");
    }

    #[test]
    fn percents_do_not_round_to_all_or_nothing() {
        assert_eq!(percent(1.0), "100 %");
        assert_eq!(percent(0.999_98), "> 99.9 %");
        assert_eq!(percent(0.9547), "95.5 %");
        assert_eq!(percent(1e-6), "< 0.1 %");
        assert_eq!(percent(0.0), "0 %");
        assert_eq!(percent(1.25), "125.0 %");
    }

    #[test]
    fn units_are_those_of_the_field() {
        let shown = |name: &str, value| Metric::parse(name).map(|m| with_unit(m, value));
        assert_eq!(shown("p99_ttft", 1.2345).as_deref(), Some("1,230 ms"));
        assert_eq!(shown("mean_e2el", 14.2).as_deref(), Some("14.2 s"));
        assert_eq!(shown("num_gpus", 8.0).as_deref(), Some("8"));
        assert_eq!(shown("kv_offload_bytes_gpu_to_cpu", 1.234e11).as_deref(), Some("123 GB"));
        assert_eq!(shown("server_gpu_cache_hit_rate", 0.8123).as_deref(), Some("81.2 %"));
        assert_eq!(shown("total_output_tokens", 1_234_567.0).as_deref(), Some("1,234,567 tokens"));
    }

    #[test]
    fn changes_have_one_unit() {
        let shown = |name: &str, from, to| Metric::parse(name).map(|m| from_to(m, from, to));
        assert_eq!(shown("p99_ttft", 0.21, 0.42).as_deref(), Some("210 → 420 ms"));
        assert_eq!(shown("p99_ttft", 0.21, 1.9).as_deref(), Some("0.210 → 1.90 s"));
        assert_eq!(shown("total_tput_tps", 5100.0, 5130.0).as_deref(), Some("5,100 → 5,130 tok/s"));
        assert_eq!(
            shown("server_gpu_cache_hit_rate", 0.8, 0.42).as_deref(),
            Some("80.0 % → 42.0 %")
        );
        assert_eq!(times(4.6), "× 4.60");
    }

    #[test]
    fn bytes_take_the_prefix_that_fits() {
        assert_eq!(bytes(0.0), "0 B");
        assert_eq!(bytes(999_900.0), "1.00 MB");
        assert_eq!(bytes(2.5e18), "2,500 PB");
    }
}
