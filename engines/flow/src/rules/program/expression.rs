//! Compiled JSONLogic.

use contract::{Behaviour, BehaviourSet};
use datalogic_rs::datavalue::{DataValue, OwnedDataValue};
use datalogic_rs::{Engine, Logic, bumpalo::Bump};
use serde_json::Value;

use super::decision::Decision;

/// An expression that a message may change the value of.
#[derive(Debug)]
pub(crate) struct Expression {
    pub(crate) logic: Logic,
    /// The operators in it, and what else can be told from its text: noted when it is evaluated.
    pub(crate) uses: BehaviourSet,
    /// What it decides, where that can be told without the evaluator.
    decision: Option<Decision>,
    /// The texts in it that may be paths it reads.
    reads: Box<[Box<str>]>,
    has_float: bool,
}

impl Expression {
    /// Compiles `source`; `uses` is noted when it is evaluated.
    ///
    /// # Errors
    /// The evaluator's reason, if it does not compile.
    pub(crate) fn new(engine: &Engine, source: &Value, uses: BehaviourSet) -> Result<Self, datalogic_rs::Error> {
        let logic = engine.compile(source)?;
        let mut found = Found::default();
        found.visit(source);
        Ok(Self {
            logic,
            uses,
            decision: Decision::of(source),
            reads: found.texts.into(),
            has_float: found.has_float,
        })
    }

    /// What it decides as a condition, if that can be told without the evaluator.
    #[inline]
    pub(crate) fn decide(&self, context: &DataValue<'_>) -> Option<bool> {
        self.decision.as_ref()?.decide(context)
    }

    /// The texts in it that may be paths it reads.
    pub(crate) fn reads(&self) -> &[Box<str>] {
        &self.reads
    }

    /// Whether it calculates with floats, so that an integer it gives is one that was reduced.
    pub(crate) fn may_reduce(&self) -> bool {
        self.has_float && self.uses.contains(Behaviour::OperatorArithmetic)
    }
}

#[derive(Default)]
struct Found {
    texts: Vec<Box<str>>,
    has_float: bool,
}

impl Found {
    fn visit(&mut self, source: &Value) {
        match source {
            Value::String(text) if !text.is_empty() => self.texts.push(text.as_str().into()),
            Value::Number(number) => self.has_float |= number.is_f64(),
            Value::Array(items) => items.iter().for_each(|item| self.visit(item)),
            Value::Object(entries) => entries.values().for_each(|value| self.visit(value)),
            _ => {}
        }
    }
}

/// An expression for a parameter of a function. One that depends on nothing is evaluated beforehand.
#[derive(Debug)]
pub(crate) enum Template {
    Constant(OwnedDataValue),
    Computed(Expression),
}

impl Template {
    /// Compiles `source`; `uses` is noted when it is evaluated.
    ///
    /// # Errors
    /// The evaluator's reason, if it does not compile.
    pub(crate) fn new(engine: &Engine, source: &Value, uses: BehaviourSet) -> Result<Self, datalogic_rs::Error> {
        let expression = Expression::new(engine, source, uses)?;
        // Not `is_static`: that is also true of what the compiler tried to fold and could not, such as a division by zero,
        // which is to fail when it is evaluated and not before.
        if !expression.logic.is_constant() {
            return Ok(Self::Computed(expression));
        }
        let arena = Bump::new();
        let nothing = OwnedDataValue::Object(Vec::new());
        let value = engine.evaluate(&expression.logic, &nothing, &arena)?.to_owned();
        Ok(Self::Constant(value))
    }
}

/// A value as text: a string as it is, anything else as JSON.
pub(crate) fn plain_text(value: &OwnedDataValue) -> String {
    match value {
        OwnedDataValue::String(text) => text.clone(),
        other => other.to_string(),
    }
}
