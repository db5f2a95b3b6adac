//! Definitions, read as far as messages for them need it. What does not have the format's shape is passed over: it is for
//! the engines to refuse.

use contract::Rules;
use contract::rules::steps::each_task;
use serde_json::Value;

/// The workflows of an application, in the order in which they are registered.
pub(super) struct Plan {
    pub(super) workflows: Vec<Workflow>,
    /// Their places in the order in which they run.
    pub(super) order: Vec<usize>,
}

pub(super) struct Workflow {
    pub(super) id: String,
    pub(super) condition: Option<Value>,
    pub(super) channel: Option<String>,
    pub(super) has_rollout: bool,
    pub(super) tasks: Vec<Task>,
    priority: u64,
}

pub(super) struct Task {
    pub(super) id: String,
    /// Its own condition after those of its groups.
    pub(super) conditions: Vec<Value>,
    /// The function's name.
    pub(super) name: String,
    pub(super) work: Work,
}

/// What a task's function is given.
pub(super) enum Work {
    Map(Vec<Mapping>),
    Rules(Vec<Value>),
    Filter(Value),
    Parse {
        source: String,
        target: String,
    },
    Publish {
        source: String,
    },
    Log(Value),
    /// A function that the application registers, with its input.
    Handler(Value),
}

pub(super) struct Mapping {
    /// Where it writes; `None`: that is computed.
    pub(super) path: Option<String>,
    pub(super) logic: Value,
}

impl Plan {
    pub(super) fn of(rules: &Rules) -> Self {
        let workflows: Vec<Workflow> = rules.workflows.iter().map(workflow).collect();
        let mut order: Vec<usize> = (0..workflows.len()).collect();
        order.sort_by_key(|place| workflows[*place].priority);
        Self { workflows, order }
    }
}

fn text(value: &Value, key: &str) -> Option<String> {
    value.get(key).and_then(Value::as_str).map(str::to_owned)
}

fn workflow(definition: &Value) -> Workflow {
    let mut tasks = Vec::new();
    each_task(definition, |task, groups| {
        let conditions = groups.iter().copied().chain(task.get("condition")).cloned().collect();
        let function = task.get("function").unwrap_or(&Value::Null);
        let name = text(function, "name").unwrap_or_default();
        let input = function.get("input").unwrap_or(&Value::Null);
        tasks.push(Task {
            id: text(task, "id").unwrap_or_default(),
            conditions,
            work: work(&name, input),
            name,
        });
    });
    Workflow {
        id: text(definition, "id").unwrap_or_default(),
        condition: definition.get("condition").cloned(),
        channel: text(definition, "channel"),
        has_rollout: definition.get("rollout").is_some_and(|rollout| !rollout.is_null()),
        tasks,
        priority: definition.get("priority").and_then(Value::as_u64).unwrap_or(0),
    }
}

fn work(name: &str, input: &Value) -> Work {
    let list = |key: &str| input.get(key).and_then(Value::as_array).into_iter().flatten();
    let source = text(input, "source").unwrap_or_default();
    match name {
        "map" => Work::Map(
            list("mappings")
                .map(|mapping| Mapping {
                    path: text(mapping, "path"),
                    logic: mapping.get("logic").cloned().unwrap_or_default(),
                })
                .collect(),
        ),
        "validation" | "validate" => Work::Rules(list("rules").filter_map(|rule| rule.get("logic").cloned()).collect()),
        "filter" => Work::Filter(input.get("condition").cloned().unwrap_or_default()),
        "parse_json" | "parse_xml" => Work::Parse {
            source,
            target: text(input, "target").unwrap_or_default(),
        },
        "publish_json" | "publish_xml" => Work::Publish { source },
        "log" => Work::Log(input.clone()),
        _ => Work::Handler(input.clone()),
    }
}
