//! Writes case files and set files: whole or not at all.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::Case;
use crate::load::set::Set;

/// The longest id that is taken as a file name; most file systems allow 255 bytes, and `.json` has to fit.
const LONGEST_ID: usize = 200;

/// What keeps `id` from being the id of a case: it names the case's file, and reports and terminals show it.
pub fn id_problem(id: &str) -> Option<&'static str> {
    if id.is_empty() {
        Some("it is empty")
    } else if id.len() > LONGEST_ID {
        Some("it is longer than 200 bytes")
    } else if id.starts_with('.') || id.contains("..") {
        Some("it begins with `.` or contains `..`")
    } else if id.contains(['/', '\\', ':', '<', '>', '"', '|', '?', '*']) {
        Some("it contains a character that cannot be part of a file name")
    } else if matches!(contract::text::visible(id), std::borrow::Cow::Owned(_)) {
        Some("it contains a character that cannot be seen")
    } else {
        None
    }
}

/// Writes `case` to `<folder>/<id>.json`, by way of a temporary file that is then renamed; makes the folder if need be.
///
/// # Errors
/// If the id cannot be a file name, or the file cannot be written.
pub fn save(case: &Case, folder: &Path) -> io::Result<PathBuf> {
    write(&case.id, serde_json::to_vec_pretty(case)?, folder)
}

/// Writes `set` to `<folder>/<id>.json` as [`save`] does, without line breaks: a set is large, and `corpus show` shows its cases.
///
/// # Errors
/// As [`save`].
pub fn save_set(set: &Set, folder: &Path) -> io::Result<PathBuf> {
    write(&set.id, serde_json::to_vec(set)?, folder)
}

fn write(id: &str, mut text: Vec<u8>, folder: &Path) -> io::Result<PathBuf> {
    if let Some(problem) = id_problem(id) {
        let id = contract::text::visible(id);
        return Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            format!("`{id}` cannot name a case: {problem}"),
        ));
    }
    fs::create_dir_all(folder)?;
    text.push(b'\n');
    let path = folder.join(format!("{id}.json"));
    let temporary = folder.join(format!(".{id}.json.part"));
    let written = fs::File::create(&temporary).and_then(|mut file| {
        file.write_all(&text)?;
        file.sync_all()
    });
    match written.and_then(|()| fs::rename(&temporary, &path)) {
        Ok(()) => Ok(path),
        Err(error) => {
            // What matters is the first error; a leftover is not a case file, and the next attempt overwrites it.
            let _ = fs::remove_file(&temporary);
            Err(error)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{id_problem, save};
    use crate::generate::{Dials, Generator};
    use crate::load::load;

    #[test]
    fn a_saved_case_is_loaded_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let generator = Generator::new(
            3,
            Dials {
                hostile: 0.5,
                invalid: 0.2,
                ..Dials::default()
            },
        );
        for index in 0..200 {
            let case = generator.case(index);
            let path = save(&case, folder.path()).unwrap();
            assert_eq!(load(&path).unwrap(), [case]);
        }
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 200);
    }

    #[test]
    fn an_id_that_leaves_its_folder_or_hides_is_no_file_name() {
        for id in [
            "",
            "..",
            "../x",
            "a/b",
            "a\\b",
            ".x",
            "a\0",
            "a\u{1b}[2J",
            "\u{202e}x",
            "a:b",
            &"x".repeat(201),
        ] {
            assert!(id_problem(id).is_some(), "{id:?}");
        }
        for id in ["a", "g7-12", "Größe_1.5", "0.1"] {
            assert_eq!(id_problem(id), None, "{id}");
        }
        let case = crate::Case {
            id: "../x".to_owned(),
            ..Generator::new(1, Dials::default()).case(0)
        };
        assert_eq!(
            save(&case, std::path::Path::new("nowhere")).unwrap_err().kind(),
            std::io::ErrorKind::InvalidInput
        );
    }
}
