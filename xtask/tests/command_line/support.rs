//! A repository of its own for each test, and the program run in it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

/// The least that `cutover.toml` may say.
pub(crate) const CONFIGURATION: &str = "\
[migration.m.legacy]
engine = \"dataflow\"
[migration.m.new]
engine = \"flow\"
options = { condition_error = \"skip\" }
[migration.m.reference]
options = { condition_error = \"skip\" }
";

/// A case without a task.
pub(crate) const CASE: &str = r#"{"format_version": 1, "id": "a", "definition": {"dag": {"id": "w", "tasks": []}}}"#;

pub(crate) struct Repository(TempDir);

/// What the program said, and its exit code.
pub(crate) struct Said {
    pub(crate) code: Option<i32>,
    pub(crate) output: String,
    pub(crate) error: String,
}

impl Repository {
    pub(crate) fn new() -> Self {
        let repository = Self(tempfile::tempdir().expect("a folder"));
        fs::create_dir(repository.path("xtask")).expect("the folder is free");
        repository.write("cutover.toml", CONFIGURATION);
        repository
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().expect("it is in the repository")).expect("the folder can be made");
        fs::write(path, content).expect("the file can be written");
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "it is the program as users start it that is tested"
    )]
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
        command
            .args(arguments)
            .current_dir(self.0.path())
            .env("CARGO_MANIFEST_DIR", self.path("xtask"))
            .env_remove("RUST_LOG")
            // A terminal here would decide how wide a diagnostic is.
            .stdin(Stdio::null());
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Said {
        let Output { status, stdout, stderr } = self.command(arguments).output().expect("the program starts");
        let text = |bytes| String::from_utf8(bytes).expect("what it says is UTF-8");
        Said {
            code: status.code(),
            output: text(stdout),
            error: text(stderr),
        }
    }

    /// Runs the program, which is to end with `code`.
    #[track_caller]
    pub(crate) fn check(&self, arguments: &[&str], code: i32) -> Said {
        let said = self.run(arguments);
        assert_eq!(said.code, Some(code), "{arguments:?}\n{}\n{}", said.output, said.error);
        let is_safe = |text: &str| !text.contains(|character: char| character.is_control() && character != '\n');
        assert!(
            is_safe(&said.output) && is_safe(&said.error),
            "{arguments:?}\n{}\n{}",
            said.output,
            said.error
        );
        said
    }
}

/// The names of all that is in a folder, and in its folders.
pub(crate) fn tree(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("the folder can be read") {
        let path = entry.expect("the entry can be read").path();
        if path.is_dir() && !path.is_symlink() {
            found.extend(tree(&path));
        }
        found.push(path);
    }
    found.sort();
    found
}
