//! What day it is: the one question to a clock whose answer decides something, which is what the ledger accepts.
//!
//! The answer is kept in the run's manifest. `--today` gives another.

use std::time::{SystemTime, UNIX_EPOCH};

use harness::ledger::Date;

const SECONDS_OF_A_DAY: u64 = 24 * 60 * 60;

/// The day it is in UTC, which is the same for everyone.
#[expect(
    clippy::disallowed_methods,
    reason = "what was accepted until a day expires; nothing that is compared depends on it"
)]
pub(crate) fn today() -> Date {
    let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Date::from_days(u32::try_from(since_1970.as_secs() / SECONDS_OF_A_DAY).unwrap_or(u32::MAX))
}
