//! Finds a case by what a user types: a file, or the id of a generated case.

use std::path::Path;

use corpus::Case;
use corpus::generate::{Dials, Generator, RulesGenerator};
use corpus::load::{LoadOptions, Opened};

use crate::failure::Failure;

/// How many ids of a file's cases are named to who did not name one.
const NAMED: usize = 3;

/// The case that `wanted` names.
///
/// # Errors
/// If it is neither a file with exactly one case nor an id like `g7-42` or `r7-42`.
pub(crate) fn find(wanted: &str) -> Result<Case, Failure> {
    find_among(wanted, None, LoadOptions::default())
}

/// As [`find`]; `id` names one of several in a file or folder, as made with these options.
///
/// # Errors
/// As [`find`], or if there is no case of that id.
pub(crate) fn find_among(wanted: &str, id: Option<&str>, options: LoadOptions) -> Result<Case, Failure> {
    if let Some((seed, index)) = generated('g', wanted) {
        return Ok(Generator::new(seed, Dials::default()).case(index));
    }
    if let Some((seed, index)) = generated('r', wanted) {
        return Ok(RulesGenerator::new(seed).case(index));
    }
    let path = Path::new(wanted);
    if !path.exists() {
        return Err(Failure::usage(
            format!("there is no case `{}`", contract::text::visible(wanted)),
            "name a case file, or a generated case by its id: g<seed>-<index> or r<seed>-<index>, as in g7-42; a run with \
             --only keeps its cases as files in its record",
        ));
    }
    let opened = corpus::load::open(path, options).map_err(Failure::in_file)?;
    let Some(id) = id else { return single(wanted, opened) };
    let made = opened.application.as_ref();
    let listed = opened.listed.iter().find(|case| case.id == id).cloned();
    let made = listed.or_else(|| {
        let application = made?;
        let index = (0..application.count()).find(|index| application.id(*index) == id)?;
        Some(application.case(index))
    });
    made.ok_or_else(|| {
        let [id, wanted] = [id, wanted].map(contract::text::visible);
        Failure::usage(
            format!("`{wanted}` holds no case `{id}`"),
            format!("these are some of its cases: {}", some_ids(&opened)),
        )
    })
}

/// The only case of what was opened.
fn single(wanted: &str, mut opened: Opened) -> Result<Case, Failure> {
    match (opened.count(), opened.listed.pop()) {
        (1, Some(case)) => Ok(case),
        (several, last) => {
            opened.listed.extend(last);
            Err(Failure::usage(
                format!("`{}` holds {several} cases", contract::text::visible(wanted)),
                format!(
                    "name one file of it, or one case with --case, such as {}",
                    some_ids(&opened)
                ),
            ))
        }
    }
}

fn some_ids(opened: &Opened) -> String {
    let listed = opened.listed.iter().map(|case| case.id.clone());
    let made = opened.application.iter();
    let made = made.flat_map(|application| (0..application.count()).map(|index| application.id(index)));
    listed.chain(made).take(NAMED).collect::<Vec<_>>().join(", ")
}

/// Seed and index of a generated case whose ids begin with `kind`.
fn generated(kind: char, id: &str) -> Option<(u64, u64)> {
    let (seed, index) = id.strip_prefix(kind)?.split_once('-')?;
    Some((seed.parse().ok()?, index.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_generated_case_is_found_by_its_seed_and_place() {
        assert_eq!(generated('g', "g7-42"), Some((7, 42)));
        for id in ["g7-42", "r7-42"] {
            assert_eq!(find(id).unwrap().id, id);
        }
    }

    #[test]
    fn what_is_no_case_is_a_usage_error() {
        assert_eq!(generated('g', "g7"), None);
        assert!(matches!(find("no-such-case"), Err(Failure::Input(_))));
    }
}
