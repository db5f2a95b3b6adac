//! Sees that there is what the tests of the report use: Chromium, from the system's packages, and from npm axe-core, which finds what
//! keeps people out, and the schema of SARIF. What is missing is installed where that can be done without asking; otherwise it is said
//! what to do.

use std::env;
use std::path::Path;

use crate::command::{self, Program};
use crate::ui::Ui;

/// The step in words.
pub(super) const SHOWN: &str = "apt-get install chromium, npm install axe-core and a schema, if they are not there";
/// Where packages of npm are kept, in the repository.
const FOLDER: &str = "target/browser";
/// Only these versions are known to find nothing.
const PACKAGES: [&str; 2] = ["axe-core@4.14.1", "@microsoft/jest-sarif@1.0.0-beta.0"];

/// Whether all is there, or may be missing on this machine: nobody looks at what CI skips.
///
/// # Errors
/// None: what cannot be installed is told.
#[expect(clippy::unnecessary_wraps, reason = "as every step")]
pub(super) fn provide(ui: &Ui) -> anyhow::Result<bool> {
    let has_chromium = chromium(ui);
    let has_packages = packages(ui);
    if has_chromium && has_packages {
        return Ok(true);
    }
    let is_ci = env::var_os("CI").is_some();
    if !is_ci {
        ui.note("what needs them is not tested here; with CI set, that is an error");
    }
    Ok(!is_ci)
}

fn chromium(ui: &Ui) -> bool {
    if has("chromium") || env::var_os("CHROMIUM").is_some() || has("google-chrome") || has("chromium-browser") {
        return true;
    }
    if install(&["chromium", "fonts-dejavu-core"]) {
        return true;
    }
    ui.note(ui.error("Chromium is not installed, and could not be: on Debian, `sudo apt-get install chromium`; elsewhere, name a Chromium or Chrome with CHROMIUM=…"));
    false
}

/// Installs packages of the system, where that can be done without asking.
fn install(packages: &[&str]) -> bool {
    let is_root = Program::named("id", &["-u"]).output().is_ok_and(|id| id.trim() == "0");
    if !is_root || !has("apt-get") {
        return false;
    }
    let run = |arguments: &[&str]| Program::named("apt-get", arguments).succeeds().unwrap_or(false);
    let install = [&["install", "--yes", "--no-install-recommends"], packages].concat();
    // Package lists may be there already.
    run(&install) || run(&["update"]) && run(&install)
}

fn packages(ui: &Ui) -> bool {
    let folder = command::root().join(FOLDER);
    let is_there = || PACKAGES.iter().all(|package| is_version(&folder, package));
    if is_there() {
        return true;
    }
    let prefix = folder.display().to_string();
    let options = ["--no-save", "--no-audit", "--no-fund", "--ignore-scripts"];
    let arguments = [&["install", "--prefix", &prefix], &options[..], &PACKAGES].concat();
    let has_npm = has("npm") || install(&["npm"]);
    if has_npm && Program::named("npm", &arguments).succeeds().unwrap_or(false) && is_there() {
        return true;
    }
    let packages = PACKAGES.join(" ");
    ui.note(ui.error(&format!(
        "{packages} are not in {FOLDER}, and could not be fetched: install npm (on Debian, `sudo apt-get install npm`) and run `npm install --prefix {FOLDER} --no-save {packages}`"
    )));
    false
}

/// Whether `package`, such as `axe-core@4.14.1`, is in `folder`.
fn is_version(folder: &Path, package: &str) -> bool {
    let (name, wanted) = package.rsplit_once('@').unwrap_or((package, ""));
    let file = folder.join("node_modules").join(name).join("package.json");
    let text = std::fs::read_to_string(file).unwrap_or_default();
    let package: serde_json::Value = serde_json::from_str(&text).unwrap_or_default();
    package["version"] == wanted
}

/// Whether the search path has the program.
fn has(name: &str) -> bool {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path).any(|folder| folder.join(name).is_file())
}
