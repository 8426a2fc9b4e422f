//! Fixtures of every version, the samples, and damaged files.
