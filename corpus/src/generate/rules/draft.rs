//! The state of a case that is being drawn.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use contract::rules::ErrorContext;
use contract::{Script, TaskScript};
use serde_json::{Value, json};

use super::sketch::Sketch;
use crate::generate::draw::Draw;

/// What a case is like as a whole.
pub(super) struct Temper {
    /// How often an expression is any operator with anything.
    pub(super) wild: f64,
    /// Whether ids and texts are hostile.
    pub(super) hostile: bool,
    /// Whether there are many workflows and tasks.
    pub(super) big: bool,
    /// How often a task goes on after an error.
    pub(super) forgiving: f64,
}

/// A case being drawn.
pub(super) struct Draft {
    pub(super) draw: Draw,
    pub(super) temper: Temper,
    /// What the context holds.
    pub(super) sketch: Sketch,
    /// What the payload holds.
    pub(super) payload: Sketch,
    /// The channel that the message is processed for.
    pub(super) channel: Option<String>,
    /// The secrets that are declared.
    pub(super) secrets: Vec<&'static str>,
    /// Whether the expression that is being drawn may read a secret: its value is recorded nowhere.
    pub(super) may_read_secrets: bool,
    pub(super) error_context: Option<ErrorContext>,
    /// Whether a task of a loop is being drawn: it must not make more and more of what it reads.
    pub(super) in_loop: bool,
    /// The id of the task before.
    pub(super) last_task: Option<String>,
    /// The functions that are registered.
    pub(super) handlers: BTreeSet<Arc<str>>,
    pub(super) script: BTreeMap<String, TaskScript>,
    /// How many workflows there are so far.
    pub(super) workflows: usize,
    /// How many steps there are so far.
    pub(super) steps: usize,
    /// How many paths were made up so far.
    pub(super) names: usize,
}

impl Draft {
    pub(super) fn new(mut draw: Draw) -> Self {
        let temper = Temper {
            wild: if draw.chance(0.1) { 0.3 } else { 0.02 },
            hostile: draw.chance(0.05),
            big: draw.chance(0.04),
            forgiving: *draw.pick(&[0.3, 0.6, 0.9]),
        };
        let secrets = match draw.below(10) {
            0 => vec!["token"],
            1 => vec!["token", "nested.key"],
            _ => Vec::new(),
        };
        let channel = draw.chance(0.2).then(|| {
            let names = ["default", "default", "orders", "orders", "nobody", ""];
            (*draw.pick(&names)).to_owned()
        });
        let error_context = draw.chance(0.25).then(|| {
            let paths = [
                "temp_data.errors",
                "metadata.errors",
                "data.failed.codes",
                "data.#1.errors",
                "data.n",
                "data.name",
            ];
            let limits = [None, Some(1), Some(1), Some(2), Some(3), Some(100)];
            ErrorContext {
                path: (*draw.pick(&paths)).to_owned(),
                limit: *draw.pick(&limits),
            }
        });
        Self {
            draw,
            temper,
            sketch: Sketch::default(),
            payload: Sketch::default(),
            channel,
            secrets,
            may_read_secrets: false,
            error_context,
            in_loop: false,
            last_task: None,
            handlers: BTreeSet::new(),
            script: BTreeMap::new(),
            workflows: 0,
            steps: 0,
            names: 0,
        }
    }

    /// The store that declares its secrets.
    pub(super) fn secret_store(&mut self) -> Option<Value> {
        match self.secrets.as_slice() {
            [] => self.draw.chance(0.03).then(|| json!({})),
            [_] => Some(json!({ "token": "s3cr3t" })),
            _ => Some(json!({ "token": "s3cr3t", "nested": { "key": "deep" } })),
        }
    }

    /// What the host does.
    pub(super) fn take_script(&mut self) -> Script {
        Script {
            tasks: std::mem::take(&mut self.script),
            signals: Vec::new(),
            crashes: Vec::new(),
        }
    }

    /// A condition: what it gives is recorded nowhere, so it may read secrets.
    pub(super) fn private<T>(&mut self, draw: impl FnOnce(&mut Self) -> T) -> T {
        self.may_read_secrets = true;
        let drawn = draw(self);
        self.may_read_secrets = false;
        drawn
    }
}
