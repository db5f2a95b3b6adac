//! Crash testing: a durable engine is killed at its writes, and has to come to the end it would have come to.
//!
//! A case is first played with a storage and without a death. Then it is played again for each death there can be: at each
//! write, which is left whole, in part, or not at all, and a few times at two writes. The world goes on without an outage, so
//! the outcome, the makespan and every call have to be what they were, apart from calls made again because their result was
//! not on record yet.

mod alike;
mod points;

use contract::stage::{Death, Durably, Left, Stage};
use contract::{Engine, Loaded};
use corpus::Case;
use serde::{Deserialize, Serialize};

use crate::divergence::{Aspect, Divergence};

pub use alike::differences;
pub use points::points;

/// Once so many points of a case came out different, the others are not tried.
const MOST_DIFFERENT: usize = 5;

/// What came of killing an engine on one case.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recovered {
    /// How many points it was killed at.
    pub points: u64,
    /// After how many of them it came to the same end.
    pub alike: u64,
}

/// A death as it is written for people: `5` leaves write 5 whole, `5:part` half of it, `5:nothing` nothing.
pub fn write_death(death: Death) -> String {
    match death.left {
        Left::Whole => death.write.to_string(),
        Left::Part => format!("{}:part", death.write),
        Left::Nothing => format!("{}:nothing", death.write),
    }
}

/// Reads what [`write_death`] writes.
///
/// # Errors
/// If it is nothing of the sort; the text says what is.
pub fn read_death(text: &str) -> Result<Death, String> {
    let (write, left) = text.split_once(':').unwrap_or((text, "whole"));
    let left = match left {
        "whole" => Left::Whole,
        "part" => Left::Part,
        "nothing" => Left::Nothing,
        _ => {
            return Err(
                "what is left of a write is `whole`, `part` or `nothing`: write, for example, `5:part`".to_owned(),
            );
        }
    };
    match write.parse() {
        Ok(write) if write > 0 => Ok(Death { write, left }),
        _ => Err("writes are numbered from 1: write, for example, `5` or `5:part`".to_owned()),
    }
}

/// Kills `engine` at the points of `case`, and says where it did not come to the same end: the first difference of each
/// point, which says enough of it. `starting` is called before each run.
pub fn kill(
    stage: &mut Stage,
    engine: &dyn Engine,
    case: &Case,
    seed: u64,
    starting: &dyn Fn(),
) -> (Recovered, Vec<Divergence>) {
    let (recovered, found) = kill_for_all(stage, engine, case, seed, starting);
    let firsts = found.into_iter().filter_map(|of_point| of_point.into_iter().next());
    (recovered, firsts.collect())
}

/// As [`kill`], with all differences of each point at which there are any.
pub(crate) fn kill_for_all(
    stage: &mut Stage,
    engine: &dyn Engine,
    case: &Case,
    seed: u64,
    starting: &dyn Fn(),
) -> (Recovered, Vec<Vec<Divergence>>) {
    starting();
    // A definition that is refused is never run, and a panic here is found by the comparison.
    let Ok(loaded) = Stage::load(engine, &case.definition) else {
        return (Recovered::default(), Vec::new());
    };
    let undying = play(stage, &*loaded, case, &[]);
    let mut recovered = Recovered::default();
    let mut found = Vec::new();
    for deaths in points(undying.writes, seed) {
        starting();
        let dying = play(stage, &*loaded, case, &deaths);
        let differences = differences(&undying, &dying);
        recovered.points += 1;
        recovered.alike += u64::from(differences.is_empty());
        if !differences.is_empty() {
            found.push(
                differences
                    .into_iter()
                    .map(|difference| at(&deaths, difference))
                    .collect(),
            );
        }
        if found.len() == MOST_DIFFERENT {
            break;
        }
    }
    if let Err(end) = Stage::drop_loaded(loaded) {
        let seen = crate::compare::describe_end(&end);
        found.push(vec![Divergence {
            aspect: Aspect::Recovery,
            path: "recovery".to_owned(),
            baseline: "lets go of the definition".to_owned(),
            new: seen,
        }]);
    }
    (recovered, found)
}

/// Plays a case durably, with these deaths.
pub fn play(stage: &mut Stage, loaded: &dyn Loaded, case: &Case, deaths: &[Death]) -> Durably {
    stage.listen(false);
    stage.run_durably(loaded, &case.input, &case.script, deaths)
}

/// The difference as one of recovery: `recovery.5:part+7.tasks.b.status`.
fn at(deaths: &[Death], difference: Divergence) -> Divergence {
    let deaths: Vec<String> = deaths.iter().map(|death| write_death(*death)).collect();
    Divergence {
        aspect: Aspect::Recovery,
        path: format!("recovery.{}.{}", deaths.join("+"), difference.path),
        ..difference
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_death_is_read_as_it_is_written() {
        for left in Left::ALL {
            let death = Death { write: 12, left };
            assert_eq!(read_death(&write_death(death)), Ok(death));
        }
        assert_eq!(read_death("12:whole").map(write_death), Ok("12".to_owned()));
        for wrong in ["", "0", "x", "5:", "5:half", "-1", "5:part:part"] {
            let problem = read_death(wrong).expect_err(wrong);
            assert!(problem.contains("`5:part`"), "{wrong}: {problem}");
        }
    }
}
