//! One file per command.

pub(crate) mod analyze;
pub(crate) mod completions;
pub(crate) mod explain;
pub(crate) mod export;
pub(crate) mod man;
pub(crate) mod pareto;
pub(crate) mod plot;
pub(crate) mod requests;
pub(crate) mod runs;
pub(crate) mod schema;
pub(crate) mod tag;
pub(crate) mod trace;
pub(crate) mod validate;
