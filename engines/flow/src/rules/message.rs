//! The message to be processed.

use std::sync::Arc;

use contract::rules;
use serde_json::Value;

use super::document::{Document, Node, View};

/// A message: its payload, what its context begins with, and how it is to be processed.
///
/// It is not changed by processing it, so one message can be processed any number of times.
#[derive(Clone, Debug)]
pub struct Message {
    pub(crate) document: Arc<Document>,
    pub(crate) payload: Node,
    pub(crate) data: Node,
    pub(crate) metadata: Node,
    pub(crate) temp_data: Node,
    pub(crate) channel: Option<Arc<str>>,
    pub(crate) routing_bucket: Option<u8>,
    pub(crate) capture_changes: bool,
    pub(crate) is_traced: bool,
}

impl Default for Message {
    fn default() -> Self {
        Self::new()
    }
}

impl Message {
    /// An empty message, for every workflow, with changes captured and without a trace.
    pub fn new() -> Self {
        Self {
            document: Arc::default(),
            payload: Node::Null,
            data: Node::NOTHING,
            metadata: Node::NOTHING,
            temp_data: Node::NOTHING,
            channel: None,
            routing_bucket: None,
            capture_changes: true,
            is_traced: false,
        }
    }

    /// What `parse_json` and `parse_xml` read as `payload`.
    pub fn payload(mut self, payload: &Value) -> Self {
        self.payload = Arc::make_mut(&mut self.document).put_json(payload);
        self
    }

    /// What `data` begins with. Anything but an object is passed over, here and below.
    pub fn data(mut self, data: &Value) -> Self {
        self.data = self.root(data).unwrap_or(self.data);
        self
    }

    /// What `metadata` begins with.
    pub fn metadata(mut self, metadata: &Value) -> Self {
        self.metadata = self.root(metadata).unwrap_or(self.metadata);
        self
    }

    /// What `temp_data` begins with.
    pub fn temp_data(mut self, temp_data: &Value) -> Self {
        self.temp_data = self.root(temp_data).unwrap_or(self.temp_data);
        self
    }

    /// Only the active workflows of this channel process it.
    pub fn channel(mut self, channel: impl Into<Arc<str>>) -> Self {
        self.channel = Some(channel.into());
        self
    }

    /// The bucket that `rollout` looks at, 0 to 99; more counts as 99.
    pub fn routing_bucket(mut self, bucket: u8) -> Self {
        self.routing_bucket = Some(bucket.min(99));
        self
    }

    /// Whether changes are written to the audit trail.
    pub fn capture_changes(mut self, on: bool) -> Self {
        self.capture_changes = on;
        self
    }

    /// Whether an execution trace is taken.
    pub fn traced(mut self, on: bool) -> Self {
        self.is_traced = on;
        self
    }

    /// The payload.
    pub fn payload_view(&self) -> View<'_> {
        self.document.view(self.payload)
    }

    /// The message that the input of a job describes: what [`rules::Message::of`] makes of it.
    pub(crate) fn of_input(input: &Value) -> Self {
        Self::of_fields(input).unwrap_or_else(|| {
            let described = rules::Message::of(input).to_input();
            Self::of_fields(&described).unwrap_or_default()
        })
    }

    /// Straight from the fields, without taking the input apart first; `None` if it does not have the right shape.
    fn of_fields(input: &Value) -> Option<Self> {
        let mut message = Self::new();
        for (name, value) in input.as_object()? {
            message = match name.as_str() {
                "payload" => message.payload(value),
                "data" => message.data(value),
                "metadata" => message.metadata(value),
                "temp_data" => message.temp_data(value),
                "channel" if value.is_null() => message,
                "channel" => message.channel(value.as_str()?),
                "routing_bucket" if value.is_null() => message,
                "routing_bucket" => message.routing_bucket(value.as_u64()?.try_into().ok()?),
                "capture_changes" => message.capture_changes(value.as_bool()?),
                "trace" => message.traced(value.as_bool()?),
                _ => return None,
            };
        }
        Some(message)
    }

    fn root(&mut self, value: &Value) -> Option<Node> {
        value
            .is_object()
            .then(|| Arc::make_mut(&mut self.document).put_json(value))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn show(message: &Message) -> String {
        let view = |node| message.document.view(node);
        format!(
            "{} {} {} {} {:?} {:?} {} {}",
            view(message.payload),
            view(message.data),
            view(message.metadata),
            view(message.temp_data),
            message.channel,
            message.routing_bucket,
            message.capture_changes,
            message.is_traced,
        )
    }

    #[track_caller]
    fn check(input: Value, expected: &str) {
        assert_eq!(show(&Message::of_input(&input)), expected);
    }

    #[test]
    fn an_input_describes_a_message() {
        check(Value::Null, "null {} {} {} None None true false");
        check(
            json!({"payload": [1], "data": {"a": 1.0}, "metadata": 5, "channel": "c", "routing_bucket": 200, "trace": true}),
            "[1] {\"a\":1.0} {} {} Some(\"c\") Some(99) true true",
        );
        check(
            json!({"capture_changes": false, "temp_data": {"b": 1, "a": null}}),
            "null {} {} {\"a\":null,\"b\":1} None None false false",
        );
    }

    #[test]
    fn an_input_of_another_shape_is_a_payload() {
        check(json!("text"), "\"text\" {} {} {} None None true false");
        check(json!({"text": 1}), "{\"text\":1} {} {} {} None None true false");
        check(
            json!({"routing_bucket": 300}),
            "{\"routing_bucket\":300} {} {} {} None None true false",
        );
    }
}
