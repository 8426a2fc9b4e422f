//! Tests over whole files, and of both readers against each other.

mod damaged;
mod lines;
