//! `validation` and `validate`: rules that a message has to keep.

use contract::Behaviour;
use datalogic_rs::datavalue::DataValue;

use super::super::fixes::Fix;
use super::super::program::{Rule, Task, Template, Workflow};
use super::super::record::ErrorRecord;
use super::Run;
use super::tasks::Outcome;

impl<'a> Run<'a, '_> {
    pub(super) fn validate(&mut self, workflow: &Workflow, task: &Task, rules: &'a [Rule]) -> Outcome {
        let before = self.state.errors.len();
        for (place, rule) in rules.iter().enumerate() {
            let mut record = match self.evaluate(&rule.logic) {
                Ok(DataValue::Bool(true)) => continue,
                Ok(value) => {
                    self.note_truthy(value, Behaviour::TruthyRule);
                    self.note(Behaviour::RuleFailed);
                    // Only now: a message that nobody is to read costs nothing, and one that cannot be evaluated does not
                    // hide that the rule failed.
                    let text = if let Ok(text) = self.text(&rule.message) {
                        if matches!(rule.message, Template::Computed(_)) {
                            self.note(Behaviour::RuleMessageComputed);
                        }
                        text.into_owned()
                    } else {
                        self.note(Behaviour::RuleMessageFailed);
                        "Validation failed".to_owned()
                    };
                    ErrorRecord::new("VALIDATION_ERROR", text)
                }
                Err(error) => {
                    self.note(Behaviour::RuleError);
                    ErrorRecord::new("EVALUATION_ERROR", format!("Failed to evaluate rule {place}: {error}"))
                }
            };
            if self.setting.fixes.has(Fix::ValidationIds) {
                record.workflow = Some(workflow.id.clone());
                record.task = Some(task.id.clone());
            }
            self.state.errors.push(record);
        }
        if self.state.errors.len() > before {
            Outcome::Status(400)
        } else {
            Outcome::Success
        }
    }
}
