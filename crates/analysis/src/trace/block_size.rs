//! Tokens of a block of a trace: as given, else what the lengths of the requests allow.

/// Mooncake's own block size.
pub const MOONCAKE_BLOCK: u32 = 512;

/// Tokens of a block, and how well they fit the trace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BlockSize {
    /// Tokens.
    pub tokens: u32,
    /// Where the number comes from.
    pub source: BlockSizeSource,
    /// Every size that fits all requests, smallest and largest; `None` when none does.
    pub fitting: Option<(u32, u32)>,
    /// Requests with blocks and a length, so that the size can be checked.
    pub checked: u64,
    /// Requests among them with as many blocks as ceil(input / block size).
    pub fits: u64,
    /// Line of the first that has another number of blocks.
    pub first_misfit_line: Option<u64>,
}

/// Where a block size comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BlockSizeSource {
    /// It was given.
    Given,
    /// It fits every request.
    Inferred,
    /// No size fits every request; this one fits most.
    Assumed,
}

impl BlockSizeSource {
    /// Name on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Given => "given",
            Self::Inferred => "inferred",
            Self::Assumed => "assumed",
        }
    }
}

/// Finds the size for requests of (blocks, input tokens, line).
pub(super) fn find(
    given: Option<u32>,
    requests: &(impl Iterator<Item = (u32, u32, u64)> + Clone),
) -> BlockSize {
    let fitting = fitting(requests.clone());
    let fits =
        |size: u32| requests.clone().filter(|(n, input, _)| is_fit(size, *n, *input)).count();
    let powers = || (0..=16).map(|power| 1_u32 << power);
    let (tokens, source) = match (given, fitting) {
        (Some(size), _) => (size.max(1), BlockSizeSource::Given),
        (None, Some((low, high))) => {
            let within = |size: &u32| (low..=high).contains(size);
            let usual = Some(MOONCAKE_BLOCK).filter(within);
            let size = usual.or_else(|| powers().find(within)).unwrap_or(low);
            (size, BlockSizeSource::Inferred)
        }
        (None, None) => {
            let mut best = (MOONCAKE_BLOCK, fits(MOONCAKE_BLOCK));
            for size in powers() {
                let count = fits(size);
                if count > best.1 {
                    best = (size, count);
                }
            }
            (best.0, BlockSizeSource::Assumed)
        }
    };
    let misfit = requests.clone().find(|(n, input, _)| !is_fit(tokens, *n, *input));
    BlockSize {
        tokens,
        source,
        fitting,
        checked: requests.clone().count() as u64,
        fits: fits(tokens) as u64,
        first_misfit_line: misfit.map(|(_, _, line)| line),
    }
}

fn is_fit(size: u32, blocks: u32, input: u32) -> bool {
    input.div_ceil(size) == blocks
}

/// The smallest and largest size that fit all: ceil(input / size) = n is
/// input / n ≤ size < input / (n − 1).
fn fitting(requests: impl Iterator<Item = (u32, u32, u64)>) -> Option<(u32, u32)> {
    let (mut low, mut high) = (1, u32::MAX);
    for (blocks, input, _) in requests {
        match (blocks, input) {
            (0, 0) => {}
            (0, _) | (_, 0) => return None,
            (blocks, input) => {
                low = low.max(input.div_ceil(blocks));
                if blocks > 1 {
                    high = high.min(input.div_ceil(blocks - 1) - 1);
                }
            }
        }
    }
    (low <= high).then_some((low, high))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn found(given: Option<u32>, requests: &[(u32, u32)]) -> BlockSize {
        let lines = requests.iter().zip(1..).map(|((n, input), line)| (*n, *input, line));
        find(given, &lines)
    }

    #[test]
    fn a_size_is_inferred_where_one_fits_all() {
        let size = found(None, &[(14, 6758), (15, 7322), (1, 512), (0, 0)]);
        assert_eq!((size.tokens, size.source), (512, BlockSizeSource::Inferred));
        assert_eq!((size.checked, size.fits, size.first_misfit_line), (4, 4, None));
        assert_eq!(found(None, &[(63, 1000), (62, 992)]).tokens, 16);
        assert_eq!(found(None, &[(10, 1000), (11, 1001)]).tokens, 100);
        // Nothing to tell it from: the usual one.
        assert_eq!(found(None, &[(1, 5)]).tokens, 512);
    }

    #[test]
    fn a_size_that_does_not_fit_is_told() {
        let size = found(None, &[(2, 1024), (3, 1024), (1, 300)]);
        assert_eq!((size.tokens, size.source), (512, BlockSizeSource::Assumed));
        assert_eq!((size.fitting, size.fits, size.first_misfit_line), (None, 2, Some(2)));
        let size = found(Some(16), &[(2, 1024)]);
        assert_eq!((size.tokens, size.fits), (16, 0));
        assert_eq!(size.fitting, Some((512, 1023)));
    }

    proptest! {
        #[test]
        fn what_fits_is_found(size in 1_u32..3000, inputs in prop::collection::vec(1_u32..200_000, 1..40)) {
            let requests: Vec<_> = inputs.iter().map(|input| (input.div_ceil(size), *input)).collect();
            let found = found(None, &requests);
            let (low, high) = found.fitting.expect("one fits");
            prop_assert!(low <= size && size <= high);
            prop_assert_eq!(found.fits, found.checked);
            for (n, input) in &requests {
                prop_assert!(is_fit(low, *n, *input) && is_fit(high, *n, *input));
            }
        }
    }
}
