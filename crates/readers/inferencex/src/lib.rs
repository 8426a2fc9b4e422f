//! Reads what InferenceX (InferenceMAX) writes, and its relatives of vLLM and SGLang descent:
//! raw serving-benchmark results, processed rows of every generation including the agentic ones,
//! aggregated arrays, evals, power validation; logs and archives are linked.
//!
//! The trace-replay CSV files of AgentX have a reader of their own.

mod evals;
mod file_names;
mod keys;
pub mod name;
mod power;
mod probe;
mod row;
mod rows;
mod told;

pub use keys::row_key;
pub use probe::InferencexReader;
pub use row::nested_key;

#[cfg(test)]
mod tests;
