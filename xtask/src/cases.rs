//! Finds a case by what a user types: a file, or the id of a generated case.

use std::path::Path;

use corpus::Case;
use corpus::generate::{Dials, Generator};

use crate::failure::Failure;

/// The case that `wanted` names.
///
/// # Errors
/// If it is neither a file with exactly one case nor an id like `g7-42`.
pub(crate) fn find(wanted: &str) -> Result<Case, Failure> {
    if let Some((seed, index)) = generated(wanted) {
        return Ok(Generator::new(seed, Dials::default()).case(index));
    }
    let path = Path::new(wanted);
    if !path.exists() {
        return Err(Failure::usage(
            format!("there is no case `{}`", contract::text::visible(wanted)),
            "name a case file, or a generated case by its id: g<seed>-<index>, as in g7-42; a run with --only keeps its \
             cases as files in its record",
        ));
    }
    let mut cases = corpus::load::load(path).map_err(Failure::in_file)?;
    match cases.len() {
        1 => Ok(cases.remove(0)),
        several => Err(Failure::usage(
            format!("`{}` holds {several} cases", contract::text::visible(wanted)),
            "name one file of it",
        )),
    }
}

fn generated(id: &str) -> Option<(u64, u64)> {
    let (seed, index) = id.strip_prefix('g')?.split_once('-')?;
    Some((seed.parse().ok()?, index.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_generated_case_is_found_by_its_seed_and_place() {
        assert_eq!(generated("g7-42"), Some((7, 42)));
        assert_eq!(find("g7-42").unwrap().id, "g7-42");
    }

    #[test]
    fn what_is_no_case_is_a_usage_error() {
        assert_eq!(generated("g7"), None);
        assert!(matches!(find("no-such-case"), Err(Failure::Input(_))));
    }
}
