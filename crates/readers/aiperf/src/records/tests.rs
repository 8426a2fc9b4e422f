//! Tests over whole files, and of both readers against each other.

mod damaged;
mod files;
mod lines;
mod samples;
