//! Writes cases to a folder: all of them or, if one is in the way, none.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use contract::text::visible;
use corpus::Case;
use corpus::save::id_problem;

use crate::failure::Failure;

/// Writes each case to `folder`, in a file named after it.
///
/// # Errors
/// If an id cannot name a file, two cases have the same id, or another case is there already under one of the names: then nothing is written. Or if a
/// file cannot be written.
pub(crate) fn write(cases: &[Case], folder: &Path) -> Result<(), Failure> {
    let mut names = BTreeSet::new();
    for case in cases {
        let id = visible(&case.id);
        if let Some(problem) = id_problem(&case.id) {
            return Err(Failure::usage(
                format!("`{id}` cannot name a case: {problem}"),
                "give it another id",
            ));
        }
        if !names.insert(&case.id) {
            return Err(Failure::usage(
                format!("two cases are called `{id}`"),
                "import them into folders of their own",
            ));
        }
        let path = folder.join(format!("{}.json", case.id));
        if path.exists() && !holds(&path, case) {
            return Err(Failure::usage(
                format!("another case is at {} already", visible(&path.display().to_string())),
                "choose another folder with --out, or move the case away",
            ));
        }
    }
    fs::create_dir_all(folder).map_err(Failure::writing(folder))?;
    for case in cases {
        corpus::save::save(case, folder).map_err(Failure::writing(&folder.join(format!("{}.json", case.id))))?;
    }
    Ok(())
}

/// Whether the file at `path` is this very case, so that writing it again changes nothing.
fn holds(path: &Path, case: &Case) -> bool {
    fs::read(path).is_ok_and(|bytes| serde_json::from_slice::<Case>(&bytes).is_ok_and(|there| there == *case))
}

#[cfg(test)]
mod tests {
    use corpus::generate::{Dials, Generator};

    use super::*;

    fn cases() -> Vec<Case> {
        let generator = Generator::new(7, Dials::default());
        (0..3).map(|index| generator.case(index)).collect()
    }

    fn files(folder: &Path) -> usize {
        fs::read_dir(folder).expect("the folder is there").count()
    }

    #[test]
    fn each_case_becomes_a_file_and_writing_them_again_changes_nothing() {
        let folder = tempfile::tempdir().expect("a folder");
        for _ in 0..2 {
            write(&cases(), folder.path()).expect("the cases are written");
            assert_eq!(files(folder.path()), 3);
        }
    }

    #[test]
    fn another_case_in_the_way_keeps_all_from_being_written() {
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join("g7-2.json"), "{}").expect("the other file is written");
        assert!(matches!(write(&cases(), folder.path()), Err(Failure::Input(_))));
        assert_eq!(files(folder.path()), 1);
    }

    #[test]
    fn two_cases_of_one_name_keep_all_from_being_written() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut twice = cases();
        twice.push(twice[0].clone());
        assert!(matches!(write(&twice, folder.path()), Err(Failure::Input(_))));
        assert_eq!(files(folder.path()), 0);
    }
}
