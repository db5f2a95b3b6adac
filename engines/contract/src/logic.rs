//! JSONLogic as every engine here has to evaluate it: datalogic-rs, configured as dataflow-rs configures it.

use datalogic_rs::{Engine, Logic};
use serde_json::Value;

/// The evaluator: templating mode (an object of several keys, or of one that is no operator, is itself a template), `$`
/// before a key makes it literal, and every operator family that dataflow-rs's `all-operators` turns on.
pub fn engine() -> Engine {
    Engine::builder()
        .with_templating(true)
        .with_template_key_escape('$')
        .build()
}

/// Whether evaluating `logic` may fail, as opposed to giving some value. Errs on the side of `true`: only operators known to
/// take anything are counted as safe.
pub fn may_fail(logic: &Value) -> bool {
    // Not `==` and `!=`: comparing loosely, they fail on a word and a number.
    const TOTAL: [&str; 10] = ["var", "if", "===", "!==", "!", "!!", "and", "or", "cat", "merge"];
    match logic {
        Value::Array(items) => items.iter().any(may_fail),
        Value::Object(entries) => {
            let safe = entries.len() != 1
                || entries
                    .keys()
                    .all(|key| TOTAL.contains(&key.as_str()) || key.starts_with('$'));
            !safe || entries.values().any(may_fail)
        }
        _ => false,
    }
}

/// How deeply arrays and objects are nested in `logic`.
pub fn depth(logic: &Value) -> usize {
    match logic {
        Value::Array(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
        Value::Object(entries) => 1 + entries.values().map(depth).max().unwrap_or(0),
        _ => 0,
    }
}

/// Compiles `logic` with `engine`.
///
/// # Errors
/// The evaluator's reason, if it does not compile.
pub fn compile(engine: &Engine, logic: &Value) -> Result<Logic, datalogic_rs::Error> {
    engine.compile(logic)
}
