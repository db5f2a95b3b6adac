//! What the harness promises about any engine: whatever one does is its own case's observation, and no fault goes unseen.

mod causes;
mod contained;
mod endless;
mod faults;
mod fixes;
mod recovery;
mod refusals;
mod rules;
mod schedules;
mod support;
mod timing;
