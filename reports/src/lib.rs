//! A run record in; what people and machines read out.
//!
//! Everything here is a pure function: no engine is run, no clock read, no random number drawn, so the same record gives the
//! same bytes. Whatever comes from a workflow is text, escaped for where it is shown.
//!
//! | module | what |
//! |---|---|
//! | [`terminal`] | the verdict as `compare` prints it |
//! | [`markdown`] | the same for a CI job's summary |
//! | [`html`] | the same as a page, with each cause to look into |
//! | [`json`] | the same for programs, with a published schema |
//! | [`junit`] | the same as test cases, for CI |
//! | [`sarif`] | the same as results, for code scanning |
//! | [`traces`] | one case on several engines, side by side, as `replay` prints it |

mod causes;
mod controls;
pub mod html;
pub mod json;
pub mod junit;
mod ledger;
pub mod markdown;
mod matrix;
mod pairs;
mod performance;
mod reach;
pub mod sarif;
mod table;
pub mod terminal;
pub mod traces;
mod words;

pub use performance::duration;
