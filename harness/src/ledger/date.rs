//! A day. Nothing here asks what day it is: whoever starts a run says so.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

const DAYS_OF_400_YEARS: i64 = 146_097;

/// A day of the Gregorian calendar, written `2027-01-31`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Date {
    year: u16,
    month: u8,
    day: u8,
}

/// What is no day.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no day; write year, month and day, as in 2027-01-31")]
pub struct NoDate(String);

impl Date {
    /// The day of this number in that month, if there is one. Years have four digits.
    pub fn new(year: u16, month: u8, day: u8) -> Option<Self> {
        let is_leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
        let days = match month {
            4 | 6 | 9 | 11 => 30,
            2 if is_leap => 29,
            2 => 28,
            1..=12 => 31,
            _ => return None,
        };
        let is_day = (1..=days).contains(&day) && year <= 9999;
        is_day.then_some(Self { year, month, day })
    }

    /// The day that comes so many days after 1970-01-01. What is out of bounds is the first or the last day there is.
    pub fn from_days(days: u32) -> Self {
        const LAST: Date = Date {
            year: 9999,
            month: 12,
            day: 31,
        };
        // Counted from 0000-03-01: a leap day is the last of its year then.
        let days = i64::from(days) + 719_468;
        let (era, day_of_era) = (days / DAYS_OF_400_YEARS, days % DAYS_OF_400_YEARS);
        let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        // Months from March on have 31, 30, 31, 30, 31 days, and again.
        let from_march = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * from_march + 2) / 5 + 1;
        let month = if from_march < 10 {
            from_march + 3
        } else {
            from_march - 9
        };
        let year = era * 400 + year_of_era + i64::from(month <= 2);
        let date = u16::try_from(year).ok();
        date.and_then(|year| Self::new(year, month as u8, day as u8))
            .unwrap_or(LAST)
    }

    /// Year, month and day.
    pub const fn parts(self) -> (u16, u8, u8) {
        (self.year, self.month, self.day)
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

impl FromStr for Date {
    type Err = NoDate;

    fn from_str(text: &str) -> Result<Self, NoDate> {
        let parts = || {
            let (year, rest) = text.split_once('-')?;
            let (month, day) = rest.split_once('-')?;
            let has_lengths = [year, month, day].map(str::len) == [4, 2, 2];
            let are_digits = [year, month, day]
                .iter()
                .all(|part| part.bytes().all(|byte| byte.is_ascii_digit()));
            if !has_lengths || !are_digits {
                return None;
            }
            Self::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?)
        };
        parts().ok_or_else(|| NoDate(contract::text::visible(text).into_owned()))
    }
}

impl TryFrom<String> for Date {
    type Error = NoDate;

    fn try_from(text: String) -> Result<Self, NoDate> {
        text.parse()
    }
}

impl From<Date> for String {
    fn from(date: Date) -> Self {
        date.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_counted_from_1970() {
        for (days, date) in [
            (0, "1970-01-01"),
            (58, "1970-02-28"),
            (59, "1970-03-01"),
            (789, "1972-02-29"),
            (11_016, "2000-02-29"),
            (20_483, "2026-01-30"),
            (2_932_896, "9999-12-31"),
            (u32::MAX, "9999-12-31"),
        ] {
            assert_eq!(Date::from_days(days).to_string(), date);
        }
    }

    #[test]
    fn each_day_follows_the_one_before_it_and_is_read_back() {
        let days: Vec<Date> = (0..60_000).map(Date::from_days).collect();
        assert!(days.is_sorted_by(|one, other| one < other));
        for day in days {
            assert_eq!(day.to_string().parse(), Ok(day));
        }
    }

    #[test]
    fn what_is_no_day_is_refused() {
        for text in [
            "",
            "2027",
            "2027-1-31",
            "31-01-2027",
            "2027-13-01",
            "2027-02-29",
            "2027-00-10",
            "+027-01-01",
            "2027-01-31 ",
        ] {
            assert!(text.parse::<Date>().is_err(), "{text}");
        }
        assert_eq!(
            "2027-02-30".parse::<Date>().unwrap_err().to_string(),
            "`2027-02-30` is no day; write year, month and day, as in 2027-01-31"
        );
    }
}
