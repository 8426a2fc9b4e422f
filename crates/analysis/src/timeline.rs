//! What the snapshots of a live timeline say, endpoint by endpoint.

use inferguard_model::{EndpointSnapshot, Timeline};

use crate::gauges::busy_range;
use crate::trend::{Sample, Trend};

/// What one endpoint reported over a timeline; endpoints are never mixed.
#[derive(Debug, Clone)]
pub struct Endpoint<'t> {
    /// `prefill`, `decode` or `transfer`.
    pub role: &'t str,
    /// Address without credentials.
    pub url: &'t str,
    /// Its snapshots in time order, each scrape once.
    snapshots: Vec<(Option<i64>, &'t EndpointSnapshot)>,
}

/// The endpoints of a timeline, in the order in which they come first.
pub fn endpoints(timeline: &Timeline) -> Vec<Endpoint<'_>> {
    let mut endpoints: Vec<Endpoint<'_>> = Vec::new();
    for sample in &timeline.samples {
        for snapshot in sample.endpoints() {
            let (role, url) = (snapshot.role.as_str(), snapshot.url.as_str());
            let known = endpoints.iter().position(|held| (held.role, held.url) == (role, url));
            let at = known.unwrap_or_else(|| {
                endpoints.push(Endpoint { role, url, snapshots: Vec::new() });
                endpoints.len() - 1
            });
            let held = &mut endpoints[at].snapshots;
            let scraped = snapshot.scraped_at_ns;
            // A line may repeat the last scrape.
            let again = held.last().is_some_and(|(_, last)| last.scraped_at_ns == scraped);
            if scraped.is_none() || !again {
                held.push((scraped.or(sample.at_ns), snapshot));
            }
        }
    }
    endpoints
}

impl Endpoint<'_> {
    /// From its first to its last snapshot with a request running or waiting; whole where it does
    /// not say.
    pub(crate) fn under_load(&self) -> Self {
        let held = |at: usize| {
            let snapshot = self.snapshots[at].1;
            [snapshot.running, snapshot.waiting]
        };
        let n = self.snapshots.len();
        let knows = (0..n).any(|at| held(at).iter().any(Option::is_some));
        let is_busy = |at: usize| held(at).into_iter().flatten().any(|held| held > 0.0);
        let busy = if knows { busy_range(n, is_busy) } else { 0..n };
        Self { snapshots: self.snapshots[busy].to_vec(), ..*self }
    }

    /// A gauge, where it was exported.
    pub fn gauge(&self, of: impl Fn(&EndpointSnapshot) -> Option<f64>) -> Vec<Sample> {
        let sample = |(at_ns, snapshot): &(Option<i64>, &EndpointSnapshot)| {
            Some(Sample { at_ns: *at_ns, value: of(snapshot)?, weight: 1.0 })
        };
        self.snapshots.iter().filter_map(sample).collect()
    }

    /// How much a counter rose from one snapshot to the next; one that goes back starts anew at 0.
    pub fn rises(&self, of: impl Fn(&EndpointSnapshot) -> Option<f64>) -> Vec<f64> {
        let values = self.gauge(of);
        values.windows(2).map(|pair| rise(pair[0].value, pair[1].value)).collect()
    }

    /// The rate of a counter per second between snapshots whose times are known.
    fn rate(&self, of: impl Fn(&EndpointSnapshot) -> Option<f64>) -> Vec<Sample> {
        let values = self.gauge(of);
        let rate = |pair: &[Sample]| {
            let (from, to) = (pair[0].at_ns?, pair[1].at_ns?);
            let seconds = to.saturating_sub(from) as f64 / 1e9;
            (seconds > 0.0).then(|| Sample {
                at_ns: Some(to),
                value: rise(pair[0].value, pair[1].value) / seconds,
                weight: seconds,
            })
        };
        values.windows(2).filter_map(rate).collect()
    }
}

fn rise(from: f64, to: f64) -> f64 {
    if to >= from { to - from } else { to }
}

/// A quantity of a snapshot that has a trend.
struct Watched {
    name: &'static str,
    unit: &'static str,
    of: fn(&EndpointSnapshot) -> Option<f64>,
    is_counter: bool,
}

const WATCHED: [Watched; 7] = {
    const fn gauge(
        name: &'static str,
        unit: &'static str,
        of: fn(&EndpointSnapshot) -> Option<f64>,
    ) -> Watched {
        Watched { name, unit, of, is_counter: false }
    }
    const fn counter(
        name: &'static str,
        unit: &'static str,
        of: fn(&EndpointSnapshot) -> Option<f64>,
    ) -> Watched {
        Watched { name, unit, of, is_counter: true }
    }
    [
        gauge("kv_cache_usage", "0..1", |e| e.kv_cache_usage),
        gauge("requests_running", "count", |e| e.running),
        gauge("requests_waiting", "count", |e| e.waiting),
        counter("preemptions_per_second", "1/s", |e| e.preemptions_total),
        counter("kv_sent_bytes_per_second", "B/s", |e| e.kv_sent_bytes),
        counter("kv_received_bytes_per_second", "B/s", |e| e.kv_recv_bytes),
        counter("kv_transfer_errors_per_second", "1/s", |e| e.kv_transfer_errors),
    ]
};

/// The trend of one quantity of one endpoint.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EndpointTrend<'t> {
    /// `prefill`, `decode` or `transfer`.
    pub role: &'t str,
    /// Address without credentials.
    pub url: &'t str,
    /// Name of the quantity.
    pub quantity: &'static str,
    /// Unit of its values.
    pub unit: &'static str,
    /// How it went.
    pub trend: Trend,
}

/// The trends of KV usage, queue, preemptions and transfers, endpoint by endpoint; counters as
/// rates. A quantity that an endpoint does not export has none.
pub fn trends(timeline: &Timeline) -> Vec<EndpointTrend<'_>> {
    let mut trends = Vec::new();
    for endpoint in endpoints(timeline) {
        for Watched { name, unit, of, is_counter } in &WATCHED {
            let samples = if *is_counter { endpoint.rate(of) } else { endpoint.gauge(of) };
            let of = |trend| EndpointTrend {
                role: endpoint.role,
                url: endpoint.url,
                quantity: name,
                unit,
                trend,
            };
            trends.extend(Trend::of(&samples).map(of));
        }
    }
    trends
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trend::Direction;
    use inferguard_model::TimelineSample;

    fn decode(second: i64, sent: Option<f64>, waiting: Option<f64>) -> TimelineSample {
        let at_ns = Some(second * 1_000_000_000);
        let snapshot = EndpointSnapshot {
            role: "decode".into(),
            url: "http://d".into(),
            scraped_at_ns: at_ns,
            kv_sent_bytes: sent,
            waiting,
            ..EndpointSnapshot::default()
        };
        TimelineSample { at_ns, decode: Some(snapshot), ..TimelineSample::default() }
    }

    #[test]
    fn a_counter_is_a_rate_and_starts_anew_when_it_goes_back() {
        let samples = vec![
            decode(0, Some(100.0), None),
            decode(10, Some(300.0), None),
            decode(20, Some(50.0), None),
            decode(50, Some(650.0), None),
        ];
        let timeline = Timeline { samples };
        let all = trends(&timeline);
        let [sent] = &all[..] else { panic!("{all:?}") };
        assert_eq!((sent.quantity, sent.trend.n), ("kv_sent_bytes_per_second", 3));
        assert_eq!((sent.trend.first, sent.trend.last, sent.trend.max), (20.0, 20.0, 20.0));
        assert_eq!(sent.trend.mean, 850.0 / 50.0);
        assert_eq!(endpoints(&timeline)[0].rises(|e| e.kv_sent_bytes), [200.0, 50.0, 600.0]);
    }

    #[test]
    fn a_scrape_that_is_repeated_counts_once_and_holes_are_no_zeros() {
        let mut samples: Vec<_> = (0..12).map(|at| decode(at, None, Some(at as f64))).collect();
        samples.insert(3, samples[2].clone());
        samples[6].decode.as_mut().expect("there").waiting = None;
        let timeline = Timeline { samples };
        let all = trends(&timeline);
        let [waiting] = &all[..] else { panic!("{all:?}") };
        assert_eq!((waiting.role, waiting.quantity), ("decode", "requests_waiting"));
        assert_eq!((waiting.trend.n, waiting.trend.first), (11, 0.0));
        assert_eq!(waiting.trend.direction, Some(Direction::Rising));
    }

    #[test]
    fn endpoints_are_kept_apart() {
        let mut samples: Vec<_> = (0..10).map(|at| decode(at, None, Some(at as f64))).collect();
        for (at, sample) in samples.iter_mut().enumerate() {
            let mut other = sample.decode.clone().expect("there");
            other.role = "prefill".into();
            other.waiting = Some(10.0 - at as f64);
            sample.prefill = Some(other);
        }
        let timeline = Timeline { samples };
        let directions: Vec<_> =
            trends(&timeline).iter().map(|t| (t.role, t.trend.direction)).collect();
        let (up, down) = (Some(Direction::Rising), Some(Direction::Falling));
        assert_eq!(directions, [("prefill", down), ("decode", up)]);
    }

    #[test]
    fn a_timeline_without_samples_has_no_trend() {
        assert!(trends(&Timeline::default()).is_empty());
    }
}
