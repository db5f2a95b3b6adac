//! The run record: a folder per run, written as the run goes, so that `kill -9` loses at most the cases in flight.
//!
//! | file | what |
//! |---|---|
//! | `manifest.json` | what was run: migration, seed, options, engines, machine |
//! | `cases.jsonl` | one line per case, appended whole as it is judged, in the order in which threads finished |
//! | `verdict.json` | the verdict; absent if the run did not get to its end |
//! | `timings.json` | every pair that was timed, so that the verdict can be computed again; absent if nothing was |
//! | `report.html`, `summary.md` | the same for people (written by `reports`) |
//! | `report.json`, `junit.xml`, `report.sarif` | the same for machines (written by `reports`) |
//! | `clusters/` | for each cluster, its smallest case, reduced: ready to be replayed, and to be committed as a regression |
//! | `clusters.json` | for each cluster, which lines of `cases.jsonl` belong to it, by their `index` |
//! | `observations/` | for each cluster, what the engines did on that case: a report never runs an engine |
//! | `cases/` | the first diverging cases, the slowest and the largest, ready for `cargo xtask replay` |

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use contract::{Description, FeatureSet, Options};
use corpus::Case;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::causes::Observed;
use crate::causes::cluster::{Gathered, Places};
use crate::config::Gates;
use crate::judge::{Contender, Judgement};
use crate::ledger::{Date, Entry};
use crate::run::Cases;
use crate::timing::Timings;
use crate::verdict::Verdict;

const MANIFEST: &str = "manifest.json";
const CASES: &str = "cases.jsonl";
const VERDICT: &str = "verdict.json";
const TIMINGS: &str = "timings.json";
const CLUSTERS: &str = "clusters";
const PLACES: &str = "clusters.json";
const OBSERVATIONS: &str = "observations";
/// What `reports` renders of a record.
const RENDERED: [&str; 5] = ["summary.md", "report.html", "report.json", "junit.xml", "report.sarif"];
/// How the line of a case begins to say who is to blame: nobody is `null`.
const BLAMED: &str = "\"blame\":\"";

/// The record version that this build writes and reads.
pub const FORMAT_VERSION: u32 = 1;

/// What was run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// Always 1.
    pub format_version: u32,
    /// The version of this tool.
    pub cutover: String,
    /// The migration.
    pub migration: String,
    /// What it is, in a sentence.
    pub about: String,
    /// The seed of the generated cases.
    pub seed: u64,
    /// How many workflows were generated.
    pub generated: u64,
    /// How many cases of rules were generated.
    #[serde(default)]
    pub rules: u64,
    /// How many were read from files.
    pub listed: u64,
    /// How many were made for dataflow-rs definitions that were read from files.
    #[serde(default)]
    pub made: u64,
    /// How many for each definition.
    #[serde(default)]
    pub messages: u64,
    /// The files and folders they were read from, as given.
    pub paths: Vec<String>,
    /// The features that generated cases were held to; `None`: all.
    pub only: Option<FeatureSet>,
    /// The known bugs that were planted in new, to see what is said of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub planted: Vec<String>,
    /// The day of the run: what was accepted for a time may have expired by then.
    #[serde(default)]
    pub today: Option<Date>,
    /// The ledger.
    #[serde(default)]
    pub ledger: Option<LedgerRecord>,
    /// Threads.
    pub jobs: usize,
    /// The limits.
    pub gates: Gates,
    /// The engines.
    pub legacy: EngineRecord,
    /// The new one.
    pub new: EngineRecord,
    /// The third voter.
    pub reference: EngineRecord,
    /// Where it ran.
    pub machine: Machine,
}

impl Manifest {
    /// Of a run of `cases` on one thread of this machine, under the limits of a migration that sets none. What a caller
    /// knows better it says itself, with `..`.
    pub fn new(migration: &str, [legacy, new, reference]: [EngineRecord; 3], cases: &Cases) -> Self {
        Self {
            format_version: FORMAT_VERSION,
            cutover: env!("CARGO_PKG_VERSION").to_owned(),
            migration: migration.to_owned(),
            about: String::new(),
            seed: 0,
            generated: cases.generated(),
            rules: cases.rules(),
            listed: cases.listed(),
            made: cases.made(),
            messages: 0,
            paths: Vec::new(),
            only: None,
            planted: Vec::new(),
            today: None,
            ledger: None,
            jobs: 1,
            gates: Gates::default(),
            legacy,
            new,
            reference,
            machine: Machine::here(),
        }
    }
}

/// The ledger as it was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LedgerRecord {
    /// The file, as given.
    pub name: String,
    /// Its entries for the migration.
    pub entries: Vec<Entry>,
}

/// An engine as it took part.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EngineRecord {
    /// What it said of itself.
    pub description: Description,
    /// Its options.
    pub options: Options,
}

impl EngineRecord {
    /// As `contender` takes part, built with `options`.
    pub fn new(contender: &Contender, options: &Options) -> Self {
        Self {
            description: (*contender.description).clone(),
            options: options.clone(),
        }
    }
}

/// Where a run took place, as far as it may matter for it. No host name, no path.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Machine {
    /// The operating system.
    pub os: String,
    /// The processor's architecture.
    pub architecture: String,
    /// The processors it may use.
    pub processors: usize,
}

impl Machine {
    /// This machine.
    pub fn here() -> Self {
        Self {
            os: std::env::consts::OS.to_owned(),
            architecture: std::env::consts::ARCH.to_owned(),
            processors: std::thread::available_parallelism().map_or(1, usize::from),
        }
    }
}

/// One line of `cases.jsonl`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaseLine {
    /// Its place in the corpus: cases from files first, generated ones after them.
    pub index: u64,
    /// The case.
    pub id: String,
    /// How many tasks it has.
    pub tasks: usize,
    /// The features it uses.
    pub features: FeatureSet,
    /// What came of it.
    pub judgement: CaseEnd,
}

/// What came of a case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CaseEnd {
    /// It was judged.
    Judged(Judgement),
    /// An engine never gave control back, and the run was ended.
    Endless {
        /// The engine.
        engine: String,
    },
}

/// Why a record could not be written or read.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// The folder is in use for something else.
    #[error("`{}` exists and is no run record; name another folder with `--out`", folder.display())]
    Occupied {
        /// The folder.
        folder: PathBuf,
    },
    /// Writing failed.
    #[error("failed to write `{}`: {source}; make room or name another folder with `--out`", path.display())]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Reading failed.
    #[error("failed to read `{}`: {source}; is it a folder that `cargo xtask compare` wrote?", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file is not what it should be.
    #[error("`{}` is damaged: {problem}; run `cargo xtask compare` again", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
}

/// A record being written.
pub struct Writer {
    folder: PathBuf,
    cases: Mutex<File>,
}

impl Writer {
    /// Starts a record in `folder`, which is made. An earlier record there is replaced.
    ///
    /// # Errors
    /// If the folder holds something else, or cannot be written.
    pub fn create(folder: &Path, manifest: &Manifest) -> Result<Self, RecordError> {
        let failed = |path: &Path| {
            let path = path.to_owned();
            move |source| RecordError::Write { path, source }
        };
        let is_empty = fs::read_dir(folder).map_or(true, |mut entries| entries.next().is_none());
        // A folder with just any `manifest.json` is somebody else's.
        if !is_empty && read_json::<Manifest>(&folder.join(MANIFEST)).is_err() {
            return Err(RecordError::Occupied {
                folder: folder.to_owned(),
            });
        }
        fs::create_dir_all(folder).map_err(failed(folder))?;
        for stale in [VERDICT, TIMINGS, PLACES].iter().chain(&RENDERED) {
            if folder.join(stale).exists() {
                fs::remove_file(folder.join(stale)).map_err(failed(&folder.join(stale)))?;
            }
        }
        for stale in ["cases", CLUSTERS, OBSERVATIONS].map(|name| folder.join(name)) {
            if stale.is_dir() {
                fs::remove_dir_all(&stale).map_err(failed(&stale))?;
            }
        }
        let cases = File::create(folder.join(CASES)).map_err(failed(&folder.join(CASES)))?;
        write_json(&folder.join(MANIFEST), manifest)?;
        Ok(Self {
            folder: folder.to_owned(),
            cases: Mutex::new(cases),
        })
    }

    /// The record's folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Appends a case: one write of one whole line.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn append(&self, line: &CaseLine) -> Result<(), RecordError> {
        let failed = |source| RecordError::Write {
            path: self.folder.join(CASES),
            source,
        };
        let mut text = serde_json::to_vec(line).map_err(|error| failed(error.into()))?;
        text.push(b'\n');
        self.cases
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .write_all(&text)
            .map_err(failed)
    }

    /// Writes what was timed.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn timed(&self, timings: &Timings) -> Result<(), RecordError> {
        let path = self.folder.join(TIMINGS);
        let text = serde_json::to_vec(timings).map_err(|error| RecordError::Write {
            path: path.clone(),
            source: error.into(),
        })?;
        write_whole(&path, &text)
    }

    /// Keeps what the engines did on the case that stands for a cluster.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn observe(&self, cluster: &str, observed: &Observed) -> Result<(), RecordError> {
        let folder = self.folder.join(OBSERVATIONS);
        fs::create_dir_all(&folder).map_err(|source| RecordError::Write {
            path: folder.clone(),
            source,
        })?;
        write_json(&folder.join(format!("{cluster}.json")), observed)
    }

    /// Keeps which cases belong to which cluster.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn gathered(&self, gathered: &[Gathered]) -> Result<(), RecordError> {
        let each = gathered.iter().map(|found| (&found.cluster.id, &found.places));
        write_json(&self.folder.join(PLACES), &each.collect::<BTreeMap<_, _>>())
    }

    /// Writes the verdict.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn finish(&self, verdict: &Verdict) -> Result<(), RecordError> {
        write_json(&self.folder.join(VERDICT), verdict)
    }
}

/// Writes a file under a temporary name and then gives it its own: it is there whole or not at all.
///
/// # Errors
/// If it cannot be written.
pub fn write_whole(path: &Path, text: &[u8]) -> Result<(), RecordError> {
    let temporary = path.with_extension("part");
    let written = fs::write(&temporary, text).and_then(|()| fs::rename(&temporary, path));
    written.map_err(|source| RecordError::Write {
        path: path.to_owned(),
        source,
    })
}

fn write_json(path: &Path, value: &impl Serialize) -> Result<(), RecordError> {
    let mut text = serde_json::to_vec_pretty(value).map_err(|error| RecordError::Write {
        path: path.to_owned(),
        source: error.into(),
    })?;
    text.push(b'\n');
    write_whole(path, &text)
}

/// A record that was written.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// What was run.
    pub manifest: Manifest,
    /// The verdict; `None` if the run did not get to its end.
    pub verdict: Option<Verdict>,
    folder: PathBuf,
}

impl Record {
    /// Reads the record in `folder`.
    ///
    /// # Errors
    /// If it is not there, or damaged.
    pub fn read(folder: &Path) -> Result<Self, RecordError> {
        let manifest: Manifest = read_json(&folder.join(MANIFEST))?;
        if manifest.format_version != FORMAT_VERSION {
            let problem = format!(
                "its format version is {}, this build reads {FORMAT_VERSION}",
                manifest.format_version
            );
            return Err(RecordError::Damaged {
                path: folder.join(MANIFEST),
                problem,
            });
        }
        let verdict = folder.join(VERDICT);
        let verdict = if verdict.exists() {
            Some(read_json(&verdict)?)
        } else {
            None
        };
        Ok(Self {
            manifest,
            verdict,
            folder: folder.to_owned(),
        })
    }

    /// Every pair that was timed; `None` if nothing was.
    ///
    /// # Errors
    /// If the file is damaged, or cannot be read.
    pub fn timings(&self) -> Result<Option<Timings>, RecordError> {
        let path = self.folder.join(TIMINGS);
        path.exists().then(|| read_json(&path)).transpose()
    }

    /// The cases, as they were written. A last line that was cut off by a kill is left out.
    ///
    /// # Errors
    /// If the file cannot be opened. Each item is an error if its line is damaged.
    pub fn cases(&self) -> Result<impl Iterator<Item = Result<CaseLine, RecordError>>, RecordError> {
        self.lines(|_| true)
    }

    /// The lines that are wanted.
    fn lines(
        &self,
        is_wanted: impl Fn(&[u8]) -> bool,
    ) -> Result<impl Iterator<Item = Result<CaseLine, RecordError>>, RecordError> {
        let path = self.folder.join(CASES);
        let file = File::open(&path).map_err(|source| RecordError::Read {
            path: path.clone(),
            source,
        })?;
        let mut lines = BufReader::new(file);
        let mut line = Vec::new();
        Ok(std::iter::from_fn(move || {
            loop {
                line.clear();
                return match lines.read_until(b'\n', &mut line) {
                    Ok(_) if !line.ends_with(b"\n") => None,
                    Ok(_) if !is_wanted(&line) => continue,
                    Ok(_) => Some(serde_json::from_slice(&line).map_err(|error| damaged(&path, &error))),
                    Err(source) => Some(Err(RecordError::Read {
                        path: path.clone(),
                        source,
                    })),
                };
            }
        }))
    }
}

/// A case that stands for a cluster, and what the engines did on it.
#[derive(Clone, Debug, PartialEq)]
pub struct Kept {
    /// The case.
    pub case: Case,
    /// What the engines did. `None`: the record is of a build that did not keep it.
    pub observed: Option<Observed>,
}

impl Record {
    /// The folder it was read from.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The case that stands for the cluster `id`. `None`: the record does not have it.
    ///
    /// # Errors
    /// If a file is damaged.
    pub fn kept(&self, id: &str) -> Result<Option<Kept>, RecordError> {
        if corpus::save::id_problem(id).is_some() {
            return Ok(None);
        }
        let [case, observed] =
            [CLUSTERS, OBSERVATIONS].map(|folder| self.folder.join(folder).join(format!("{id}.json")));
        if !case.is_file() {
            return Ok(None);
        }
        let observed = observed.is_file().then(|| read_json(&observed)).transpose()?;
        Ok(Some(Kept {
            case: read_json(&case)?,
            observed,
        }))
    }

    /// Which cases belong to which cluster. `None`: the record is of a build that did not keep it.
    ///
    /// # Errors
    /// If the file is damaged, or cannot be read.
    pub fn places(&self) -> Result<Option<BTreeMap<String, Places>>, RecordError> {
        let path = self.folder.join(PLACES);
        path.exists().then(|| read_json(&path)).transpose()
    }

    /// The cases that diverged, in the order of the corpus.
    ///
    /// # Errors
    /// As [`Self::cases`].
    pub fn diverging(&self) -> Result<Vec<CaseLine>, RecordError> {
        // Whoever diverged has somebody to blame. Of all other lines, and they are most, nothing more is read.
        let has_blame = |line: &[u8]| line.windows(BLAMED.len()).any(|window| window == BLAMED.as_bytes());
        let mut found = Vec::new();
        for line in self.lines(has_blame)? {
            let line: CaseLine = line?;
            if matches!(&line.judgement, CaseEnd::Judged(Judgement::Compared(comparison)) if !comparison.divergences.is_empty())
            {
                found.push(line);
            }
        }
        found.sort_by_key(|line| line.index);
        Ok(found)
    }
}

fn read_json<T: DeserializeOwned>(path: &Path) -> Result<T, RecordError> {
    let text = fs::read(path).map_err(|source| RecordError::Read {
        path: path.to_owned(),
        source,
    })?;
    serde_json::from_slice(&text).map_err(|error| damaged(path, &error))
}

fn damaged(path: &Path, error: &serde_json::Error) -> RecordError {
    RecordError::Damaged {
        path: path.to_owned(),
        problem: error.to_string(),
    }
}

#[cfg(test)]
mod tests;
