//! What comes of definitions on dataflow-rs: results, values and refusals.

use std::sync::Arc;

use contract::observation::End;
use contract::stage::Stage;
use contract::{
    CallResult, Definition, Engine, Event, Host, Job, Observation, Options, Outcome, Script, Signal, TaskStatus,
};
use dataflow::Dataflow;
use futures::FutureExt;
use futures::future::BoxFuture;
use serde_json::{Value, json};

fn definition(workflow: Value) -> Definition {
    serde_json::from_value(json!({ "dag": workflow })).expect("a definition")
}

fn play(workflow: Value, input: Value, script: Value) -> Observation {
    let script: Script = serde_json::from_value(script).expect("a script");
    Stage::new().play(&Dataflow, &definition(workflow), &Arc::new(input), &Arc::new(script))
}

fn call(id: &str, needs: &[&str]) -> Value {
    json!({ "id": id, "needs": needs, "call": { "handler": "work" } })
}

/// `a succeeded 1 "x" · b failed 1 kind: message · run failed`, the number being the attempts.
fn shown(outcome: &Outcome) -> String {
    let mut parts: Vec<String> = Vec::new();
    for task in &outcome.tasks {
        let result = match (&task.output, &task.error) {
            (Some(output), _) => format!(" {output}"),
            (None, Some(error)) => format!(" {error}"),
            (None, None) => String::new(),
        };
        parts.push(format!(
            "{} {} {}{result}",
            task.task,
            task.status.as_str(),
            task.attempts
        ));
    }
    parts.push(format!("run {}", outcome.status.as_str()));
    parts.extend(outcome.error.as_ref().map(|error| format!("because of {}", error.task)));
    parts.join(" · ")
}

fn finished(observation: Observation) -> Outcome {
    match observation.end {
        End::Finished(outcome) => outcome,
        other => panic!("not finished: {other:?}"),
    }
}

#[track_caller]
fn check(workflow: Value, input: Value, script: Value, expected: &str) {
    assert_eq!(shown(&finished(play(workflow, input, script))), expected);
}

fn returns(value: Value) -> Value {
    json!({ "attempts": [{ "takes": 1, "then": { "returns": value } }] })
}

fn fails(kind: &str, message: &str) -> Value {
    json!({ "attempts": [{ "takes": 1, "then": { "fails": { "kind": kind, "message": message } } }] })
}

#[test]
fn tasks_run_one_after_another_in_an_order_that_their_needs_allow() {
    let tasks = [
        call("d", &["b", "c"]),
        call("c", &["a"]),
        call("b", &["a", "a"]),
        call("a", &[]),
    ];
    let observation = play(json!({ "id": "w", "tasks": tasks }), Value::Null, json!({}));
    let calls: Vec<_> = observation
        .calls
        .iter()
        .map(|call| format!("{} at {}", call.task, call.started))
        .collect();
    assert_eq!(calls, ["a at 0 ms", "c at 1 ms", "b at 2 ms", "d at 3 ms"]);
    assert_eq!(
        shown(&finished(observation)),
        "d succeeded 1 null · c succeeded 1 null · b succeeded 1 null · a succeeded 1 null · run succeeded"
    );
}

#[test]
fn only_a_condition_that_gives_true_lets_its_task_run() {
    let when = |id: &str, when: Value| json!({ "id": id, "when": when, "call": { "handler": "work" } });
    let tasks = [
        when("true", json!({ "==": [{ "var": "input.n" }, 3] })),
        when("one", json!({ "var": "input.n" })),
        when("broken", json!({ "throw": "no" })),
        when("literal", json!(true)),
    ];
    check(
        json!({ "id": "w", "tasks": tasks }),
        json!({ "n": 3 }),
        json!({}),
        "true succeeded 1 null · one skipped 0 · broken skipped 0 · literal succeeded 1 null · run succeeded",
    );
}

#[test]
fn conditions_and_templates_see_the_input_and_the_tasks_before() {
    let template =
        json!({ "from": { "var": "tasks.a.output.x" }, "was": { "var": "tasks.a.status" }, "n": { "var": "input" } });
    let mut last =
        json!({ "id": "b", "needs": ["a"], "call": { "handler": "work", "input": { "template": template } } });
    last["when"] = json!({ "==": [{ "var": "tasks.a.output.x" }, [1, 2]] });
    let observation = play(
        json!({ "id": "w", "tasks": [call("a", &[]), last] }),
        json!(7),
        json!({ "tasks": { "a": returns(json!({ "x": [1, 2] })) } }),
    );
    assert_eq!(
        *observation.calls[1].input,
        json!({ "from": [1, 2], "was": "succeeded", "n": 7 })
    );
}

#[test]
fn a_template_that_fails_is_a_failure_without_a_call() {
    let broken = json!({ "id": "a", "call": { "handler": "work", "input": { "template": { "throw": "no" } } } });
    let reason = contract::logic::engine()
        .eval_str(r#"{"throw": "no"}"#, "{}")
        .expect_err("throws");
    check(
        json!({ "id": "w", "tasks": [broken, call("b", &[])] }),
        Value::Null,
        json!({}),
        &format!("a failed 0 input: {reason} · b cancelled 0 · run failed · because of a"),
    );
}

#[test]
fn the_first_failure_stops_the_run() {
    let skipped = json!({ "id": "s", "when": false, "call": { "handler": "work" } });
    check(
        json!({ "id": "w", "tasks": [skipped, call("a", &[]), call("b", &["a"]), call("c", &["b"])] }),
        Value::Null,
        json!({ "tasks": { "b": fails("permanent", "Task b error: odd") } }),
        "s skipped 0 · a succeeded 1 null · b failed 1 permanent: Task b error: odd · c cancelled 0 · run failed · because of b",
    );
}

#[test]
fn on_failure_continue_goes_on() {
    check(
        json!({ "id": "w", "on_failure": "continue", "tasks": [call("a", &[]), call("b", &[]), call("c", &[])] }),
        Value::Null,
        json!({ "tasks": { "a": fails("transient", "x"), "b": fails("over quota", "") } }),
        "a failed 1 transient: x · b failed 1 over quota:  · c succeeded 1 null · run failed · because of a",
    );
}

#[test]
fn ids_may_be_made_of_anything() {
    let ids = [
        "a.b",
        "#a",
        "0",
        " ",
        "größe 🎉",
        "nul\0",
        "tasks",
        "input",
        "data.x",
        "a\"b\\",
        "__proto__",
        "true",
    ];
    let tasks: Vec<Value> = ids.iter().map(|id| call(id, &[])).collect();
    let script: serde_json::Map<_, _> = ids
        .iter()
        .map(|id| ((*id).to_owned(), returns(json!({ "of": id }))))
        .collect();
    let outcome = finished(play(
        json!({ "id": "w\0.#", "tasks": tasks }),
        Value::Null,
        json!({ "tasks": script }),
    ));
    for (task, id) in outcome.tasks.iter().zip(ids) {
        assert_eq!((&*task.task, task.output.as_deref()), (id, Some(&json!({ "of": id }))));
    }
}

#[test]
fn an_output_comes_back_as_it_was_given() {
    let values = [
        "null",
        "true",
        "0",
        "1",
        "1.0",
        "-0.0",
        "-1.5",
        "1e300",
        "5e-324",
        "0.1",
        "9223372036854775807",
        "-9223372036854775808",
        "9007199254740993",
        "\"\"",
        "\"2024-01-01T00:00:00Z\"",
        "\"nul\\u0000\"",
        "[]",
        "{}",
        "[[],{}]",
        "{\"a.b\":{\"#c\":[null]}}",
        "{\"z\":1,\"a\":2}",
        "{\"var\":\"input\"}",
        "{\"secret\":\"x\"}",
        "{\"$cat\":1}",
        "{\"\":0}",
    ];
    for text in values {
        let value: Value = serde_json::from_str(text).expect("JSON");
        let copying = json!({ "id": "b", "needs": ["a"],
            "call": { "handler": "work", "input": { "template": { "var": "tasks.a.output" } } } });
        let script = json!({ "tasks": { "a": returns(value.clone()) } });
        let observation = play(
            json!({ "id": "w", "tasks": [call("a", &[]), copying] }),
            Value::Null,
            script,
        );
        assert_eq!(
            observation.calls[1].input.to_string(),
            value.to_string(),
            "in the input made from {text}"
        );
        let output = finished(observation).tasks[0].output.clone().expect("an output");
        assert_eq!(output.to_string(), value.to_string(), "in the output {text}");
    }
}

#[test]
fn a_literal_input_is_never_taken_for_logic() {
    let literal = json!({ "secret": "x", "deep": { "var": "input", "$cat": { "throw": "no" } } });
    let task = json!({ "id": "a", "call": { "handler": "work", "input": { "literal": literal } } });
    let observation = play(json!({ "id": "w", "tasks": [task] }), Value::Null, json!({}));
    assert_eq!(*observation.calls[0].input, literal);
}

#[track_caller]
fn refused(workflow: Value, expected: &[&str]) {
    let rejection = Dataflow.load(&definition(workflow)).err().expect("a refusal");
    let problems: Vec<_> = rejection.problems().iter().map(ToString::to_string).collect();
    assert_eq!(problems, expected);
}

#[test]
fn what_has_no_order_is_refused() {
    refused(
        json!({ "id": "w", "tasks": [call("a", &["b"]), call("b", &["a"]), call("c", &["b", "x"]), call("d", &["d"]), call("d", &[])] }),
        &[
            "the id `d` is used by more than one task",
            "task `c` needs `x`, which does not exist",
            "task `d` needs itself",
            "the tasks `a`, `b` need each other in a circle",
        ],
    );
}

#[test]
fn what_dataflow_rs_refuses_is_refused_in_its_words() {
    refused(
        json!({ "id": "w", "tasks": [] }),
        &["Workflow error: Workflow must have at least one task"],
    );
    let secret = json!({ "id": "a", "call": { "handler": "work", "input": { "template": { "secret": "x" } } } });
    assert!(
        Dataflow
            .load(&definition(json!({ "id": "w", "tasks": [secret] })))
            .is_err()
    );
}

#[test]
fn what_dataflow_rs_does_not_have_is_refused() {
    let with = |key: &str, value: Value| {
        let mut task = call("a", &[]);
        task[key] = value;
        json!({ "id": "w", "tasks": [task] })
    };
    refused(
        with("timeout", json!(5)),
        &["dataflow-rs has no timeout of a task, which task `a` asks for"],
    );
    refused(
        with("for_each", json!([])),
        &["dataflow-rs has no `for_each`, which task `a` asks for"],
    );
    refused(
        json!({ "id": "w", "timeout": 5, "tasks": [call("a", &[])] }),
        &["dataflow-rs has no timeout of a run"],
    );
}

#[test]
fn options_are_refused() {
    assert!(Dataflow::new(&Options::new()).is_ok());
    let options = Options::from([("max_parallel".to_owned(), json!(1))]);
    assert!(
        Dataflow::new(&options)
            .expect_err("it has none")
            .to_string()
            .contains("max_parallel")
    );
}

/// A host that echoes, without any stage around it.
struct Echo;

impl Host for Echo {
    fn call(&self, call: contract::Call) -> BoxFuture<'static, CallResult> {
        async move {
            tokio::task::yield_now().await;
            Ok(call.input)
        }
        .boxed()
    }

    fn report(&self, _: Event) {}

    fn signal(&self) -> BoxFuture<'static, Option<Signal>> {
        std::future::ready(None).boxed()
    }
}

#[test]
fn runs_side_by_side_on_a_real_runtime_do_not_meet() {
    let task = json!({ "id": "a", "call": { "handler": "work", "input": { "template": { "var": "input" } } } });
    let loaded = Dataflow
        .load(&definition(json!({ "id": "w", "tasks": [task, call("b", &["a"])] })))
        .expect("loads");
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let runs = (0..50).map(|number| {
        loaded.run(
            Job {
                run: "r".into(),
                input: Arc::new(json!(number)),
            },
            Arc::new(Echo),
        )
    });
    let outcomes = runtime
        .block_on(futures::future::join_all(runs))
        .into_iter()
        .map(|finished| match finished.end() {
            End::Finished(outcome) => outcome,
            other => panic!("{other:?}"),
        });
    for (number, outcome) in outcomes.enumerate() {
        assert_eq!(outcome.tasks[0].output.as_deref(), Some(&json!(number)));
        assert_eq!(outcome.tasks[1].status, TaskStatus::Succeeded);
    }
}
