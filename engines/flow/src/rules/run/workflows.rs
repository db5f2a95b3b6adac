//! Workflows in turn: which are admitted, how a loop goes round, and which errors end what.

use contract::Behaviour;
use contract::rules::Reply;

use super::super::error::Error;
use super::super::fixes::Fix;
use super::super::program::{Repeat, Workflow};
use super::super::record::{ErrorRecord, TraceStep};
use super::evaluate::Condition;
use super::{Calling, Run, Stop};

/// How a pass over a workflow's tasks ended.
pub(super) enum Pass {
    /// Its condition did not hold.
    NotHeld,
    Completed,
    Halted,
    Failed(Error),
    /// It goes on when the host has answered.
    Asking(Calling),
}

/// What comes after a workflow.
enum After {
    Next,
    Stop(Error),
    Asking(Calling),
    /// The next sweep, in another stretch.
    Full,
}

impl<'a> Run<'a, '_> {
    /// Goes through the workflows from where the run stands until it is over, the host has to be asked or the arena is full;
    /// `reply` is what the call came to that the last stretch ended with, if it did with one.
    pub(super) fn workflows(&mut self, mut reply: Option<&'a Reply>) -> Stop {
        let program = self.setting.program;
        let channel = self.setting.message.channel.as_ref();
        let selected = channel.map(|channel| program.channels.get(&**channel).map_or(&[][..], |places| places));
        if reply.is_none() && selected.is_some() {
            self.note_channel(selected.is_some_and(<[u32]>::is_empty));
        }
        let count = selected.map_or(program.workflows.len(), <[u32]>::len);
        while self.state.position.turn < count {
            let turn = self.state.position.turn;
            let place = selected.map_or(turn as u32, |places| places[turn]);
            match self.workflow(place, reply.take()) {
                After::Next => {
                    self.state.position.turn += 1;
                    if self.is_full() && turn + 1 < count {
                        return Stop::Full;
                    }
                }
                After::Stop(error) => {
                    if turn + 1 < count {
                        self.note(Behaviour::ErrorStopped);
                    }
                    return Stop::Done(Some(error));
                }
                After::Asking(calling) => return Stop::Call(calling),
                After::Full => return Stop::Full,
            }
        }
        Stop::Done(None)
    }

    fn workflow(&mut self, place: u32, reply: Option<&'a Reply>) -> After {
        let workflow = &self.setting.program.workflows[place as usize];
        // There is a counter only inside a loop.
        let is_resumed = reply.is_some() || self.state.position.counter.is_some();
        if !is_resumed && !self.admits(workflow) {
            self.trace_skipped(place, None);
            return After::Next;
        }
        if let Some(repeat) = &workflow.repeat {
            return self.repeat(place, workflow, repeat, reply);
        }
        let pass = match reply {
            Some(reply) => self.answered(place, workflow, reply),
            None => self.pass(place, workflow),
        };
        match pass {
            Pass::NotHeld => {
                self.note(Behaviour::WorkflowNotHeld);
                self.trace_skipped(place, None);
                After::Next
            }
            Pass::Completed => After::Next,
            Pass::Halted => {
                self.state.has_halted = true;
                After::Next
            }
            Pass::Failed(error) => self.failed(workflow, error),
            Pass::Asking(calling) => After::Asking(calling),
        }
    }

    /// Whether a message of this bucket, for this channel, is for this workflow at all.
    fn admits(&mut self, workflow: &Workflow) -> bool {
        if !workflow.is_active && self.setting.fixes.has(Fix::InactiveWorkflows) {
            return false;
        }
        let (Some(rollout), bucket) = (workflow.rollout, self.setting.message.routing_bucket) else {
            return true;
        };
        let Some(bucket) = bucket else {
            self.note(Behaviour::RolloutWithoutBucket);
            return true;
        };
        let is_admitted = rollout.start <= bucket && bucket < rollout.end;
        self.note(if is_admitted {
            Behaviour::RolloutAdmitted
        } else {
            Behaviour::RolloutExcluded
        });
        is_admitted
    }

    fn repeat(
        &mut self,
        place: u32,
        workflow: &'a Workflow,
        repeat: &'a Repeat,
        mut reply: Option<&'a Reply>,
    ) -> After {
        if self.state.position.counter.is_none() {
            self.state.position.counter = Some(repeat.initial);
            self.state.position.sweeps = 0;
        }
        let after = loop {
            let counter = self.state.position.counter.unwrap_or(repeat.initial);
            let pass = if let Some(reply) = reply.take() {
                self.answered(place, workflow, reply)
            } else {
                if let Some(path) = &repeat.counter {
                    self.write_counter(&path.segments, counter);
                }
                if counter >= repeat.max {
                    self.note(Behaviour::LoopReachedBound);
                    break After::Next;
                }
                self.pass(place, workflow)
            };
            match pass {
                Pass::Asking(calling) => return After::Asking(calling),
                Pass::NotHeld => {
                    if self.state.position.sweeps == 0 {
                        self.note(Behaviour::LoopNeverEntered);
                        self.trace_skipped(place, None);
                    } else {
                        self.note(Behaviour::LoopConditionEnded);
                    }
                    break After::Next;
                }
                Pass::Halted => {
                    self.note(Behaviour::HaltBrokeLoop);
                    self.state.has_halted = true;
                    break After::Next;
                }
                Pass::Completed => {}
                Pass::Failed(error) => match self.failed(workflow, error) {
                    After::Next => self.note(Behaviour::LoopErrorAdvanced),
                    after => break after,
                },
            }
            self.state.position.sweeps += 1;
            self.state.position.counter = Some(counter.saturating_add(repeat.increment));
            if self.is_full() {
                return After::Full;
            }
        };
        self.state.position.counter = None;
        after
    }

    /// From a workflow's condition to the end of its tasks.
    fn pass(&mut self, place: u32, workflow: &'a Workflow) -> Pass {
        if !self.holds(workflow.condition.as_ref(), Condition::Workflow(&workflow.id)) {
            return Pass::NotHeld;
        }
        self.note_entered(workflow);
        self.state.position.task = 0;
        self.state.position.groups.clear();
        self.tasks(place, workflow)
    }

    fn failed(&mut self, workflow: &Workflow, error: Error) -> After {
        if self.state.trace.is_some() {
            self.note(Behaviour::TraceWithoutFailedStep);
        }
        if !self.setting.fixes.has(Fix::SingleError) {
            self.note(Behaviour::ErrorDoubled);
            let mut record = ErrorRecord::new("WORKFLOW_ERROR", format!("Workflow {} error: {error}", workflow.id));
            record.workflow = Some(workflow.id.clone());
            self.state.errors.push(record);
        }
        if workflow.continue_on_error {
            self.note(Behaviour::WorkflowErrorContinued);
            After::Next
        } else {
            After::Stop(error)
        }
    }

    fn note_entered(&mut self, workflow: &Workflow) {
        self.state.reached.extend_with(workflow.notes);
        if self.state.has_halted {
            self.note(Behaviour::HaltThenNextWorkflow);
        }
        if self.setting.message.channel.is_some() {
            self.note(Behaviour::ChannelSelected);
            return;
        }
        if !workflow.is_active {
            self.note(Behaviour::InactiveRun);
        }
        if &*workflow.channel != "default" {
            self.note(Behaviour::OtherChannelRun);
        }
    }

    fn note_channel(&mut self, is_empty: bool) {
        let Some(channel) = &self.setting.message.channel else {
            return;
        };
        let workflows = &self.setting.program.workflows;
        let mut of_channel = workflows
            .iter()
            .filter(|workflow| *workflow.channel == **channel)
            .peekable();
        if is_empty && of_channel.peek().is_none() {
            self.note(Behaviour::ChannelUnknown);
        } else if of_channel.any(|workflow| !workflow.is_active) {
            self.note(Behaviour::ChannelInactiveLeftOut);
        }
    }

    /// A step of the trace for a workflow, or a task of it, that was passed over.
    pub(super) fn trace_skipped(&mut self, workflow: u32, task: Option<usize>) {
        let loop_counter = self.state.position.counter.filter(|_| task.is_some());
        if let Some(steps) = &mut self.state.trace {
            steps.push(TraceStep {
                workflow,
                task: task.map(|task| task as u32),
                after: None,
                mapping_contexts: None,
                loop_counter,
            });
        }
    }
}
