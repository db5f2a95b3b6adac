//! The tasks of a workflow: which are run, and what the end of each brings about.

use contract::Behaviour;
use contract::rules::Reply;
use datalogic_rs::datavalue::DataValue;

use super::super::document::Node;
use super::super::error::{Error, Result};
use super::super::fixes::Fix;
use super::super::program::{Function, Task, Workflow};
use super::super::record::{Entry, ErrorRecord, TraceStep};
use super::Run;
use super::call::Asked;
use super::evaluate::Condition;
use super::workflows::Pass;

/// How a function ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Success,
    Status(u16),
    Skip,
    Halt,
}

/// What comes after a task.
enum After {
    Next,
    Halt,
}

impl<'a> Run<'a, '_> {
    /// Runs the tasks from where the run stands.
    pub(super) fn tasks(&mut self, place: u32, workflow: &'a Workflow) -> Pass {
        while let Some(task) = workflow.tasks.get(self.state.position.task) {
            let at = self.state.position.task;
            if self.close_groups(at) {
                return Pass::Halted;
            }
            if let Some(end) = self.enter_groups(workflow, task) {
                for skipped in at..end.min(workflow.tasks.len()) {
                    self.trace_skipped(place, Some(skipped));
                }
                self.state.position.task = end;
                continue;
            }
            if !self.holds(task.condition.as_ref(), Condition::Task(&workflow.id, &task.id)) {
                self.note(Behaviour::TaskNotHeld);
                self.trace_skipped(place, Some(at));
                self.state.position.task += 1;
                continue;
            }
            self.state.reached.extend_with(task.notes);
            self.state.position.errors_before = self.state.errors.len();
            self.task_changes = self.state.changes.len();
            let mut contexts = None;
            let result = match &task.function {
                Function::Map(mappings) => {
                    contexts = self.state.trace.is_some().then(Vec::new);
                    Ok(self.map(workflow, task, mappings, contexts.as_mut()))
                }
                Function::Validation(rules) => Ok(self.validate(workflow, task, rules)),
                Function::ParseJson(parse) => self.parse_json(parse),
                Function::ParseXml(parse) => self.parse_xml(parse),
                Function::PublishJson(publish) => self.publish_json(publish),
                Function::PublishXml(publish) => self.publish_xml(publish),
                Function::Filter(filter) => Ok(self.filter(workflow, task, filter)),
                Function::Log(log) => Ok(self.log(log)),
                Function::Call(call) => match self.ask(call) {
                    Asked::Host(calling) => match self.done_at_once(calling) {
                        Ok(reply) => self.apply(&reply),
                        Err(calling) => return Pass::Asking(calling),
                    },
                    Asked::Nobody(error) => Err(error),
                },
            };
            match self.ended(place, workflow, task, result, contexts) {
                Ok(After::Next) => self.state.position.task += 1,
                Ok(After::Halt) => return Pass::Halted,
                Err(error) => return Pass::Failed(error),
            }
        }
        // A terminal group that closes at the last task halts too: it ends a loop.
        if self.close_groups(workflow.tasks.len()) {
            Pass::Halted
        } else {
            Pass::Completed
        }
    }

    /// Goes on with the task whose function the host was asked for.
    pub(super) fn answered(&mut self, place: u32, workflow: &'a Workflow, reply: &Reply) -> Pass {
        let task = &workflow.tasks[self.state.position.task];
        let result = self.apply(reply);
        match self.ended(place, workflow, task, result, None) {
            Ok(After::Next) => {
                self.state.position.task += 1;
                self.tasks(place, workflow)
            }
            Ok(After::Halt) => Pass::Halted,
            Err(error) => Pass::Failed(error),
        }
    }

    /// Closes the groups that end before `at`. Whether one of them was terminal.
    fn close_groups(&mut self, at: usize) -> bool {
        let mut is_terminal = false;
        while let Some((end, terminal)) = self.state.position.groups.last() {
            if *end > at {
                break;
            }
            is_terminal |= terminal;
            self.state.position.groups.pop();
        }
        if is_terminal {
            self.note(Behaviour::TerminalGroupHalted);
        }
        is_terminal
    }

    /// Opens the groups that begin at a task. The end of the first one whose condition does not hold.
    fn enter_groups(&mut self, workflow: &'a Workflow, task: &'a Task) -> Option<usize> {
        for group in &task.groups {
            if !self.holds(group.condition.as_ref(), Condition::Group(&workflow.id)) {
                self.note(Behaviour::GroupSkipped);
                return Some(group.end);
            }
            self.note(Behaviour::GroupEntered);
            if group.depth > 0 {
                self.note(Behaviour::GroupNested);
            }
            self.state.position.groups.push((group.end, group.is_terminal));
        }
        None
    }

    /// What the end of a task brings about: its audit entry, its progress, its errors, and what comes after it.
    fn ended(
        &mut self,
        place: u32,
        workflow: &'a Workflow,
        task: &'a Task,
        result: Result<Outcome>,
        contexts: Option<Vec<Node>>,
    ) -> Result<After> {
        self.record_lost_writes(workflow, task);
        let after = match result {
            Ok(Outcome::Skip) => {
                self.skipped(place);
                Ok(After::Next)
            }
            Ok(outcome) => self.recorded(place, workflow, task, outcome),
            Err(error) => self.task_failed(place, workflow, task, error),
        }?;
        if self.state.trace.is_some() {
            let context = self.snapshot();
            let state = &mut *self.state;
            let step = TraceStep {
                workflow: place,
                task: Some(state.position.task as u32),
                after: Some((context, state.audit.len(), state.errors.len())),
                mapping_contexts: contexts.filter(|contexts| !contexts.is_empty()),
                loop_counter: state.position.counter,
            };
            state.trace.get_or_insert_default().push(step);
        }
        Ok(after)
    }

    /// Records an error for each write of the task that did not get to its path.
    fn record_lost_writes(&mut self, workflow: &Workflow, task: &Task) {
        for path in self.lost.drain(..) {
            let mut record = ErrorRecord::new("WRITE_ERROR", format!("Nothing can be written at {path}"));
            record.path = Some(path.to_owned());
            record.workflow = Some(workflow.id.clone());
            record.task = Some(task.id.clone());
            self.state.errors.push(record);
        }
    }

    fn skipped(&mut self, place: u32) {
        if self.has_changes() {
            self.note(Behaviour::HandlerSkipKeepsWrites);
            if self.setting.fixes.has(Fix::HandlerSkipAudit) {
                self.record_entry(place, 200);
            } else {
                self.state.changes.truncate(self.task_changes);
            }
        }
    }

    fn recorded(&mut self, place: u32, workflow: &'a Workflow, task: &'a Task, outcome: Outcome) -> Result<After> {
        let status = match outcome {
            Outcome::Status(status) => status,
            Outcome::Halt => 299,
            Outcome::Success | Outcome::Skip => 200,
        };
        self.record_entry(place, status);
        if self.has_changes() {
            self.note(Behaviour::ProgressNotInChanges);
        }
        self.write_progress(workflow, task, status);
        let mut failure = None;
        if (400..500).contains(&status) {
            self.note(Behaviour::ClientStatus);
        } else if status >= 500 {
            self.note(Behaviour::ServerStatus);
            let mut record = ErrorRecord::new(
                "TASK_STATUS_ERROR",
                format!("Task {} returned status {status}", task.id),
            );
            record.workflow = Some(workflow.id.clone());
            record.task = Some(task.id.clone());
            self.state.errors.push(record);
            if task.continue_on_error {
                self.note(Behaviour::TaskErrorContinued);
            } else {
                failure = Some(Error::Task(format!("Task {} failed with status {status}", task.id)));
            }
        } else if status != 200 && outcome != Outcome::Halt {
            self.note(Behaviour::OtherStatus);
        }
        self.write_errors(workflow, task, status);
        if let Some(error) = failure {
            if task.is_terminal {
                self.note(Behaviour::TerminalFailurePropagated);
            }
            return Err(error);
        }
        Ok(self.halts(task, status, outcome == Outcome::Halt))
    }

    fn task_failed(&mut self, place: u32, workflow: &'a Workflow, task: &'a Task, error: Error) -> Result<After> {
        if self.has_changes() {
            self.note(Behaviour::HandlerErrorKeepsWrites);
            if !self.setting.fixes.has(Fix::HandlerErrorChanges) {
                self.state.changes.truncate(self.task_changes);
            }
        }
        self.record_entry(place, 500);
        self.write_progress(workflow, task, 500);
        let mut record = ErrorRecord::new(error.code().to_owned(), format!("Task {} error: {error}", task.id));
        record.workflow = Some(workflow.id.clone());
        record.task = Some(task.id.clone());
        record.detail = error.detail().map(str::to_owned);
        self.state.errors.push(record);
        self.write_errors(workflow, task, 500);
        if !task.continue_on_error {
            if task.is_terminal {
                self.note(Behaviour::TerminalFailurePropagated);
            }
            return Err(error);
        }
        self.note(Behaviour::TaskErrorContinued);
        Ok(self.halts(task, 500, false))
    }

    /// Whether the workflow ends after a task.
    fn halts(&mut self, task: &Task, status: u16, is_halted: bool) -> After {
        if is_halted {
            return After::Halt;
        }
        if task.is_terminal {
            self.note(Behaviour::TerminalHalted);
            return After::Halt;
        }
        if task.halts_on_failure && status >= 400 {
            self.note(Behaviour::HaltOnFailureHalted);
            return After::Halt;
        }
        After::Next
    }

    /// An audit entry with the changes of the task.
    fn record_entry(&mut self, workflow: u32, status: u16) {
        let state = &mut *self.state;
        state.audit.push(Entry {
            workflow,
            task: state.position.task as u32,
            status,
            changes: (self.task_changes as u32, state.changes.len() as u32),
            loop_counter: state.position.counter,
        });
    }

    /// Whether there is no value, or `null`.
    pub(super) fn is_missing(value: Option<DataValue<'a>>) -> bool {
        matches!(value, None | Some(DataValue::Null))
    }
}
