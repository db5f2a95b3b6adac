//! `for_each`: "the task runs once per item, as items `id[0]`, `id[1]`, …"

use serde_json::json;

use super::{check, check_events, check_inputs, check_outputs};

#[test]
fn a_task_runs_once_per_item() {
    check(
        json!([{"id": "a", "for_each": ["x", "y"]}, {"id": "b", "needs": ["a"]}]),
        "a[0] 20; a[1] 10; b 5",
        "a[0] 0..20, a[1] 0..10, b 20..25 | a succeeded, b succeeded | succeeded at 25",
    );
}

/// "The output of a `for_each` task is the list of its items' outputs, in item order."
#[test]
fn its_output_is_the_list_of_its_items_outputs_in_item_order() {
    check_outputs(
        json!([{"id": "a", "for_each": [1, 2, 3]}]),
        json!(null),
        r#"a[0] 20 returns "first"; a[1] 10 returns "second"; a[2] 15"#,
        r#"a = ["first","second",null]"#,
    );
}

/// "`for_each` is evaluated when the task is decided (not a list: failed, kind `input`; empty: succeeded with `[]`)."
#[test]
fn it_is_evaluated_when_the_task_is_decided() {
    check_outputs(json!([{"id": "a", "for_each": []}]), json!(null), "", "a = []");
    check(
        json!([{"id": "a", "for_each": []}, {"id": "b", "needs": ["a"]}]),
        "",
        "b 0..1 | a succeeded, b succeeded | succeeded at 1",
    );
    let not_a_list = "a: input: for_each did not give a list | run: a: input: for_each did not give a list";
    for other in [
        json!({"var": "input"}),
        json!({"var": "nothing"}),
        json!("text"),
        json!(3),
    ] {
        check_outputs(json!([{"id": "a", "for_each": other}]), json!({"k": 1}), "", not_a_list);
    }
    check(
        json!([{"id": "a", "for_each": {"throw": "x"}}]),
        "",
        "a failed(input) | failed(a) at 0",
    );
    check(
        json!([{"id": "a", "for_each": {"throw": "x"}, "retry": {"max_attempts": 3, "only": ["input"]}}]),
        "",
        "a failed(input) | failed(a) at 0",
    );
    check(
        json!([{"id": "a", "when": false, "for_each": {"throw": "x"}}]),
        "",
        "a skipped(condition) | succeeded at 0",
    );
}

/// "Templates see `item` and `index`."
#[test]
fn templates_see_item_and_index() {
    let template = json!({"cat": [{"var": "item"}, "@", {"var": "index"}, "/", {"var": "input"}]});
    check_inputs(
        json!([{"id": "a", "for_each": {"var": "tasks.list.output"}, "needs": ["list"], "call": {"handler": "h", "input": {"template": template}}}, {"id": "list"}]),
        json!("in"),
        r#"list 1 returns ["x", "y"]"#,
        r#"list do null, a[0] h "x@0/in", a[1] h "y@1/in""#,
    );
}

#[test]
fn other_templates_see_no_item() {
    let template = json!({"var": ["item", "none"]});
    check_inputs(
        json!([{"id": "a", "for_each": [7], "call": {"handler": "h", "input": {"template": template}}},
               {"id": "b", "needs": ["a"], "call": {"handler": "h", "input": {"template": template}}}]),
        json!(null),
        "",
        r#"a[0] h 7, b h "none""#,
    );
}

/// "Retry and timeout hold for each item." "A task's `attempts` is the number of calls made for it."
#[test]
fn retry_and_timeout_hold_for_each_item() {
    check(
        json!([{"id": "a", "for_each": [1, 2], "timeout": 20, "retry": {"max_attempts": 2, "initial": 5}}]),
        "a[0] 10 fails / 3; a[1] 30 / 4",
        "a[0] 0..10 failed, a[1] 0..20 dropped, a[0]#2 15..18, a[1]#2 25..29 | a succeeded | succeeded at 29",
    );
}

/// "Once an item has failed for good, items under way finish, no further one starts, and the task is failed with that item's
/// error."
#[test]
fn once_an_item_has_failed_no_further_one_starts() {
    check(
        json!({"max_parallel": 2, "on_failure": "continue", "tasks": [{"id": "a", "for_each": [1, 2, 3]}, {"id": "b", "needs": ["a"], "run_if": "any_failed"}]}),
        "a[0] 10 fails; a[1] 30; b 5",
        "a[0] 0..10 failed, a[1] 0..30, b 30..35 | a failed(boom), b succeeded | failed(a) at 35",
    );
}

#[test]
fn of_two_failed_items_the_first_in_time_is_the_tasks_error() {
    check(
        json!([{"id": "a", "for_each": [1, 2, 3], "retry": {"max_attempts": 2, "only": ["again"]}}]),
        "a[0] 20 fails late; a[1] 10 fails first; a[2] 15 fails again",
        "a[0] 0..20 failed, a[1] 0..10 failed, a[2] 0..15 failed | a failed(first) | failed(a) at 20",
    );
}

/// Items that back off when another one fails for good never start again.
#[test]
fn an_item_that_backs_off_does_not_hold_up_the_failure() {
    check(
        json!([{"id": "a", "for_each": [1, 2], "retry": {"max_attempts": 2, "initial": 100, "only": ["again"]}}]),
        "a[0] 5 fails again; a[1] 10 fails",
        "a[0] 0..5 failed, a[1] 0..10 failed | a failed(boom) | failed(a) at 10",
    );
}

/// "The task is failed with that item's error", also when that is a timeout.
#[test]
fn a_timed_out_item_fails_its_task() {
    check(
        json!([{"id": "a", "for_each": [1], "timeout": 10}]),
        "a 20",
        "a[0] 0..10 dropped | a failed(timeout) | failed(a) at 10",
    );
}

/// The task's failure counts from the moment its last running item ended.
#[test]
fn the_failure_counts_once_the_last_item_has_ended() {
    check(
        json!({"on_failure": "continue", "tasks": [{"id": "a", "for_each": [1, 2]}, {"id": "b"}]}),
        "a[0] 10 fails; a[1] 30; b 20 fails",
        "a[0] 0..10 failed, a[1] 0..30, b 0..20 failed | a failed(boom), b failed(boom) | failed(b) at 30",
    );
}

/// "Calls in flight at once": each item's call takes a slot; then priority, declaration, item.
#[test]
fn items_queue_for_slots_in_item_order_after_priority_and_declaration() {
    check(
        json!({"max_parallel": 1, "tasks": [{"id": "a", "for_each": [1, 2]}, {"id": "b"}, {"id": "c", "priority": 1}]}),
        "",
        "c 0..1, a[0] 1..2, a[1] 2..3, b 3..4 | a succeeded, b succeeded, c succeeded | succeeded at 4",
    );
    check(
        json!({"max_parallel": 1, "tasks": [{"id": "a", "for_each": [1, 2], "retry": {"max_attempts": 2}}]}),
        "a[0] 1 fails / 1",
        "a[0] 0..1 failed, a[0]#2 1..2, a[1] 2..3 | a succeeded | succeeded at 3",
    );
}

#[test]
fn a_template_that_fails_for_an_item_fails_the_task_once_the_others_have_finished() {
    let template = json!({"if": [{"==": [{"var": "item"}, 2]}, {"throw": "x"}, {"var": "item"}]});
    check(
        json!([{"id": "a", "for_each": [1, 2, 3], "call": {"handler": "h", "input": {"template": template}}}]),
        "a 10",
        "a[0] 0..10 | a failed(input) | failed(a) at 10",
    );
}

#[test]
fn reports_name_the_item() {
    check_events(
        json!([{"id": "a", "for_each": [1, 2], "retry": {"max_attempts": 2, "initial": 5}}]),
        "a[0] 10; a[1] 20 fails / 1",
        "0 run started, 0 a[0]#1 started, 0 a[1]#1 started, 20 a[1]#1 backs off 5, 25 a[1]#2 started, 26 a succeeded, \
         26 run ended succeeded",
    );
}
