//! The behaviours themselves.

use super::Kind;

macro_rules! behaviours {
    ($($(#[doc = $doc:literal])+ $variant:ident = $name:literal, $kind:expr,)+) => {
        /// One thing that processing a message, or refusing a definition, can go through.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Behaviour { $($(#[doc = $doc])+ $variant,)+ }

        impl Behaviour {
            /// Every behaviour, in the order in which they are shown.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The name, as in JSON and in reports.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }

            /// What it is, in a sentence.
            pub const fn meaning(self) -> &'static str {
                match self { $(Self::$variant => concat!($($doc),+).trim_ascii(),)+ }
            }

            /// Where it belongs.
            pub const fn kind(self) -> Kind {
                match self { $(Self::$variant => $kind,)+ }
            }
        }
    };
}

behaviours! {
    /// A workflow's condition gave something truthy other than `true`, and did not hold.
    TruthyWorkflowCondition = "truthy_workflow_condition", Kind::Point(1),
    /// A task's condition gave something truthy other than `true`, and did not hold.
    TruthyTaskCondition = "truthy_task_condition", Kind::Point(1),
    /// A group's condition gave something truthy other than `true`, and did not hold.
    TruthyGroupCondition = "truthy_group_condition", Kind::Point(1),
    /// A filter's condition gave something truthy other than `true`, and rejected.
    TruthyFilter = "truthy_filter", Kind::Point(1),
    /// A validation rule gave something truthy other than `true`, and failed.
    TruthyRule = "truthy_rule", Kind::Point(1),
    /// A workflow's condition could not be evaluated, and did not hold.
    FailingWorkflowCondition = "failing_workflow_condition", Kind::Point(2),
    /// A task's condition could not be evaluated, and did not hold.
    FailingTaskCondition = "failing_task_condition", Kind::Point(2),
    /// A group's condition could not be evaluated, and did not hold.
    FailingGroupCondition = "failing_group_condition", Kind::Point(2),
    /// A mapping gave `null` and wrote nothing.
    MapNullSkipped = "map_null_skipped", Kind::Point(3),
    /// A mapping could not be evaluated; the others wrote, and the task's status is 500.
    MapMappingFailed = "map_mapping_failed", Kind::Point(4),
    /// A mapping's computed path could not be evaluated.
    MapPathFailed = "map_path_failed", Kind::Point(4),
    /// A mapping wrote through a scalar: nothing happened, and a change was recorded.
    MapThroughScalar = "map_through_scalar", Kind::Point(5),
    /// A mapping wrote a named key into a list: nothing happened, and a change was recorded.
    MapNamedKeyOnArray = "map_named_key_on_array", Kind::Point(5),
    /// A path's segment lost its leading `#`.
    HashStripped = "hash_stripped", Kind::Point(6),
    /// A `#` before digits made an object where a list would have been.
    HashForcesObject = "hash_forces_object", Kind::Point(6),
    /// A number in a path was a plain key of an object.
    NumericKeyOnObject = "numeric_key_on_object", Kind::Point(7),
    /// A number in a path made a list.
    ArrayCreated = "array_created", Kind::Point(7),
    /// A list was filled up with `null`.
    ArrayPadded = "array_padded", Kind::Point(7),
    /// A mapping to a whole root merged into it.
    RootMerged = "root_merged", Kind::Point(8),
    /// A mapping to a whole root replaced it.
    RootReplaced = "root_replaced", Kind::Point(8),
    /// A mapping made a new root beside `data`, `metadata` and `temp_data`.
    RootCreated = "root_created", Kind::Point(9),
    /// A mapping's path was computed.
    ComputedPath = "computed_path", Kind::Point(9),
    /// A validation rule failed, and the workflow went on.
    RuleFailed = "rule_failed", Kind::Point(10),
    /// A validation rule could not be evaluated.
    RuleError = "rule_error", Kind::Point(10),
    /// A filter let the message through.
    FilterPassed = "filter_passed", Kind::Point(11),
    /// A filter halted its workflow with status 299.
    FilterHalted = "filter_halted", Kind::Point(11),
    /// A filter rejected without leaving a trace.
    FilterSkipped = "filter_skipped", Kind::Point(11),
    /// A filter's condition could not be evaluated, and rejected.
    FilterError = "filter_error", Kind::Point(11),
    /// A function wrote and then failed: its writes stayed, its changes did not.
    HandlerErrorKeepsWrites = "handler_error_keeps_writes", Kind::Point(12),
    /// A function wrote and then skipped: its writes stayed, without an audit entry.
    HandlerSkipKeepsWrites = "handler_skip_keeps_writes", Kind::Point(13),
    /// `metadata.progress` held something else, and was replaced.
    ProgressReplaced = "progress_replaced", Kind::Point(14),
    /// An expression read `metadata.progress`.
    ProgressRead = "progress_read", Kind::Point(14),
    /// A task that recorded changes was followed by the write of its progress, which is none of them.
    ProgressNotInChanges = "progress_not_in_changes", Kind::Point(15),
    /// Several tasks were recorded, all at one moment.
    SeveralAuditEntries = "several_audit_entries", Kind::Point(16),
    /// A paused or archived workflow was run.
    InactiveRun = "inactive_run", Kind::Point(17),
    /// A workflow of another channel than `default` was run for no channel.
    OtherChannelRun = "other_channel_run", Kind::Point(17),
    /// A message was processed for a channel, and a workflow of it ran.
    ChannelSelected = "channel_selected", Kind::Point(17),
    /// A channel's paused or archived workflow was left out.
    ChannelInactiveLeftOut = "channel_inactive_left_out", Kind::Point(17),
    /// A message was processed for a channel that no workflow has.
    ChannelUnknown = "channel_unknown", Kind::Point(17),
    /// One failure left both a task's error and `WORKFLOW_ERROR`.
    ErrorDoubled = "error_doubled", Kind::Point(18),
    /// A terminal task failed, and its error went on.
    TerminalFailurePropagated = "terminal_failure_propagated", Kind::Point(19),
    /// A terminal task ended its workflow.
    TerminalHalted = "terminal_halted", Kind::Point(19),
    /// A task with `halt_on: failure` failed and ended its workflow.
    HaltOnFailureHalted = "halt_on_failure_halted", Kind::Point(19),
    /// A workflow was halted, and a later one ran.
    HaltThenNextWorkflow = "halt_then_next_workflow", Kind::Point(20),
    /// A halt ended a whole loop.
    HaltBrokeLoop = "halt_broke_loop", Kind::Point(20),
    /// A group's condition held.
    GroupEntered = "group_entered", Kind::Point(21),
    /// A group's condition did not hold, and its tasks were not asked.
    GroupSkipped = "group_skipped", Kind::Point(21),
    /// A group within a group was entered.
    GroupNested = "group_nested", Kind::Point(21),
    /// A terminal group ended its workflow.
    TerminalGroupHalted = "terminal_group_halted", Kind::Point(21),
    /// A loop ran to its bound, and its counter ended there.
    LoopReachedBound = "loop_reached_bound", Kind::Point(22),
    /// A loop ended because its condition no longer held.
    LoopConditionEnded = "loop_condition_ended", Kind::Point(22),
    /// A loop's condition did not hold at first.
    LoopNeverEntered = "loop_never_entered", Kind::Point(22),
    /// A sweep failed, and the loop went on to the next.
    LoopErrorAdvanced = "loop_error_advanced", Kind::Point(22),
    /// `parse_json` kept a text that is no JSON as it was.
    ParseJsonBadText = "parse_json_bad_text", Kind::Point(23),
    /// `parse_json` of a missing source stored `null`.
    ParseJsonMissing = "parse_json_missing", Kind::Point(23),
    /// A source was the whole payload.
    ParseFromPayload = "parse_from_payload", Kind::Point(24),
    /// A source was a path in the payload.
    ParseFromPayloadPath = "parse_from_payload_path", Kind::Point(24),
    /// A source was a path in `data`.
    ParseFromData = "parse_from_data", Kind::Point(24),
    /// A source was a path in the rest of the context.
    ParseFromContext = "parse_from_context", Kind::Point(24),
    /// `parse_xml` kept the last of several children of one name.
    ParseXmlRepeated = "parse_xml_repeated", Kind::Point(25),
    /// `parse_xml` read an attribute.
    ParseXmlAttribute = "parse_xml_attribute", Kind::Point(25),
    /// `parse_xml` failed on a text that is no XML.
    ParseXmlError = "parse_xml_error", Kind::Point(25),
    /// `parse_xml` failed on a source that is no text.
    ParseXmlNoText = "parse_xml_no_text", Kind::Point(25),
    /// A publish failed on a source that is missing or `null`.
    PublishMissing = "publish_missing", Kind::Point(26),
    /// A publish found its source under a key that has a dot in it.
    PublishLiteralKey = "publish_literal_key", Kind::Point(26),
    /// Changes were recorded although the message asked for none.
    ChangesWithoutCapture = "changes_without_capture", Kind::Point(27),
    /// A mapping recorded no change because the message asked for none.
    CaptureOff = "capture_off", Kind::Point(27),
    /// Keys that are not sorted were published in their order.
    KeysKept = "keys_kept", Kind::Point(28),
    /// Keys that are not sorted were published sorted.
    KeysSorted = "keys_sorted", Kind::Point(28),
    /// Arithmetic gave a whole number from floats.
    NumberReduced = "number_reduced", Kind::Point(29),
    /// A whole float stayed a float.
    FloatKept = "float_kept", Kind::Point(29),
    /// An integer above the largest `i64` became a float.
    IntegerOverflowed = "integer_overflowed", Kind::Point(29),
    /// An object of one key that is no operator was data.
    UnknownOperatorKept = "unknown_operator_kept", Kind::Point(30),
    /// An object of several keys was a template.
    TemplateObject = "template_object", Kind::Point(30),
    /// A `$` made an operator's name a plain key.
    EscapedKey = "escaped_key", Kind::Point(30),
    /// A task called `http_call`, `enrich` or `publish_kafka` without a handler.
    MissingHandler = "missing_handler", Kind::Point(31),
    /// An execution trace was taken.
    TraceTaken = "trace_taken", Kind::Point(32),
    /// A failure that went on left no step in the trace.
    TraceWithoutFailedStep = "trace_without_failed_step", Kind::Point(32),
    /// A `log` task wrote a line.
    LogWritten = "log_written", Kind::Point(33),
    /// A line's fields were written sorted.
    LogFieldsSorted = "log_fields_sorted", Kind::Point(33),
    /// A part of a line could not be evaluated.
    LogExpressionFailed = "log_expression_failed", Kind::Point(33),
    /// A message without a bucket was admitted to a split.
    RolloutWithoutBucket = "rollout_without_bucket", Kind::Point(34),
    /// A message's bucket was admitted.
    RolloutAdmitted = "rollout_admitted", Kind::Point(34),
    /// A message's bucket was not admitted.
    RolloutExcluded = "rollout_excluded", Kind::Point(34),
    /// A failed rule's message was computed.
    RuleMessageComputed = "rule_message_computed", Kind::Point(35),
    /// A failed rule's message could not be evaluated.
    RuleMessageFailed = "rule_message_failed", Kind::Point(35),
    /// `metadata` was no object, and progress was not written.
    MetadataNoObject = "metadata_no_object", Kind::Point(36),
    /// A mapping gave `null`, and its computed path was not evaluated.
    PathNotResolved = "path_not_resolved", Kind::Point(37),
    /// A mapping's computed path read what the mappings before it wrote.
    PathAfterLogic = "path_after_logic", Kind::Point(37),
    /// `map` ran.
    FunctionMap = "function_map", Kind::Function,
    /// `validate` ran.
    FunctionValidate = "function_validate", Kind::Function,
    /// `validation` ran.
    FunctionValidation = "function_validation", Kind::Function,
    /// `parse_json` ran.
    FunctionParseJson = "function_parse_json", Kind::Function,
    /// `parse_xml` ran.
    FunctionParseXml = "function_parse_xml", Kind::Function,
    /// `publish_json` ran.
    FunctionPublishJson = "function_publish_json", Kind::Function,
    /// `publish_xml` ran.
    FunctionPublishXml = "function_publish_xml", Kind::Function,
    /// `filter` ran.
    FunctionFilter = "function_filter", Kind::Function,
    /// `log` ran.
    FunctionLog = "function_log", Kind::Function,
    /// `http_call` ran.
    FunctionHttpCall = "function_http_call", Kind::Function,
    /// `enrich` ran.
    FunctionEnrich = "function_enrich", Kind::Function,
    /// `publish_kafka` ran.
    FunctionPublishKafka = "function_publish_kafka", Kind::Function,
    /// A function of the application's own ran.
    FunctionCustom = "function_custom", Kind::Function,
    /// `var`, `val`, `exists` were evaluated.
    OperatorVariable = "operator_variable", Kind::Operator,
    /// `==`, `===`, `<`, … were evaluated.
    OperatorComparison = "operator_comparison", Kind::Operator,
    /// `and`, `or`, `!`, `!!` were evaluated.
    OperatorBoolean = "operator_boolean", Kind::Operator,
    /// `if`, `?:`, `??`, `switch` were evaluated.
    OperatorControl = "operator_control", Kind::Operator,
    /// `+`, `-`, `*`, `/`, `%`, `min`, `max` were evaluated.
    OperatorArithmetic = "operator_arithmetic", Kind::Operator,
    /// `abs`, `ceil`, `floor` were evaluated.
    OperatorMath = "operator_math", Kind::Operator,
    /// `cat`, `substr`, `in` were evaluated.
    OperatorString = "operator_string", Kind::Operator,
    /// `starts_with`, `ends_with`, `upper`, `lower`, `trim`, `split`, `length` were evaluated.
    OperatorText = "operator_text", Kind::Operator,
    /// `map`, `filter`, `reduce`, `all`, `some`, `none`, `merge` were evaluated.
    OperatorArray = "operator_array", Kind::Operator,
    /// `sort`, `slice` were evaluated.
    OperatorSequence = "operator_sequence", Kind::Operator,
    /// Operators on objects were evaluated.
    OperatorObject = "operator_object", Kind::Operator,
    /// Operators on dates were evaluated.
    OperatorDate = "operator_date", Kind::Operator,
    /// `try`, `throw` were evaluated.
    OperatorError = "operator_error", Kind::Operator,
    /// `missing`, `missing_some` were evaluated.
    OperatorMissing = "operator_missing", Kind::Operator,
    /// `secret` was evaluated.
    OperatorSecret = "operator_secret", Kind::Operator,
    /// Workflows ran in another order than they were registered in.
    PriorityReordered = "priority_reordered", Kind::Control,
    /// Workflows of one priority ran in the order in which they were registered.
    PriorityTied = "priority_tied", Kind::Control,
    /// Two workflows of one id ran.
    DuplicateWorkflowId = "duplicate_workflow_id", Kind::Control,
    /// A workflow's condition did not hold.
    WorkflowNotHeld = "workflow_not_held", Kind::Control,
    /// A task's condition did not hold.
    TaskNotHeld = "task_not_held", Kind::Control,
    /// A task failed, and its workflow went on because the task says so.
    TaskErrorContinued = "task_error_continued", Kind::Control,
    /// A workflow failed, and the next ran because it says so.
    WorkflowErrorContinued = "workflow_error_continued", Kind::Control,
    /// A failure ended processing, and a later workflow did not run.
    ErrorStopped = "error_stopped", Kind::Control,
    /// A function gave a status from 400 to 499.
    ClientStatus = "client_status", Kind::Control,
    /// A function gave a status of 500 or more.
    ServerStatus = "server_status", Kind::Control,
    /// A function gave a status below 400 that is not 200.
    OtherStatus = "other_status", Kind::Control,
    /// A function halted its workflow.
    HandlerHalted = "handler_halted", Kind::Control,
    /// A function failed.
    HandlerFailed = "handler_failed", Kind::Control,
    /// A function added an error to the message.
    HandlerAddedError = "handler_added_error", Kind::Control,
    /// A field of `http_call`, `enrich` or `publish_kafka` could not be evaluated.
    ConnectorFieldFailed = "connector_field_failed", Kind::Control,
    /// A failure's code was written to the error context.
    ErrorContextWritten = "error_context_written", Kind::Control,
    /// The error context reached its limit, and the oldest record went.
    ErrorContextTrimmed = "error_context_trimmed", Kind::Control,
    /// Something else stood where the error context is kept, and was replaced.
    ErrorContextReplaced = "error_context_replaced", Kind::Control,
    /// A definition was refused: it does not have the format's shape.
    RefusedShape = "refused_shape", Kind::Refusal,
    /// A definition was refused: an empty id or name, or no task.
    RefusedEmptyName = "refused_empty_name", Kind::Refusal,
    /// A definition was refused: two steps of one id.
    RefusedDuplicateStep = "refused_duplicate_step", Kind::Refusal,
    /// A definition was refused: a loop that cannot run.
    RefusedLoop = "refused_loop", Kind::Refusal,
    /// A definition was refused: a group that is empty, too deep, or has `halt_on`.
    RefusedGroup = "refused_group", Kind::Refusal,
    /// A definition was refused: the input of a built-in function does not fit it.
    RefusedInput = "refused_input", Kind::Refusal,
    /// A definition was refused: a function that nobody registered.
    RefusedFunction = "refused_function", Kind::Refusal,
    /// A definition was refused: two keys of a template are one.
    RefusedTemplateKey = "refused_template_key", Kind::Refusal,
    /// A definition was refused: a secret that is not declared, or that would be recorded.
    RefusedSecret = "refused_secret", Kind::Refusal,
    /// A definition was refused: an expression that does not compile.
    RefusedLogic = "refused_logic", Kind::Refusal,
    /// An application's settings were refused: its error context or its secrets.
    RefusedSettings = "refused_settings", Kind::Refusal,
}
