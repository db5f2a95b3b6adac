//! The page, sentence by sentence: each test quotes what it holds the engine to.
//!
//! A test is a workflow, a script in the shorthand of [`play`] and what comes of it, in the shorthand of [`shown`].

mod attempts;
mod checking;
mod compensation;
mod failure;
mod for_each;
mod options;
mod outcome;
mod play;
mod shown;
mod signals;
mod starting;
mod stopping;
mod ties;

use play::{play, play_with};
use serde_json::Value;

/// Holds that `workflow` under `script` comes to `expected`, as [`shown::summary`] shows it.
#[track_caller]
fn check(workflow: Value, script: &str, expected: &str) {
    let observation = play(workflow, script);
    assert_eq!(shown::summary(&observation), expected);
}

/// Holds that `workflow` on `input` under `script` gives these outputs and errors, as [`shown::outputs`] shows them.
#[track_caller]
fn check_outputs(workflow: Value, input: Value, script: &str, expected: &str) {
    let observation = play_with(&contract::Options::new(), workflow, input, script);
    assert_eq!(shown::outputs(&observation), expected);
}

/// Holds that `workflow` on `input` under `script` calls its handlers with these inputs, as [`shown::inputs`] shows them.
#[track_caller]
fn check_inputs(workflow: Value, input: Value, script: &str, expected: &str) {
    let observation = play_with(&contract::Options::new(), workflow, input, script);
    assert_eq!(shown::inputs(&observation), expected);
}

/// Holds that `workflow` under `script` reports `expected`, as [`shown::events`] shows it.
#[track_caller]
fn check_events(workflow: Value, script: &str, expected: &str) {
    let observation = play(workflow, script);
    assert_eq!(shown::events(&observation), expected);
}
