//! One measurement: how long a piece of work took on the wall clock and on its thread's own, and whether the system took the
//! processor away meanwhile.

use serde::{Deserialize, Serialize};

/// What was measured of one side of a pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sample {
    /// By the wall clock, in ns.
    pub wall: u64,
    /// By the clock of the thread, which stands still while the thread waits for a processor, in ns. `None`: this system has none.
    pub cpu: Option<u64>,
    /// How often the system took the processor away. `None`: this system does not tell.
    pub preempted: Option<u32>,
}

/// The two sides of a contest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// The engine to be replaced, or whoever stands for it.
    Legacy,
    /// The engine that replaces it.
    New,
}

/// The same work done by both sides, one right after the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pair {
    /// Who went first.
    pub first: Side,
    /// Legacy's.
    pub legacy: Sample,
    /// New's.
    pub new: Sample,
}

/// Which clock a ratio is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Clock {
    /// The wall clock.
    Wall,
    /// That of the thread.
    Cpu,
}

impl Sample {
    /// How long it took, in ns. By the wall clock, if the thread has none.
    pub fn time(&self, clock: Clock) -> u64 {
        match clock {
            Clock::Wall => self.wall,
            Clock::Cpu => self.cpu.unwrap_or(self.wall),
        }
    }
}

impl Pair {
    /// `ln(new / legacy)`.
    pub fn log_ratio(&self, clock: Clock) -> f64 {
        let [new, legacy] = [self.new, self.legacy].map(|side| side.time(clock).max(1) as f64);
        (new / legacy).ln()
    }

    /// Whether neither side had its processor taken away.
    pub fn is_undisturbed(&self) -> bool {
        [self.legacy, self.new]
            .iter()
            .all(|side| side.preempted.unwrap_or(0) == 0)
    }

    /// How long the longer side took by the wall clock, in ns.
    pub fn longest(&self) -> u64 {
        self.legacy.wall.max(self.new.wall)
    }
}

/// Where the clocks of a thread stand.
#[derive(Clone, Copy)]
pub(crate) struct Reading {
    wall: std::time::Instant,
    cpu: Option<u64>,
    preempted: Option<u32>,
}

impl Reading {
    /// Reads them, the wall clock last: what reading the others takes is not in a time that begins here.
    pub(crate) fn begin() -> Self {
        let (cpu, preempted) = (system::cpu(), system::preempted());
        Self {
            wall: wall(),
            cpu,
            preempted,
        }
    }

    /// For how long, in ns, it has been since.
    pub(super) fn elapsed(&self) -> u64 {
        (wall() - self.wall).as_nanos() as u64
    }

    /// What was measured since: the wall clock is read first.
    pub(crate) fn sample(&self) -> Sample {
        let wall = self.elapsed();
        let (cpu, preempted) = (system::cpu(), system::preempted());
        Sample {
            wall,
            cpu: cpu.zip(self.cpu).map(|(now, then)| now - then),
            preempted: preempted.zip(self.preempted).map(|(now, then)| now - then),
        }
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "timings and what is found out about the harness itself are the places where real time is measured"
)]
fn wall() -> std::time::Instant {
    std::time::Instant::now()
}

#[cfg(target_os = "linux")]
mod system {
    use nix::sys::resource::{UsageWho, getrusage};
    use nix::time::{ClockId, clock_gettime};

    /// The thread's own time, in ns.
    pub(super) fn cpu() -> Option<u64> {
        let time = clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID).ok()?;
        Some(time.tv_sec() as u64 * 1_000_000_000 + time.tv_nsec() as u64)
    }

    /// How often the system took the processor away from the thread.
    pub(super) fn preempted() -> Option<u32> {
        let usage = getrusage(UsageWho::RUSAGE_THREAD).ok()?;
        Some(usage.involuntary_context_switches() as u32)
    }
}

#[cfg(not(target_os = "linux"))]
mod system {
    pub(super) fn cpu() -> Option<u64> {
        None
    }

    pub(super) fn preempted() -> Option<u32> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(wall: u64, cpu: u64, preempted: u32) -> Sample {
        Sample {
            wall,
            cpu: Some(cpu),
            preempted: Some(preempted),
        }
    }

    #[test]
    fn each_clock_has_its_own_ratio() {
        let pair = Pair {
            first: Side::New,
            legacy: sample(100, 100, 0),
            new: sample(400, 110, 2),
        };
        assert!((pair.log_ratio(Clock::Wall).exp() - 4.0).abs() < 1e-9);
        assert!((pair.log_ratio(Clock::Cpu).exp() - 1.1).abs() < 1e-9);
        assert!(!pair.is_undisturbed());
        assert_eq!(pair.longest(), 400);
    }

    #[test]
    fn a_thread_without_a_clock_of_its_own_goes_by_the_wall() {
        let wall = Sample {
            cpu: None,
            preempted: None,
            ..sample(70, 0, 0)
        };
        assert_eq!(wall.time(Clock::Cpu), 70);
    }

    #[test]
    fn what_is_measured_is_at_least_what_was_done() {
        let reading = Reading::begin();
        let mut sum = 0_u64;
        while reading.elapsed() < 200_000 {
            sum = std::hint::black_box(sum + 1);
        }
        let sample = reading.sample();
        assert!(sample.wall >= 200_000);
        if cfg!(target_os = "linux") {
            // Of the thread's own time, nothing passes beyond what passed on the wall, give or take the reading of the clocks.
            assert!(sample.cpu.is_some_and(|cpu| cpu > 0 && cpu < sample.wall + 1_000_000));
            assert!(sample.preempted.is_some());
        }
    }
}
