//! When a failed attempt is made again, and after how long.

use contract::workflow::Retry;
use contract::{ErrorKind, Millis};

/// The retry policy of a task that may be tried more than once.
#[derive(Debug)]
pub(crate) struct RetryPlan(Retry);

impl RetryPlan {
    /// `None` if a failed attempt is never made again.
    pub(super) fn new(retry: &Retry) -> Option<Box<Self>> {
        (retry.max_attempts > 1).then(|| Box::new(Self(retry.clone())))
    }

    /// Whether attempt `attempt` (from 1), which failed with `kind`, is followed by another.
    pub(crate) fn allows(&self, attempt: u32, kind: &ErrorKind) -> bool {
        let is_retryable = match (kind, &self.0.only) {
            (ErrorKind::Input, _) => false,
            (_, Some(only)) => only.contains(kind),
            (ErrorKind::Permanent, None) => false,
            (_, None) => true,
        };
        is_retryable && attempt < self.0.max_attempts
    }

    /// How long after attempt `attempt` (from 1) failed the next one is ready: `min(initial · factor^(attempt−1), max_delay)`.
    pub(crate) fn delay(&self, attempt: u32) -> Millis {
        let delay = self.0.initial.0 as f64 * self.0.factor.powf(f64::from(attempt - 1));
        // `f64::min` would take the limit instead of a NaN.
        if delay.is_nan() {
            return Millis::ZERO;
        }
        let delay = self.0.max_delay.map_or(delay, |limit| delay.min(limit.0 as f64));
        // A cast saturates, and takes what is negative to zero.
        Millis(delay.round() as u64)
    }
}

#[cfg(test)]
mod tests {
    use contract::workflow::Retry;
    use contract::{ErrorKind, Millis};

    use super::RetryPlan;

    fn plan(initial: u64, factor: f64, max_delay: Option<u64>) -> RetryPlan {
        RetryPlan(Retry {
            max_attempts: 5,
            initial: Millis(initial),
            factor,
            max_delay: max_delay.map(Millis),
            only: None,
        })
    }

    #[test]
    fn a_delay_grows_by_its_factor_up_to_its_limit() {
        let delays = |plan: RetryPlan| (1..5).map(|attempt| plan.delay(attempt).0).collect::<Vec<_>>();
        assert_eq!(delays(plan(100, 2.0, None)), [100, 200, 400, 800]);
        assert_eq!(delays(plan(100, 2.0, Some(300))), [100, 200, 300, 300]);
        assert_eq!(delays(plan(5, 1.5, None)), [5, 8, 11, 17]);
        assert_eq!(delays(plan(0, 2.0, None)), [0, 0, 0, 0]);
    }

    #[test]
    fn a_delay_that_is_no_duration_is_zero_or_the_longest_there_is() {
        assert_eq!(plan(100, -2.0, None).delay(2), Millis(0));
        assert_eq!(plan(100, f64::NAN, Some(50)).delay(2), Millis(0));
        assert_eq!(plan(0, f64::INFINITY, Some(50)).delay(2), Millis(0));
        assert_eq!(plan(100, 1e300, None).delay(4), Millis(u64::MAX));
        assert_eq!(plan(100, 1e300, Some(7)).delay(4), Millis(7));
    }

    #[test]
    fn a_permanent_or_input_error_is_not_retried() {
        let plan = plan(0, 2.0, None);
        assert!(plan.allows(1, &ErrorKind::Transient));
        assert!(plan.allows(4, &ErrorKind::Panic));
        assert!(!plan.allows(5, &ErrorKind::Transient));
        assert!(!plan.allows(1, &ErrorKind::Permanent));
        assert!(!plan.allows(1, &ErrorKind::Input));
    }

    #[test]
    fn the_kinds_named_are_retried_and_no_others() {
        let mut plan = plan(0, 2.0, None);
        plan.0.only = Some(vec![ErrorKind::Permanent, ErrorKind::Input]);
        assert!(plan.allows(1, &ErrorKind::Permanent));
        assert!(!plan.allows(1, &ErrorKind::Transient));
        assert!(!plan.allows(1, &ErrorKind::Input));
    }
}
