//! The knee of a series: the lowest load that gives most of its throughput.

use std::fmt::Write as _;

use inferguard_model::number::exact;
use inferguard_model::{Cell, Metric, Quantity, Stat};

use crate::level::{self, throughput_metric};
use crate::limit::{keeps_to, reaches};
use crate::scenario::{Annotation, LoadAxis, Point, Series};
use crate::step::gain_per_doubling;

/// Share of the highest throughput that the knee gives.
///
/// The load of highest throughput ÷ latency lies far too low on sweeps that go into overload, and
/// the first step of little gain is often a passing dip.
const KNEE: f64 = 0.90;

/// A last level below this share of the highest throughput shows that the series has turned.
const TURNED: f64 = 0.95;

/// A last step that gains less than this per doubling shows that the series has flattened.
const FLAT_GAIN: f64 = 0.15;

/// Share of the highest throughput that a collapse loses.
const COLLAPSE: f64 = 0.10;

/// What one user gets, the preferred first.
const PER_USER: [Metric; 3] = [
    Metric::new(Stat::P50, Quantity::Intvty),
    Metric::new(Stat::Mean, Quantity::Intvty),
    Metric::plain(Quantity::TputPerUser),
];

/// Where a series has got most of what it can give.
#[derive(Debug, Clone, PartialEq)]
pub struct Knee {
    /// Throughput that is judged.
    pub metric: Metric,
    /// Lowest load with at least 90 % of the highest throughput.
    pub knee: LevelValue,
    /// Whether the series goes on far enough to know: else the knee is not reached up to the
    /// highest load.
    pub reached: bool,
    /// Highest load that was judged.
    pub highest_load: f64,
    /// The lowest load.
    pub lowest: LevelValue,
    /// The highest throughput, at its lowest load.
    pub peak: LevelValue,
    /// First level beyond the peak whose throughput is at least 10 % below it.
    pub collapse: Option<LevelValue>,
    /// Throughput at the knee ÷ throughput at the lowest load.
    pub gain: Option<f64>,
    /// What one user loses from the lowest load to the knee, as a share; negative for a gain.
    pub per_user_loss: Option<(Metric, f64)>,
    /// The reading in words: `12 × throughput per GPU for 35 % less per user`.
    pub reading: String,
}

/// A load level and a value there.
#[derive(Debug, Clone, PartialEq)]
pub struct LevelValue {
    /// Load level.
    pub load: f64,
    /// Its cells that count.
    pub cells: Vec<usize>,
    /// The value.
    pub value: f64,
}

/// The knee of a series; `None` with fewer than two levels that stand for the system, or when none
/// of them has any throughput.
///
/// Suspect points and short runs are left out. A level at which requests failed is no knee and no
/// peak, but shows like any other whether the series has turned.
pub fn knee(cells: &[Cell], series: &Series, not_drawn: &[Option<&'static str>]) -> Option<Knee> {
    let metric = throughput_metric(cells, series)?;
    let levels: Vec<(LevelValue, bool)> = series
        .points
        .iter()
        .filter_map(|point| {
            let (cells_of, is_sound) = standing(point, not_drawn)?;
            let value = level::median(cells, &cells_of, metric)?;
            Some((LevelValue { load: point.load, cells: cells_of, value }, is_sound))
        })
        .collect();
    let sound: Vec<&LevelValue> =
        levels.iter().filter(|(_, is_sound)| *is_sound).map(|(level, _)| level).collect();
    let [lowest, _, ..] = sound[..] else { return None };
    let peak = *sound.iter().rev().max_by(|a, b| a.value.total_cmp(&b.value))?;
    if peak.value <= 0.0 {
        return None;
    }
    let knee = *sound.iter().find(|level| reaches(level.value, KNEE * peak.value))?;
    let gain = (lowest.value > 0.0).then(|| knee.value / lowest.value);
    let per_user_loss = PER_USER.into_iter().find_map(|metric| {
        let at = |level: &LevelValue| level::median(cells, &level.cells, metric);
        let (first, then) = (at(lowest).filter(|value| *value > 0.0)?, at(knee)?);
        Some((metric, 1.0 - then / first))
    });
    let [.., (before, _), (last, _)] = &levels[..] else { return None };
    let last_gain = (before.value > 0.0)
        .then(|| gain_per_doubling(last.load / before.load, last.value / before.value))
        .flatten();
    let reached =
        last.value < TURNED * peak.value || last_gain.is_some_and(|gain| !reaches(gain, FLAT_GAIN));
    let collapse = levels.iter().map(|(level, _)| level).find(|level| {
        level.load > peak.load && keeps_to(level.value, (1.0 - COLLAPSE) * peak.value)
    });
    let gpus = Metric::plain(Quantity::NumGpus);
    let has_gpus = |level: &LevelValue| level::median(cells, &level.cells, gpus).is_some();
    let reading = Reading {
        metric,
        per_gpu: has_gpus(lowest) && has_gpus(knee),
        axis: series.axis,
        knee: knee.load,
        is_lowest: knee.load == lowest.load,
        highest: last.load,
        reached,
        gain,
        loss: per_user_loss.map(|(_, loss)| loss),
    };
    Some(Knee {
        metric,
        reading: reading.words(),
        reached,
        highest_load: last.load,
        collapse: collapse.cloned(),
        gain,
        per_user_loss,
        knee: knee.clone(),
        lowest: lowest.clone(),
        peak: peak.clone(),
    })
}

/// The cells of a level that are judged, and whether they stand for the system; the others are
/// those at which too many requests failed.
fn standing(point: &Point, not_drawn: &[Option<&'static str>]) -> Option<(Vec<usize>, bool)> {
    let sound = level::sound(point, not_drawn);
    if !sound.is_empty() {
        return Some((sound, true));
    }
    let is_short = |cell: &usize| {
        let short =
            |note: &Annotation| matches!(note, Annotation::Short { cell: c, .. } if c == cell);
        point.annotations.iter().any(short)
    };
    let rest: Vec<usize> = point.cells.iter().copied().filter(|cell| !is_short(cell)).collect();
    (!rest.is_empty() && !point.is_suspect()).then_some((rest, false))
}

/// What the reading of a knee says.
struct Reading {
    metric: Metric,
    per_gpu: bool,
    axis: LoadAxis,
    knee: f64,
    is_lowest: bool,
    highest: f64,
    reached: bool,
    gain: Option<f64>,
    loss: Option<f64>,
}

impl Reading {
    fn words(&self) -> String {
        let unit = self.axis.unit();
        let mut words = if self.is_lowest {
            format!("most of the {} at the lowest load, {} {unit}", self.what(), exact(self.knee))
        } else {
            match self.gain {
                Some(gain) => format!("{} × {}", times(gain), self.what()),
                None => format!("most of the {} at {} {unit}", self.what(), exact(self.knee)),
            }
        };
        if let Some(loss) = self.loss.filter(|_| !self.is_lowest && self.gain.is_some()) {
            let percent = (loss * 100.0).round();
            // Writing to a string does not fail.
            let _ = match percent {
                0.0 => write!(words, " for the same per user"),
                _ if percent > 0.0 => write!(words, " for {percent:.0} % less per user"),
                _ => write!(words, " and {:.0} % more per user", -percent),
            };
        }
        if !self.reached {
            let _ = write!(words, "; knee not reached up to {} {unit}", exact(self.highest));
        }
        words
    }

    fn what(&self) -> String {
        let what = match self.metric.quantity {
            Quantity::OutputTput | Quantity::SystemOutputTputPerGpu => "output throughput",
            Quantity::Qps => "requests per second",
            _ => "throughput",
        };
        let is_of_gpu = self.per_gpu && self.metric.quantity != Quantity::Qps;
        if is_of_gpu { format!("{what} per GPU") } else { what.to_owned() }
    }
}

/// A factor as people say it: `2.3`, `12`.
fn times(factor: f64) -> String {
    if factor >= 9.95 { exact(factor.round()) } else { format!("{factor:.1}") }
}

#[cfg(test)]
mod tests;
