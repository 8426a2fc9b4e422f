//! Requests by what they have in common: input length, turn, worker, or the error they end in.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use inferguard_model::{FailureReason, Quantity, RequestTable};

use super::goodput;
use crate::quantile::Summary;
use crate::slo::Slo;

/// What requests are grouped by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GroupBy {
    /// Input tokens, in powers of two.
    Isl,
    /// Turn in the conversation.
    Turn,
    /// Worker of the client.
    Worker,
}

/// Requests of one group.
#[derive(Debug, Clone, PartialEq)]
pub struct Group {
    /// What they have in common, such as `128-255` or `64k-128k`; `unknown` where nobody knows.
    pub name: String,
    /// Requests that succeeded.
    pub requests: u64,
    /// Attempts that failed.
    pub failed: u64,
    /// Latencies and output lengths of those that succeeded.
    pub summaries: Vec<(Quantity, Summary)>,
    /// For each tier, requests that are good.
    pub good: Vec<u64>,
}

impl Group {
    /// The statistics of a quantity.
    pub fn of(&self, quantity: Quantity) -> Option<&Summary> {
        self.summaries.iter().find(|(of, _)| *of == quantity).map(|(_, summary)| summary)
    }
}

/// Attempts that failed for one reason.
#[derive(Debug, Clone, PartialEq)]
pub struct FailedGroup {
    /// The reason.
    pub reason: FailureReason,
    /// Of all attempts of the run.
    pub share: f64,
    /// Attempts by input length; those of unknown length are not among them.
    pub isl: Vec<(RangeInclusive<u32>, u64)>,
}

/// Groups the requests, in the order of what they are grouped by; `None` where the source does not
/// tell it of any request.
pub fn groups(
    table: &RequestTable,
    by: GroupBy,
    tiers: &[Slo],
    wanted: &[u32],
) -> Option<Vec<Group>> {
    let column = match by {
        GroupBy::Isl => &table.isl,
        GroupBy::Turn => &table.groups.turn,
        GroupBy::Worker => &table.groups.worker,
    };
    if column.len() != table.len() {
        return None;
    }
    let mut rows: BTreeMap<u32, (Vec<u32>, u64)> = BTreeMap::new();
    for (row, value) in column.iter().enumerate() {
        rows.entry(key(by, *value)).or_default().0.push(row as u32);
    }
    for failure in &table.failures {
        let value = match by {
            GroupBy::Isl => failure.isl,
            GroupBy::Turn => failure.turn,
            GroupBy::Worker => failure.worker,
        };
        rows.entry(key(by, value)).or_default().1 += 1;
    }
    if rows.keys().all(|key| *key == UNKNOWN) {
        return None;
    }
    let flags: Vec<Vec<bool>> = tiers.iter().map(|slo| goodput::flags(table, slo)).collect();
    let group = |(key, (rows, failed)): (u32, (Vec<u32>, u64))| {
        let summary = |quantity| {
            let value = |row: &u32| match quantity {
                Quantity::Osl => {
                    let osl = table.osl.get(*row as usize).copied();
                    osl.filter(|n| *n != RequestTable::NO_TOKENS).map(f64::from)
                }
                _ => goodput::value(table, quantity, *row as usize),
            };
            let mut values: Vec<f64> = rows.iter().filter_map(value).collect();
            Summary::of(&mut values, wanted).map(|summary| (quantity, summary))
        };
        let quantities = [Quantity::Ttft, Quantity::E2el, Quantity::Tpot, Quantity::Osl];
        Group {
            name: name(table, by, key),
            requests: rows.len() as u64,
            failed,
            summaries: quantities.into_iter().filter_map(summary).collect(),
            good: flags
                .iter()
                .map(|flags| rows.iter().filter(|row| flags[**row as usize]).count() as u64)
                .collect(),
        }
    };
    Some(rows.into_iter().map(group).collect())
}

/// Groups the failed attempts by reason, the most frequent first.
pub fn failures(table: &RequestTable) -> Vec<FailedGroup> {
    let attempts = table.len() as u64 + table.failed;
    let mut groups: Vec<FailedGroup> = table
        .failure_reasons
        .iter()
        .map(|reason| FailedGroup {
            reason: reason.clone(),
            share: reason.count as f64 / attempts.max(1) as f64,
            isl: Vec::new(),
        })
        .collect();
    let mut lengths: BTreeMap<(u32, u32), u64> = BTreeMap::new();
    for failure in table.failures.iter().filter(|one| one.isl != RequestTable::NO_TOKENS) {
        *lengths.entry((failure.reason, bucket(failure.isl))).or_default() += 1;
    }
    for ((reason, bucket), count) in lengths {
        if let Some(group) = groups.get_mut(reason as usize) {
            group.isl.push((range(bucket), count));
        }
    }
    groups.sort_by_key(|group| std::cmp::Reverse(group.reason.count));
    groups
}

const UNKNOWN: u32 = u32::MAX;

fn key(by: GroupBy, value: u32) -> u32 {
    match by {
        // Both marks of absence are the largest number.
        _ if value == UNKNOWN => UNKNOWN,
        GroupBy::Isl => bucket(value),
        GroupBy::Turn | GroupBy::Worker => value,
    }
}

/// Number of the power of two below a length: 0 is a bucket of its own.
fn bucket(length: u32) -> u32 {
    u32::BITS - length.leading_zeros()
}

fn range(bucket: u32) -> RangeInclusive<u32> {
    match bucket {
        0 => 0..=0,
        1..32 => 1 << (bucket - 1)..=(1 << bucket) - 1,
        _ => 1 << 31..=u32::MAX,
    }
}

fn name(table: &RequestTable, by: GroupBy, key: u32) -> String {
    if key == UNKNOWN {
        return "unknown".into();
    }
    match by {
        GroupBy::Isl => {
            // Bounds in units of 1,024 where that shortens them: the end is then not included.
            let range = range(key);
            match key {
                ..11 => format!("{}-{}", range.start(), range.end()),
                _ => format!("{}k-{}k", range.start() >> 10, (u64::from(*range.end()) + 1) >> 10),
            }
        }
        GroupBy::Turn => key.to_string(),
        GroupBy::Worker => {
            let known = table.groups.workers.get(key as usize);
            known.map_or_else(|| key.to_string(), ToString::to_string)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use inferguard_model::{FailedRequest, FailureClass};

    fn table() -> RequestTable {
        let failed = |isl| FailedRequest {
            start_ns: 0,
            conversation: 0,
            isl,
            reason: 0,
            turn: RequestTable::NO_GROUP,
            worker: 0,
        };
        let mut table = RequestTable {
            ttft: vec![0.1, 0.2, 0.3],
            e2el: vec![1.0, 2.0, 3.0],
            isl: vec![128, 255, 256],
            failed: 2,
            failures: vec![failed(70_000), failed(RequestTable::NO_TOKENS)],
            failure_reasons: vec![FailureReason {
                class: FailureClass::ContextOverflow,
                code: Some(400),
                kind: "Bad Request".into(),
                message: "too long".into(),
                count: 2,
            }],
            ..RequestTable::default()
        };
        table.groups.worker = vec![1, 0, 1];
        table.groups.workers = vec!["a".into(), "b".into()];
        table
    }

    #[test]
    fn lengths_are_grouped_by_powers_of_two_with_the_failures_of_each() {
        let slo = ["e2el:1500".parse().expect("an SLO")];
        let found = groups(&table(), GroupBy::Isl, &slo, &[50_000]).expect("lengths");
        let told: Vec<_> = found
            .iter()
            .map(|group| (group.name.as_str(), group.requests, group.failed, group.good[0]))
            .collect();
        let expected = [("128-255", 2, 0, 1), ("256-511", 1, 0, 0), ("64k-128k", 0, 1, 0)];
        assert_eq!(told[..3], expected);
        assert_eq!(
            (told[3], found[0].of(Quantity::E2el).map(|s| s.mean)),
            (("unknown", 0, 1, 0), Some(1.5))
        );
        assert_eq!((range(0), range(1), range(32)), (0..=0, 1..=1, 1 << 31..=u32::MAX));
    }

    #[test]
    fn workers_have_names_and_turns_are_not_told() {
        let found = groups(&table(), GroupBy::Worker, &[], &[]).expect("workers");
        let told: Vec<_> = found.iter().map(|g| (g.name.as_str(), g.requests, g.failed)).collect();
        assert_eq!(told, [("a", 1, 2), ("b", 2, 0)]);
        assert_eq!(groups(&table(), GroupBy::Turn, &[], &[]), None);
    }

    #[test]
    fn failures_are_told_by_reason_with_their_lengths() {
        let found = failures(&table());
        assert_eq!((found.len(), found[0].share), (1, 0.4));
        assert_eq!(found[0].isl, [(65_536..=131_071, 1)]);
    }
}
