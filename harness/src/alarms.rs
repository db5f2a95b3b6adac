//! False alarms: an engine against itself, over a whole corpus. Nothing can differ, so whatever does is the harness' own fault.

use std::sync::atomic::{AtomicU64, Ordering};

use contract::stage::Stage;

use crate::judge::{Engines, Judgement, Unwatched};
use crate::run::{Cases, quietly};
use crate::verdict::{Alarm, ControlTally};

/// What came of comparing engines with themselves.
#[derive(Clone, Debug, Default)]
pub struct Alarms {
    /// What differed, by engine.
    pub tally: ControlTally,
    /// How many cases depend on who comes first of what is due at one moment, and were told to.
    pub schedule_dependent: u64,
    /// How many cases have such moments on purpose, and were played both ways round.
    pub ties: u64,
    /// How many cases have signals.
    pub signals: u64,
}

/// Compares an engine, which both sides of the migration have to be, with itself on `cases`, on `jobs` threads.
pub fn alarms(engines: &Engines, cases: &Cases, jobs: usize) -> Alarms {
    let next = AtomicU64::new(0);
    let mut total = Alarms::default();
    quietly(|| {
        std::thread::scope(|scope| {
            let workers: Vec<_> = (0..jobs.max(1))
                .map(|_| scope.spawn(|| quietly(|| work(engines, cases, &next))))
                .collect();
            for worker in workers {
                match worker.join() {
                    Ok(some) => total.merge(some),
                    Err(panic) => std::panic::resume_unwind(panic),
                }
            }
        });
    });
    total
}

fn work(engines: &Engines, cases: &Cases, next: &AtomicU64) -> Alarms {
    let mut stage = Stage::new();
    let mut alarms = Alarms::default();
    loop {
        let index = next.fetch_add(1, Ordering::Relaxed);
        if index >= cases.count() {
            return alarms;
        }
        let case = cases.case(index);
        alarms.ties += u64::from(case.tags.iter().any(|tag| tag == crate::judge::TIE));
        alarms.signals += u64::from(!case.script.signals.is_empty());
        let judgement = engines.judge(&mut stage, &case, case.features(), &Unwatched);
        alarms
            .tally
            .add(index, &case.id, &engines.new.description.name, &judgement);
        if let Judgement::Compared(comparison) = judgement {
            alarms.schedule_dependent += u64::from(comparison.depends.is_some());
        }
    }
}

impl Alarms {
    fn merge(&mut self, other: Self) {
        self.tally.merge(other.tally);
        self.schedule_dependent += other.schedule_dependent;
        self.ties += other.ties;
        self.signals += other.signals;
    }

    /// The first cases in which an engine differed from itself.
    pub fn first(&self) -> &[Alarm] {
        &self.tally.first
    }
}
