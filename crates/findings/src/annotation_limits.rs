//! The limits by which points of series are annotated are those of the codes that report them.

use inferguard_analysis::annotate::AnnotationLimits;

use crate::Limits;
use crate::checks::{load_not_achieved, partial_run, suspect_point};

/// The limits of annotations, from the thresholds in force.
pub fn annotation_limits(limits: &Limits) -> AnnotationLimits {
    use {load_not_achieved as load, suspect_point as suspect};
    AnnotationLimits {
        suspect_drop: limits.get(&suspect::META, &suspect::DROP),
        suspect_recovery: limits.get(&suspect::META, &suspect::RECOVERY),
        short_run: limits.get(&suspect::META, &suspect::SHORT_RUN),
        load_share: limits.get(&load::META, &load::MIN_SHARE),
        schedule_delay: limits.get(&load::META, &load::MAX_DELAY_SECONDS),
        schedule_delay_share: limits.get(&load::META, &load::MAX_DELAY_SHARE),
        success_rate: limits.get(&partial_run::META, &partial_run::MIN_SUCCESS_RATE),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_that_are_not_set_are_the_defaults_of_the_annotations() {
        assert_eq!(annotation_limits(&Limits::default()), AnnotationLimits::default());
    }

    #[test]
    fn a_threshold_of_a_code_moves_the_annotations_with_it() {
        let mut limits = Limits::default();
        limits.set(partial_run::META.code, &partial_run::MIN_SUCCESS_RATE, 0.5);
        limits.set(suspect_point::META.code, &suspect_point::DROP, 0.4);
        limits.set(load_not_achieved::META.code, &load_not_achieved::MIN_SHARE, 0.8);
        let moved = annotation_limits(&limits);
        assert_eq!((moved.success_rate, moved.suspect_drop, moved.load_share), (0.5, 0.4, 0.8));
    }
}
