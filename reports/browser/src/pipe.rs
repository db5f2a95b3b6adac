//! The debugging protocol of Chromium over a pipe: JSON messages, each ended by a NUL.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read, Write};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

use serde_json::{Value, json};

/// How long an answer may take. It only ends what would never end.
const PATIENCE: Duration = Duration::from_mins(1);

/// Why the browser could not be asked.
#[derive(Debug, thiserror::Error)]
pub enum PipeError {
    /// The pipe broke.
    #[error("the browser went away while it was asked for `{0}`")]
    Closed(String),
    /// No answer came.
    #[error("the browser gave no answer to `{0}`")]
    Silent(String),
    /// The browser refuses.
    #[error("the browser refuses `{method}`: {reason}")]
    Refused {
        /// What it was asked for.
        method: String,
        /// Why.
        reason: String,
    },
}

/// A connection.
pub struct Pipe {
    input: Box<dyn Write>,
    messages: Receiver<Value>,
    next: u64,
    /// What the browser told without being asked.
    events: VecDeque<Value>,
}

impl std::fmt::Debug for Pipe {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pipe").field("next", &self.next).finish_non_exhaustive()
    }
}

impl Pipe {
    /// Speaks into `input`, and hears what comes out of `output`.
    pub fn new(input: impl Write + 'static, output: impl Read + Send + 'static) -> Self {
        let (sender, messages) = channel();
        std::thread::spawn(move || {
            let mut output = BufReader::new(output);
            let mut message = Vec::new();
            while output.read_until(0, &mut message).is_ok_and(|length| length > 0) {
                message.pop();
                if let Ok(value) = serde_json::from_slice(&message)
                    && sender.send(value).is_err()
                {
                    break;
                }
                message.clear();
            }
        });
        Self {
            input: Box::new(input),
            messages,
            next: 1,
            events: VecDeque::new(),
        }
    }

    /// Asks for something, of a tab if there is a `session`, and waits for the answer.
    ///
    /// # Errors
    /// If the browser refuses, or is gone.
    pub fn call(&mut self, session: Option<&str>, method: &str, parameters: &Value) -> Result<Value, PipeError> {
        let id = self.next;
        self.next += 1;
        let mut message = json!({ "id": id, "method": method, "params": parameters });
        if let Some(session) = session {
            message["sessionId"] = session.into();
        }
        let mut text = message.to_string().into_bytes();
        text.push(0);
        let sent = self.input.write_all(&text).and_then(|()| self.input.flush());
        sent.map_err(|_| PipeError::Closed(method.to_owned()))?;
        loop {
            let mut answer = self.receive(method)?;
            if answer["id"] != id {
                self.events.push_back(answer);
                continue;
            }
            return match answer.get("error") {
                Some(error) => Err(PipeError::Refused {
                    method: method.to_owned(),
                    reason: error["message"].as_str().unwrap_or_default().to_owned(),
                }),
                None => Ok(answer["result"].take()),
            };
        }
    }

    /// Waits until the browser tells of `method` in a tab; what it tells before that stays to be read.
    ///
    /// # Errors
    /// If it never does.
    pub fn wait_for(&mut self, session: &str, method: &str) -> Result<Value, PipeError> {
        let is_it = |event: &Value| event["sessionId"] == session && event["method"] == method;
        if let Some(place) = self.events.iter().position(is_it)
            && let Some(event) = self.events.remove(place)
        {
            return Ok(event);
        }
        loop {
            let event = self.receive(method)?;
            if is_it(&event) {
                return Ok(event);
            }
            self.events.push_back(event);
        }
    }

    /// What the browser told of a tab so far, without being asked.
    pub fn events(&mut self, session: &str) -> Vec<Value> {
        self.events.extend(self.messages.try_iter());
        let is_its = |event: &&Value| event["sessionId"] == session;
        self.events.iter().filter(is_its).cloned().collect()
    }

    /// Forgets what it told of a tab.
    pub fn forget(&mut self, session: &str) {
        self.events.retain(|event| event["sessionId"] != session);
    }

    fn receive(&self, method: &str) -> Result<Value, PipeError> {
        self.messages.recv_timeout(PATIENCE).map_err(|error| match error {
            RecvTimeoutError::Timeout => PipeError::Silent(method.to_owned()),
            RecvTimeoutError::Disconnected => PipeError::Closed(method.to_owned()),
        })
    }
}
