//! Blocks of pairs: the two sides take turns on the same work, from freshly loaded engines.
//!
//! Where things lie in memory shifts a ratio by more than half a percent for as long as they lie there. So after some ten pairs everything is
//! loaded anew, beside heap padding of random size: what is a bias within one block is noise between blocks.

use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;

use contract::stage::{HORIZON, Stage, runtime};
use contract::{Engine, Finished, Host, Job, Loaded};
use corpus::Case;
use futures::future::BoxFuture;
use rand::{RngExt as _, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;
use serde::{Deserialize, Serialize};
use tokio::runtime::Runtime;

use super::heap::Heap;
use super::host::TimedHost;
use super::sample::{Pair, Reading, Sample, Side};

/// Pairs in a block.
pub const PAIRS: usize = 10;
/// Samples of each side before the first pair, which are thrown away.
const WARM_UP: usize = 3;
/// How long the faster side of a pair should take at least, in ns: long enough for the clock, and too short to be interrupted often.
const SHORTEST: u64 = 150_000;
/// The most runs in a sample.
const MOST_REPEATS: u64 = 1_000;
/// Heap padding: at most so many pieces of at most so many bytes.
const PADDING: (usize, usize) = (32, 32 << 10);

/// Pairs from one loading of both engines.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Block {
    /// In which process: 0 is the run's own, others were started to look again.
    pub process: u32,
    /// Its number in the process.
    pub number: u32,
    /// How many runs are in each sample.
    pub repeats: u32,
    /// The pairs, in turn.
    pub pairs: Vec<Pair>,
}

/// One side of a contest: an engine, and by how much it is slowed down.
#[derive(Clone, Copy)]
pub struct Contestant<'a> {
    /// The engine.
    pub engine: &'a dyn Engine,
    /// What is added to each sample, as a share of it: 0.15 makes it take 1.15 times as long.
    pub slowdown: f64,
}

impl<'a> Contestant<'a> {
    /// An engine as it is.
    pub fn new(engine: &'a dyn Engine) -> Self {
        Self { engine, slowdown: 0.0 }
    }

    /// The engine, slowed down.
    #[must_use]
    pub fn slowed(self, slowdown: f64) -> Self {
        Self { slowdown, ..self }
    }
}

/// Two engines and the work they are timed on.
pub struct Contest<'a> {
    sides: [Contestant<'a>; 2],
    case: &'a Case,
    host: Arc<dyn Host>,
    repeats: u64,
    seed: u64,
}

impl<'a> Contest<'a> {
    /// Finds out how often the work has to be repeated for a sample.
    ///
    /// # Errors
    /// If the case cannot be timed; the text says why.
    pub fn new(legacy: Contestant<'a>, new: Contestant<'a>, case: &'a Case, seed: u64) -> Result<Self, String> {
        let host: Arc<dyn Host> = Arc::new(TimedHost::new(&case.script)?);
        let mut contest = Self {
            sides: [legacy, new],
            case,
            host,
            repeats: 1,
            seed: seed ^ contract::text::fingerprint(case.id.bytes()),
        };
        let runtime = runtime();
        let mut fastest = u64::MAX;
        for side in &contest.sides {
            let loaded = contest.load(side.engine)?;
            contest.run_guarded(&*loaded, &runtime)?;
            for _ in 0..WARM_UP {
                fastest = fastest.min(contest.sample(&*loaded, &runtime, 0.0).wall);
            }
        }
        contest.repeats = (SHORTEST / fastest.max(1) + 1).clamp(1, MOST_REPEATS);
        Ok(contest)
    }

    /// How many runs are in a sample.
    pub fn repeats(&self) -> u32 {
        self.repeats as u32
    }

    /// Measures block `number` in process `process`.
    ///
    /// # Errors
    /// If an engine refuses now what it accepted before.
    pub fn block(&self, process: u32, number: u32) -> Result<Block, String> {
        let drawn = (u64::from(process) << 32) | u64::from(number);
        let mut random = Xoshiro256PlusPlus::seed_from_u64(self.seed ^ drawn.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let mut padding = padding(&mut random);
        let runtime = runtime();
        // Who is loaded first is drawn as well as who runs first.
        let [legacy, new] = if random.random_bool(0.5) {
            let legacy = self.load(self.sides[0].engine)?;
            padding.extend(self::padding(&mut random));
            [legacy, self.load(self.sides[1].engine)?]
        } else {
            let new = self.load(self.sides[1].engine)?;
            padding.extend(self::padding(&mut random));
            [self.load(self.sides[0].engine)?, new]
        };
        let legacy = || self.sample(&*legacy, &runtime, self.sides[0].slowdown);
        let new = || self.sample(&*new, &runtime, self.sides[1].slowdown);
        for _ in 0..WARM_UP {
            legacy();
            new();
        }
        // ABBA or BAAB: whatever drifts evenly weighs on both sides alike.
        let begins_with_new = random.random_bool(0.5);
        let pair = |place: usize| {
            if (place % 2 == 1) == begins_with_new {
                let (legacy, new) = (legacy(), new());
                Pair {
                    first: Side::Legacy,
                    legacy,
                    new,
                }
            } else {
                let (new, legacy) = (new(), legacy());
                Pair {
                    first: Side::New,
                    legacy,
                    new,
                }
            }
        };
        let pairs = (0..PAIRS).map(pair).collect();
        black_box(padding);
        Ok(Block {
            process,
            number,
            repeats: self.repeats(),
            pairs,
        })
    }

    /// What one run allocates with legacy and with new. `None` if nobody counts in this binary, or an engine refuses it.
    pub fn heap(&self) -> Option<[Heap; 2]> {
        let runtime = runtime();
        let mut heaps = [Heap::default(); 2];
        for (side, heap) in self.sides.iter().zip(&mut heaps) {
            let loaded = self.load(side.engine).ok()?;
            // What is made once and kept is no part of a run.
            for _ in 0..WARM_UP {
                drop(runtime.block_on(self.start(&*loaded)));
            }
            let run = self.start(&*loaded);
            let (ended, counted) = allocations::measure(|| runtime.block_on(run))?;
            drop(ended);
            *heap = counted.into();
        }
        Some(heaps)
    }

    fn load(&self, engine: &dyn Engine) -> Result<Box<dyn Loaded>, String> {
        Stage::load(engine, &self.case.definition).map_err(|_| "an engine refuses it".to_owned())
    }

    fn start<'run>(&self, loaded: &'run dyn Loaded) -> BoxFuture<'run, Finished> {
        let job = Job {
            run: "run".into(),
            input: Arc::clone(&self.case.input),
        };
        loaded.run(job, Arc::clone(&self.host))
    }

    /// Runs it once: on a clock that is stopped, a run that waits for what never comes is found at once.
    fn run_guarded(&self, loaded: &dyn Loaded, runtime: &Runtime) -> Result<(), String> {
        let run = self.start(loaded);
        let guarded =
            runtime.block_on(async { tokio::time::timeout(HORIZON.duration() + Duration::from_millis(1), run).await });
        guarded
            .map(drop)
            .map_err(|_| "it does not end on a host that answers at once".to_owned())
    }

    /// Times one side: only what engines do to run, nothing before it and nothing after.
    fn sample(&self, loaded: &dyn Loaded, runtime: &Runtime, slowdown: f64) -> Sample {
        let runs: Vec<_> = (0..self.repeats).map(|_| self.start(loaded)).collect();
        let mut ended = Vec::with_capacity(runs.len());
        let reading = Reading::begin();
        runtime.block_on(async {
            for run in runs {
                ended.push(run.await);
            }
        });
        if slowdown > 0.0 {
            let until = (reading.elapsed() as f64 * (1.0 + slowdown)) as u64;
            while reading.elapsed() < until {
                std::hint::spin_loop();
            }
        }
        let sample = reading.sample();
        drop(ended);
        sample
    }
}

/// Pieces of memory of random sizes, to lie between what is loaded.
fn padding(random: &mut Xoshiro256PlusPlus) -> Vec<Vec<u8>> {
    let pieces = random.random_range(0..=PADDING.0);
    (0..pieces)
        .map(|_| Vec::with_capacity(random.random_range(16..=PADDING.1)))
        .collect()
}
