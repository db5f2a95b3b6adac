//! The steps of a workflow definition: tasks, and groups of steps. What does not have the format's shape is passed over: it is
//! for the engines to refuse.

use serde_json::Value;

/// The steps of a group; `None`: the step is a task.
fn members(step: &Value) -> Option<&Value> {
    step.get("tasks")
}

/// Calls `found` with each task of a workflow, those in groups included, and the conditions of its groups, the outermost first.
pub fn each_task<'a>(workflow: &'a Value, mut found: impl FnMut(&'a Value, &[&'a Value])) {
    walk(workflow.get("tasks"), &mut Vec::new(), &mut found);
}

fn walk<'a>(steps: Option<&'a Value>, groups: &mut Vec<&'a Value>, found: &mut impl FnMut(&'a Value, &[&'a Value])) {
    for step in steps.and_then(Value::as_array).into_iter().flatten() {
        let Some(members) = members(step) else {
            found(step, groups);
            continue;
        };
        let condition = step.get("condition");
        groups.extend(condition);
        walk(Some(members), groups, found);
        if condition.is_some() {
            groups.pop();
        }
    }
}

/// The name of a task's function.
pub fn function(task: &Value) -> Option<&str> {
    task.get("function")?.get("name")?.as_str()
}

/// Calls `change` with each part of a workflow that engines may read expressions from: every field of the workflow, its
/// groups, its tasks and their functions, but for their steps, which are gone into, and for what an application's own
/// function is given, which is data.
pub fn each_readable(workflow: &mut Value, change: &mut impl FnMut(&mut Value)) {
    let Some(fields) = workflow.as_object_mut() else { return };
    for (name, field) in fields {
        match (name.as_str(), field) {
            ("tasks", Value::Array(steps)) => steps.iter_mut().for_each(|step| each_readable(step, change)),
            ("function", Value::Object(function)) => {
                let name = function.get("name").and_then(Value::as_str);
                let is_own = name.is_some_and(super::functions::is_own);
                let fields = function.iter_mut().filter(|(name, _)| !(is_own && *name == "input"));
                fields.for_each(|(_, field)| change(field));
            }
            (_, field) => change(field),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn tasks_are_found_in_groups_of_groups_with_the_conditions_of_these() {
        let workflow = json!({"tasks": [
            {"id": "a"},
            {"id": "g", "condition": 1, "tasks": [{"id": "h", "tasks": [{"id": "b"}]}, {"id": "i", "condition": 2, "tasks": [{"id": "c"}]}]},
            {"id": "d"},
        ]});
        let mut found = Vec::new();
        each_task(&workflow, |task, groups| {
            found.push(format!("{} {groups:?}", task["id"]).replace("Number", ""));
        });
        assert_eq!(found, ["\"a\" []", "\"b\" [(1)]", "\"c\" [(1), (2)]", "\"d\" []"]);
        for shapeless in [json!(null), json!({"tasks": 1}), json!([1])] {
            each_task(&shapeless, |task, _| panic!("{task} is no task"));
        }
    }
}
