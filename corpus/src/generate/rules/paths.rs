//! Where things are written: fresh paths, paths that are there, and paths that end in something unexpected.

use serde_json::{Value, json};

use super::draft::Draft;
use super::logic::{op, var};
use super::sketch::Kind;
use crate::generate::hostile;

impl Draft {
    /// A path that nothing was written to yet.
    pub(super) fn fresh(&mut self) -> String {
        self.names += 1;
        let root = *self
            .draw
            .pick(&["data", "data", "data", "temp_data", "temp_data", "metadata"]);
        let name = *self.draw.pick(&["sum", "note", "result", "copy", "state"]);
        if self.in_loop {
            return format!("{root}.sweep{}.{name}", self.workflows);
        }
        match self.draw.below(8) {
            0 => format!("{root}.{name}.part{}", self.names),
            1 => format!("{root}.{name}.a.b.c"),
            2 => format!("{root}.Größe.{name}"),
            _ => format!("{root}.{name}{}", self.names),
        }
    }

    /// A path to write to. `root_too`: it may be a whole root.
    pub(super) fn destination(&mut self, root_too: bool) -> String {
        let names = self.names;
        match self.draw.below(100) {
            0..46 => self.fresh(),
            46..58 if !self.in_loop => self.sketch.any(&mut self.draw).to_owned(),
            58..64 => {
                let scalar = self
                    .sketch
                    .find(&mut self.draw, |known| known.kind.is_scalar())
                    .map_or("data.n", |known| &known.path);
                format!("{scalar}.{}", if names.is_multiple_of(2) { "deep" } else { "deep.er" })
            }
            64..68 => match self.sketch.path(Kind::List, &mut self.draw) {
                Some(list) => format!("{list}.{}", if names.is_multiple_of(2) { "key" } else { "#0" }),
                None => "data.list.key".to_owned(),
            },
            68..72 => match self.sketch.path(Kind::List, &mut self.draw) {
                Some(list) => format!("{list}.{}", self.draw.below(8)),
                None => "data.list.0".to_owned(),
            },
            72..75 => match self.sketch.path(Kind::Object, &mut self.draw) {
                Some(object) => format!("{object}.{}", self.draw.below(30)),
                None => "data.7".to_owned(),
            },
            75..80 => {
                self.names += 1;
                let tail = *self.draw.pick(&["0", "3", "1.id", "0.0", "50", "00", "+2"]);
                format!("temp_data.list{names}.{tail}")
            }
            80..86 => {
                self.names += 1;
                let tail = *self.draw.pick(&["#20", "##20", "#20.x", "#", "a.#b", "#0.#0"]);
                format!("data.by{names}.{tail}")
            }
            86..90 if root_too && !self.in_loop => {
                let roots = ["data", "temp_data", "temp_data", "metadata"];
                (*self.draw.pick(&roots)).to_owned()
            }
            90..93 => {
                let roots = ["other.root", "other", "5", "5.x", "#data.hashed", "extra.0.x"];
                (*self.draw.pick(&roots)).to_owned()
            }
            93 => (*self
                .draw
                .pick(&["", ".", "data.", "data..x", ".data", "data.a..b.", "#"]))
            .to_owned(),
            94 => {
                let own = [
                    "metadata.progress",
                    "metadata.progress.status_code",
                    "metadata.processed_at",
                ];
                (*self.draw.pick(&own)).to_owned()
            }
            95 if self.temper.hostile => format!("data.{}", hostile::text(&mut self.draw)),
            95 => "data.".to_owned() + &"long".repeat(self.draw.between(1, 60) as usize),
            _ => self.fresh(),
        }
    }

    /// A path to write to that lies in nothing that is known, and so in nothing that is read: a sweep of a loop that writes
    /// into what it copies doubles it.
    pub(super) fn unread(&self, path: String) -> String {
        if self.sketch.holds(&path) {
            return format!("temp_data.sweep{}.unread{}", self.workflows, self.names);
        }
        path
    }

    /// Takes in that something of this kind, or this very value, was written to `path`.
    pub(super) fn written(&mut self, path: &str, kind: Kind, value: Option<&Value>) {
        // In a loop only numbers: whatever else a sweep reads of what a sweep wrote could grow without end.
        if self.in_loop && kind != Kind::Number {
            return;
        }
        let is_plain = path.contains('.')
            && ["data.", "metadata.", "temp_data.", "other."]
                .iter()
                .any(|root| path.starts_with(root))
            && !path.starts_with("metadata.processed_at")
            && !path.split('.').any(|part| part.is_empty() || part.starts_with('#'));
        if !is_plain {
            return;
        }
        match value {
            Some(value) => self.sketch.learn(path, value),
            None => self.sketch.note(path, kind),
        }
    }

    /// An expression that computes a path to write to. It must never come to a large number: an engine would fill a list up
    /// to there.
    pub(super) fn computed_path(&mut self) -> Value {
        self.names += 1;
        let names = self.names;
        match self.draw.below(12) {
            0..4 => {
                let text = self.text(0);
                let beginning = op("substr", vec![text, 0.into(), 2.into()]);
                op("cat", vec![format!("data.by{names}.").into(), beginning])
            }
            4 => {
                let numbers = self.list(0);
                op("cat", vec!["temp_data.at.".into(), op("length", numbers)])
            }
            5..7 => json!({ "if": [{ "var": "data.flag" }, format!("data.yes{names}"), format!("data.no{names}")] }),
            7 => 5.into(),
            8 => self.failing(),
            9 => op("cat", vec![format!("data.constant{names}")]),
            10 => match self.sketch.path(Kind::Text, &mut self.draw) {
                Some(path) => op("substr", vec![var(path), 0.into(), 3.into()]),
                None => json!({ "var": "data.missing" }),
            },
            // In a list, whatever it is: no part of its text is a number.
            _ if self.draw.chance(0.5) => vec![self.object(1)].into(),
            _ => json!({ "var": "data.missing" }),
        }
    }
}
