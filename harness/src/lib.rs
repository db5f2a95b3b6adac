//! The comparison: plays each case to a legacy and a new engine, compares what was observed, says who is to blame, and judges
//! the whole by gates.
//!
//! A run in order of its steps:
//!
//! | module | what |
//! |---|---|
//! | [`config`] | `cutover.toml`: migrations, their engines, corpus and gates |
//! | [`run`] | one run: every case on every core, watched over, written down as it goes |
//! | [`judge`] | one case: which engines are asked, what is compared, who is to blame |
//! | [`kept`] | what engines have loaded, kept from case to case |
//! | [`compare`] | two observations, aspect by aspect |
//! | [`causes`] | all differences: made small, and gathered by cause |
//! | [`ledger`] | which causes somebody accepted, and until when |
//! | [`rules`] | one observation, held against its definition and against the engine's own account |
//! | [`recovery`] | one case: a durable engine is killed at its writes and has to come to the same end |
//! | [`soak`] | many runs at once, whose process dies again and again |
//! | [`alarms`] | an engine against itself |
//! | [`verdict`] | all cases: totals, feature matrix, gates |
//! | [`mutants`] | planted faults: what the comparison has to find |
//! | [`reach`] | what cases go through, cases that reach all of it, and the smallest set of them |
//! | [`timing`] | how long each engine takes, in real time, and what of it can be believed |
//! | [`record`] | the run record on disk |

pub mod alarms;
pub mod causes;
pub mod compare;
pub mod config;
pub mod divergence;
pub mod judge;
pub mod kept;
pub mod ledger;
pub mod mutants;
pub mod reach;
pub mod record;
pub mod recovery;
pub mod rules;
pub mod run;
pub mod soak;
pub mod timing;
pub mod verdict;

pub use divergence::{Aspect, Blame, Divergence};
pub use judge::{Engines, Judgement};
pub use verdict::Verdict;
