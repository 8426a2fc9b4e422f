//! The limits by which points of series are annotated are those of the codes that report them.

use inferguard_analysis::annotate::AnnotationLimits;

use crate::Limits;
use crate::checks::partial_run;

/// The limits of annotations, from the thresholds in force.
pub fn annotation_limits(limits: &Limits) -> AnnotationLimits {
    AnnotationLimits {
        success_rate: limits.get(&partial_run::META, &partial_run::MIN_SUCCESS_RATE),
        // `suspect_drop`, `suspect_recovery` and `short_run` are thresholds of `suspect_point`,
        // `load_share`, `schedule_delay` and `schedule_delay_share` of `load_not_achieved`: they
        // come here with the checks.
        ..AnnotationLimits::default()
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
        assert_eq!(annotation_limits(&limits).success_rate, 0.5);
    }
}
