//! The harness's own share of a run's time: everything but the engines' `load` and `run`, on one thread.
//!
//! Each engine is wrapped so that the time it is given is summed up. Not a criterion bench, because the figure is a ratio of
//! two sums in one run.
#![expect(
    clippy::disallowed_methods,
    reason = "a bench measures real time; nothing here is compared or reported"
)]

use std::future::{Future as _, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use contract::stage::Stage;
use contract::{Definition, Description, Engine, Finished, Host, Job, Loaded, Options, Rejection};
use corpus::generate::{Dials, Generator};
use futures::FutureExt;
use futures::future::BoxFuture;
use harness::Engines;
use harness::judge::{Contender, Unwatched};

const CASES: u64 = 20_000;

/// Nanoseconds.
#[derive(Default)]
struct Spent {
    load: AtomicU64,
    /// From the start of a run to its end, the clock's moves included.
    run: AtomicU64,
    /// Of that, inside the engine's own polls.
    polls: AtomicU64,
}

fn note(total: &AtomicU64, since: Instant) {
    total.fetch_add(
        u64::try_from(since.elapsed().as_nanos()).unwrap_or(u64::MAX),
        Ordering::Relaxed,
    );
}

struct Metered {
    engine: Box<dyn Engine>,
    spent: Arc<Spent>,
}

impl Engine for Metered {
    fn describe(&self) -> Description {
        self.engine.describe()
    }

    fn load(&self, definition: &Definition) -> Result<Box<dyn Loaded>, Rejection> {
        let since = Instant::now();
        let loaded = self.engine.load(definition);
        note(&self.spent.load, since);
        loaded.map(|loaded| {
            Box::new(MeteredLoaded {
                loaded,
                spent: Arc::clone(&self.spent),
            }) as _
        })
    }
}

struct MeteredLoaded {
    loaded: Box<dyn Loaded>,
    spent: Arc<Spent>,
}

impl Loaded for MeteredLoaded {
    fn run(&self, job: Job, host: Arc<dyn Host>) -> BoxFuture<'_, Finished> {
        async move {
            let started = Instant::now();
            let mut run = pin!(self.loaded.run(job, host));
            let finished = poll_fn(|context| {
                let since = Instant::now();
                let polled = run.as_mut().poll(context);
                note(&self.spent.polls, since);
                polled
            })
            .await;
            note(&self.spent.run, started);
            finished
        }
        .boxed()
    }
}

fn main() {
    let spent = Arc::new(Spent::default());
    let contender = |name: &str| {
        let mut options = Options::default();
        if name != "dataflow" {
            options.insert("condition_error".into(), "skip".into());
        }
        let engine = (engines::find(name).expect("registered").build)(&options).expect("built with its options");
        Contender::new(Arc::new(Metered {
            engine,
            spent: Arc::clone(&spent),
        }))
    };
    let engines = Engines {
        legacy: contender("dataflow"),
        new: contender("flow"),
        reference: contender("reference"),
    };
    let generator = Generator::new(
        1,
        Dials {
            min_tasks: 10,
            max_tasks: 20,
            ..Dials::default()
        },
    );
    let mut stage = Stage::new();
    let started = Instant::now();
    for index in 0..CASES {
        let case = generator.case(index);
        std::hint::black_box(engines.judge(&mut stage, &case, case.features(), &Unwatched));
    }
    let all = started.elapsed().as_nanos() as f64;
    let per_case = |nanoseconds: f64| nanoseconds / CASES as f64 / 1_000.0;
    let [load, run, polls] = [&spent.load, &spent.run, &spent.polls].map(|sum| sum.load(Ordering::Relaxed) as f64);
    let own = all - load - run;
    println!("{CASES} cases of 10 to 20 tasks on one thread, µs a case:");
    println!("  all            {:>7.1}", per_case(all));
    println!("  engines' load  {:>7.1}", per_case(load));
    println!(
        "  engines' run   {:>7.1}  (in the engines' own polls: {:.1})",
        per_case(run),
        per_case(polls)
    );
    println!(
        "  the harness    {:>7.1}  = {:.0} % of all",
        per_case(own),
        own * 100.0 / all
    );
}
