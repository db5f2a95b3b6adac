//! The report in a real browser: that of a run that passes, fails, is open, is full of rules, and is hostile.

mod hostile;
mod looks;
mod schemas;
mod searching;
mod single;
mod support;
