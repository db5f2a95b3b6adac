//! Bugs in rules: in reading dataflow-rs definitions, and in calling the functions that an application registers.

use std::sync::Arc;

use contract::rules::reply::Ending;
use contract::rules::{Reply, call_name};
use contract::{Call, CallResult, Format, Json, Rules};
use futures::FutureExt;
use futures::future::BoxFuture;
use serde_json::{Map, Value, json};

use crate::mutants::fault::Run;
use crate::mutants::{Mutant, Place};

fn rules(name: &'static str, about: &'static str) -> Mutant {
    Mutant::new(Place::Rules, Format::Rules, name, about)
}

/// Changes each workflow.
fn workflows(rules: &mut Rules, change: impl FnMut(&mut Map<String, Value>)) {
    rules
        .workflows
        .iter_mut()
        .filter_map(Value::as_object_mut)
        .for_each(change);
}

/// Changes each step: tasks, and groups if `groups` says so.
fn steps(rules: &mut Rules, change: fn(&mut Map<String, Value>)) {
    fn visit(steps: Option<&mut Value>, change: fn(&mut Map<String, Value>)) {
        let steps = steps.and_then(Value::as_array_mut);
        for step in steps.into_iter().flatten().filter_map(Value::as_object_mut) {
            change(step);
            visit(step.get_mut("tasks"), change);
        }
    }
    workflows(rules, |workflow| visit(workflow.get_mut("tasks"), change));
}

/// Changes the input of each task with this function.
fn inputs(step: &mut Map<String, Value>, function: &str, change: fn(&mut Map<String, Value>)) {
    let call = step.get_mut("function").and_then(Value::as_object_mut);
    let call = call.filter(|call| call.get("name").is_some_and(|name| name == function));
    if let Some(input) = call
        .and_then(|call| call.get_mut("input"))
        .and_then(Value::as_object_mut)
    {
        change(input);
    }
}

fn mappings(step: &mut Map<String, Value>, change: fn(&mut Vec<Value>)) {
    if let Some(input) = step.get_mut("function").and_then(|function| function.get_mut("input"))
        && let Some(mappings) = input.get_mut("mappings").and_then(Value::as_array_mut)
    {
        change(mappings);
    }
}

pub(super) fn mutants() -> Vec<Mutant> {
    let mut mutants = of_workflows();
    mutants.extend(of_tasks());
    mutants.extend(of_functions());
    mutants
}

/// A mutant that does not see a key of each workflow.
macro_rules! workflows_without {
    ($key:literal, $name:literal, $about:literal) => {
        rules($name, $about).misreads_rules(|rules| {
            workflows(rules, |workflow| drop(workflow.remove($key)));
        })
    };
}

fn of_workflows() -> Vec<Mutant> {
    vec![
        workflows_without!(
            "priority",
            "rules-ignore-priority",
            "Workflows run in the order of their registration, whatever their priority."
        )
        .smallest(2, 3),
        workflows_without!(
            "condition",
            "rules-ignore-conditions-of-workflows",
            "A workflow runs although its condition does not hold."
        )
        .smallest(1, 2),
        workflows_without!(
            "continue_on_error",
            "rules-stop-at-the-first-error",
            "A workflow that should go on after an error ends processing."
        )
        .smallest(1, 2),
        workflows_without!(
            "status",
            "rules-run-paused-workflows",
            "A workflow that is paused or archived runs like an active one."
        )
        .smallest(1, 3),
        workflows_without!(
            "rollout",
            "rules-ignore-the-rollout",
            "A workflow that is rolled out to some buckets runs for all of them."
        )
        .smallest(1, 4),
        workflows_without!(
            "channel",
            "rules-ignore-channels",
            "A workflow runs in another channel than its own."
        )
        .smallest(1, 3),
        workflows_without!("loop", "rules-never-loop", "A workflow with a loop runs once.").smallest(1, 2),
        rules("rules-loop-one-sweep-short", "The last sweep of a loop is not made.")
            .smallest(1, 2)
            .misreads_rules(|rules| {
                workflows(rules, |workflow| {
                    if let Some(settings) = workflow.get_mut("loop").and_then(Value::as_object_mut)
                        && let Some(max) = settings.get("max").and_then(Value::as_i64)
                    {
                        let step = settings.get("increment").and_then(Value::as_i64).unwrap_or(1);
                        settings.insert("max".to_owned(), max.saturating_sub(step).into());
                    }
                });
            }),
        rules(
            "rules-keep-no-error-context",
            "The codes of failed tasks are not kept in the context.",
        )
        .smallest(1, 2)
        .misreads_rules(|rules| rules.error_context = None),
        rules(
            "rules-keep-one-error-too-many",
            "One code more is kept in the context than the limit allows.",
        )
        .smallest(1, 5)
        .misreads_rules(|rules| {
            if let Some(limit) = rules.error_context.as_mut().and_then(|context| context.limit.as_mut()) {
                *limit = limit.saturating_add(1);
            }
        }),
        rules("rules-lose-the-metadata", "A message arrives without its metadata.")
            .smallest(0, 0)
            .takes_input(|input| without(input, "metadata")),
        rules("rules-lose-the-payload", "A message arrives without its payload.")
            .smallest(1, 3)
            .takes_input(|input| without(input, "payload")),
    ]
}

fn without(input: &mut Value, key: &str) {
    if let Some(input) = input.as_object_mut() {
        input.remove(key);
    }
}

/// A mutant that does not see a key of each step.
macro_rules! steps_without {
    ($key:literal, $name:literal, $about:literal) => {
        rules($name, $about).misreads_rules(|rules| steps(rules, |step| drop(step.remove($key))))
    };
}

fn of_tasks() -> Vec<Mutant> {
    vec![
        rules(
            "rules-ignore-conditions-of-tasks",
            "A task runs although its condition does not hold.",
        )
        .smallest(1, 2)
        .misreads_rules(|rules| {
            steps(rules, |step| {
                if !step.contains_key("tasks") {
                    step.remove("condition");
                }
            });
        }),
        rules(
            "rules-ignore-conditions-of-groups",
            "The tasks of a group run although its condition does not hold.",
        )
        .smallest(1, 2)
        .misreads_rules(|rules| {
            steps(rules, |step| {
                if step.contains_key("tasks") {
                    step.remove("condition");
                }
            });
        }),
        steps_without!(
            "continue_on_error",
            "rules-stop-at-a-forgiven-error",
            "A task whose errors should be forgiven ends its workflow."
        )
        .smallest(1, 2),
        steps_without!(
            "terminal",
            "rules-go-on-after-a-terminal-task",
            "A task that should be the last is followed by others."
        )
        .smallest(2, 3),
        steps_without!(
            "halt_on",
            "rules-go-on-after-a-halting-failure",
            "A failure that should end its workflow does not."
        )
        .smallest(2, 4),
        rules(
            "rules-lose-the-last-mapping",
            "Of several mappings the last one is not made.",
        )
        .smallest(1, 2)
        .misreads_rules(|rules| {
            steps(rules, |step| {
                mappings(step, |mappings| {
                    if mappings.len() > 1 {
                        mappings.pop();
                    }
                });
            });
        }),
        rules(
            "rules-map-in-reverse",
            "Several mappings of a task are made in reverse.",
        )
        .smallest(1, 3)
        .misreads_rules(|rules| steps(rules, |step| mappings(step, |mappings| mappings.reverse()))),
        rules(
            "rules-count-list-places-from-one",
            "A path that writes the first place of a list writes the second.",
        )
        .smallest(1, 3)
        .misreads_rules(|rules| {
            steps(rules, |step| {
                mappings(step, |mappings| {
                    for path in mappings.iter_mut().filter_map(|mapping| mapping.get_mut("path")) {
                        if let Value::String(text) = path {
                            *text = text.replace(".0", ".1");
                        }
                    }
                });
            });
        }),
        rules(
            "rules-take-a-key-of-digits-for-a-place",
            "A path that names a key like `#7` makes a list instead of an object.",
        )
        .smallest(1, 3)
        .misreads_rules(|rules| {
            steps(rules, |step| {
                mappings(step, |mappings| {
                    for path in mappings.iter_mut().filter_map(|mapping| mapping.get_mut("path")) {
                        if let Value::String(text) = path {
                            *text = text.replace('#', "");
                        }
                    }
                });
            });
        }),
        rules(
            "rules-cut-log-lines",
            "Of a line in the log only the beginning is written.",
        )
        .smallest(1, 2)
        .misreads_rules(|rules| {
            steps(rules, |step| {
                inputs(step, "log", |input| {
                    if let Some(message) = input.remove("message") {
                        input.insert("message".to_owned(), json!({"substr": [message, 0, 4]}));
                    }
                });
            });
        }),
        rules(
            "rules-log-everything-as-information",
            "A warning in the log is information like any other.",
        )
        .smallest(1, 2)
        .misreads_rules(|rules| steps(rules, |step| inputs(step, "log", |input| drop(input.remove("level"))))),
        rules(
            "rules-swap-what-a-filter-does",
            "A filter that should skip its task ends the workflow.",
        )
        .smallest(1, 1)
        .misreads_rules(|rules| {
            steps(rules, |step| {
                inputs(step, "filter", |input| {
                    let skips = input.get("on_reject").is_some_and(|reject| reject == "skip");
                    input.insert("on_reject".to_owned(), if skips { "halt" } else { "skip" }.into());
                });
            });
        }),
        rules(
            "rules-validate-only-the-first-rule",
            "Of several rules of a validation only the first is looked at.",
        )
        .smallest(1, 1)
        .misreads_rules(|rules| {
            steps(rules, |step| {
                for function in ["validation", "validate"] {
                    inputs(step, function, |input| {
                        if let Some(Value::Array(rules)) = input.get_mut("rules") {
                            rules.truncate(1);
                        }
                    });
                }
            });
        }),
    ]
}

fn reply(run: &Arc<Run>, call: Call, change: fn(&mut Reply)) -> BoxFuture<'static, CallResult> {
    let result = run.host.call(call);
    async move {
        let result = result.await;
        let mut reply = Reply::of(&result);
        change(&mut reply);
        serde_json::to_value(&reply).map_or(result, |reply| Ok(Json::new(reply)))
    }
    .boxed()
}

fn of_functions() -> Vec<Mutant> {
    vec![
        rules("rules-call-a-function-twice", "A registered function is called twice.")
            .smallest(1, 2)
            .calls(|run, call| {
                drop(run.host.call(call.clone()));
                run.host.call(call)
            }),
        rules(
            "rules-show-functions-no-context",
            "A registered function sees an empty context.",
        )
        .smallest(1, 2)
        .calls(|run, mut call| {
            call.input = contract::rules::call_input(call.input["input"].clone(), json!({}));
            run.host.call(call)
        }),
        rules(
            "rules-give-functions-no-input",
            "A registered function gets null for its input.",
        )
        .smallest(1, 3)
        .calls(|run, mut call| {
            call.input = contract::rules::call_input(Value::Null, call.input["context"].clone());
            run.host.call(call)
        }),
        rules(
            "rules-call-by-workflow",
            "A call of a registered function goes by the name of its workflow alone.",
        )
        .smallest(1, 2)
        .calls(|run, mut call| {
            let workflow = call.task.split('/').next().unwrap_or_default();
            call.task = call_name(workflow, "");
            run.host.call(call)
        }),
        rules(
            "rules-lose-the-last-write-of-a-function",
            "What a function writes last is not kept.",
        )
        .smallest(1, 3)
        .calls(|run, call| reply(run, call, |reply| drop(reply.set.pop()))),
        rules(
            "rules-lose-the-errors-of-a-function",
            "Errors that a function adds to the message get lost.",
        )
        .smallest(1, 4)
        .calls(|run, call| reply(run, call, |reply| reply.errors.clear())),
        rules(
            "rules-take-every-status-for-success",
            "A function that ends with a status of its own counts as a plain success.",
        )
        .seen_in("AgentGate ExecutionManager: a non-zero exit code is a completed run")
        .smallest(1, 3)
        .calls(|run, call| {
            reply(run, call, |reply| {
                if matches!(reply.end, Ending::Status(_)) {
                    reply.end = Ending::Success;
                }
            })
        }),
        rules(
            "rules-go-on-after-a-halt",
            "A function that ends its workflow does not.",
        )
        .smallest(1, 3)
        .calls(|run, call| {
            reply(run, call, |reply| {
                if matches!(reply.end, Ending::Halt) {
                    reply.end = Ending::Success;
                }
            })
        }),
        rules(
            "rules-record-what-is-skipped",
            "A function that has nothing to record is recorded nevertheless.",
        )
        .smallest(1, 3)
        .calls(|run, call| {
            reply(run, call, |reply| {
                if matches!(reply.end, Ending::Skip) {
                    reply.end = Ending::Success;
                }
            })
        }),
    ]
}
