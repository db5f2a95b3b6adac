//! Moments as people read them: ISO 8601 in UTC with milliseconds, as `2026-01-31T09:30:00.000Z`.
//!
//! Total over all of [`Millis`], which no calendar library is: years past 9999 are written with a sign and all their digits,
//! as ISO 8601 has it. Days and civil dates after Howard Hinnant, "chrono-compatible low-level date algorithms" (2013).

use contract::Millis;

const DAY: u64 = 86_400_000;
/// Days from 0000-03-01 to 1970-01-01.
const EPOCH: u64 = 719_468;
/// Days in 400 years.
const ERA: u64 = 146_097;

/// The moment as text.
pub(super) fn text(at: Millis) -> String {
    let (days, ms) = (at.0 / DAY + EPOCH, at.0 % DAY);
    let (era, day) = (days / ERA, days % ERA);
    let year_of_era = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day + 2) / 153;
    let date = day - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = era * 400 + year_of_era + u64::from(month <= 2);
    let sign = if year > 9_999 { "+" } else { "" };
    let (hour, minute) = (ms / 3_600_000, ms / 60_000 % 60);
    let (second, ms) = (ms / 1_000 % 60, ms % 1_000);
    format!("{sign}{year:04}-{month:02}-{date:02}T{hour:02}:{minute:02}:{second:02}.{ms:03}Z")
}

/// The moment that [`text`] wrote; nothing else is read.
pub(super) fn read(written: &str) -> Option<Millis> {
    let (date, time) = written.strip_suffix('Z')?.split_once('T')?;
    let mut date = date.trim_start_matches('+').split('-').map(str::parse::<u64>);
    let (year, month, day) = (date.next()?.ok()?, date.next()?.ok()?, date.next()?.ok()?);
    let (time, ms) = time.split_once('.')?;
    let mut time = time.split(':').map(str::parse::<u64>);
    let (hour, minute, second) = (time.next()?.ok()?, time.next()?.ok()?, time.next()?.ok()?);
    let year = year.checked_sub(u64::from(month <= 2))?;
    let shifted = if month > 2 { month.checked_sub(3)? } else { month + 9 };
    let day_of_year = (153 * shifted.min(11) + 2) / 5 + day.checked_sub(1)?;
    let year_of_era = year % 400;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    let days = (year / 400)
        .checked_mul(ERA)?
        .checked_add(day_of_era)?
        .checked_sub(EPOCH)?;
    let second = hour
        .checked_mul(60)?
        .checked_add(minute)?
        .checked_mul(60)?
        .checked_add(second)?;
    let ms = second.checked_mul(1_000)?.checked_add(ms.parse().ok()?)?;
    let at = Millis(days.checked_mul(DAY)?.checked_add(ms)?);
    // What is not written as we write it was not written by us.
    (text(at) == written).then_some(at)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn moments_are_written_as_people_read_them() {
        assert_eq!(text(Millis(0)), "1970-01-01T00:00:00.000Z");
        assert_eq!(text(Millis(951_825_599_999)), "2000-02-29T11:59:59.999Z");
        assert_eq!(text(Millis(253_402_300_800_000)), "+10000-01-01T00:00:00.000Z");
    }

    #[test]
    fn what_is_no_moment_of_ours_is_not_read() {
        for written in [
            "",
            "Z",
            "2000-02-30T00:00:00.000Z",
            "2000-01-01T00:00:00Z",
            "+2000-01-01T00:00:00.000Z",
        ] {
            assert_eq!(read(written), None, "{written}");
        }
    }

    proptest! {
        #[test]
        fn every_moment_is_read_as_it_was_written(at: u64) {
            prop_assert_eq!(read(&text(Millis(at))), Some(Millis(at)));
        }

        #[test]
        fn a_calendar_agrees(at in 0_u64..200_000_000_000_000) {
            let moment = chrono::DateTime::from_timestamp_millis(at.cast_signed()).expect("within its range");
            prop_assert_eq!(text(Millis(at)), moment.format("%Y-%m-%dT%H:%M:%S%.3fZ").to_string());
        }

        #[test]
        fn no_text_makes_it_panic(written in "\\+?[0-9]{0,20}-?[0-9]{0,4}-?[0-9]{0,20}T?[0-9:]{0,24}\\.?[0-9]{0,20}Z?") {
            let _ = read(&written);
        }
    }
}
