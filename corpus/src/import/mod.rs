//! Executions recorded elsewhere, made into cases.

pub mod wfformat;
