//! What was made elsewhere, made into cases: executions, and definitions.

pub mod dataflow_rs;
pub mod wfformat;
