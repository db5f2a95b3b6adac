//! What is in an application, in figures.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::Value;

use super::Application;

/// Counts of an application.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Its definitions.
    pub definitions: usize,
    /// Their tasks.
    pub tasks: usize,
    /// Tasks by the name of their function.
    pub functions: BTreeMap<String, usize>,
    /// The functions that the application has to register.
    pub handlers: Vec<String>,
    /// The conditions of definitions, groups and tasks.
    pub conditions: usize,
    /// How often the clock is read, and a fixed moment stands instead.
    pub clocks: usize,
    /// The cases made for it.
    pub cases: u64,
}

impl Summary {
    pub(super) fn of(application: &Application) -> Self {
        let rules = application.rules();
        let mut summary = Self {
            definitions: rules.workflows.len(),
            tasks: rules.tasks(),
            handlers: rules.handlers.iter().map(ToString::to_string).collect(),
            clocks: application.clocks(),
            cases: application.count(),
            functions: super::functions(rules),
            ..Self::default()
        };
        for definition in &rules.workflows {
            summary.conditions += usize::from(definition.get("condition").is_some()) + conditions(definition);
        }
        summary
    }
}

/// The conditions of the steps below `of`.
fn conditions(of: &Value) -> usize {
    let steps = of.get("tasks").and_then(Value::as_array).into_iter().flatten();
    steps
        .map(|step| usize::from(step.get("condition").is_some()) + conditions(step))
        .sum()
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let visible = |text: &str| contract::text::visible(text).into_owned();
        let mut row = |name: &str, value: String| writeln!(f, "  {name:<12} {value}");
        row("definitions", self.definitions.to_string())?;
        let functions: Vec<String> = self
            .functions
            .iter()
            .map(|(name, count)| format!("{count} {}", visible(name)))
            .collect();
        row("tasks", format!("{}: {}", self.tasks, functions.join(", ")))?;
        let handlers: Vec<String> = self.handlers.iter().map(|name| visible(name)).collect();
        row(
            "handlers",
            if handlers.is_empty() {
                "none".to_owned()
            } else {
                format!("{} (each asks the script)", handlers.join(", "))
            },
        )?;
        row("conditions", self.conditions.to_string())?;
        row("`now`", format!("{} given a fixed clock", self.clocks))?;
        row("cases", self.cases.to_string())
    }
}
