//! What a run costs, from prices per GPU-hour.

use std::collections::BTreeMap;

use inferguard_model::{Cell, Metric, Quantity, names};

/// What one GPU costs for one hour.
#[derive(Debug, Clone, PartialEq)]
pub struct Prices {
    /// Label of the currency.
    pub currency: String,
    /// Price of every GPU; beats those by hardware.
    pub of_all: Option<f64>,
    /// Price by normalized hardware name.
    pub by_hardware: BTreeMap<String, f64>,
}

impl Prices {
    /// The currency where none is told.
    pub const CURRENCY: &'static str = "USD";

    /// One price, whatever the hardware.
    pub fn flat(per_gpu_hour: f64, currency: impl Into<String>) -> Self {
        Self { currency: currency.into(), of_all: Some(per_gpu_hour), by_hardware: BTreeMap::new() }
    }

    /// Whether there is no price.
    pub fn is_empty(&self) -> bool {
        self.of_all.is_none() && self.by_hardware.is_empty()
    }

    /// The price of a cell's GPUs; `None` when its hardware is not known or has no price.
    ///
    /// A cell of two kinds of hardware has one only when both cost the same: how many GPUs are of
    /// which kind is not known of every cell.
    pub fn of(&self, cell: &Cell) -> Option<f64> {
        if self.of_all.is_some() {
            return self.of_all;
        }
        let identity = &cell.evidence.identity;
        let of = |name: &str| self.by_hardware.get(name).copied();
        match &identity.role_hardware {
            Some((prefill, decode)) => {
                let price = of(&names::hardware(prefill))?;
                (of(&names::hardware(decode)) == Some(price)).then_some(price)
            }
            None => of(identity.hardware.as_deref()?),
        }
    }
}

impl Default for Prices {
    fn default() -> Self {
        Self { currency: Self::CURRENCY.to_owned(), of_all: None, by_hardware: BTreeMap::new() }
    }
}

/// Cost of one cell; every part is absent when it rests on something unknown.
///
/// Each of the three costs per million tokens charges all GPUs: they are three views of one bill
/// and do not add up.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct CellCost {
    /// Length of the throughput window, seconds.
    pub duration: Option<f64>,
    /// GPUs.
    pub gpus: Option<f64>,
    /// Duration × GPUs / 3600.
    pub gpu_hours: Option<f64>,
    /// GPU-hours × price.
    pub compute: Option<f64>,
    /// Successful requests.
    pub requests: Option<u64>,
    /// Compute cost ÷ successful requests.
    pub per_request: Option<f64>,
    /// Per million input tokens.
    pub per_million_input: Option<f64>,
    /// Per million output tokens.
    pub per_million_output: Option<f64>,
    /// Per million input plus output tokens.
    pub per_million_total: Option<f64>,
}

/// Cost of a cell at a price per GPU-hour.
///
/// $/M tokens = price × GPUs ÷ (tokens/s × 3600) × 10⁶: from rates, so that rows without a
/// duration have it.
pub fn of_cell(cell: &Cell, price: f64) -> CellCost {
    let plain = |quantity| cell.evidence.metrics.get(Metric::plain(quantity));
    let gpus = plain(Quantity::NumGpus);
    let duration = plain(Quantity::Duration).filter(|seconds| *seconds >= 0.0);
    let gpu_hours = duration.zip(gpus).map(|(seconds, gpus)| seconds * gpus / 3600.0);
    let compute = gpu_hours.map(|hours| hours * price);
    let requests = cell.evidence.completion.successful;
    let per_million = |rate: Option<f64>| {
        let rate = rate.filter(|rate| *rate > 0.0)?;
        Some(price * gpus? / (rate * 3600.0) * 1e6)
    };
    CellCost {
        duration,
        gpus,
        gpu_hours,
        compute,
        requests,
        per_request: compute.zip(requests.filter(|n| *n > 0)).map(|(cost, n)| cost / n as f64),
        per_million_input: per_million(plain(Quantity::InputTput)),
        per_million_output: per_million(plain(Quantity::OutputTput)),
        per_million_total: per_million(plain(Quantity::TotalTput)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use inferguard_model::{Evidence, Identity};

    fn cell(hardware: Option<&str>, roles: Option<(&str, &str)>) -> Cell {
        let identity = Identity {
            hardware: hardware.map(Into::into),
            role_hardware: roles.map(|(prefill, decode)| (prefill.into(), decode.into())),
            ..Identity::default()
        };
        Cell {
            id: "c".into(),
            evidence: Box::new(Evidence { identity, ..Evidence::default() }),
            has_result: true,
            ..Cell::default()
        }
    }

    #[test]
    fn a_price_is_that_of_the_hardware_and_absent_without_one() {
        let by_hardware = [("h100".to_owned(), 2.0), ("b200".to_owned(), 3.0)].into();
        let prices = Prices { by_hardware, ..Prices::default() };
        assert_eq!(prices.of(&cell(Some("h100"), None)), Some(2.0));
        assert_eq!(prices.of(&cell(Some("h200"), None)), None);
        assert_eq!(prices.of(&cell(None, None)), None);
        assert_eq!(Prices::flat(5.0, "USD").of(&cell(None, None)), Some(5.0));
    }

    #[test]
    fn roles_on_hardware_of_different_prices_have_none() {
        let by_hardware = [("h100".to_owned(), 2.0), ("b200".to_owned(), 3.0)].into();
        let prices = Prices { by_hardware, ..Prices::default() };
        assert_eq!(prices.of(&cell(Some("h100"), Some(("h100", "b200")))), None);
        assert_eq!(prices.of(&cell(Some("h100"), Some(("h100", "mi355x")))), None);
        assert_eq!(prices.of(&cell(Some("h100"), Some(("h100-nv", "cluster:h100")))), Some(2.0));
    }
}
