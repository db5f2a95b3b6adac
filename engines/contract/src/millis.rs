//! Durations and moments in whole milliseconds: the resolution of tokio's clock, and exact in JSON.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A number of milliseconds: a duration, or a moment of virtual time since the run began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Millis(pub u64);

impl Millis {
    /// No time at all.
    pub const ZERO: Self = Self(0);

    /// The standard library's type.
    pub const fn duration(self) -> Duration {
        Duration::from_millis(self.0)
    }

    /// The sum; the largest value where it would overflow.
    pub const fn saturating_add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }

    /// To the millisecond, whatever its size: `4,996,531 ms`. For what is compared; `Display` rounds what is long.
    pub fn exact(self) -> String {
        format!("{} ms", crate::text::grouped(self.0))
    }

    /// The difference; zero where it would be negative.
    pub const fn saturating_sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

impl From<Duration> for Millis {
    fn from(duration: Duration) -> Self {
        Self(u64::try_from(duration.as_millis()).unwrap_or(u64::MAX))
    }
}

impl std::fmt::Display for Millis {
    /// `90 ms`, `1.5 s`, `2 m 30 s`, `3 h 5 m`: exact below a minute, whole seconds and minutes above.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let ms = self.0;
        match ms {
            0..1_000 => write!(f, "{ms} ms"),
            1_000..60_000 => {
                let text = format!("{}.{:03}", ms / 1_000, ms % 1_000);
                write!(f, "{} s", text.trim_end_matches('0').trim_end_matches('.'))
            }
            60_000..3_600_000 => write!(f, "{} m {} s", ms / 60_000, ms % 60_000 / 1_000),
            _ => write!(f, "{} h {} m", ms / 3_600_000, ms % 3_600_000 / 60_000),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Millis;

    #[test]
    fn a_duration_is_shown_in_the_largest_unit_that_fits() {
        let shown = |ms| Millis(ms).to_string();
        assert_eq!(shown(90), "90 ms");
        assert_eq!(shown(1_500), "1.5 s");
        assert_eq!(shown(150_000), "2 m 30 s");
        assert_eq!(shown(11_100_000), "3 h 5 m");
        assert_eq!(Millis(11_100_000).exact(), "11,100,000 ms");
    }
}
