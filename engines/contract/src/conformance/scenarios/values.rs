//! Ids and values pass through an engine unchanged, whatever they are made of.

use serde_json::{Value, json};

use crate::conformance::scenario::{Scenario, scenario, task};

/// Values that are easily changed on the way, and what they have to look like afterwards.
const DELICATE: &str = concat!(
    r##"[null,true,"",[],{},[[]],{"":{}},0,1,1.0,-0.0,-1.5,0.1,1e300,5e-324,9223372036854775807,-9223372036854775808,"##,
    r##"9007199254740993,"1","2024-01-01T00:00:00Z",{"a.b":{"#c":[null]}},{"var":"input"},{"secret":"x"},{"$cat":1}]"##
);

fn hostile() -> Scenario {
    let ids = [
        "a.b",
        "#a",
        "0",
        " ",
        "größe 🎉",
        "tasks",
        "input.x",
        "a\"b\\",
        "__proto__",
        "{}",
        "a[0]",
    ];
    let mut built = scenario("an id may be made of anything").id("w.#0 \u{0}");
    for (place, id) in ids.iter().enumerate() {
        built = built.task(task(id).gives(1, json!(place)));
    }
    let tasks: Vec<_> = ids
        .iter()
        .enumerate()
        .map(|(place, id)| format!("{id} succeeded = {place}"))
        .collect();
    built.outcome(format!("{} · run succeeded", tasks.join(" · ")))
}

pub(super) fn scenarios() -> Vec<Scenario> {
    let delicate: Value = serde_json::from_str(DELICATE).expect("it is JSON");
    let literal = json!({ "var": "input", "deep": [{ "throw": "no" }], "$cat": { "+": [1, 2] } });
    vec![
        hostile(),
        scenario("an id with control characters is an id")
            .task(task("nul\u{0}").takes(2))
            .task(task("\u{1b}[31m").needs(["nul\u{0}"]))
            .outcome(r"nul\u{0} succeeded · \u{1b}[31m succeeded · run succeeded")
            .calls(r"nul\u{0} 0-2, \u{1b}[31m 2-3"),
        scenario("an output reaches the outcome as the handler gave it")
            .task(task("a").gives(1, delicate.clone()))
            .outcome(format!("a succeeded = {delicate} · run succeeded")),
        scenario("a template passes an output and the input on as they are")
            .input(delicate.clone())
            .task(task("a").gives(1, delicate.clone()))
            .task(
                task("b")
                    .needs(["a"])
                    .template(json!([{ "var": "tasks.a.output" }, { "var": "input" }])),
            )
            .outcome(format!("a succeeded = {delicate} · b succeeded · run succeeded"))
            .calls(format!("a 0-1, b([{delicate},{delicate}]) 1-2")),
        scenario("a literal that looks like logic is passed as it stands")
            .task(task("a").literal(literal.clone()))
            .outcome("a succeeded · run succeeded")
            .calls(format!("a({literal}) 0-1")),
        scenario("an integer above the largest i64 is kept exactly")
            .task(
                task("a")
                    .literal(json!(u64::MAX))
                    .gives(1, json!([9_223_372_036_854_775_808_u64])),
            )
            .outcome("a succeeded = [9223372036854775808] · run succeeded")
            .calls("a(18446744073709551615) 0-1"),
    ]
}
