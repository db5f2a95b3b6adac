//! The decision, tried again and again on work that is slower by a known share: how often is it wrong?

use std::sync::atomic::{AtomicBool, Ordering};

use contract::stage::Stage;
use corpus::Case;
use serde::Serialize;

use super::estimate::{Estimate, median, share};
use super::evidence::Conclusion;
use super::lane::{Request, is_comparable};
use super::performance::{conclude, settle};
use super::sample::Reading;
use super::{Limits, Matchup, Mode};
use crate::judge::Engines;

/// What is tried.
pub struct Power<'a> {
    /// Whose legacy engine is timed against itself.
    pub engines: &'a Engines,
    /// On what; trials take turns.
    pub workloads: &'a [Case],
    /// By what shares the second side is slowed down.
    pub slowdowns: &'a [f64],
    /// How often each.
    pub trials: u32,
    /// How many threads keep the machine busy meanwhile.
    pub busy: usize,
    /// What decides.
    pub limits: Limits,
    /// Among how many workloads each is taken to be: the more, the more evidence it takes to say that one is beyond the limit.
    pub cases: usize,
    /// What everything is drawn from.
    pub seed: u64,
}

/// What came of the trials with one slowdown.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Outcome {
    /// The slowdown.
    pub slowdown: f64,
    /// How many threads kept the machine busy.
    pub busy: usize,
    /// How often it was tried.
    pub trials: u64,
    /// How often the second side was said to be beyond the limit.
    pub beyond: u64,
    /// How often it was said to be within.
    pub within: u64,
    /// How long a decision took, in ns: the median, and the 95th percentile.
    pub nanoseconds: [f64; 2],
    /// The median number of pairs.
    pub pairs: f64,
}

impl Outcome {
    /// How often the decision was wrong, with a bound that holds with a probability of 95 %.
    pub fn wrong(&self, max_ratio: f64) -> Estimate {
        let wrong = if 1.0 + self.slowdown > max_ratio {
            self.within
        } else {
            self.beyond
        };
        share(wrong, self.trials)
    }

    /// How often it was right.
    pub fn right(&self, max_ratio: f64) -> Estimate {
        let right = if 1.0 + self.slowdown > max_ratio {
            self.beyond
        } else {
            self.within
        };
        share(right, self.trials)
    }

    /// How often there was none.
    pub fn undecided(&self) -> u64 {
        self.trials - self.beyond - self.within
    }
}

/// What a slowdown has come to so far.
#[derive(Default)]
struct Tried {
    beyond: u64,
    within: u64,
    times: Vec<f64>,
    pairs: Vec<f64>,
}

impl Power<'_> {
    /// Tries all of it; `told` hears how many trials are done.
    ///
    /// # Errors
    /// If a workload cannot be timed; the text says which, and why.
    pub fn run(&self, told: &dyn Fn(u32)) -> Result<Vec<Outcome>, String> {
        let mut stage = Stage::new();
        for case in self.workloads {
            is_comparable(self.engines, &mut stage, case).map_err(|why| format!("{}: {why}", case.id))?;
        }
        let is_over = AtomicBool::new(false);
        std::thread::scope(|scope| {
            for _ in 0..self.busy {
                scope.spawn(|| {
                    while !is_over.load(Ordering::Relaxed) {
                        std::hint::spin_loop();
                    }
                });
            }
            let outcomes = self.try_all(told);
            is_over.store(true, Ordering::Relaxed);
            outcomes
        })
    }

    fn try_all(&self, told: &dyn Fn(u32)) -> Result<Vec<Outcome>, String> {
        let mut tried: Vec<Tried> = self.slowdowns.iter().map(|_| Tried::default()).collect();
        for trial in 0..self.trials {
            // All slowdowns in turn, so that what the machine is busy with weighs on all of them alike.
            for (slowdown, tried) in self.slowdowns.iter().zip(&mut tried) {
                self.try_once(trial, *slowdown, tried)?;
            }
            told(trial + 1);
        }
        let outcome = |(slowdown, tried): (&f64, Tried)| Outcome {
            slowdown: *slowdown,
            busy: self.busy,
            trials: u64::from(self.trials),
            beyond: tried.beyond,
            within: tried.within,
            nanoseconds: [median(&tried.times), super::estimate::quantile(&tried.times, 0.95)],
            pairs: median(&tried.pairs),
        };
        Ok(self.slowdowns.iter().zip(tried).map(outcome).collect())
    }

    fn try_once(&self, trial: u32, slowdown: f64, tried: &mut Tried) -> Result<(), String> {
        let case = &self.workloads[trial as usize % self.workloads.len()];
        let mut request = Request {
            case: case.clone(),
            matchup: Matchup::Trial(slowdown),
            process: 0,
            seed: self.seed.wrapping_add(u64::from(trial)),
            max_ratio: self.limits.max_ratio,
            cases: self.cases,
            budget: Mode::Quick.budget(),
        };
        let since = Reading::begin();
        let mut conclusions = Vec::new();
        let mut pairs = 0;
        // As the lane does, only that all of it is measured in one process.
        let conclusion = loop {
            let blocks = request
                .answer(self.engines)
                .map_err(|why| format!("{}: {why}", case.id))?;
            pairs += blocks.iter().map(|block| block.pairs.len()).sum::<usize>();
            conclusions.push(conclude(&blocks, self.limits.max_ratio, self.cases));
            if let Ok(conclusion) = settle(&conclusions) {
                break conclusion;
            }
            request.process += 1;
            request.budget = Mode::Quick.budget().again();
        };
        tried.times.push(since.elapsed() as f64);
        tried.pairs.push(pairs as f64);
        match conclusion {
            Conclusion::Beyond => tried.beyond += 1,
            Conclusion::Within => tried.within += 1,
            Conclusion::Undecided => {}
        }
        Ok(())
    }
}
