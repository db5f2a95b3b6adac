//! Writes cases to a folder: all of them or, if one is in the way, none. And sets of them, each whole or not at all.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use contract::text::visible;
use corpus::Case;
use corpus::import::dataflow_rs::Application;
use corpus::load::set::Set;
use corpus::save::{id_problem, save_set};

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

/// The most cases of one set file: a few tens of MB at most, so that it can be read again.
const SET: u64 = 2_500;

/// Writes the cases of each application to `folder`, in set files `<name>-001.json` and so on, and says how many. A set is made
/// when its turn comes: no more than one is held.
///
/// # Errors
/// If two applications have one name, or there is a file already under one of the names: then nothing is written. Or if a
/// file cannot be written.
pub(crate) fn write_sets(applications: &[(String, Application)], folder: &Path) -> Result<usize, Failure> {
    let mut sets = Vec::new();
    let mut names = BTreeSet::new();
    for (name, application) in applications {
        if !names.insert(name) {
            return Err(Failure::usage(
                format!("two applications are called `{}`", visible(name)),
                "import them into folders of their own",
            ));
        }
        for (number, start) in (0..application.count()).step_by(SET as usize).enumerate() {
            let id = format!("{name}-{:03}", number + 1);
            let path = folder.join(format!("{id}.json"));
            if path.exists() {
                return Err(Failure::usage(
                    format!("there is a file already at {}", visible(&path.display().to_string())),
                    "choose another folder with --out, or move the file away",
                ));
            }
            sets.push((id, application, start..application.count().min(start + SET)));
        }
    }
    let count = sets.len();
    for (id, application, cases) in sets {
        let path = folder.join(format!("{id}.json"));
        let cases: Vec<Case> = cases.map(|index| application.case(index)).collect();
        if let Some(set) = Set::of(id, &cases) {
            save_set(&set, folder).map_err(Failure::writing(&path))?;
        }
    }
    Ok(count)
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
    fn sets_are_loaded_as_the_cases_that_they_were_made_of() {
        let folder = tempfile::tempdir().expect("a folder");
        let task = serde_json::json!({"id": "t", "name": "t", "function": {"name": "ask", "input": {"target": "x"}}});
        let definition = serde_json::json!({"id": "w", "name": "w", "tasks": [task]});
        let options = corpus::load::LoadOptions {
            messages: SET + 1,
            seed: 3,
        };
        let application = Application::new(vec![definition], options);
        let cases: Vec<Case> = application.cases().collect();
        let applications = [("app".to_owned(), application)];
        assert_eq!(write_sets(&applications, folder.path()).expect("they are written"), 2);
        let mut loaded = corpus::load::load(folder.path()).expect("they are loaded");
        assert!(loaded.iter().all(|case| case.definition == cases[0].definition));
        for (loaded, case) in loaded.iter_mut().zip(&cases) {
            loaded.tags.clone_from(&case.tags);
        }
        assert!(loaded == cases);
        assert!(matches!(
            write_sets(&applications, folder.path()),
            Err(Failure::Input(_))
        ));
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
