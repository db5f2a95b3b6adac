//! Imports executions in WfFormat 1.5, as WfCommons publishes them (Coleman et al.: WfCommons, 2022): real graphs, with
//! the run times that were measured.
//!
//! What the tasks computed is not in them, so each task is given the number and the size of its files and gives the same of
//! what it wrote. Measured times collide, which a case must not: tasks that would end at the same moment get a few ms more,
//! the same ones each time.

mod format;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use contract::script::{Attempt, TaskScript, Then};
use contract::workflow::{Input, OnFailure, Task, Work};
use contract::{Definition, Json, Millis, Script, TaskId, Workflow};
use serde_json::json;

use crate::Case;
use crate::case::FORMAT_VERSION;
use crate::generate::clock::{Plan, Timetable, Unit};
use crate::load::{Kind, LoadError, LoadOptions, Loaded, Opened, Source, open_kind};
use format::{Execution, ExecutionTask, SpecificationTask, Version};

const VERSION: &str = "1.5";
const HELP: &str = "the WfFormat schema says what an execution may hold: https://github.com/wfcommons/WfFormat";

/// Reads the executions in `path`: a file, plain or compressed, or a folder, whose other files are passed over.
///
/// # Errors
/// If there is nothing at `path`, it is a file of another kind, or something in it is broken.
pub fn import(path: &Path) -> Result<Loaded, LoadError> {
    open_kind(path, Some(Kind::Execution), LoadOptions::default()).map(Opened::into_loaded)
}

/// Makes an execution into a case, which is named after its file.
pub(crate) fn read(source: Source<'_>) -> Result<Case, LoadError> {
    // First of all: another version has other keys.
    if let Ok(Version { schema_version }) = serde_json::from_str(source.text)
        && schema_version != VERSION
    {
        let problem = format!("the schema version is {schema_version}, and this build reads {VERSION}");
        let help = format!("convert the execution to WfFormat {VERSION}");
        return Err(source.invalid_word(&schema_version, problem, help));
    }
    let execution: Execution = serde_json::from_str(source.text).map_err(|error| source.invalid_json(&error, HELP))?;
    let Some(measured) = &execution.workflow.execution else {
        let help = "add `execution` with the measured run times; a specification alone cannot be played";
        return Err(source.invalid_word(
            "workflow",
            "the workflow was never executed: `execution` is missing",
            help,
        ));
    };
    let tasks = &execution.workflow.specification.tasks;
    let needs = needs(source, tasks)?;
    let runs = match_runs(source, tasks, &measured.tasks)?;
    let takes = takes(source, tasks, &runs, &needs)?;
    let sizes: BTreeMap<&str, u64> = execution
        .workflow
        .specification
        .files
        .iter()
        .map(|file| (&*file.id, file.size_in_bytes))
        .collect();
    let files = |ids: &[String]| -> Json {
        let bytes = ids
            .iter()
            .filter_map(|id| sizes.get(&**id))
            .fold(0u64, |total, size| total.saturating_add(*size));
        // Above it an integer would be a feature of its own.
        Arc::new(json!({ "files": ids.len(), "bytes": bytes.min(i64::MAX as u64) }))
    };
    let ids: Vec<TaskId> = tasks.iter().map(|task| Arc::from(&*task.id)).collect();
    let mut script = Script::default();
    let mut definitions = Vec::with_capacity(tasks.len());
    for (index, task) in tasks.iter().enumerate() {
        let program = runs[index]
            .command
            .as_ref()
            .and_then(|command| command.program.as_deref());
        definitions.push(Task {
            needs: needs[index]
                .iter()
                .map(|need| Arc::clone(&ids[*need as usize]))
                .collect(),
            call: Some(Work {
                handler: program.unwrap_or(&task.name).into(),
                input: Input::Literal(files(&task.input_files)),
            }),
            ..Task::calling(Arc::clone(&ids[index]), "")
        });
        let attempt = Attempt {
            takes: Millis(takes[index]),
            then: Then::Returns(files(&task.output_files)),
        };
        script.tasks.insert(
            task.id.clone(),
            TaskScript {
                attempts: vec![attempt],
                compensate: None,
            },
        );
    }
    let workflow = Workflow {
        id: execution.name.as_str().into(),
        tasks: definitions,
        max_parallel: None,
        timeout: None,
        on_failure: OnFailure::Stop,
    };
    let system = execution
        .runtime_system
        .map_or_else(String::new, |system| format!(" by {}", system.name));
    Ok(Case {
        format_version: FORMAT_VERSION,
        id: case_id(source.path),
        why: format!(
            "An execution of {} recorded{system}, with its measured run times.",
            execution.name
        ),
        tags: vec!["wfformat".to_owned()],
        definition: Definition::Dag(Arc::new(workflow)),
        input: Json::default(),
        script: Arc::new(script),
    })
}

/// The name of the file without its endings, with `-` for what an id cannot have.
fn case_id(path: &Path) -> String {
    let name = path.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
    let name = name.strip_suffix(".gz").unwrap_or(&name);
    let name = name.strip_suffix(".json").unwrap_or(name);
    let safe = |character: char| {
        if character.is_ascii_alphanumeric() || character == '_' {
            character
        } else {
            '-'
        }
    };
    let id: String = name.chars().map(safe).take(200).collect();
    if id.is_empty() { "execution".to_owned() } else { id }
}

/// For each task its measured run.
fn match_runs<'a>(
    source: Source<'_>,
    tasks: &[SpecificationTask],
    runs: &'a [ExecutionTask],
) -> Result<Vec<&'a ExecutionTask>, LoadError> {
    let known: BTreeSet<&str> = tasks.iter().map(|task| &*task.id).collect();
    let mut by_id: BTreeMap<&str, &ExecutionTask> = BTreeMap::new();
    for run in runs {
        if !known.contains(&*run.id) {
            let problem = format!("the execution has a task `{}` that the specification lacks", run.id);
            return Err(source.invalid_last_word(&run.id, problem, "add it to the specification, or take it out here"));
        }
        if by_id.insert(&run.id, run).is_some() {
            let problem = format!("the execution has more than one task `{}`", run.id);
            return Err(source.invalid_last_word(&run.id, problem, "keep one of them"));
        }
    }
    let find = |task: &SpecificationTask| {
        by_id.get(&*task.id).copied().ok_or_else(|| {
            let problem = format!(
                "task `{}` was never executed: it has no entry under `execution`",
                task.id
            );
            source.invalid_word(
                &task.id,
                problem,
                "add its measured run time, or take it out of the specification",
            )
        })
    };
    tasks.iter().map(find).collect()
}

/// For each task the places of its parents.
fn needs(source: Source<'_>, tasks: &[SpecificationTask]) -> Result<Vec<Vec<u32>>, LoadError> {
    let mut places: BTreeMap<&str, u32> = BTreeMap::new();
    for (place, task) in tasks.iter().enumerate() {
        if task.id.is_empty() || places.insert(&task.id, place as u32).is_some() {
            let problem = format!("the id `{}` is empty or used by more than one task", task.id);
            return Err(source.invalid_word(&task.id, problem, "give each task an id of its own"));
        }
    }
    let find = |task: &SpecificationTask, other: &String, relation: &str| {
        places.get(&**other).copied().ok_or_else(|| {
            let problem = format!("task `{}` has the {relation} `{other}`, which does not exist", task.id);
            source.invalid_word(other, problem, "add the task, or correct the id")
        })
    };
    let mut needs = Vec::with_capacity(tasks.len());
    for task in tasks {
        let parents: Result<BTreeSet<u32>, LoadError> =
            task.parents.iter().map(|parent| find(task, parent, "parent")).collect();
        for child in &task.children {
            find(task, child, "child")?;
        }
        needs.push(parents?.into_iter().collect());
    }
    Ok(needs)
}

/// How long each task takes in ms: what was measured, 1 at least, and a little more where two would end at once.
fn takes(
    source: Source<'_>,
    tasks: &[SpecificationTask],
    runs: &[&ExecutionTask],
    needs: &[Vec<u32>],
) -> Result<Vec<u64>, LoadError> {
    let mut takes = Vec::with_capacity(tasks.len());
    let mut taken = BTreeSet::new();
    for run in runs {
        let ms = (run.runtime_in_seconds * 1000.0).round();
        if !(0.0..=contract::stage::HORIZON.0 as f64).contains(&ms) {
            let problem = format!("task `{}` took {:?} s, which cannot be", run.id, run.runtime_in_seconds);
            let help = format!("a run time is between 0 s and {}", contract::stage::HORIZON);
            return Err(source.invalid_last_word(&run.id, problem, help));
        }
        let mut ms = (ms as u64).max(1);
        while !taken.insert(ms) {
            ms += 1;
        }
        takes.push(ms);
    }
    // Different run times can still add up to the same moment.
    let rank: Vec<(i64, u32)> = (0..tasks.len() as u32).map(|place| (0, place)).collect();
    let units: Vec<Unit> = (0..tasks.len())
        .map(|task| Unit {
            task,
            attempts: task..task + 1,
            holds_slot: true,
        })
        .collect();
    loop {
        let attempts: Vec<(u64, u64)> = takes.iter().map(|takes| (*takes, 0)).collect();
        let plan = Plan {
            needs,
            rank: &rank,
            units: &units,
            attempts: &attempts,
            slots: usize::MAX,
        };
        let table = Timetable::of(&plan);
        if table.moments.len() < tasks.len() {
            let problem = "the tasks need each other in a circle";
            return Err(source.invalid_word(
                "parents",
                problem,
                "correct the parents; an execution cannot have a circle",
            ));
        }
        let mut ties = table
            .moments
            .windows(2)
            .filter(|pair| pair[0].0 == pair[1].0)
            .map(|pair| pair[1].1)
            .peekable();
        if ties.peek().is_none() {
            return Ok(takes);
        }
        for (count, task) in ties.enumerate() {
            takes[task] += 1 + count as u64;
        }
    }
}
