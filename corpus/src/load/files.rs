//! Finds the files of a folder and reads one, within limits.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use flate2::read::MultiGzDecoder;

use super::Notice;
use super::error::{LoadError, Source, shown};

/// The most MB that a file may have, and that it may have once decompressed.
const FILE_MB: u64 = 64;
const DECOMPRESSED_MB: u64 = 256;

/// What a path leads to.
pub(super) struct Found {
    /// Files that may hold cases, sorted by path.
    pub(super) files: Vec<PathBuf>,
    pub(super) notices: Vec<Notice>,
    pub(super) is_folder: bool,
}

/// The files that `path` leads to: itself, or those below it whose names say JSON.
pub(super) fn find(path: &Path) -> Result<Found, LoadError> {
    let metadata = fs::metadata(path).map_err(|error| unreadable(path, &error))?;
    let mut found = Found {
        files: Vec::new(),
        notices: Vec::new(),
        is_folder: metadata.is_dir(),
    };
    if !found.is_folder {
        found.files.push(path.to_owned());
        return Ok(found);
    }
    // By their real paths, so that a link to a folder above is not followed round and round.
    let mut seen = BTreeSet::new();
    let mut folders = vec![path.to_owned()];
    while let Some(folder) = folders.pop() {
        let real = fs::canonicalize(&folder).map_err(|error| unreadable(&folder, &error))?;
        if !seen.insert(real) {
            continue;
        }
        for entry in fs::read_dir(&folder).map_err(|error| unreadable(&folder, &error))? {
            let entry = entry.map_err(|error| unreadable(&folder, &error))?;
            let path = entry.path();
            let name = entry.file_name().to_string_lossy().to_ascii_lowercase();
            let name = name.strip_suffix(".gz").unwrap_or(&name);
            if name.starts_with('.') {
                found.notices.push(Notice::passed_over(&path, "hidden"));
            } else if fs::metadata(&path).map_err(|error| unreadable(&path, &error))?.is_dir() {
                folders.push(path);
            } else if Path::new(name).extension().is_some_and(|extension| extension == "json") {
                found.files.push(path);
            } else {
                found
                    .notices
                    .push(Notice::passed_over(&path, "not a `.json` or `.json.gz` file"));
            }
        }
    }
    found.files.sort();
    found.notices.sort();
    Ok(found)
}

/// The text of a file, decompressed if it is compressed.
pub(super) fn read(path: &Path) -> Result<String, LoadError> {
    let metadata = fs::metadata(path).map_err(|error| unreadable(path, &error))?;
    if !metadata.is_file() {
        // Reading from a pipe or a device might never end.
        return Err(LoadError::Unreadable {
            path: shown(path),
            reason: "it is not a regular file".to_owned(),
        });
    }
    let too_large = |what, limit| LoadError::TooLarge {
        path: shown(path),
        what,
        limit,
    };
    if metadata.len() > FILE_MB << 20 {
        return Err(too_large("a size of", FILE_MB));
    }
    let file = fs::File::open(path).map_err(|error| unreadable(path, &error))?;
    // It may have grown since.
    let bytes = read_up_to(file, FILE_MB << 20).map_err(|error| unreadable(path, &error))?;
    let mut bytes = bytes.ok_or_else(|| too_large("a size of", FILE_MB))?;
    if bytes.starts_with(&[0x1f, 0x8b]) {
        let decompressed =
            read_up_to(MultiGzDecoder::new(&bytes[..]), DECOMPRESSED_MB << 20).map_err(|error| LoadError::Gzip {
                path: shown(path),
                reason: error.to_string(),
            })?;
        bytes = decompressed.ok_or_else(|| too_large("a decompressed size of", DECOMPRESSED_MB))?;
    }
    let text = String::from_utf8(bytes).map_err(|error| {
        let valid = error.utf8_error().valid_up_to();
        let text = String::from_utf8_lossy(&error.as_bytes()[..(valid + 1).min(error.as_bytes().len())]);
        let source = Source { path, text: &text };
        source.invalid_at(valid, "this is not UTF-8 text", "save the file as UTF-8")
    })?;
    if text.starts_with('\u{feff}') {
        let source = Source { path, text: &text };
        let help = "save the file as UTF-8 without a byte order mark";
        return Err(source.invalid_at(
            0,
            "the file begins with a byte order mark, which JSON does not allow",
            help,
        ));
    }
    Ok(text)
}

/// All that `from` gives; `None` if it is more than `limit` bytes.
fn read_up_to(from: impl Read, limit: u64) -> io::Result<Option<Vec<u8>>> {
    let mut bytes = Vec::new();
    from.take(limit + 1).read_to_end(&mut bytes)?;
    Ok((bytes.len() as u64 <= limit).then_some(bytes))
}

fn unreadable(path: &Path, error: &io::Error) -> LoadError {
    let path = shown(path);
    match error.kind() {
        io::ErrorKind::NotFound => LoadError::Missing { path },
        _ => LoadError::Unreadable {
            path,
            reason: error.to_string(),
        },
    }
}
