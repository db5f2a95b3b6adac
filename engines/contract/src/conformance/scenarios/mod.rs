//! The scenarios, by what they are about. What is right in each is written from the workflow semantics, not taken from a run.

mod asks;
mod attempts;
mod conditions;
mod deaths;
mod failure;
mod items;
mod order;
mod refusal;
mod run_if;
mod signals;
mod undoing;
mod values;

use serde_json::Value;

use super::scenario::Scenario;
use crate::logic;

/// Every scenario.
pub(super) fn all() -> Vec<Scenario> {
    let groups = [
        order::scenarios,
        values::scenarios,
        conditions::scenarios,
        run_if::scenarios,
        failure::scenarios,
        attempts::scenarios,
        undoing::scenarios,
        signals::scenarios,
        asks::scenarios,
        items::scenarios,
        deaths::scenarios,
        refusal::scenarios,
    ];
    groups.into_iter().flat_map(|scenarios| scenarios()).collect()
}

/// JSONLogic that cannot be evaluated.
fn throwing() -> Value {
    serde_json::json!({ "throw": "no" })
}

/// What the evaluator says of [`throwing`]: its words are part of the outcome.
fn thrown() -> String {
    let engine = logic::engine();
    let compiled = logic::compile(&engine, &throwing()).expect("it compiles");
    let result = engine.session().eval_str(&compiled, "{}");
    result.expect_err("it throws").to_string()
}
