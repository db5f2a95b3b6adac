//! What a workflow can go through: each behaviour with a name that never changes, a sentence, and the features that a case
//! is drawn with to go through it: it needs them, or gets there most easily by them.
//!
//! A logic that does not compile is not among them: whatever is nested less deeply than a case file can be compiles.

use contract::{Feature, FeatureSet};

macro_rules! behaviours {
    ($($(#[doc = $doc:literal])+ $variant:ident = $name:literal [$($feature:ident),*],)+) => {
        /// One thing that a case of a workflow can go through.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Behaviour { $($(#[doc = $doc])+ $variant,)+ }

        impl Behaviour {
            /// Every behaviour, in the order in which they are shown.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The name, in reports and in the reasons of cases.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }

            /// What it means, in a sentence.
            pub const fn meaning(self) -> &'static str {
                match self { $(Self::$variant => concat!($($doc),+).trim_ascii(),)+ }
            }

            /// What a case is drawn with to go through it.
            pub fn features(self) -> FeatureSet {
                match self { $(Self::$variant => FeatureSet::from([$(Feature::$feature),*]),)+ }
            }
        }
    };
}

behaviours! {
    /// A run succeeds under `stop`.
    RunSucceededStop = "run.succeeded.stop" [],
    /// A run succeeds under `cancel`.
    RunSucceededCancel = "run.succeeded.cancel" [],
    /// A run succeeds under `continue`.
    RunSucceededContinue = "run.succeeded.continue" [],
    /// A run succeeds under `compensate`.
    RunSucceededCompensate = "run.succeeded.compensate" [],
    /// A run fails under `stop`.
    RunFailedStop = "run.failed.stop" [FailureStop],
    /// A run fails under `cancel`.
    RunFailedCancel = "run.failed.cancel" [FailureCancel],
    /// A run fails under `continue`.
    RunFailedContinue = "run.failed.continue" [FailureContinue],
    /// A run fails, and what had succeeded is undone.
    RunCompensated = "run.compensated" [Compensation],
    /// A run fails, and undoing fails too.
    RunCompensationFailed = "run.compensation-failed" [Compensation],
    /// A signal ends a run under `stop`.
    RunCancelledStop = "run.cancelled.stop" [Cancel],
    /// A signal ends a run under `cancel`.
    RunCancelledCancel = "run.cancelled.cancel" [Cancel],
    /// A signal ends a run under `continue`.
    RunCancelledContinue = "run.cancelled.continue" [Cancel],
    /// A signal ends a run under `compensate`, and nothing is undone.
    RunCancelledCompensate = "run.cancelled.compensate" [Cancel],
    /// Its own timeout ends a run under `stop`.
    RunTimedOutStop = "run.timed-out.stop" [RunTimeout],
    /// Its own timeout ends a run under `cancel`.
    RunTimedOutCancel = "run.timed-out.cancel" [RunTimeout],
    /// Its own timeout ends a run under `continue`.
    RunTimedOutContinue = "run.timed-out.continue" [RunTimeout],
    /// Its own timeout ends a run under `compensate`, and nothing is undone.
    RunTimedOutCompensate = "run.timed-out.compensate" [RunTimeout],
    /// A run stays paused under `stop`.
    RunPausedStop = "run.paused.stop" [PauseResume],
    /// A run stays paused under `cancel`.
    RunPausedCancel = "run.paused.cancel" [PauseResume],
    /// A run stays paused under `continue`.
    RunPausedContinue = "run.paused.continue" [PauseResume],
    /// A run stays paused under `compensate`.
    RunPausedCompensate = "run.paused.compensate" [PauseResume],

    /// A failure leaves what runs beside it to finish.
    FailureCallFinishes = "failure.call-finishes" [],
    /// A failure drops what runs beside it.
    FailureDropsCalls = "failure.drops-calls" [FailureCancel],
    /// After a failure, an independent task starts.
    FailureOthersStart = "failure.others-start" [FailureContinue],
    /// After a failure, a call beside it fails too and, though it has attempts left, is not made again.
    FailureNoRetryAfter = "failure.no-retry-after" [Retry],
    /// Two tasks fail, and the first is the run's error.
    FailureTwo = "failure.two" [],
    /// The first task to fail is not the first declared of those that do.
    FailureFirstInTime = "failure.first-in-time" [],
    /// A task that was not decided is cancelled because another failed.
    FailureCancelsPending = "failure.cancels-pending" [],
    /// A task between two attempts is cancelled because another failed.
    FailureCancelsBackingOff = "failure.cancels-backing-off" [Retry],
    /// A question is withdrawn because a task failed.
    FailureCancelsWaiting = "failure.cancels-waiting" [UserInput],

    /// A task fails at its only attempt.
    TaskFailedAtOnce = "task.failed-at-once" [],
    /// A task fails because its handler panics.
    TaskPanicked = "task.panicked" [HandlerPanic],
    /// A task fails because its template cannot be evaluated.
    TaskInputFailed = "task.input-failed" [Template],
    /// A task with attempts left fails because its template cannot be evaluated.
    TaskInputNotRetried = "task.input-not-retried" [Template, Retry],
    /// A task times out at its only attempt.
    TaskTimedOut = "task.timed-out" [TaskTimeout],
    /// A handler's own error is of the kind `timeout`, and the task is failed and not timed out.
    TaskHandlerTimeout = "task.handler-timeout" [],
    /// A task times out at a handler that never returns.
    TaskNeverReturns = "task.never-returns" [TaskTimeout],
    /// A task has a timeout and stays within it.
    TaskWithinTimeout = "task.within-timeout" [TaskTimeout],
    /// A call in flight is dropped by a signal.
    TaskCancelledRunning = "task.cancelled-running" [Cancel],
    /// A task is skipped by its own `when`.
    TaskSkippedCondition = "task.skipped-condition" [When],
    /// A task is skipped because of its needs.
    TaskSkippedUpstream = "task.skipped-upstream" [RunIf],
    /// A task is skipped because its need was.
    TaskSkippedInTurn = "task.skipped-in-turn" [RunIf],
    /// A task that is declared before what it needs runs.
    TaskDeclaredFirst = "task.declared-first" [Needs],
    /// A task runs that needs another twice, directly and through a third.
    TaskNeedsTwice = "task.needs-twice" [Needs],
    /// A task starts while another that became ready earlier still runs.
    TaskNoBarrier = "task.no-barrier" [Needs],

    /// `all_succeeded` does not hold after a failure.
    AllSucceededAfterFailure = "run-if.all-succeeded.failed-need" [RunIf, FailureContinue],
    /// `all_succeeded` does not hold after a skipped need.
    AllSucceededAfterSkip = "run-if.all-succeeded.skipped-need" [RunIf],
    /// `all_done` holds after a failure.
    AllDoneAfterFailure = "run-if.all-done.failed-need" [RunIf, FailureContinue],
    /// `all_done` holds after a skipped need.
    AllDoneAfterSkip = "run-if.all-done.skipped-need" [RunIf],
    /// `all_done` holds after nothing but success.
    AllDoneAfterSuccess = "run-if.all-done.succeeded-needs" [RunIf],
    /// `any_succeeded` holds beside a failure.
    AnySucceededBesideFailure = "run-if.any-succeeded.failed-need" [RunIf, FailureContinue],
    /// `any_succeeded` holds beside a skipped need.
    AnySucceededBesideSkip = "run-if.any-succeeded.skipped-need" [RunIf],
    /// `any_succeeded` does not hold.
    AnySucceededNotHeld = "run-if.any-succeeded.not-held" [RunIf],
    /// `any_failed` holds.
    AnyFailedHeld = "run-if.any-failed.failed-need" [RunIf, FailureContinue],
    /// `any_failed` holds because a need timed out.
    AnyFailedTimedOut = "run-if.any-failed.timed-out-need" [RunIf, FailureContinue, TaskTimeout],
    /// `any_failed` does not hold after nothing but success.
    AnyFailedNotHeld = "run-if.any-failed.succeeded-needs" [RunIf],
    /// `any_failed` does not hold after a skipped need.
    AnyFailedAfterSkip = "run-if.any-failed.skipped-need" [RunIf],

    /// A condition gives `true`.
    WhenTrue = "when.true" [When],
    /// A condition gives `false`.
    WhenFalse = "when.false" [When],
    /// A condition gives something truthy that is not `true`.
    WhenTruthy = "when.truthy" [When],
    /// A condition gives `null`.
    WhenNull = "when.null" [When],
    /// A condition cannot be evaluated.
    WhenFails = "when.fails" [When],
    /// A condition reads the status of another task.
    WhenReadsStatus = "when.reads-status" [When, Needs],

    /// An attempt after the first succeeds.
    RetrySucceeds = "retry.succeeds" [Retry],
    /// All attempts are spent.
    RetrySpent = "retry.spent" [Retry],
    /// An error of the kind `permanent` is not retried.
    RetryPermanent = "retry.permanent" [Retry],
    /// An error of the kind `permanent` is retried, because `only` names it.
    RetryPermanentNamed = "retry.permanent-named" [Retry],
    /// An error is not retried, because `only` does not name its kind.
    RetryOnlyStops = "retry.only-stops" [Retry],
    /// An error is retried, because `only` names its kind.
    RetryOnlyAllows = "retry.only-allows" [Retry],
    /// A delay is cut to the longest allowed.
    RetryCapped = "retry.capped" [Retry],
    /// A delay is longer than the one before.
    RetryGrows = "retry.grows" [Retry],
    /// A delay is shorter than the one before.
    RetryShrinks = "retry.shrinks" [Retry],
    /// Two delays of one task are the same.
    RetrySteady = "retry.steady" [Retry],
    /// An attempt is made again at once.
    RetryWithoutDelay = "retry.without-delay" [Retry],
    /// An attempt is made again after one that timed out.
    RetryAfterTimeout = "retry.after-timeout" [Retry, TaskTimeout],
    /// All attempts time out.
    RetryTimeoutsSpent = "retry.timeouts-spent" [Retry, TaskTimeout],
    /// An attempt is made again after a panic.
    RetryAfterPanic = "retry.after-panic" [Retry, HandlerPanic],
    /// Two tasks are between attempts at once.
    RetryTwoBackingOff = "retry.two-backing-off" [Retry],
    /// A task starts while another is between attempts.
    RetryOthersStart = "retry.others-start" [Retry],
    /// All attempts that a task has, five or more, are made.
    RetryFive = "retry.five" [Retry],

    /// A list is empty.
    ItemsNone = "items.none" [ForEach],
    /// A list has one item.
    ItemsOne = "items.one" [ForEach],
    /// A list has several items.
    ItemsSeveral = "items.several" [ForEach],
    /// A list is computed.
    ItemsComputed = "items.computed" [ForEach],
    /// What should be a list is none.
    ItemsNoList = "items.no-list" [ForEach],
    /// An item fails, and the task with it.
    ItemsFailing = "items.failing" [ForEach],
    /// An item fails, and those under way finish.
    ItemsOthersFinish = "items.others-finish" [ForEach],
    /// An item fails, and others never start.
    ItemsNotStarted = "items.not-started" [ForEach],
    /// An item is made again and succeeds.
    ItemsRetried = "items.retried" [ForEach, Retry],
    /// An item times out.
    ItemsTimedOut = "items.timed-out" [ForEach, TaskTimeout],
    /// Items end in another order than they have in the list.
    ItemsOutOfOrder = "items.out-of-order" [ForEach],
    /// Items wait for a slot.
    ItemsQueue = "items.queue" [ForEach, MaxParallel],
    /// A template reads the item or its index.
    ItemsRead = "items.read" [ForEach],

    /// A question is answered.
    AskAnswered = "ask.answered" [UserInput],
    /// A question is answered while calls run.
    AskAnsweredBesideCalls = "ask.answered-beside-calls" [UserInput],
    /// A question is answered while a signal holds the run paused.
    AskAnsweredPaused = "ask.answered-paused" [UserInput, PauseResume],
    /// The run pauses by itself, because only an answer can bring it on, and gets one.
    AskPausesRun = "ask.pauses-run" [UserInput],
    /// A question is never answered.
    AskNeverAnswered = "ask.never-answered" [UserInput],
    /// A question is not answered in time.
    AskTimedOut = "ask.timed-out" [UserInput, TaskTimeout],
    /// Two questions wait at once.
    AskTwo = "ask.two" [UserInput],
    /// An answer comes before its question.
    AskTooEarly = "ask.too-early" [UserInput],
    /// An answer comes when the task has ended.
    AskTooLate = "ask.too-late" [UserInput],
    /// An answer is for a task that is not there.
    AskNobody = "ask.nobody" [UserInput],
    /// An answer is for a task that does not ask.
    AskNoQuestion = "ask.no-question" [UserInput],
    /// An answer is there before the run.
    AskBeforeStart = "ask.before-start" [UserInput],
    /// An answer comes after the end of the run.
    AskAfterEnd = "ask.after-end" [UserInput],

    /// A pause comes before the start.
    PauseBeforeStart = "pause.before-start" [PauseResume],
    /// A pause comes while calls run.
    PauseRunning = "pause.running" [PauseResume],
    /// A pause comes between two attempts.
    PauseBackingOff = "pause.backing-off" [PauseResume, Retry],
    /// A pause comes while a question waits.
    PauseWaiting = "pause.waiting" [PauseResume, UserInput],
    /// A pause comes during another.
    PauseNested = "pause.nested" [PauseResume],
    /// A pause comes while what runs beside a failure finishes.
    PauseStopping = "pause.stopping" [PauseResume],
    /// A pause comes while something is undone.
    PauseUndoing = "pause.undoing" [PauseResume, Compensation],
    /// A pause comes after the end.
    PauseAfterEnd = "pause.after-end" [PauseResume],
    /// A call ends during a pause.
    PauseCallEnds = "pause.call-ends" [PauseResume],
    /// A call fails during a pause.
    PauseCallFails = "pause.call-fails" [PauseResume],
    /// A call times out during a pause.
    PauseCallTimesOut = "pause.call-times-out" [PauseResume, TaskTimeout],
    /// An attempt comes due during a pause.
    PauseRetryDue = "pause.retry-due" [PauseResume, Retry],
    /// What could not start during a pause starts at its end.
    PauseHoldsBack = "pause.holds-back" [PauseResume],
    /// A pause ends while calls from before it still run.
    ResumeRunning = "pause.ends-running" [PauseResume],
    /// A run is resumed that is not paused.
    ResumeNotPaused = "pause.resume-alone" [PauseResume],
    /// A pause is never ended.
    PauseForever = "pause.forever" [PauseResume],
    /// A run's timeout ends it during a pause.
    PauseTimedOut = "pause.timed-out" [PauseResume, RunTimeout],
    /// A pause holds back undoing.
    PauseHoldsUndoing = "pause.holds-undoing" [PauseResume, Compensation],

    /// A cancellation comes before the start.
    CancelBeforeStart = "cancel.before-start" [Cancel],
    /// A cancellation comes while calls run.
    CancelRunning = "cancel.running" [Cancel],
    /// A cancellation comes between two attempts.
    CancelBackingOff = "cancel.backing-off" [Cancel, Retry],
    /// A cancellation comes while a question waits.
    CancelWaiting = "cancel.waiting" [Cancel, UserInput],
    /// A cancellation comes during a pause.
    CancelPaused = "cancel.paused" [Cancel, PauseResume],
    /// A cancellation comes while what runs beside a failure finishes.
    CancelStopping = "cancel.stopping" [Cancel],
    /// A cancellation comes while something is undone, and has no effect.
    CancelUndoing = "cancel.undoing" [Cancel, Compensation],
    /// A cancellation comes after the end.
    CancelAfterEnd = "cancel.after-end" [Cancel],

    /// A run's timeout drops calls.
    RunTimeoutRunning = "run-timeout.running" [RunTimeout],
    /// A run's timeout comes between two attempts.
    RunTimeoutBackingOff = "run-timeout.backing-off" [RunTimeout, Retry],
    /// A run's timeout comes while a question waits.
    RunTimeoutWaiting = "run-timeout.waiting" [RunTimeout, UserInput],
    /// A run's timeout comes while what runs beside a failure finishes.
    RunTimeoutStopping = "run-timeout.stopping" [RunTimeout],
    /// A run's timeout comes while something is undone, and has no effect.
    RunTimeoutUndoing = "run-timeout.undoing" [RunTimeout, Compensation],
    /// A run ends before its timeout.
    RunTimeoutNotReached = "run-timeout.not-reached" [RunTimeout],

    /// One task is undone.
    UndoOne = "undo.one" [Compensation],
    /// Several tasks are undone.
    UndoSeveral = "undo.several" [Compensation],
    /// Tasks are undone in another order than the reverse of their declaration.
    UndoByCompletion = "undo.by-completion" [Compensation],
    /// There is nothing to undo.
    UndoNothing = "undo.nothing" [Compensation],
    /// Undoing fails, and the next task is undone all the same.
    UndoGoesOn = "undo.goes-on" [Compensation],
    /// Undoing panics.
    UndoPanics = "undo.panics" [Compensation, HandlerPanic],
    /// A task that has no compensation succeeded and is left alone.
    UndoLeavesAlone = "undo.leaves-alone" [Compensation],
    /// A task with a compensation did not succeed and is not undone.
    UndoNotSucceeded = "undo.not-succeeded" [Compensation],
    /// A task that ran for each item is undone, once.
    UndoItems = "undo.items" [Compensation, ForEach],
    /// A question that was answered is undone.
    UndoAnswer = "undo.answer" [Compensation, UserInput],
    /// A compensation is given the task's own output.
    UndoReadsOutput = "undo.reads-output" [Compensation],
    /// A task that ended while the run was stopping is undone too.
    UndoLateSuccess = "undo.late-success" [Compensation],

    /// A ready task waits for a slot.
    LimitBinds = "limit.binds" [MaxParallel],
    /// Calls are made one at a time.
    LimitOne = "limit.one" [MaxParallel],
    /// There are never as many calls as there may be.
    LimitNotReached = "limit.not-reached" [MaxParallel],
    /// A task between two attempts leaves its slot to another.
    LimitFreedByBackOff = "limit.freed-by-back-off" [MaxParallel, Retry],
    /// An attempt that has come due waits for a slot.
    LimitRetryQueues = "limit.retry-queues" [MaxParallel, Retry],
    /// A question waits beside as many calls as there may be.
    LimitQuestionBeside = "limit.question-beside" [MaxParallel, UserInput],
    /// A call that timed out leaves its slot to another.
    LimitFreedByTimeout = "limit.freed-by-timeout" [MaxParallel, TaskTimeout],

    /// A task starts before one that is declared earlier, because its priority is higher.
    PriorityDecides = "priority.decides" [Priority],
    /// A task gets the slot that one declared earlier waits for.
    PriorityTakesSlot = "priority.takes-slot" [Priority, MaxParallel],
    /// Of two tasks with one priority, the one declared first gets the slot.
    PriorityEqual = "priority.equal" [Priority, MaxParallel],
    /// A priority below 0 makes a task wait for one without.
    PriorityNegative = "priority.negative" [Priority, MaxParallel],

    /// Two calls end at one instant.
    TieTwoEnds = "tie.two-ends" [],
    /// Two calls fail at one instant.
    TieTwoFailures = "tie.two-failures" [],
    /// A call succeeds at the instant at which another fails.
    TieSuccessAndFailure = "tie.success-and-failure" [],
    /// A call ends at the very limit of its time.
    TieEndAtLimit = "tie.end-at-limit" [TaskTimeout],
    /// A call ends at the instant at which another times out.
    TieEndAndTimeout = "tie.end-and-timeout" [TaskTimeout],
    /// Two calls time out at one instant.
    TieTwoTimeouts = "tie.two-timeouts" [TaskTimeout],
    /// A call ends at the instant at which an attempt comes due.
    TieEndAndBackOff = "tie.end-and-back-off" [Retry],
    /// Two attempts come due at one instant.
    TieTwoBackOffs = "tie.two-back-offs" [Retry],
    /// A call ends at the instant of a pause.
    TieEndAndPause = "tie.end-and-pause" [PauseResume],
    /// A call ends at the instant at which a pause ends.
    TieEndAndResume = "tie.end-and-resume" [PauseResume],
    /// A call ends at the instant of a cancellation.
    TieEndAndCancel = "tie.end-and-cancel" [Cancel],
    /// A call ends at the instant of an answer.
    TieEndAndAnswer = "tie.end-and-answer" [UserInput],
    /// A call ends at the instant at which the run times out.
    TieEndAndRunTimeout = "tie.end-and-run-timeout" [RunTimeout],
    /// An answer comes at the very limit of its time.
    TieAnswerAtLimit = "tie.answer-at-limit" [UserInput, TaskTimeout],
    /// An attempt times out at the instant of a signal.
    TieTimeoutAndSignal = "tie.timeout-and-signal" [TaskTimeout],
    /// An attempt comes due at the instant of a signal.
    TieBackOffAndSignal = "tie.back-off-and-signal" [Retry],
    /// A cancellation comes at the instant at which the run times out.
    TieCancelAndRunTimeout = "tie.cancel-and-run-timeout" [Cancel, RunTimeout],
    /// Two signals come at one instant.
    TieTwoSignals = "tie.two-signals" [],
    /// The process dies at the instant at which a call ends.
    TieDeathAndEnd = "tie.death-and-end" [Durable],

    /// The process dies with a call in flight, which is made again.
    DeathInFlight = "death.in-flight" [Durable],
    /// A call made again has ended meanwhile.
    DeathCallEnded = "death.call-ended" [Durable],
    /// The process dies when some calls have ended, and they are not made again.
    DeathAfterResults = "death.after-results" [Durable],
    /// The process dies between two attempts.
    DeathBackingOff = "death.backing-off" [Durable, Retry],
    /// An attempt comes due while the process is down.
    DeathRetryDue = "death.retry-due" [Durable, Retry],
    /// A call's time is up while the process is down.
    DeathTimeoutDue = "death.timeout-due" [Durable, TaskTimeout],
    /// The process dies while a question waits.
    DeathWaiting = "death.waiting" [Durable, UserInput],
    /// The process dies during a pause.
    DeathPaused = "death.paused" [Durable, PauseResume],
    /// The process dies while something is undone.
    DeathUndoing = "death.undoing" [Durable, Compensation],
    /// The process dies while what runs beside a failure finishes.
    DeathStopping = "death.stopping" [Durable],
    /// A signal comes while the process is down.
    DeathSignalMissed = "death.signal-missed" [Durable],
    /// The run's time is up while the process is down.
    DeathRunTimeout = "death.run-timeout" [Durable, RunTimeout],
    /// The process dies twice in one run.
    DeathTwice = "death.twice" [Durable],
    /// The process is back at once.
    DeathBackAtOnce = "death.back-at-once" [Durable],
    /// The process dies after the end.
    DeathAfterEnd = "death.after-end" [Durable],

    /// A workflow without tasks succeeds.
    EmptySucceeded = "empty.succeeded" [EmptyWorkflow],
    /// A workflow without tasks is cancelled before its start.
    EmptyCancelled = "empty.cancelled" [EmptyWorkflow, Cancel],

    /// A workflow with an empty id is refused.
    RefusedWorkflowId = "refusal.workflow-id" [Refusal],
    /// A task with an empty id is refused.
    RefusedTaskId = "refusal.task-id" [Refusal],
    /// Two tasks of one id are refused.
    RefusedDuplicateId = "refusal.duplicate-id" [Refusal],
    /// A need that is not there is refused.
    RefusedUnknownNeed = "refusal.unknown-need" [Refusal],
    /// A task that needs itself is refused.
    RefusedSelfNeed = "refusal.self-need" [Refusal],
    /// Tasks that need each other are refused.
    RefusedCycle = "refusal.cycle" [Refusal],
    /// A `max_parallel` of 0 is refused.
    RefusedNoSlots = "refusal.no-slots" [Refusal],
    /// A `max_attempts` of 0 is refused.
    RefusedNoAttempts = "refusal.no-attempts" [Refusal],
    /// A task that asks and calls is refused.
    RefusedAskAndCall = "refusal.ask-and-call" [Refusal],
    /// A task with nothing to do is refused.
    RefusedNothingToDo = "refusal.nothing-to-do" [Refusal],
    /// A question for each item is refused.
    RefusedForEachAsk = "refusal.for-each-ask" [Refusal],
    /// A `run_if` about needs that are not there is refused.
    RefusedRunIf = "refusal.run-if-without-needs" [Refusal],
    /// A workflow is refused for two reasons.
    RefusedTwice = "refusal.two-reasons" [Refusal],
}
