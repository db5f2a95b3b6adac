//! What each function is given.

use serde_json::{Map, Value, json};

use super::draft::Draft;
use super::logic::{object, op, var};
use super::message::edge;
use super::sketch::{Kind, Known};
use crate::generate::{hostile, values};

/// The functions, as often as they are drawn.
const FUNCTIONS: [(&str, f64); 13] = [
    ("map", 34.0),
    ("validate", 6.0),
    ("validation", 4.0),
    ("parse_json", 8.0),
    ("parse_xml", 6.0),
    ("publish_json", 8.0),
    ("publish_xml", 5.0),
    ("filter", 9.0),
    ("log", 7.0),
    ("http_call", 3.0),
    ("enrich", 2.5),
    ("publish_kafka", 2.5),
    ("custom", 9.0),
];

impl Draft {
    /// A function's name; `custom` is one of the application's own.
    pub(super) fn function(&mut self) -> &'static str {
        let weights = FUNCTIONS.map(|(_, weight)| weight);
        self.draw.weighted(&weights).map_or("map", |place| FUNCTIONS[place].0)
    }

    /// The input of a function.
    pub(super) fn input(&mut self, function: &str) -> Value {
        match function {
            "map" => self.map(),
            "validate" | "validation" => self.validation(),
            "parse_json" => self.parse(Kind::Json),
            "parse_xml" => self.parse(Kind::Xml),
            "publish_json" | "publish_xml" => self.publish(function == "publish_xml"),
            "filter" => self.filter(),
            "log" => self.log(),
            "http_call" => self.http_call(),
            "enrich" => self.enrich(),
            "publish_kafka" => self.publish_kafka(),
            _ => self.own(),
        }
    }

    fn map(&mut self) -> Value {
        let mut mappings = Vec::new();
        if self.draw.chance(0.04) {
            // The second one's path reads what the first wrote.
            let slot = format!("slot{}", self.names);
            mappings.push(object([("path", "temp_data.pick".into()), ("logic", slot.into())]));
            let logic = self.number(1);
            let path = op("cat", vec!["data.".into(), var("temp_data.pick")]);
            mappings.push(object([("path", path), ("logic", logic)]));
        }
        for _ in 0..self.draw.scaled(1, 6) {
            let mapping = self.mapping();
            mappings.push(mapping);
        }
        if self.draw.chance(0.01) {
            mappings.clear();
        }
        object([("mappings", mappings.into())])
    }

    fn mapping(&mut self) -> Value {
        if !self.in_loop && self.draw.chance(0.04) {
            return self.whole_root();
        }
        if self.draw.chance(0.01) {
            // The clock may be copied, and nothing more: whatever else is made of it differs from run to run.
            let stamp = var("metadata.processed_at");
            return object([("path", "data.stamped".into()), ("logic", stamp)]);
        }
        let (logic, kind, certain) = self.mapped();
        if self.draw.chance(0.1) {
            let path = self.computed_path();
            return object([("path", path), ("logic", logic)]);
        }
        let path = self.destination(false);
        let path = if self.in_loop && kind != Some(Kind::Number) {
            self.unread(path)
        } else {
            path
        };
        if let Some(kind) = kind {
            self.written(&path, kind, certain.then_some(&logic));
        }
        object([("path", path.into()), ("logic", logic)])
    }

    /// What a mapping writes: an expression, the kind that it gives, and whether it is what it gives.
    fn mapped(&mut self) -> (Value, Option<Kind>, bool) {
        match self.draw.below(40) {
            0..10 => (self.number(2), Some(Kind::Number), false),
            10..19 => (self.text(2), Some(Kind::Text), false),
            19..22 => (self.list(2), Some(Kind::List), false),
            22..26 => (self.object(2), Some(Kind::Object), false),
            26..29 => {
                let value = match self.draw.below(4) {
                    0 => (*self.draw.pick(&["paid", "open", "closed"])).into(),
                    1 => self.draw.between(0, 50).into(),
                    2 => edge(self),
                    _ => true.into(),
                };
                let kind = Kind::of(&value);
                (value, Some(kind), true)
            }
            29..31 => {
                let holds = self.draw.chance(0.5);
                (self.condition(holds, 1), Some(Kind::Flag), false)
            }
            31..34 => (self.null(), None, false),
            34 => (self.failing(), None, false),
            35 => {
                let progress = ["metadata.progress", "metadata.progress.status_code"];
                (var(*self.draw.pick(&progress)), Some(Kind::Object), false)
            }
            _ => (self.any(3), None, false),
        }
    }

    /// A mapping to a whole root: an object is merged into it, anything else replaces it.
    fn whole_root(&mut self) -> Value {
        let root = *self.draw.pick(&["data", "temp_data", "temp_data", "metadata"]);
        if self.draw.chance(0.75) {
            let (one, other) = (self.number(1), self.any(1));
            let logic = object([("merged", one), ("n", other)]);
            return object([("path", root.into()), ("logic", logic)]);
        }
        let logic = match self.draw.below(4) {
            0 => 7.into(),
            1 => self.list(1),
            2 => self.text(1),
            _ => self.any(2),
        };
        let root = if root == "data" && self.draw.chance(0.7) {
            "temp_data"
        } else {
            root
        };
        self.sketch.forget(root);
        object([("path", root.into()), ("logic", logic)])
    }

    fn validation(&mut self) -> Value {
        let mut rules = Vec::new();
        for _ in 0..self.draw.scaled(1, 4) {
            let logic = self.private(|draft| match draft.draw.below(20) {
                0..10 => draft.condition(true, 2),
                10..14 => draft.condition(false, 2),
                14..16 => draft.truthy(),
                16 => draft.failing(),
                _ => draft.condition_unknown(2),
            });
            let message = match self.draw.below(10) {
                0..6 => "must hold".into(),
                6..8 => {
                    let value = self.number(1);
                    op("cat", vec!["wrong: ".into(), value])
                }
                8 => self.failing(),
                _ => self.any(2),
            };
            rules.push(object([("logic", logic), ("message", message)]));
        }
        object([("rules", rules.into())])
    }

    fn parse(&mut self, wanted: Kind) -> Value {
        let of_payload = self.draw.chance(0.55);
        let sketch = if of_payload { &self.payload } else { &self.sketch };
        let other = if of_payload { &self.sketch } else { &self.payload };
        let suitable = sketch
            .path(wanted, &mut self.draw)
            .or_else(|| other.path(wanted, &mut self.draw))
            .map(str::to_owned);
        let source = match self.draw.below(12) {
            0..7 => suitable.unwrap_or_else(|| "payload".to_owned()),
            7 => "payload".to_owned(),
            // A document that is none fails here, and is kept as it is there.
            8..11 if wanted == Kind::Xml && self.draw.chance(0.6) => suitable.unwrap_or_else(|| "payload".to_owned()),
            8 => self.payload.any(&mut self.draw).to_owned(),
            9 => self.sketch.any(&mut self.draw).to_owned(),
            10 => (*self.draw.pick(&["payload.missing", "data.missing", "nowhere", "."])).to_owned(),
            _ if self.in_loop => "payload".to_owned(),
            _ => (*self.draw.pick(&["metadata.progress", "temp_data", "data"])).to_owned(),
        };
        // A sweep that copied a root into itself, or what a sweep wrote, would double it each time.
        let grows =
            |source: &str| !source.starts_with("payload") && (!source.contains('.') || source.contains("sweep"));
        let source = if self.in_loop && grows(&source) {
            "payload".to_owned()
        } else {
            source
        };
        let target = self.target(if source.starts_with("payload") {
            Some(Kind::Object)
        } else {
            None
        });
        let source = self.maybe_computed(source);
        object([("source", source), ("target", target)])
    }

    fn publish(&mut self, xml: bool) -> Value {
        let part = |path: &str| path.strip_prefix("data.").map(str::to_owned);
        let suits = |known: &Known| known.path.starts_with("data.") && known.kind != Kind::Null;
        let source = match self.draw.below(20) {
            0..3 if !self.sketch.dotted.is_empty() => self.draw.pick(&self.sketch.dotted).clone(),
            0..14 => self
                .sketch
                .find(&mut self.draw, |known| {
                    suits(known) && (known.kind.is_a(Kind::List) || known.kind == Kind::Object)
                })
                .and_then(|known| part(&known.path))
                .unwrap_or_else(|| "n".to_owned()),
            14..17 => self
                .sketch
                .find(&mut self.draw, suits)
                .map_or_else(|| "n".to_owned(), |known| known.path.clone()),
            // The whole of `data`, which in a loop would hold more and more of its own texts.
            17 if !self.in_loop && self.draw.chance(0.1) => String::new(),
            17 | 18 => "n".to_owned(),
            _ => (*self
                .draw
                .pick(&["missing", "customer", "nothing", ".", "items.0.name", "temp_data", "#n"]))
            .to_owned(),
        };
        let source = if self.in_loop && source.contains("sweep") {
            "n".to_owned()
        } else {
            source
        };
        let target = self.target(Some(Kind::Text));
        let mut input = Map::new();
        let source = self.maybe_computed(source);
        input.insert("source".into(), source);
        input.insert("target".into(), target);
        if self.draw.chance(0.4) {
            input.insert("pretty".into(), self.draw.chance(0.7).into());
        }
        if (xml && self.draw.chance(0.5)) || self.draw.chance(0.05) {
            let root = match self.draw.below(5) {
                0 => op("cat", vec!["o", "rder"]),
                1 => self.text(1),
                2 if self.temper.hostile => hostile::text(&mut self.draw).into(),
                2 => self.failing(),
                _ => "order".into(),
            };
            input.insert("root_element".into(), root);
        }
        Value::Object(input)
    }

    /// A path below `data`, which is the root of every target.
    fn target(&mut self, kind: Option<Kind>) -> Value {
        if self.draw.chance(0.06) {
            return self.computed_path();
        }
        let path = self.destination(false);
        let target = path.strip_prefix("data.").unwrap_or(&path).to_owned();
        let target = if self.in_loop {
            format!("sweep{}.{target}", self.workflows)
        } else {
            target
        };
        if let Some(kind) = kind {
            self.written(&format!("data.{target}"), kind, None);
        }
        target.into()
    }

    fn maybe_computed(&mut self, path: String) -> Value {
        match self.draw.below(16) {
            0 => op("cat", vec![path]),
            1 => {
                let fallback = json!({ "var": "data.missing" });
                op("??", vec![fallback, path.into()])
            }
            2 if self.draw.chance(0.3) => self.failing(),
            _ => path.into(),
        }
    }

    fn filter(&mut self) -> Value {
        let condition = self.private(|draft| match draft.draw.below(20) {
            0..9 => draft.condition(true, 2),
            9..14 => draft.condition(false, 2),
            14..16 => draft.truthy(),
            16..18 => draft.failing(),
            _ => draft.condition_unknown(2),
        });
        let mut input = Map::from_iter([("condition".to_owned(), condition)]);
        if self.draw.chance(0.6) {
            input.insert("on_reject".into(), (*self.draw.pick(&["halt", "skip", "skip"])).into());
        }
        Value::Object(input)
    }

    fn log(&mut self) -> Value {
        let message = match self.draw.below(8) {
            0 => self.failing(),
            1..4 => "reached".into(),
            4 => self.any(2),
            _ => self.text(2),
        };
        let mut input = Map::from_iter([("message".to_owned(), message)]);
        if self.draw.chance(0.7) {
            let level = *self.draw.pick(&["trace", "debug", "info", "warn", "error"]);
            input.insert("level".into(), level.into());
        }
        if self.draw.chance(0.6) {
            let mut fields = Map::new();
            for name in ["total", "id", "state", "a b"] {
                if self.draw.chance(0.5) {
                    let value = if self.draw.chance(0.1) {
                        self.failing()
                    } else {
                        self.any(1)
                    };
                    fields.insert(name.to_owned(), value);
                }
            }
            input.insert("fields".into(), Value::Object(fields));
        }
        Value::Object(input)
    }

    /// A field of `http_call`, `enrich` or `publish_kafka`: a literal, or an expression, which may read a secret.
    fn field(&mut self, literal: &str) -> Value {
        match self.draw.below(20) {
            0..11 => literal.into(),
            11..16 => {
                let text = self.text(1);
                op("cat", vec![literal.into(), text])
            }
            16 if self.draw.chance(0.4) => self.failing(),
            17 if !self.secrets.is_empty() => op("secret", *self.draw.pick(&self.secrets)),
            _ => self.any(1),
        }
    }

    fn http_call(&mut self) -> Value {
        let mut input = Map::new();
        input.insert("connector".into(), self.field("crm"));
        if self.draw.chance(0.5) {
            let method = *self.draw.pick(&["GET", "POST", "PUT", "PATCH", "DELETE"]);
            input.insert("method".into(), method.into());
        }
        if self.draw.chance(0.7) {
            let name = *self.draw.pick(&["path", "path_logic"]);
            input.insert(name.into(), self.field("/orders/"));
        }
        if self.draw.chance(0.4) {
            let headers = [("x-id", "1"), ("Authorization", "Bearer "), ("a", "b")];
            let count = self.draw.below(4);
            let headers: Map<String, Value> = headers[..count]
                .iter()
                .map(|(name, literal)| ((*name).to_owned(), self.field(literal)))
                .collect();
            input.insert("headers".into(), Value::Object(headers));
        }
        if self.draw.chance(0.4) {
            let name = *self.draw.pick(&["body", "body_logic"]);
            let body = self.any(2);
            input.insert(name.into(), body);
        }
        if self.draw.chance(0.3) {
            let name = *self.draw.pick(&["response_path", "output"]);
            input.insert(name.into(), self.field("data.answer"));
        }
        for (name, literal) in [("body_format", "json"), ("response_format", "text")] {
            if self.draw.chance(0.2) {
                input.insert(name.into(), self.field(literal));
            }
        }
        self.timeout(&mut input);
        Value::Object(input)
    }

    fn timeout(&mut self, input: &mut Map<String, Value>) {
        if self.draw.chance(0.3) {
            let timeout = match self.draw.below(6) {
                0 => (-1).into(),
                1 => "soon".into(),
                2 => json!(2.5),
                3 => op("abs", vec![self.number(0)]),
                _ => 500.into(),
            };
            input.insert("timeout_ms".into(), timeout);
        }
    }

    fn enrich(&mut self) -> Value {
        let mut input = Map::new();
        input.insert("connector".into(), self.field("crm"));
        input.insert("merge_path".into(), self.field("data.enriched"));
        if self.draw.chance(0.5) {
            input.insert("path".into(), self.field("/customers"));
        }
        if self.draw.chance(0.3) {
            input.insert("method".into(), (*self.draw.pick(&["GET", "POST"])).into());
        }
        if self.draw.chance(0.5) {
            input.insert("on_error".into(), (*self.draw.pick(&["fail", "skip"])).into());
        }
        self.timeout(&mut input);
        Value::Object(input)
    }

    fn publish_kafka(&mut self) -> Value {
        let mut input = Map::new();
        input.insert("connector".into(), self.field("bus"));
        input.insert("topic".into(), self.field("orders"));
        if self.draw.chance(0.5) {
            let name = *self.draw.pick(&["key", "key_logic"]);
            input.insert(name.into(), self.field("k"));
        }
        if self.draw.chance(0.6) {
            let name = *self.draw.pick(&["value", "value_logic"]);
            let value = self.any(2);
            input.insert(name.into(), value);
        }
        Value::Object(input)
    }

    /// The input of an application's own function is a document of its own; nothing in it is evaluated.
    fn own(&mut self) -> Value {
        match self.draw.below(8) {
            0 => Value::Null,
            1 if !self.secrets.is_empty() => json!({ "auth": { "secret": self.draw.pick(&self.secrets) } }),
            2 => json!({ "var": "data.n", "$var": "data.n" }),
            3 => self.any(1),
            _ => values::any(&mut self.draw),
        }
    }
}
