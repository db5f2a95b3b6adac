//! One run: every case of a corpus on every core, watched over, and written down as it goes.

mod cases;
pub(crate) mod crew;
mod explain;
pub(crate) mod silence;
pub(crate) mod watchdog;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use contract::stage::Stage;
use contract::text::visible;
use corpus::Case;

use crate::causes::cluster::Gathered;
use crate::causes::{Cluster, Earlier, KnownBugs};
use crate::config::Gates;
use crate::judge::{Engines, Judgement};
use crate::kept::{Kept, play_once};
use crate::ledger::Terms;
use crate::mutants;
use crate::mutants::control::{Budget, control};
use crate::record::{CaseEnd, CaseLine, RecordError, Writer};
use crate::timing::{Afresh, Lane, Mode, Performance, Timings};
use crate::verdict::{Causes, Findings, Subject, Tally, Verdict};
pub use cases::Cases;
pub(crate) use explain::REDUCED_PER_CLASS;
pub use watchdog::Stuck;
use watchdog::{Post, Watchdog};

/// What a worker's stack may grow to: engines walk what is deeply nested step by step, and no thread contains a stack that is
/// too small.
pub(crate) const STACK: usize = 256 << 20;

/// The known bug of an engine that starts no task before the whole level before it has ended.
const BARRIER: &str = "waits-for-the-level-before";

/// One in so many cases is also given to each engine twice, to see whether it differs from itself.
const AGAINST_ITSELF: u64 = 100;

/// What a run needs to know.
pub struct Plan<'a> {
    /// Who is compared.
    pub engines: &'a Engines,
    /// On what.
    pub cases: &'a Cases,
    /// What decides.
    pub gates: &'a Gates,
    /// On how many threads, at least 1.
    pub jobs: usize,
    /// Which differences are accepted; `None`: none is.
    pub terms: Option<Terms<'a>>,
    /// An earlier run that the causes are held against.
    pub against: Option<&'a Earlier>,
    /// What planting faults may cost; `None`: there are no controls.
    pub control: Option<Budget>,
    /// What is timed, and how; `None`: nothing is.
    pub timing: Option<Timing<'a>>,
    /// How many seconds of real time an engine may keep control without giving it back.
    pub patience: u32,
}

/// What a run times.
#[derive(Clone, Copy)]
pub struct Timing<'a> {
    /// The workloads.
    pub workloads: &'a [Case],
    /// How thoroughly.
    pub mode: Mode,
    /// What the order is drawn from.
    pub seed: u64,
    /// By what share new is slowed down, to see what the gate says of it.
    pub slowdown: f64,
    /// Who measures again in a fresh process.
    pub afresh: Option<&'a (dyn Afresh + Sync)>,
}

/// Is told how a run goes. Called from several threads.
pub trait Progress: Sync {
    /// A case was judged.
    fn case_done(&self, has_diverged: bool);

    /// Of the contests that are timed, so many are decided.
    fn timed(&self, _decided: usize, _in_all: usize) {}
}

/// Why a run broke off.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The record could not be written.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// The harness itself panicked.
    #[error(
        "the harness itself failed: {0}; its record is intact up to there. Please report this with the record's folder"
    )]
    Panicked(String),
}

/// Runs every case of the plan, appends each to `record`, and judges the whole. The verdict does not depend on `jobs`.
///
/// If an engine never gives control back, `on_stuck` is called, after the case has been written to the record, and is
/// expected to end the process: a thread cannot be stopped from outside.
///
/// # Errors
/// If the record cannot be written, or the harness itself panics.
pub fn run(
    plan: &Plan<'_>,
    record: &Writer,
    progress: &dyn Progress,
    on_stuck: &(dyn Fn(&Stuck) + Sync),
) -> Result<Verdict, RunError> {
    let name = |contender: &crate::judge::Contender| contender.description.name.clone();
    tracing::info!(
        legacy = name(&plan.engines.legacy),
        new = name(&plan.engines.new),
        cases = plan.cases.count(),
        jobs = plan.jobs,
        "comparing"
    );
    let posts: Vec<Post> = (0..plan.jobs.max(1)).map(|_| Post::default()).collect();
    let _silence = silence::engine_panics();
    let (mut findings, gathered) = std::thread::scope(|scope| {
        let watchdog = Watchdog::start(scope, &posts, plan.patience, |stuck| {
            let line = CaseLine {
                index: stuck.index,
                id: stuck.case.clone(),
                tasks: stuck.tasks,
                features: stuck.features,
                judgement: CaseEnd::Endless {
                    engine: stuck.engine.clone(),
                },
            };
            // The process is about to be ended for the loop; a full disk must not keep it from being said.
            if let Err(error) = record.append(&line) {
                tracing::error!("{error}");
            }
            on_stuck(stuck);
        });
        let result = judge_all(plan, Some(record), progress, &posts).and_then(|mut tally| {
            let planted = plan
                .control
                .map(|budget| silence::during(|| control(plan.engines, plan.cases, budget)));
            tally.settle();
            let known = KnownBugs::all();
            let explain::Explained { gathered, stale } = explain::explain(plan, &posts, &tally.classes, &known)?;
            let clusters: Vec<Cluster> = gathered.iter().map(|found| found.cluster.clone()).collect();
            let causes = Causes {
                against: plan.against.map(|earlier| earlier.beside(&clusters)),
                clusters,
                stale,
            };
            let findings = Findings {
                tally,
                causes,
                planted,
                performance: None,
            };
            Ok((findings, gathered))
        });
        watchdog.stop();
        result
    })?;
    name_barrier(plan, &mut findings.tally);
    // With nothing else under way in this process.
    if let Some(timing) = &plan.timing {
        let timings = time(plan, timing, progress)?;
        record.timed(&timings)?;
        let performance = Performance::of(&timings, &plan.gates.overhead);
        let before = plan.against.and_then(|earlier| earlier.performance.as_ref());
        if let (Some(against), Some(before)) = (&mut findings.causes.against, before) {
            against.time(before, &performance);
        }
        findings.performance = Some(performance);
    }
    let verdict = Verdict::judge(findings, plan.gates);
    for found in &gathered {
        let folder = record.folder().join("clusters");
        corpus::save::save(&found.case, &folder).map_err(|source| RecordError::Write { path: folder, source })?;
        record.observe(&found.cluster.id, &found.observed)?;
    }
    record.gathered(&gathered)?;
    let tally = &verdict.tally;
    let extremes = tally
        .slowest
        .first()
        .into_iter()
        .chain(tally.largest.first())
        .map(|extreme| extreme.index);
    for index in tally.diverging.iter().map(|diverging| diverging.index).chain(extremes) {
        let folder = record.folder().join("cases");
        corpus::save::save(&plan.cases.case(index), &folder)
            .map_err(|source| RecordError::Write { path: folder, source })?;
    }
    record.finish(&verdict)?;
    tracing::info!(decision = ?verdict.decision, record = %record.folder().display(), "judged");
    Ok(verdict)
}

/// Times both engines, on a thread with a stack as large as those that compare have.
fn time(plan: &Plan<'_>, timing: &Timing<'_>, progress: &dyn Progress) -> Result<Timings, RunError> {
    let lane = Lane {
        engines: plan.engines,
        workloads: timing.workloads,
        mode: timing.mode,
        limits: plan.gates.overhead,
        seed: timing.seed,
        slowdown: timing.slowdown,
        afresh: timing.afresh,
    };
    tracing::info!(workloads = timing.workloads.len(), mode = ?timing.mode, "timing");
    std::thread::scope(|scope| {
        let worker = std::thread::Builder::new().stack_size(STACK);
        let worker = worker
            .spawn_scoped(scope, || {
                silence::during(|| lane.run(&|decided, all| progress.timed(decided, all)))
            })
            .map_err(|error| RunError::Panicked(error.to_string()))?;
        worker
            .join()
            .map_err(|panic| RunError::Panicked(contract::call::panic_message(&*panic)))
    })
}

/// Finds out whether the case that new is slowest on takes exactly as long as it would with a barrier between levels of tasks: the
/// usual way to schedule a graph too simply.
fn name_barrier(plan: &Plan<'_>, tally: &mut Tally) {
    let Some(worst) = &mut tally.worst_makespan else {
        return;
    };
    let case = plan.cases.case(worst.index);
    let reference = &plan.engines.reference;
    if worst.new <= worst.legacy || !reference.can(case.definition.format(), case.features()) {
        return;
    }
    let barrier = mutants::find(BARRIER).expect("the list of mutants has it");
    let with_barrier = mutants::plant(Arc::clone(&reference.engine), &[barrier]);
    let mut stage = Stage::new();
    let [without, with] = [&reference.engine, &with_barrier].map(|engine| {
        let observation = silence::during(|| play_once(&mut stage, &**engine, &case));
        observation.makespan
    });
    worst.is_barrier = without < worst.new && with == worst.new;
}

/// Judges every case of the plan and gathers what diverges by cause, without a record and without a watchdog: how many
/// diverged, and the clusters.
///
/// # Errors
/// If the harness itself panics.
pub fn causes_of(plan: &Plan<'_>, known: &KnownBugs) -> Result<(u64, Vec<Gathered>), RunError> {
    let posts: Vec<Post> = (0..plan.jobs.max(1)).map(|_| Post::default()).collect();
    let _silence = silence::engine_panics();
    let mut tally = judge_all(plan, None, &Unheard, &posts)?;
    tally.settle();
    let explain::Explained { gathered, .. } = explain::explain(plan, &posts, &tally.classes, known)?;
    Ok((tally.divergences(), gathered))
}

/// Nobody wants to hear how it goes.
struct Unheard;

impl Progress for Unheard {
    fn case_done(&self, _has_diverged: bool) {}
}

/// Judges every case, each thread at its post.
fn judge_all(
    plan: &Plan<'_>,
    record: Option<&Writer>,
    progress: &dyn Progress,
    posts: &[Post],
) -> Result<Tally, RunError> {
    let next = AtomicU64::new(0);
    let is_over = AtomicBool::new(false);
    let mut total = Tally::default();
    let mut failure = None;
    std::thread::scope(|scope| {
        let mut workers = Vec::with_capacity(posts.len());
        for post in posts {
            let worker = std::thread::Builder::new().stack_size(STACK);
            match worker.spawn_scoped(scope, || work(plan, record, progress, post, &next, &is_over)) {
                Ok(worker) => workers.push(worker),
                // The others do its cases.
                Err(error) if workers.is_empty() => failure = Some(RunError::Panicked(error.to_string())),
                Err(error) => tracing::warn!("one thread less: {error}"),
            }
        }
        for worker in workers {
            match worker.join() {
                Ok(Ok(tally)) => total.merge(tally),
                Ok(Err(error)) => failure = Some(RunError::Record(error)),
                Err(panic) => failure = Some(RunError::Panicked(contract::call::panic_message(&*panic))),
            }
        }
    });
    failure.map_or(Ok(total), Err)
}

/// Takes case after case until none is left or another thread failed.
fn work(
    plan: &Plan<'_>,
    record: Option<&Writer>,
    progress: &dyn Progress,
    post: &Post,
    next: &AtomicU64,
    is_over: &AtomicBool,
) -> Result<Tally, RecordError> {
    let on_failure = StopOthers(is_over);
    let mut stage = Stage::new();
    let mut kept = Kept::default();
    let mut tally = Tally::default();
    let take_up = || next.fetch_add(1, Ordering::Relaxed);
    let mut following = None;
    while !is_over.load(Ordering::Relaxed) {
        let index = following.take().unwrap_or_else(take_up);
        if index >= plan.cases.count() {
            break;
        }
        // Whoever knows what comes next knows whether what was loaded is needed again.
        let application = plan.cases.application(index);
        following = application.map(|_| take_up());
        let keep = following.is_some_and(|following| plan.cases.share_rules(index, following));
        let case = plan.cases.case(index);
        let subject = Subject {
            index,
            id: &case.id,
            tasks: case.size(),
            features: case.features(),
            format: case.definition.format(),
            application,
            tags: &case.tags,
        };
        post.takes_up(index, subject.id, subject.tasks, subject.features);
        let judgement = silence::during(|| {
            let engines = plan.engines;
            let mut judgement = engines.judge_next(&mut stage, &mut kept, &case, subject.features, keep, post);
            if plan.cases.is_killed(index) {
                engines.kill(&mut stage, &case, &mut judgement, post);
            }
            judgement
        });
        if plan.control.is_some() && index.is_multiple_of(AGAINST_ITSELF) {
            let controls = silence::during(|| {
                let engines = plan.engines;
                engines.against_itself(&mut stage, &case, subject.features, post)
            });
            for (engine, judgement) in controls {
                tally.controls.add(index, subject.id, &engine, &judgement);
            }
        }
        post.rests();
        tally.add(&subject, &judgement);
        let has_diverged = tell(subject.id, &judgement);
        let line = CaseLine {
            index,
            id: case.id.clone(),
            tasks: subject.tasks,
            features: subject.features,
            judgement: CaseEnd::Judged(judgement),
        };
        if let Some(record) = record {
            record.append(&line)?;
        }
        progress.case_done(has_diverged);
    }
    std::mem::forget(on_failure);
    Ok(tally)
}

/// Says in the log what came of a case, and whether it diverged.
fn tell(id: &str, judgement: &Judgement) -> bool {
    let case = visible(id);
    match judgement {
        Judgement::Compared(comparison) if comparison.divergences.is_empty() => {
            tracing::debug!(%case, baseline = ?comparison.baseline, "no difference");
        }
        Judgement::Compared(comparison) => {
            tracing::info!(%case, baseline = ?comparison.baseline, differences = comparison.differences(), "diverged");
            return true;
        }
        Judgement::NotCompared { new_lacks, format, .. } => {
            tracing::debug!(%case, %new_lacks, ?format, "not compared");
        }
    }
    false
}

/// Makes the other workers stop when this one fails, be it by a panic.
struct StopOthers<'a>(&'a AtomicBool);

impl Drop for StopOthers<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Runs `engine_work` outside of a run, with the panics of engines kept off standard error.
pub fn quietly<T>(engine_work: impl FnOnce() -> T) -> T {
    let _silence = silence::engine_panics();
    silence::during(engine_work)
}
