//! Starts programs: cargo and git. No other module does.

use std::env;
use std::ffi::OsString;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use anyhow::Context;

/// A program to start in the repository's root, without input.
#[derive(Debug)]
pub(crate) struct Program {
    command: Command,
    shown: String,
}

impl Program {
    /// The cargo that runs us.
    pub(crate) fn cargo(arguments: &[&str]) -> Self {
        Self::new("cargo", env::var_os("CARGO"), arguments)
    }

    /// This program itself, in a process of its own.
    ///
    /// # Errors
    /// If it cannot be told where it is.
    pub(crate) fn itself(arguments: &[&str]) -> anyhow::Result<Self> {
        let path = env::current_exe().context("failed to find this program")?;
        Ok(Self::new("cargo xtask", Some(path.into()), arguments))
    }

    /// Git, from the search path.
    pub(crate) fn git(arguments: &[&str]) -> Self {
        Self::new("git", None, arguments)
    }

    /// Another program, from the search path.
    pub(crate) fn named(name: &str, arguments: &[&str]) -> Self {
        Self::new(name, None, arguments)
    }

    #[expect(clippy::disallowed_methods, reason = "this is the one place that starts programs")]
    fn new(name: &str, path: Option<OsString>, arguments: &[&str]) -> Self {
        let mut command = Command::new(path.unwrap_or_else(|| name.into()));
        command.args(arguments).current_dir(root()).stdin(Stdio::null());
        Self {
            command,
            shown: format!("{name} {}", arguments.join(" ")),
        }
    }

    /// Sets an environment variable for it.
    pub(crate) fn env(mut self, name: &str, value: &str) -> Self {
        self.command.env(name, value);
        self.shown = format!("{name}='{value}' {}", self.shown);
        self
    }

    /// What a person would type to run it.
    pub(crate) fn shown(&self) -> &str {
        &self.shown
    }

    /// Runs it, with its output going where ours goes, and says whether it succeeded.
    ///
    /// # Errors
    /// If it cannot be started.
    pub(crate) fn succeeds(mut self) -> anyhow::Result<bool> {
        let status = self
            .command
            .status()
            .with_context(|| format!("failed to start `{}`", self.shown))?;
        Ok(status.success())
    }

    /// Runs it with `input` as its standard input, and returns its standard output.
    ///
    /// # Errors
    /// As [`Self::output`].
    pub(crate) fn output_for(mut self, input: &[u8]) -> anyhow::Result<String> {
        self.command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let failed = || format!("failed to start `{}`", self.shown);
        let mut child = self.command.spawn().with_context(failed)?;
        if let Some(mut stdin) = child.stdin.take() {
            // One that ends without reading it has something to say on standard error.
            let _ = stdin.write_all(input);
        }
        let output = child.wait_with_output().with_context(failed)?;
        self.said(output)
    }

    /// Runs it and returns its standard output.
    ///
    /// # Errors
    /// If it cannot be started, or fails; the error holds what it wrote to standard error.
    pub(crate) fn output(mut self) -> anyhow::Result<String> {
        let output = self
            .command
            .output()
            .with_context(|| format!("failed to start `{}`", self.shown))?;
        self.said(output)
    }

    fn said(&self, output: Output) -> anyhow::Result<String> {
        let said = String::from_utf8_lossy(&output.stderr);
        anyhow::ensure!(output.status.success(), "`{}` failed:\n{}", self.shown, said.trim_end());
        String::from_utf8(output.stdout).with_context(|| format!("`{}` gave text that is not UTF-8", self.shown))
    }
}

/// `path` as a user would type it: relative to the folder they are in, where that is possible.
pub(crate) fn from_here(path: &Path) -> PathBuf {
    let here = env::current_dir().unwrap_or_default();
    path.strip_prefix(&here)
        .map_or_else(|_| path.to_owned(), Path::to_owned)
}

/// The repository's root: the parent of this crate's folder, wherever the checkout is now.
pub(crate) fn root() -> PathBuf {
    let manifest = env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
    Path::new(&manifest)
        .parent()
        .map_or_else(|| PathBuf::from("."), Path::to_owned)
}
