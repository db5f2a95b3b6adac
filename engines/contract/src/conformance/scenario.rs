//! A scenario: a case with the result that the semantics give it. Built here in the shortest form that still reads.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;

use crate::script::{TaskScript, Then};
use crate::workflow::{Ask, Input, OnFailure, Retry, RunIf, Task, Work, Workflow};
use crate::{
    Attempt, CallError, Crash, Definition, Event, Feature, FeatureSet, Json, Millis, Script, ScriptedSignal, Signal,
    feature,
};

/// The handler of every call that does not name one, and of every compensation.
pub(super) const HANDLER: &str = "work";
pub(super) const UNDO: &str = "undo";

/// A case, and what has to come of it.
pub(super) struct Scenario {
    pub(super) name: &'static str,
    workflow: Workflow,
    pub(super) input: Json,
    script: Script,
    features: FeatureSet,
    /// The outcomes that are right, in the notation of [`super::notation`]. More than one where an option decides.
    pub(super) outcomes: Vec<String>,
    /// The calls, where their times are part of what is asked.
    pub(super) calls: Option<String>,
    /// All events of a run, for an engine that reports all kinds.
    pub(super) events: Vec<(Millis, Event)>,
}

/// A scenario called `name`, so far without tasks.
pub(super) fn scenario(name: &'static str) -> Scenario {
    let (max_parallel, timeout, on_failure) = (None, None, OnFailure::default());
    Scenario {
        name,
        workflow: Workflow {
            id: "w".into(),
            tasks: Vec::new(),
            max_parallel,
            timeout,
            on_failure,
        },
        input: Json::default(),
        script: Script::default(),
        features: FeatureSet::EMPTY,
        outcomes: Vec::new(),
        calls: None,
        events: Vec::new(),
    }
}

impl Scenario {
    pub(super) fn task(mut self, built: TaskBuilder) -> Self {
        let id = built.task.id.to_string();
        self.script.tasks.extend(
            built
                .items
                .into_iter()
                .map(|(item, entry)| (format!("{id}[{item}]"), entry)),
        );
        if built.entry != TaskScript::default() {
            self.script.tasks.insert(id, built.entry);
        }
        self.workflow.tasks.push(built.task);
        self
    }

    pub(super) fn id(mut self, id: &str) -> Self {
        self.workflow.id = id.into();
        self
    }

    pub(super) fn on_failure(mut self, on_failure: OnFailure) -> Self {
        self.workflow.on_failure = on_failure;
        self
    }

    pub(super) fn max_parallel(mut self, limit: u32) -> Self {
        self.workflow.max_parallel = Some(limit);
        self
    }

    pub(super) fn timeout(mut self, limit: u64) -> Self {
        self.workflow.timeout = Some(Millis(limit));
        self
    }

    pub(super) fn input(mut self, input: Value) -> Self {
        self.input = Arc::new(input);
        self
    }

    pub(super) fn signal(mut self, at: u64, signal: Signal) -> Self {
        self.script.signals.push(ScriptedSignal { at: Millis(at), signal });
        self
    }

    pub(super) fn crash(mut self, at: u64, outage: u64) -> Self {
        self.script.crashes.push(Crash {
            at: Millis(at),
            outage: Millis(outage),
        });
        self
    }

    pub(super) fn answer(self, at: u64, task: &str, value: Value) -> Self {
        self.signal(
            at,
            Signal::Respond {
                task: task.into(),
                value: Arc::new(value),
            },
        )
    }

    /// Asks for a feature that the case itself does not show.
    pub(super) fn asks_for(mut self, feature: Feature) -> Self {
        self.features.insert(feature);
        self
    }

    /// The right outcome; called again, another one that is right as well.
    pub(super) fn outcome(mut self, outcome: impl Into<String>) -> Self {
        self.outcomes.push(outcome.into());
        self
    }

    /// The calls with their times. `a 0-10, b 10-11`.
    pub(super) fn calls(mut self, calls: impl Into<String>) -> Self {
        self.calls = Some(calls.into());
        self
    }

    pub(super) fn events<const N: usize>(mut self, events: [(u64, Event); N]) -> Self {
        self.events = events.into_iter().map(|(at, event)| (Millis(at), event)).collect();
        self
    }

    pub(super) fn workflow(&self) -> &Workflow {
        &self.workflow
    }

    pub(super) fn definition(&self) -> Definition {
        Definition::Dag(Arc::new(self.workflow.clone()))
    }

    pub(super) fn script(&self) -> Arc<Script> {
        Arc::new(self.script.clone())
    }

    /// What an engine has to declare to be asked.
    pub(super) fn features(&self) -> FeatureSet {
        self.features
            .union(feature::used(&self.definition(), &self.input, &self.script))
    }
}

/// A task together with what the host does when it is called.
pub(super) struct TaskBuilder {
    task: Task,
    entry: TaskScript,
    items: BTreeMap<u32, TaskScript>,
}

/// A task that calls [`HANDLER`] with `null`; the call takes 1 ms and gives `null`.
pub(super) fn task(id: &str) -> TaskBuilder {
    TaskBuilder {
        task: Task::calling(id, HANDLER),
        entry: TaskScript::default(),
        items: BTreeMap::new(),
    }
}

/// A task that asks a user.
pub(super) fn ask(id: &str) -> TaskBuilder {
    let mut built = task(id);
    built.task.call = None;
    built.ask()
}

impl TaskBuilder {
    pub(super) fn needs<const N: usize>(mut self, needs: [&str; N]) -> Self {
        self.task.needs = needs.map(Into::into).to_vec();
        self
    }

    pub(super) fn run_if(mut self, run_if: RunIf) -> Self {
        self.task.run_if = run_if;
        self
    }

    pub(super) fn when(mut self, when: Value) -> Self {
        self.task.when = Some(when);
        self
    }

    pub(super) fn handler(self, handler: &str) -> Self {
        self.work(|work| work.handler = handler.into())
    }

    pub(super) fn literal(self, literal: Value) -> Self {
        self.work(|work| work.input = Input::Literal(Arc::new(literal)))
    }

    pub(super) fn template(self, template: Value) -> Self {
        self.work(|work| work.input = Input::Template(template))
    }

    pub(super) fn no_work(mut self) -> Self {
        self.task.call = None;
        self
    }

    pub(super) fn ask(mut self) -> Self {
        self.task.ask = Some(Ask {
            variable: "answer".into(),
            prompt: "well?".to_owned(),
        });
        self
    }

    pub(super) fn for_each(mut self, list: Value) -> Self {
        self.task.for_each = Some(list);
        self
    }

    pub(super) fn priority(mut self, priority: i32) -> Self {
        self.task.priority = priority;
        self
    }

    pub(super) fn timeout(mut self, limit: u64) -> Self {
        self.task.timeout = Some(Millis(limit));
        self
    }

    /// Attempts in all, and the delay after the first one.
    pub(super) fn retry(self, max_attempts: u32, initial: u64) -> Self {
        self.retry_as(Retry {
            max_attempts,
            initial: Millis(initial),
            ..Retry::default()
        })
    }

    pub(super) fn retry_as(mut self, retry: Retry) -> Self {
        self.task.retry = retry;
        self
    }

    /// The task can be undone, by a call with this input.
    pub(super) fn undo(mut self, input: Input) -> Self {
        self.task.compensate = Some(Work {
            handler: UNDO.into(),
            input,
        });
        self
    }

    /// The next attempt takes so long and gives `output`.
    pub(super) fn gives(self, takes: u64, output: Value) -> Self {
        self.attempt(takes, Then::Returns(Arc::new(output)))
    }

    /// The next attempt takes so long and gives `null`.
    pub(super) fn takes(self, takes: u64) -> Self {
        self.gives(takes, Value::Null)
    }

    /// The next attempt takes so long and fails with kind `transient`.
    pub(super) fn fails(self, takes: u64) -> Self {
        self.fails_as(takes, "transient", "boom")
    }

    pub(super) fn fails_as(self, takes: u64, kind: &str, message: &str) -> Self {
        self.attempt(takes, Then::Fails(CallError::new(kind, message)))
    }

    pub(super) fn attempt(mut self, takes: u64, then: Then) -> Self {
        self.entry.attempts.push(Attempt {
            takes: Millis(takes),
            then,
        });
        self
    }

    /// The next attempt of one item.
    pub(super) fn item(mut self, item: u32, takes: u64, then: Then) -> Self {
        self.items.entry(item).or_default().attempts.push(Attempt {
            takes: Millis(takes),
            then,
        });
        self
    }

    /// Undoing it takes so long, and fails if there is an error.
    pub(super) fn undoing(mut self, takes: u64, error: Option<CallError>) -> Self {
        let then = error.map_or_else(Then::default, Then::Fails);
        self.entry.compensate = Some(Attempt {
            takes: Millis(takes),
            then,
        });
        self
    }

    fn work(mut self, change: impl FnOnce(&mut Work)) -> Self {
        if let Some(work) = &mut self.task.call {
            change(work);
        }
        self
    }
}
