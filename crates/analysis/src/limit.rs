//! Comparisons with limits that people write in decimal.
//!
//! 1.15 - 1 is a little less than 0.15 in binary; a value that is equal to its limit but for such
//! rounding is at the limit.

/// Relative difference that rounding may leave after a few operations.
const ROUNDING: f64 = 1e-9;

/// Whether a value is at the limit or above it.
pub fn reaches(value: f64, limit: f64) -> bool {
    value >= limit - ROUNDING * limit.abs()
}

/// Whether a value is at the limit or below it.
pub fn keeps_to(value: f64, limit: f64) -> bool {
    value <= limit + ROUNDING * limit.abs()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_at_its_limit_is_on_the_near_side_whatever_the_rounding() {
        assert!(1.15 - 1.0 < 0.15 && reaches(1.15 - 1.0, 0.15));
        assert!(0.1 + 0.2 > 0.3 && keeps_to(0.1 + 0.2, 0.3));
        assert!(!reaches(0.149_99, 0.15) && !keeps_to(0.300_01, 0.3));
        assert!(reaches(-0.15, -0.15) && keeps_to(-0.15, -0.15) && reaches(0.0, 0.0));
        assert!(!reaches(f64::NAN, 0.0) && !keeps_to(f64::NAN, 0.0));
    }
}
