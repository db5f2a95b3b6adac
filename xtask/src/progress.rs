//! How far a run has come: a bar on a terminal, plain lines in a pipe or a CI job.

use std::io::IsTerminal;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use contract::text::grouped;
use harness::run::Progress;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};

/// In a pipe, a line is printed whenever this share of the cases is done.
const SHARES: u64 = 5;

/// Shows cases done, their rate, and the divergences so far, on standard error.
pub(crate) struct Display {
    bar: ProgressBar,
    is_terminal: bool,
    total: u64,
    done: AtomicU64,
    diverged: AtomicU64,
    /// When the last case was done.
    compared: OnceLock<Duration>,
}

impl Display {
    /// For a run of `total` cases.
    pub(crate) fn new(total: u64) -> Self {
        let is_terminal = std::io::stderr().is_terminal();
        let bar = if is_terminal {
            ProgressBar::new(total)
        } else {
            ProgressBar::hidden()
        };
        if is_terminal {
            bar.set_draw_target(ProgressDrawTarget::stderr_with_hz(10));
            let template = "{bar:30} {human_pos}/{human_len} cases  {rate}  {msg}  {eta} left";
            if let Ok(style) = ProgressStyle::with_template(template) {
                let rate = |state: &ProgressState, line: &mut dyn std::fmt::Write| {
                    // A line that cannot be laid out is laid out anew a moment later.
                    let _ = write!(line, "{:.0} a second", state.per_sec());
                };
                bar.set_style(style.with_key("rate", rate));
            }
            bar.set_message("no divergence");
            bar.enable_steady_tick(Duration::from_millis(200));
        }
        Self {
            bar,
            is_terminal,
            total,
            done: AtomicU64::new(0),
            diverged: AtomicU64::new(0),
            compared: OnceLock::new(),
        }
    }

    /// Takes the bar away, and tells in what time the cases were compared, how many a second, and how long all else took.
    pub(crate) fn finish(&self) -> (Duration, f64, Duration) {
        let elapsed = self.bar.elapsed();
        self.bar.finish_and_clear();
        let compared = self.compared.get().copied().unwrap_or(elapsed);
        let rate = self.done.load(Ordering::Relaxed) as f64 / compared.as_secs_f64().max(1e-9);
        (compared, rate, elapsed.saturating_sub(compared))
    }
}

impl Progress for Display {
    fn case_done(&self, has_diverged: bool) {
        let done = self.done.fetch_add(1, Ordering::Relaxed) + 1;
        if done == self.total {
            let _ = self.compared.set(self.bar.elapsed());
        }
        if has_diverged {
            let diverged = self.diverged.fetch_add(1, Ordering::Relaxed) + 1;
            // A message is text to lay out: only now and then.
            if self.is_terminal && (diverged < 100 || diverged.is_multiple_of(100)) {
                self.bar.set_message(format!("{diverged} diverged"));
            }
        }
        if self.is_terminal {
            // The bar is behind a lock.
            if done.is_multiple_of(64) || done == self.total {
                self.bar.set_position(done);
            }
        } else if done * SHARES / self.total != (done - 1) * SHARES / self.total {
            let diverged = self.diverged.load(Ordering::Relaxed);
            let [done, total, diverged] = [done, self.total, diverged].map(grouped);
            anstream::eprintln!("{done} of {total} cases, {diverged} diverged");
        }
    }

    fn timed(&self, decided: usize, in_all: usize) {
        if self.is_terminal {
            self.bar.set_message(format!("timing, {decided} of {in_all} decided"));
        }
    }
}
