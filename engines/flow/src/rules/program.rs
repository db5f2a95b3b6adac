//! The program: definitions compiled once, in the form the run side runs on. `compile` makes it, `run` only reads it.
//!
//! Nothing is looked up by name or split while a message is processed: ids are shared, literal paths are split beforehand,
//! groups are spans over one flat list of tasks, and a template that depends on nothing is already its value.

mod decision;
mod expression;
mod path;

use std::collections::BTreeMap;
use std::sync::Arc;

use contract::{BehaviourSet, Json};

pub(crate) use expression::{Expression, Template, plain_text};
pub(crate) use path::{Path, PathParts, Root, Segment, dotted};

/// A set of compiled definitions with all that an application gave beside them. Immutable: any number of messages share it.
#[derive(Debug)]
pub(crate) struct Program {
    /// By priority, ascending; those of one priority as they were registered.
    pub(crate) workflows: Box<[Workflow]>,
    /// By channel, the places in `workflows` of its *active* workflows, ascending.
    pub(crate) channels: BTreeMap<Box<str>, Box<[u32]>>,
    pub(crate) error_context: Option<ErrorContext>,
    /// The evaluator that every expression was compiled with; it holds the secrets.
    pub(crate) logic: Arc<datalogic_rs::Engine>,
}

/// One workflow.
#[derive(Debug)]
pub(crate) struct Workflow {
    pub(crate) id: Arc<str>,
    /// Noted as soon as it runs, that is, when its condition has held: `PriorityReordered` if its place in priority order is
    /// not the one in which it was registered, `PriorityTied` if another has its priority, `DuplicateWorkflowId`.
    pub(crate) notes: BehaviourSet,
    pub(crate) channel: Box<str>,
    /// Neither paused nor archived.
    pub(crate) is_active: bool,
    pub(crate) rollout: Option<Rollout>,
    /// `None`: the literal `true`.
    pub(crate) condition: Option<Expression>,
    pub(crate) repeat: Option<Repeat>,
    pub(crate) continue_on_error: bool,
    pub(crate) tasks: Box<[Task]>,
}

/// The buckets of a split: from `start`, before `end`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rollout {
    pub(crate) start: u8,
    pub(crate) end: u8,
}

/// A workflow's `loop`.
#[derive(Debug)]
pub(crate) struct Repeat {
    /// `temp_data.<counter>`; `None`: the counter is not written.
    pub(crate) counter: Option<PathParts>,
    pub(crate) initial: i64,
    pub(crate) increment: i64,
    pub(crate) max: i64,
}

/// One task, groups flattened away.
#[derive(Debug)]
pub(crate) struct Task {
    pub(crate) id: Arc<str>,
    /// Noted when it runs: the behaviour of its function (`FunctionMap`, `FunctionValidate`, …).
    pub(crate) notes: BehaviourSet,
    /// The groups that open at this task, outermost first.
    pub(crate) groups: Box<[Group]>,
    /// `None`: the literal `true`.
    pub(crate) condition: Option<Expression>,
    pub(crate) continue_on_error: bool,
    pub(crate) is_terminal: bool,
    /// `halt_on: failure`.
    pub(crate) halts_on_failure: bool,
    pub(crate) function: Function,
}

/// A group of tasks: from the task it opens at, before `end`.
#[derive(Debug)]
pub(crate) struct Group {
    /// `None`: the literal `true`.
    pub(crate) condition: Option<Expression>,
    pub(crate) is_terminal: bool,
    pub(crate) end: usize,
    /// How many groups it is in; 0 for none.
    pub(crate) depth: usize,
}

/// What a task does.
#[derive(Debug)]
pub(crate) enum Function {
    Map(Box<[Mapping]>),
    /// `validation` and `validate`.
    Validation(Box<[Rule]>),
    ParseJson(Parse),
    ParseXml(Parse),
    PublishJson(Publish),
    PublishXml(Publish),
    Filter(Filter),
    Log(Log),
    /// A registered function, `http_call`, `enrich` and `publish_kafka` included.
    Call(Call),
}

/// One mapping of a `map`.
#[derive(Debug)]
pub(crate) struct Mapping {
    /// [`Root::Context`].
    pub(crate) path: Path,
    pub(crate) logic: Expression,
}

/// One rule of a `validation`.
#[derive(Debug)]
pub(crate) struct Rule {
    pub(crate) logic: Expression,
    pub(crate) message: Template,
}

/// The input of `parse_json` and `parse_xml`.
#[derive(Debug)]
pub(crate) struct Parse {
    pub(crate) source: Template,
    /// [`Root::Data`].
    pub(crate) target: Path,
}

/// The input of `publish_json` and `publish_xml`.
#[derive(Debug)]
pub(crate) struct Publish {
    pub(crate) source: Template,
    /// [`Root::Data`].
    pub(crate) target: Path,
    pub(crate) pretty: bool,
    pub(crate) root_element: Template,
}

/// The input of `filter`.
#[derive(Debug)]
pub(crate) struct Filter {
    /// Compiled even if it is the literal `true`.
    pub(crate) condition: Expression,
    pub(crate) on_reject: Reject,
}

/// What a filter does with a message that it does not let through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reject {
    Halt,
    Skip,
}

/// The input of `log`.
#[derive(Debug)]
pub(crate) struct Log {
    pub(crate) level: log::Level,
    pub(crate) message: Expression,
    /// Sorted by name.
    pub(crate) fields: Box<[(Box<str>, Expression)]>,
}

/// A call of a registered function.
#[derive(Debug)]
pub(crate) struct Call {
    /// The function's name.
    pub(crate) handler: Arc<str>,
    /// Whether the application registered it: `http_call`, `enrich` and `publish_kafka` may be used without.
    pub(crate) is_registered: bool,
    /// `contract::rules::call_name` of the workflow and the task.
    pub(crate) name: Arc<str>,
    pub(crate) input: CallInput,
}

/// What a registered function is given beside the context.
#[derive(Debug)]
pub(crate) enum CallInput {
    /// An application's own function: the definition's `input` as it stands.
    Given(Json),
    /// `http_call`, `enrich` or `publish_kafka`.
    Connector {
        /// What no message changes: `method`, `on_error`.
        constant: Box<[(&'static str, &'static str)]>,
        /// In the order in which they are resolved.
        fields: Box<[Field]>,
        /// Whether there is an object `headers` even if no field is a header: `http_call`.
        has_headers: bool,
    },
}

/// A field of `http_call`, `enrich` or `publish_kafka` that a message may change.
#[derive(Debug)]
pub(crate) struct Field {
    pub(crate) name: FieldName,
    pub(crate) kind: FieldKind,
    pub(crate) template: Template,
}

/// Where a field goes.
#[derive(Debug)]
pub(crate) enum FieldName {
    Top(&'static str),
    /// Into `headers`; these stand sorted by name in the list of fields.
    Header(Box<str>),
}

/// What a field is resolved to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FieldKind {
    /// Plain text: `Template::resolve_string`.
    Text,
    /// Any JSON: `Template::eval_into`.
    Json,
    /// A whole number: `Template::resolve_u64` with this label.
    Number(&'static str),
}

/// Where the codes of failed tasks are kept in the context.
#[derive(Debug)]
pub(crate) struct ErrorContext {
    pub(crate) parts: PathParts,
    pub(crate) limit: usize,
}
