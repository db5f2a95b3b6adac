//! The timing lane: which workloads are timed, in which turn, and until when.

use std::panic::{AssertUnwindSafe, catch_unwind};

use contract::stage::Stage;
use corpus::Case;
use serde::{Deserialize, Serialize};

use super::block::{Block, Contest};
use super::evidence::Conclusion;
use super::performance::{Counted, by_process, conclude, settle};
use super::sample::Reading;
use super::{Control, Limits, Matchup, Measured, Mode, Skipped, Timings};
use crate::judge::{Baseline, Engines, Judgement, Unwatched};

/// Blocks that a control of legacy against itself takes at least: a bias of 1 % has to show.
const CONTROL_BLOCKS: usize = 10;
/// Such a control may end once its bias is within this, as the logarithm of a ratio.
const CLEAR_BIAS: f64 = 0.005;

/// How much is measured of one workload in one process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Budget {
    /// Blocks at least.
    pub least: usize,
    /// Blocks at most.
    pub most: usize,
    /// No block is begun after so many ns.
    pub time: u64,
}

impl Mode {
    /// What each workload may take.
    pub const fn budget(self) -> Budget {
        match self {
            Self::Quick => Budget {
                least: 2,
                most: 40,
                time: 1_500_000_000,
            },
            Self::Full => Budget {
                least: 20,
                most: 160,
                time: 10_000_000_000,
            },
        }
    }
}

impl Budget {
    /// The budget of a process that looks again.
    pub(super) const fn again(self) -> Self {
        Self {
            least: self.least,
            most: 4 * self.most,
            time: 4 * self.time,
        }
    }
}

/// Measures in a process of its own, in which nothing lies where it lay before.
pub trait Afresh {
    /// Answers `request`.
    ///
    /// # Errors
    /// If that process does not start, or fails; the text says how.
    fn measure(&self, request: &Request) -> Result<Vec<Block>, String>;
}

/// What a fresh process is asked to measure.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Request {
    /// The workload.
    pub case: Case,
    /// Who against whom.
    pub matchup: Matchup,
    /// The number of the process.
    pub process: u32,
    /// What the order is drawn from.
    pub seed: u64,
    /// How many times as long as legacy new may take.
    pub max_ratio: f64,
    /// How many workloads there are in all.
    pub cases: usize,
    /// How much is measured.
    pub budget: Budget,
}

impl Request {
    /// Measures what is asked for, here.
    ///
    /// # Errors
    /// If the case cannot be timed; the text says why.
    pub fn answer(&self, engines: &Engines) -> Result<Vec<Block>, String> {
        let contest = self.matchup.contest(engines, &self.case, self.seed)?;
        let mut turn = Turn::new(contest, self.matchup, self.process);
        while !turn.is_over(self.max_ratio, self.cases, self.budget) {
            turn.measure()?;
        }
        Ok(turn.blocks)
    }
}

/// What is to be timed, and how.
pub struct Lane<'a> {
    /// Who.
    pub engines: &'a Engines,
    /// On what.
    pub workloads: &'a [Case],
    /// How thoroughly.
    pub mode: Mode,
    /// What decides.
    pub limits: Limits,
    /// What the order is drawn from.
    pub seed: u64,
    /// By what share new is slowed down, to see what the gate says of it.
    pub slowdown: f64,
    /// Who measures again in a fresh process; `None`: what is not within the limit at once stays undecided.
    pub afresh: Option<&'a (dyn Afresh + Sync)>,
}

/// A contest that is under way.
struct Turn<'a> {
    contest: Contest<'a>,
    matchup: Matchup,
    process: u32,
    blocks: Vec<Block>,
    /// Spent on it, in ns.
    spent: u64,
}

/// What engines do, with a panic as the error that it is.
fn caught<T>(work: impl FnOnce() -> Result<T, String>) -> Result<T, String> {
    let panicked = |panic: Box<dyn std::any::Any + Send>| {
        let message = contract::call::panic_message(&*panic);
        Err(format!("an engine panics: {message}"))
    };
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(panicked)
}

impl<'a> Turn<'a> {
    fn new(contest: Contest<'a>, matchup: Matchup, process: u32) -> Self {
        Self {
            contest,
            matchup,
            process,
            blocks: Vec::new(),
            spent: 0,
        }
    }

    fn measure(&mut self) -> Result<(), String> {
        let since = Reading::begin();
        let block = caught(|| self.contest.block(self.process, self.blocks.len() as u32))?;
        self.blocks.push(block);
        self.spent += since.elapsed();
        Ok(())
    }

    fn is_over(&self, max_ratio: f64, cases: usize, budget: Budget) -> bool {
        let measured = self.blocks.len();
        if measured >= budget.most || (measured > 0 && self.spent >= budget.time) {
            return true;
        }
        match self.matchup {
            Matchup::Itself => {
                let log_ratios = Counted::of(self.blocks.iter()).log_ratios();
                measured >= CONTROL_BLOCKS && super::estimate::median(&log_ratios).abs() <= CLEAR_BIAS
            }
            Matchup::Slowed => conclude(&self.blocks, super::DEFAULT_MAX_RATIO, cases) != Conclusion::Undecided,
            Matchup::Engines { .. } | Matchup::Trial(_) => {
                measured >= budget.least && conclude(&self.blocks, max_ratio, cases) != Conclusion::Undecided
            }
        }
    }
}

impl Lane<'_> {
    /// Times everything: the workloads in turn until each is decided, and then those again, in processes of their own, that did not come out
    /// well.
    pub fn run(&self, decided: &dyn Fn(usize, usize)) -> Timings {
        let mut timings = Timings {
            format_version: 1,
            mode: self.mode,
            seed: self.seed,
            is_optimised: !cfg!(debug_assertions),
            workloads: Vec::new(),
            controls: Vec::new(),
            skipped: Vec::new(),
        };
        let mut skip = |case: &Case, why: String| {
            tracing::info!(workload = case.id, why, "not timed");
            timings.skipped.push(Skipped {
                id: case.id.clone(),
                why,
            });
        };
        let mut stage = Stage::new();
        let mut turns: Vec<(&Case, Turn<'_>)> = Vec::new();
        let matchup = Matchup::Engines {
            slowdown: self.slowdown,
        };
        for case in self.workloads {
            let contest = is_comparable(self.engines, &mut stage, case)
                .and_then(|()| caught(|| matchup.contest(self.engines, case, self.seed)));
            match contest {
                Ok(contest) => turns.push((case, Turn::new(contest, matchup, 0))),
                Err(why) => skip(case, why),
            }
        }
        let cases = turns.len();
        for case in controls(turns.iter().map(|(case, _)| *case)) {
            for matchup in [Matchup::Itself, Matchup::Slowed] {
                match matchup.contest(self.engines, case, self.seed) {
                    Ok(contest) => turns.push((case, Turn::new(contest, matchup, 0))),
                    Err(why) => skip(case, why),
                }
            }
        }
        let failed = self.take_turns(&mut turns, cases, decided);
        timings.skipped.extend(failed);
        for (case, turn) in turns {
            let mut blocks = turn.blocks;
            match turn.matchup {
                Matchup::Engines { .. } | Matchup::Trial(_) => {
                    self.look_again(case, &mut blocks, cases);
                    timings.workloads.push(Measured {
                        id: case.id.clone(),
                        format: case.definition.format(),
                        tasks: case.size(),
                        heap: turn.contest.heap(),
                        blocks,
                    });
                }
                Matchup::Itself | Matchup::Slowed => {
                    timings.controls.push(self.control(case, turn.matchup, blocks, cases));
                }
            }
        }
        timings
    }

    /// A block of each contest that is undecided, over and over, so that whatever the machine is busy with weighs on all of them alike.
    /// What can no longer be run is taken out and returned.
    fn take_turns(
        &self,
        turns: &mut Vec<(&Case, Turn<'_>)>,
        cases: usize,
        decided: &dyn Fn(usize, usize),
    ) -> Vec<Skipped> {
        let budget = self.mode.budget();
        let mut failed = Vec::new();
        loop {
            let mut open = 0;
            turns.retain_mut(|(case, turn)| {
                if turn.is_over(self.limits.max_ratio, cases, budget) {
                    return true;
                }
                open += 1;
                let measured = turn.measure();
                if let Err(why) = measured {
                    failed.push(Skipped {
                        id: case.id.clone(),
                        why,
                    });
                    return false;
                }
                true
            });
            decided(turns.len() - open.min(turns.len()), turns.len());
            if open == 0 {
                return failed;
            }
        }
    }

    fn ask(&self, case: &Case, matchup: Matchup, process: u32, cases: usize) -> Option<Vec<Block>> {
        let request = Request {
            case: case.clone(),
            matchup,
            process,
            seed: self.seed,
            max_ratio: self.limits.max_ratio,
            cases,
            budget: self.mode.budget().again(),
        };
        match self.afresh?.measure(&request) {
            Ok(blocks) => Some(blocks),
            Err(why) => {
                tracing::warn!(workload = case.id, "no second opinion from a fresh process: {why}");
                None
            }
        }
    }

    /// Asks fresh processes about a workload until it is settled.
    fn look_again(&self, case: &Case, blocks: &mut Vec<Block>, cases: usize) {
        let matchup = Matchup::Engines {
            slowdown: self.slowdown,
        };
        loop {
            let conclusions = by_process(blocks, self.limits.max_ratio, cases);
            if settle(&conclusions).is_ok() {
                return;
            }
            match self.ask(case, matchup, conclusions.len() as u32, cases) {
                Some(more) if !more.is_empty() => blocks.extend(more),
                _ => return,
            }
        }
    }

    /// Repeats a control that did not come out well once, in a fresh process.
    fn control(&self, case: &Case, matchup: Matchup, blocks: Vec<Block>, cases: usize) -> Control {
        let mut control = Control {
            id: case.id.clone(),
            matchup,
            blocks,
        };
        if control.problem(&self.limits, cases).is_some() {
            control
                .blocks
                .extend(self.ask(case, matchup, 1, cases).unwrap_or_default());
        }
        control
    }
}

/// Whether both engines do the same on it: the time of an engine that does something else says nothing.
pub(super) fn is_comparable(engines: &Engines, stage: &mut Stage, case: &Case) -> Result<(), String> {
    match engines.judge(stage, case, case.features(), &Unwatched) {
        Judgement::Compared(comparison) if comparison.baseline == Baseline::Reference => {
            Err("legacy cannot run it".to_owned())
        }
        Judgement::Compared(comparison) if comparison.is_equal() => Ok(()),
        Judgement::Compared(_) => Err("the engines differ on it".to_owned()),
        Judgement::NotCompared { .. } => Err("not both engines can run it".to_owned()),
    }
}

/// The workloads that the controls are run on: of each format, the one of middle size.
fn controls<'a>(cases: impl Iterator<Item = &'a Case>) -> Vec<&'a Case> {
    let mut by_format: std::collections::BTreeMap<contract::Format, Vec<&Case>> = std::collections::BTreeMap::new();
    for case in cases {
        by_format.entry(case.definition.format()).or_default().push(case);
    }
    let middle = |mut cases: Vec<&'a Case>| {
        cases.sort_by_key(|case| (case.size(), case.id.clone()));
        cases[(cases.len() - 1) / 2]
    };
    by_format.into_values().map(middle).collect()
}
