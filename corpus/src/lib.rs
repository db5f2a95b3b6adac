//! Where cases come from: generators, shapes, importers and pinned cases.
//!
//! | module | what |
//! |---|---|
//! | [`case`] | [`Case`], and the file it is kept in |
//! | [`generate`] | cases drawn from a seed, valid ones and their invalid twins |
//! | [`strategy`] | the same cases as a proptest strategy that shrinks |
//! | [`mod@load`], [`save`] | case files and folders of them, read and written |
//! | [`import`] | executions recorded elsewhere, made into cases |
//! | [`pairs`] | which two features a case can use at once, and which two a set of cases does |
//! | [`size`] | how large a case is |
//! | [`stats`] | what a set of cases covers |
//! | [`workloads`] | cases to be timed |
//! | [`schema`] | the JSON schemas of case files and set files |

pub mod case;
pub mod generate;
pub mod import;
pub mod load;
pub mod pairs;
#[cfg(test)]
mod pinned;
pub mod save;
pub mod schema;
pub mod size;
pub mod stats;
pub mod strategy;
pub mod workloads;

pub use case::Case;
pub use size::Size;
