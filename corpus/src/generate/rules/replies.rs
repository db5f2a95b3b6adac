//! What the registered functions do when they are called.

use std::sync::Arc;

use contract::rules::Reply;
use contract::rules::reply::{AddedError, Ending, Failure, Write};
use contract::{Attempt, CallError, ErrorKind, Millis, TaskScript, Then};

use super::draft::Draft;
use crate::generate::values;

impl Draft {
    /// Writes down what the calls named `name` will do: one reply, or several for a loop.
    pub(super) fn script_calls(&mut self, name: &str) {
        if self.draw.chance(0.08) {
            // The default: it does nothing and succeeds.
            return;
        }
        let attempts = if self.in_loop { self.draw.between(1, 4) } else { 1 };
        let attempts = (0..attempts)
            .map(|_| Attempt {
                takes: Millis(self.draw.between(1, 9)),
                then: self.result(),
            })
            .collect();
        let script = TaskScript {
            attempts,
            compensate: None,
        };
        self.script.insert(name.to_owned(), script);
    }

    fn result(&mut self) -> Then {
        if self.draw.chance(0.04) {
            return Then::Fails(CallError {
                kind: ErrorKind::from(*self.draw.pick(&["transient", "permanent", "RATE_LIMITED", ""])),
                message: "no".to_owned(),
            });
        }
        let reply = self.reply();
        Then::Returns(match serde_json::to_value(&reply) {
            Ok(reply) => Arc::new(reply),
            // A reply is plain JSON.
            Err(_) => contract::Json::default(),
        })
    }

    fn reply(&mut self) -> Reply {
        let mut reply = Reply::default();
        for _ in 0..self.draw.below(4) {
            let write = self.write();
            reply.set.push(write);
        }
        if self.draw.chance(0.15) {
            for _ in 0..self.draw.between(1, 2) {
                reply.errors.push(AddedError {
                    code: (*self.draw.pick(&["STOCK", "VALIDATION_ERROR", ""])).to_owned(),
                    message: "not quite".to_owned(),
                    path: self.draw.chance(0.4).then(|| "data.n".to_owned()),
                });
            }
        }
        reply.end = match self.draw.below(100) {
            0..52 => Ending::Success,
            52..66 => Ending::Status(*self.draw.pick(&[200, 201, 204, 299, 302, 399, 0, 100])),
            66..73 => Ending::Status(*self.draw.pick(&[400, 404, 422, 499])),
            73..79 => Ending::Status(*self.draw.pick(&[500, 503, 599, 600, u16::MAX])),
            79..85 => Ending::Skip,
            85..90 => Ending::Halt,
            _ => Ending::Error(self.failure()),
        };
        reply
    }

    fn write(&mut self) -> Write {
        let path = match self.draw.below(10) {
            0..6 => self.fresh(),
            6 if !self.in_loop => (*self.draw.pick(&["data", "metadata", "temp_data", "data.n"])).to_owned(),
            _ => self.destination(true),
        };
        let value = values::any(&mut self.draw);
        // A whole root that is replaced takes all with it; that is tried, but seldom.
        let path = if !path.contains('.') && !value.is_object() && self.draw.chance(0.8) {
            format!("temp_data.{path}")
        } else {
            path
        };
        self.written(&path, super::sketch::Kind::of(&value), Some(&value));
        Write { path, value }
    }

    fn failure(&mut self) -> Failure {
        let text = (*self.draw.pick(&["no such customer", "", "Größe 数 \"quoted\"\n"])).to_owned();
        match self.draw.below(12) {
            0 => Failure::Validation(text),
            1 => Failure::FunctionExecution(text),
            2 => Failure::Workflow(text),
            3 => Failure::Task(text),
            4 => Failure::FunctionNotFound(text),
            5 => Failure::Deserialization(text),
            6 => Failure::Io(text),
            7 => Failure::LogicEvaluation(text),
            8 => Failure::Http {
                status: *self.draw.pick(&[0, 404, 429, 503]),
                message: text,
            },
            9 => Failure::Timeout(text),
            10 => Failure::Unknown(text),
            _ => Failure::Service {
                kind: (*self.draw.pick(&["OUT_OF_STOCK", "", "TASK_ERROR"])).to_owned(),
                message: text,
                detail: self.draw.chance(0.5).then(|| "shelf 7".to_owned()),
            },
        }
    }
}
