//! The report as JSON, for programs: `report.json`.
//!
//! The files of a record hold all that was found, in the shapes that this build works with. This is the part of it that a
//! program may rely on: every shape is here, described by `reports/report.schema.json`, and [`FORMAT_VERSION`] counts up if one
//! changes its meaning. Text from a workflow is as people see it elsewhere: what could move a cursor or hide is escaped.
//! JUnit XML and SARIF are made of this too, so that no two of them say different things.

mod project;

use schemars::{JsonSchema, schema_for};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The file that it is kept in, in the folder of its record.
pub const FILE: &str = "report.json";
/// The version of the shapes here.
pub const FORMAT_VERSION: u32 = 1;
/// What the schema is called: the `$id` of it, and the `$schema` of each report.
pub const SCHEMA: &str = "urn:cutover:report:1";

/// The report of one run of one migration.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Report {
    /// Always `urn:cutover:report:1`.
    #[serde(rename = "$schema")]
    pub schema: String,
    /// Always 1.
    pub format_version: u32,
    /// The migration.
    pub migration: String,
    /// May we cut over?
    pub decision: Decision,
    /// The same in a sentence.
    pub sentence: String,
    /// What was counted.
    pub cases: Cases,
    /// Each gate.
    pub gates: Vec<Gate>,
    /// The causes of differences: open ones first, the largest first.
    pub clusters: Vec<Cluster>,
    /// Entries of the ledger that matched nothing.
    pub stale: Vec<Stale>,
    /// What an earlier run has beside it; absent: none was named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub against: Option<Against>,
    /// What was timed; absent: nothing was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub performance: Option<Performance>,
    /// The features that were compared with legacy, those that were not, and those that no case uses; absent: every case is
    /// of rules, which are one format and no features.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub features: Option<Features>,
    /// Whether the run could have found something.
    pub controls: Controls,
    /// What was run.
    pub run: Run,
}

/// What a gate, or the whole run, comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// It holds.
    Pass,
    /// It does not hold.
    Fail,
    /// Not enough was seen to tell.
    Inconclusive,
    /// Nothing at all was compared.
    NothingCompared,
    /// The corpus held nothing for it to measure.
    NotMeasured,
}

/// How many cases there are, and what became of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Cases {
    /// All.
    pub total: u64,
    /// Compared with legacy.
    pub with_legacy: u64,
    /// Held to the reference, because legacy lacks a feature.
    pub with_reference: u64,
    /// Not compared.
    pub not_compared: u64,
    /// That legacy can run and new cannot.
    pub lost: u64,
    /// That new does otherwise.
    pub diverging: u64,
    /// Of these, how many somebody accepted.
    pub accepted: u64,
    /// Of the diverging ones, how many belong to no cluster.
    pub unexplained: u64,
    /// That legacy, too, does otherwise in another order of what is due at one moment.
    pub schedule_dependent: u64,
}

/// One gate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Gate {
    /// Its name, such as `parity`.
    pub name: String,
    /// What it comes to.
    pub decision: Decision,
    /// The figure, in words.
    pub figure: String,
    /// The limit, in words.
    pub limit: String,
}

/// One cause of differences.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Cluster {
    /// `c-` and eight digits; the same from run to run.
    pub id: String,
    /// What is wrong on its smallest case, in a sentence.
    pub sentence: String,
    /// The known bug that explains it; absent: none does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub like: Option<Like>,
    /// Whose fault it is.
    pub blame: Blame,
    /// What sort of behaviour differs, such as `calls`.
    pub aspect: String,
    /// What its cases have in common: where they differ, with `*` for names and numbers.
    pub class: String,
    /// Where its smallest case differs.
    pub path: String,
    /// What new was held to there.
    pub held_to: HeldTo,
    /// What that did there.
    pub baseline: String,
    /// What new did there.
    pub new: String,
    /// The features that it takes.
    pub features: Vec<String>,
    /// How many cases belong to it.
    pub cases: u64,
    /// How many of these were reduced to it; of the others it is not certain.
    pub reduced: u64,
    /// In which gates those count.
    pub counted: Counted,
    /// Whether somebody accepted it.
    pub standing: Standing,
    /// Whether an earlier run has it; absent: none was named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Since>,
    /// Its smallest case: a file of the record.
    pub case: String,
    /// How many tasks and parts that case has, and which case it was reduced from, in words.
    pub size: String,
    /// What to type to see it.
    pub replay: String,
}

/// A known bug.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Like {
    /// Its name.
    pub name: String,
    /// The bug in a sentence.
    pub about: String,
    /// Other bugs that the smallest case takes.
    pub beside: Vec<String>,
}

/// Whose fault a difference is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Blame {
    /// New does not do what is written.
    New,
    /// Legacy does not do what is written.
    Legacy,
    /// Neither does.
    Both,
    /// Nobody could be found.
    Nobody,
}

/// What new was held to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum HeldTo {
    /// What legacy did.
    Legacy,
    /// What is written: legacy lacks a feature of the case.
    Reference,
}

/// In which gates the cases of a cluster count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Counted {
    /// In `parity`.
    pub parity: u64,
    /// In `semantics`.
    pub semantics: u64,
    /// In `recovery`.
    pub recovery: u64,
}

/// Where a cluster stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Standing {
    /// In a word.
    pub state: State,
    /// In a sentence.
    pub sentence: String,
    /// On what terms; absent: it never was accepted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub terms: Option<Terms>,
}

/// Where a cluster stands, in a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Nobody accepted it.
    Open,
    /// Somebody did.
    Accepted,
    /// Somebody did, for a time that is over: it counts as open.
    Expired,
}

/// On what terms something is accepted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Terms {
    /// The cluster that the entry of the ledger names.
    pub entry: String,
    /// Why.
    pub reason: String,
    /// Who answers for it.
    pub owner: String,
    /// The last day, such as `2027-01-31`.
    pub expires: String,
}

/// Whether an earlier run has a cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Since {
    /// It has not.
    New,
    /// It has.
    Known,
}

/// An entry of the ledger that matched nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Stale {
    /// What it is about.
    pub about: String,
    /// Its terms.
    pub terms: Terms,
}

/// What an earlier run has beside this one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Against {
    /// The earlier run.
    pub run: String,
    /// Clusters that it did not have.
    pub new: Vec<String>,
    /// Clusters of both.
    pub known: Vec<String>,
    /// Clusters that only it has.
    pub gone: Vec<String>,
    /// Workloads that surely became faster beside legacy: the intervals of both runs' ratios do not meet.
    #[serde(default)]
    pub faster: Vec<Shift>,
    /// Those that surely became slower.
    #[serde(default)]
    pub slower: Vec<Shift>,
}

/// A workload that became faster or slower since an earlier run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Shift {
    /// The workload.
    pub id: String,
    /// New's time over legacy's in the earlier run.
    pub before: f64,
    /// And in this one.
    pub now: f64,
}

/// What was timed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Performance {
    /// Each workload, the slowest ratio first.
    pub rows: Vec<Row>,
    /// Why the timings cannot be believed. Empty: they can.
    pub problems: Vec<String>,
    /// What was to be timed and was not, and why.
    pub skipped: Vec<String>,
}

/// A workload that was timed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Row {
    /// The workload.
    pub id: String,
    /// How many tasks it has.
    pub tasks: u64,
    /// The median of a run with legacy and with new, in ns.
    pub nanoseconds: [f64; 2],
    /// New's time over legacy's: the median of the pairs.
    pub ratio: f64,
    /// What holds that ratio with a probability of 98 %; absent: there are too few pairs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interval: Option<[f64; 2]>,
    /// New's 95th percentile over legacy's.
    pub p95: f64,
    /// What it comes to.
    pub decision: Decision,
    /// The same in words.
    pub words: String,
}

/// What became of each feature.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Features {
    /// Compared with legacy.
    pub compared: Vec<String>,
    /// Not compared with legacy.
    pub not_compared: Vec<NotCompared>,
    /// Used by no case.
    pub unused: Vec<String>,
}

/// A feature that is not compared with legacy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct NotCompared {
    /// The feature.
    pub feature: String,
    /// How many cases use it.
    pub cases: u64,
    /// How many of them were held to the reference.
    pub with_reference: u64,
    /// How many were not compared at all.
    pub not_compared: u64,
    /// Why.
    pub why: String,
}

/// Whether the run could have found something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Controls {
    /// How many known bugs were planted in new; absent: none were.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub planted: Option<u64>,
    /// Those that no case reveals.
    pub missed: Vec<String>,
    /// In how many cases an engine differed from itself.
    pub alarms: u64,
    /// What there is to say of them.
    pub sentences: Vec<String>,
}

/// What was run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Run {
    /// The folder of its record, as a person may type it.
    pub record: String,
    /// The version of this tool.
    pub cutover: String,
    /// The engines: legacy, new, and the reference.
    pub engines: Vec<Engine>,
    /// The seed of generated cases.
    pub seed: u64,
    /// The known bugs that were planted on purpose.
    pub planted: Vec<String>,
    /// The day that decided what had expired.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub today: Option<String>,
    /// The operating system, and the architecture of the processor.
    pub machine: [String; 2],
    /// What to type to run it again.
    pub command: String,
}

/// An engine that took part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Engine {
    /// `legacy`, `new` or `reference`.
    pub role: String,
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
}

/// The report as text. The same record gives the same bytes.
pub fn json(report: &Report) -> String {
    // Nothing of it can fail: every key is text.
    serde_json::to_string_pretty(report).unwrap_or_else(|error| format!("the report could not be made: {error}")) + "\n"
}

/// The schema of the reports that this build writes: `reports/report.schema.json`.
pub fn schema() -> Value {
    let mut schema = schema_for!(Report).to_value();
    schema["$id"] = SCHEMA.into();
    schema["title"] = "The report of a run of Cutover".into();
    schema
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    #[test]
    fn the_published_schema_is_that_of_this_build() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("report.schema.json");
        let text = serde_json::to_string_pretty(&super::schema()).unwrap() + "\n";
        if std::env::var_os("UPDATE_SCHEMA").is_some() {
            std::fs::write(&path, &text).unwrap();
        }
        let published = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(
            published == text,
            "update it with `UPDATE_SCHEMA=1 cargo test -p reports schema`"
        );
    }
}
