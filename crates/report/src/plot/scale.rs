//! From values to places along an axis, and the ticks there.

use super::figure::Scale;
use crate::number;

/// Ratio of the largest to the smallest value from which an axis is logarithmic.
pub(super) const WIDE: f64 = 50.0;

/// An axis with its range and ticks.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Ruler {
    turn: Turn,
    from: f64,
    to: f64,
    /// Values and their texts, ascending.
    pub(super) ticks: Vec<(f64, String)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Turn {
    Even,
    Log,
    Nines,
}

impl Turn {
    fn apply(self, value: f64) -> f64 {
        match self {
            Self::Even => value,
            Self::Log => value.log10(),
            Self::Nines => -(1.0 - value).max(1e-6).log10(),
        }
    }
}

impl Ruler {
    /// The axis for some finite values, with about so many ticks.
    pub(super) fn new(scale: &Scale, values: &[f64], ticks: usize) -> Self {
        let low = values.iter().copied().reduce(f64::min);
        let high = values.iter().copied().reduce(f64::max);
        let (low, high) = low.zip(high).unwrap_or((0.0, 1.0));
        match scale {
            Scale::Levels(levels) if low > 0.0 => Self::levels(levels, low, high),
            Scale::Nines => Self::nines(high),
            Scale::Fixed(from, to) => Self::even(*from, *to, ticks, true),
            Scale::Auto if low > 0.0 && high / low >= WIDE => Self::log(low, high, ticks),
            // A range that begins near zero says more with the zero.
            Scale::Auto if low >= 0.0 && low < 0.6 * high => Self::even(0.0, high, ticks, false),
            Scale::Auto => Self::even(low, high, ticks, false),
            _ => Self::even(low.min(0.0), high, ticks, false),
        }
    }

    /// Where a value is: 0 at the beginning, 1 at the end.
    pub(super) fn place(&self, value: f64) -> f64 {
        let at = self.turn.apply(value);
        let place = (at - self.from) / (self.to - self.from);
        // Far outside is outside: a picture knows no infinite line.
        if place.is_finite() { place.clamp(-1.0, 2.0) } else { 0.0 }
    }

    /// Whether the axis is logarithmic.
    pub(super) fn is_log(&self) -> bool {
        self.turn == Turn::Log
    }

    fn even(low: f64, high: f64, ticks: usize, exactly: bool) -> Self {
        let (low, high) = if high > low {
            (low, high)
        } else {
            // A single value; zero lies at the beginning.
            let room = if low == 0.0 { 1.0 } else { low.abs() * 0.5 };
            (low - if low < 0.0 { room } else { room.min(low) }, high + room)
        };
        let step = step((high - low) / ticks.max(2) as f64);
        let room = if exactly { 0.0 } else { (high - low) * 0.05 };
        // What begins or ends at zero stays there.
        let from = if low == 0.0 || exactly { low } else { low - room };
        let to = if high == 0.0 || exactly { high } else { high + room };
        let first = (from / step).ceil() as i64;
        let last = (to / step + 1e-9).floor() as i64;
        let ticks = (first..=last.min(first + 60)).map(|n| n as f64 * step);
        let ticks = ticks.map(|value| (value, tick(value, step))).collect();
        Self { turn: Turn::Even, from, to, ticks }
    }

    fn log(low: f64, high: f64, ticks: usize) -> Self {
        let (from, to) = padded(low.log10(), high.log10());
        let all = |digits: &[u32]| {
            let decades = from.floor() as i32..=to.ceil() as i32;
            let values = decades.flat_map(|decade| {
                digits.iter().map(move |digit| f64::from(*digit) * 10_f64.powi(decade))
            });
            values.filter(|value| (from..=to).contains(&value.log10())).collect::<Vec<f64>>()
        };
        let sets: [&[u32]; 5] =
            [&[1, 2, 3, 4, 5, 6, 7, 8, 9], &[1, 2, 3, 5, 7], &[1, 2, 5], &[1, 3], &[1]];
        let fitting = sets.iter().map(|set| all(set)).find(|found| found.len() <= ticks.max(3));
        let values = fitting.unwrap_or_else(|| {
            let decades = all(&[1]);
            let every = decades.len().div_ceil(ticks.max(1));
            decades.into_iter().step_by(every.max(1)).collect()
        });
        let mut texts: Vec<(f64, String)> =
            values.into_iter().map(|value| (value, short(value))).collect();
        if texts.len() < 2 {
            // Hardly any range: even steps have ticks where powers have none.
            texts = Self::even(low, high, ticks, false).ticks;
            texts.retain(|(value, _)| *value > 0.0);
        }
        Self { turn: Turn::Log, from, to, ticks: texts }
    }

    fn levels(levels: &[f64], low: f64, high: f64) -> Self {
        if high / low < 4.0 {
            let mut even = Self::even(low, high, 8, false);
            even.ticks = named(levels);
            return even;
        }
        let (from, to) = padded(low.log10(), high.log10());
        Self { turn: Turn::Log, from, to, ticks: named(levels) }
    }

    fn nines(high: f64) -> Self {
        let known = [
            (0.0, "0 %"),
            (0.5, "50 %"),
            (0.75, "75 %"),
            (0.9, "90 %"),
            (0.95, "95 %"),
            (0.99, "99 %"),
            (0.999, "99.9 %"),
            (0.9999, "99.99 %"),
        ];
        let ticks = known.iter().filter(|(share, _)| *share <= high.max(0.9));
        Self {
            turn: Turn::Nines,
            from: 0.0,
            to: Turn::Nines.apply(high.clamp(0.9, 0.99999)) * 1.03,
            ticks: ticks.map(|(share, text)| (*share, (*text).to_owned())).collect(),
        }
    }
}

fn named(levels: &[f64]) -> Vec<(f64, String)> {
    let mut levels: Vec<f64> = levels.iter().copied().filter(|level| *level > 0.0).collect();
    levels.sort_by(f64::total_cmp);
    levels.dedup();
    levels.into_iter().map(|level| (level, number::exact(level))).collect()
}

/// A range of logarithms with room at both ends.
fn padded(from: f64, to: f64) -> (f64, f64) {
    let room = ((to - from) * 0.05).max(0.04);
    (from - room, to + room)
}

/// The round step that is at least so large.
fn step(rough: f64) -> f64 {
    let power = 10_f64.powf(rough.log10().floor());
    let factor = [1.0, 2.0, 2.5, 5.0, 10.0].into_iter().find(|factor| factor * power >= rough);
    let step = factor.unwrap_or(10.0) * power;
    if step.is_finite() && step > 0.0 { step } else { 1.0 }
}

/// A tick of even steps: as many decimals as the step has.
fn tick(value: f64, step: f64) -> String {
    let magnitude = value.abs().max(step);
    if !(1e-3..1e5).contains(&magnitude) {
        return short(value);
    }
    let has = |decimals: &u8| {
        let scaled = step * 10_f64.powi(i32::from(*decimals));
        (scaled - scaled.round()).abs() < 1e-6
    };
    let decimals = usize::from((0..=6).find(has).unwrap_or(6));
    let text = format!("{:.decimals$}", value + 0.0);
    match text.split_once('.') {
        Some((whole, rest)) => format!("{}.{rest}", thousands(whole)),
        None => thousands(&text),
    }
}

fn thousands(whole: &str) -> String {
    let (sign, digits) = whole.strip_prefix('-').map_or(("", whole), |digits| ("−", digits));
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    format!("{sign}{text}")
}

/// A round value in few characters: `0.02`, `500`, `20k`, `3M`.
fn short(value: f64) -> String {
    let (scaled, suffix) = match value.abs() {
        size if size >= 1e9 => (value / 1e9, "G"),
        size if size >= 1e6 => (value / 1e6, "M"),
        size if size >= 1e4 => (value / 1e3, "k"),
        _ => (value, ""),
    };
    let text = format!("{scaled:.6}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "0" && value != 0.0 {
        format!("{value:.0e}")
    } else if text.contains('.') {
        format!("{}{suffix}", text.replace('-', "−"))
    } else {
        format!("{}{suffix}", thousands(text))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn texts(scale: &Scale, values: &[f64]) -> Vec<String> {
        Ruler::new(scale, values, 6).ticks.into_iter().map(|(_, text)| text).collect()
    }

    #[test]
    fn ticks_are_round_and_short() {
        assert_eq!(
            texts(&Scale::Auto, &[120.0, 4333.0]),
            ["0", "1,000", "2,000", "3,000", "4,000"]
        );
        assert_eq!(texts(&Scale::Auto, &[0.4, 1.1]), ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]);
        assert_eq!(texts(&Scale::Auto, &[10.0, 90_000.0]), ["10", "100", "1,000", "10k", "100k"]);
        assert_eq!(texts(&Scale::Auto, &[2.0, 100.0]), ["2", "5", "10", "20", "50", "100"]);
        assert_eq!(texts(&Scale::Levels(vec![4.0, 8.0, 64.0]), &[4.0, 64.0]), ["4", "8", "64"]);
        assert_eq!(
            texts(&Scale::Zero, &[2e6, 3e6]),
            ["0", "500k", "1M", "1.5M", "2M", "2.5M", "3M"]
        );
        assert_eq!(texts(&Scale::Nines, &[0.99]).last().map(String::as_str), Some("99 %"));
    }

    #[test]
    fn one_value_and_none_have_an_axis() {
        for values in [&[][..], &[0.0], &[5.0], &[-3.0], &[1e-300], &[1e300]] {
            for scale in [Scale::Auto, Scale::Zero, Scale::Levels(vec![5.0])] {
                let ruler = Ruler::new(&scale, values, 6);
                for value in values {
                    let place = ruler.place(*value);
                    assert!((0.0..=1.0).contains(&place), "{scale:?} {values:?} {place}");
                }
            }
        }
    }

    proptest! {
        #[test]
        fn every_value_is_on_its_axis_and_ticks_ascend(
            values in prop::collection::vec(prop_oneof![-1e9..1e9_f64, 1e-6..10.0_f64], 1..20)
        ) {
            for scale in [Scale::Auto, Scale::Zero] {
                let ruler = Ruler::new(&scale, &values, 6);
                for value in &values {
                    let place = ruler.place(*value);
                    prop_assert!((-1e-9..=1.0 + 1e-9).contains(&place), "{scale:?} {place}");
                }
                prop_assert!(ruler.ticks.windows(2).all(|pair| pair[0].0 < pair[1].0));
                prop_assert!(ruler.ticks.len() <= 25);
            }
        }
    }
}
