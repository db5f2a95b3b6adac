//! The wall clock, read here and nowhere else: dataflow-rs writes the moment of processing into every message.

use std::time::{SystemTime, UNIX_EPOCH};

/// A moment in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment {
    /// Since the beginning of 1970.
    seconds: i64,
    nanoseconds: u32,
}

impl Moment {
    /// This moment.
    #[expect(
        clippy::disallowed_methods,
        reason = "the format stamps each message with the wall clock; the harness masks the stamp"
    )]
    pub(crate) fn now() -> Self {
        let (seconds, nanoseconds) = match SystemTime::now().duration_since(UNIX_EPOCH) {
            Ok(since) => (i64::try_from(since.as_secs()).unwrap_or(i64::MAX), since.subsec_nanos()),
            Err(_) => (0, 0),
        };
        Self { seconds, nanoseconds }
    }

    /// The text in RFC 3339, in the form that dataflow-rs gives it: as many groups of three decimals as are needed, and
    /// `+00:00`.
    pub fn to_rfc3339(self) -> String {
        let (year, month, day) = date(self.seconds.div_euclid(86_400));
        let second_of_day = self.seconds.rem_euclid(86_400) as u32;
        let mut text = String::with_capacity(35);
        push_digits(&mut text, year, 4);
        text.push('-');
        push_digits(&mut text, month, 2);
        text.push('-');
        push_digits(&mut text, day, 2);
        text.push('T');
        push_digits(&mut text, second_of_day / 3600, 2);
        text.push(':');
        push_digits(&mut text, second_of_day / 60 % 60, 2);
        text.push(':');
        push_digits(&mut text, second_of_day % 60, 2);
        let (decimals, digits) = match self.nanoseconds {
            0 => (0, 0),
            nanoseconds if nanoseconds % 1_000_000 == 0 => (nanoseconds / 1_000_000, 3),
            nanoseconds if nanoseconds % 1000 == 0 => (nanoseconds / 1000, 6),
            nanoseconds => (nanoseconds, 9),
        };
        if digits > 0 {
            text.push('.');
            push_digits(&mut text, decimals, digits);
        }
        text.push_str("+00:00");
        text
    }
}

/// The last `count` digits of `number`.
fn push_digits(text: &mut String, number: u32, count: u32) {
    for place in (0..count).rev() {
        text.push(char::from(b'0' + (number / 10_u32.pow(place) % 10) as u8));
    }
}

/// The date `days` after 1 January 1970, in the proleptic Gregorian calendar: Hinnant, `chrono`-Compatible Low-Level Date
/// Algorithms (2013), `civil_from_days`.
fn date(days: i64) -> (u32, u32, u32) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 {
        month_from_march + 3
    } else {
        month_from_march - 9
    };
    let year = era * 400 + year_of_era + i64::from(month <= 2);
    (year as u32, month as u32, day as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(seconds: i64, nanoseconds: u32, text: &str) {
        assert_eq!(Moment { seconds, nanoseconds }.to_rfc3339(), text);
    }

    #[test]
    fn a_moment_is_written_as_dataflow_rs_writes_it() {
        check(0, 0, "1970-01-01T00:00:00+00:00");
        check(951_782_399, 500_000_000, "2000-02-28T23:59:59.500+00:00");
        check(951_782_400, 1000, "2000-02-29T00:00:00.000001+00:00");
        check(1_767_225_599, 999_999_999, "2025-12-31T23:59:59.999999999+00:00");
        check(4_102_444_800, 120_000_000, "2100-01-01T00:00:00.120+00:00");
        check(1_709_251_200, 10, "2024-03-01T00:00:00.000000010+00:00");
    }
}
