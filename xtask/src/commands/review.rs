//! `review`: walks the causes of a run and writes down which of them are accepted, by whom, why, and until when.

mod walk;

use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};

use contract::text::visible;
use harness::causes::{Against, Cluster};
use harness::ledger::{Acceptance, Date, Edit, EditError, Entry, Ledger, Standing, Terms};

use crate::exit::Exit;
use crate::failure::Failure;
use crate::runs::{self, Run};
use crate::ui::Ui;
use crate::{cases, migration, today};

const EXAMPLES: &str = "\
Examples:
  cargo xtask review                                          the newest run under target/cutover
  cargo xtask review target/cutover/dataflow-2                another one
  cargo xtask review --against target/cutover/dataflow-1      also says which causes are new since then
  cargo xtask review --accept c-1a2b3c4d --reason \"retries are idempotent\" --owner payments --expires 2027-01-31
  cargo xtask review --reject c-1a2b3c4d                      without a question: it stays open, its entry goes

What is accepted is written to known-divergences.toml. `cargo xtask compare` counts it apart, shows it in
every report, and fails again once it has expired.";

/// Walk the causes of a run: accept each for a time, or leave it open.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// The folder of the run's record [default: the newest under target/cutover]
    #[arg(value_name = "RUN")]
    run: Option<PathBuf>,
    /// Say which causes are new and which are known, compared with this earlier run
    #[arg(long, value_name = "RUN")]
    against: Option<PathBuf>,
    /// Accept this cluster, without a question
    #[arg(long, value_name = "CLUSTER", requires_all = ["reason", "owner", "expires"], conflicts_with = "reject")]
    accept: Option<String>,
    /// Why the difference is acceptable
    #[arg(long, value_name = "TEXT", requires = "accept")]
    reason: Option<String>,
    /// Who answers for it
    #[arg(long, value_name = "NAME", requires = "accept")]
    owner: Option<String>,
    /// The last day it is accepted on
    #[arg(long, value_name = "DATE", requires = "accept")]
    expires: Option<Date>,
    /// Leave this cluster open, without a question; its entry in the ledger goes
    #[arg(long, value_name = "CLUSTER")]
    reject: Option<String>,
    /// The day that decides what has expired, such as 2027-01-31 [default: today]
    #[arg(long, value_name = "DATE")]
    today: Option<Date>,
}

/// What is reviewed, and where what is decided is written.
struct Review {
    run: Run,
    against: Option<Against>,
    path: PathBuf,
    ledger: Ledger,
    today: Date,
}

/// Reviews.
///
/// # Errors
/// If there is no such run or cluster, there is no terminal to ask on, or the ledger cannot be read or written.
pub(crate) fn run(args: &Args, ui: &Ui) -> anyhow::Result<Exit> {
    let mut review = open(args)?;
    if let (Some(id), Some(reason), Some(owner), Some(expires)) =
        (&args.accept, &args.reason, &args.owner, args.expires)
    {
        let cluster = review.find(id)?;
        let terms = Acceptance {
            entry: cluster.id.clone(),
            reason: reason.clone(),
            owner: owner.clone(),
            expires,
        };
        ui.line(review.accept(&cluster, terms)?)?;
        return Ok(Exit::Pass);
    }
    if let Some(id) = &args.reject {
        let cluster = review.find(id)?;
        ui.line(review.reject(&cluster)?)?;
        return Ok(Exit::Pass);
    }
    let shown = visible(&review.run.folder.display().to_string()).into_owned();
    if review.run.verdict.clusters.is_empty() {
        ui.line(format!("{shown} has no difference to review."))?;
        return Ok(Exit::Pass);
    }
    if !io::stdin().is_terminal() || !io::stdout().is_terminal() {
        for (number, cluster) in review.clusters().iter().enumerate() {
            ui.line(review.show(number + 1, cluster))?;
        }
        return Err(Failure::usage(
            "there is no terminal to ask on",
            format!(
                "say what to do with a cluster:\n  \
                 cargo xtask review {shown} --accept CLUSTER \\\n    \
                 --reason TEXT --owner NAME --expires DATE\n  \
                 cargo xtask review {shown} --reject CLUSTER"
            ),
        )
        .into());
    }
    walk::walk(&mut review, &mut io::stdin().lock(), &mut ui.output())?;
    Ok(Exit::Pass)
}

fn open(args: &Args) -> Result<Review, Failure> {
    let run = args.run.as_deref().map_or_else(runs::newest, runs::read)?;
    let migrations = migration::read()?;
    let selected = migrations.select(Some(&run.migration)).map_err(Failure::in_file)?;
    let (_, chosen) = selected[0];
    let earlier = args
        .against
        .as_deref()
        .map(|earlier| runs::earlier(earlier, &run.migration));
    let earlier = earlier.transpose()?;
    Ok(Review {
        against: earlier.map(|earlier| earlier.beside(&run.verdict.clusters)),
        path: migration::ledger_file(chosen),
        ledger: migration::ledger(&migrations, chosen)?,
        today: args.today.unwrap_or_else(today::today),
        run,
    })
}

impl Review {
    /// The clusters of the run, by what the ledger says of them now.
    fn clusters(&self) -> Vec<Cluster> {
        let mut clusters = self.run.verdict.clusters.clone();
        let terms = Terms {
            ledger: &self.ledger,
            migration: &self.run.migration,
            today: self.today,
        };
        terms.judge(&mut clusters);
        clusters
    }

    fn find(&self, id: &str) -> Result<Cluster, Failure> {
        let clusters = self.clusters();
        let ids: Vec<String> = clusters.iter().map(|cluster| cluster.id.clone()).collect();
        clusters.into_iter().find(|cluster| cluster.id == id).ok_or_else(|| {
            let known = if ids.is_empty() {
                "none".to_owned()
            } else {
                ids.join(", ")
            };
            Failure::usage(
                format!("the run has no cluster `{}`", visible(id)),
                format!("it has these: {known}"),
            )
        })
    }

    /// A cluster as `compare` shows it, and its smallest case.
    fn show(&self, number: usize, cluster: &Cluster) -> String {
        let folder = self.run.folder.display().to_string();
        let mut text = reports::terminal::cluster(&self.run.planted, number, cluster, self.against.as_ref(), &folder);
        let file = format!("{folder}/clusters/{}.json", cluster.id);
        // A record may have been copied without its cases; what is said of the cluster is in its verdict.
        if Path::new(&file).is_file()
            && let Ok(case) = cases::find(&file)
        {
            text.push_str(&super::corpus::show::in_short(&case, &file));
        }
        text
    }

    /// Writes that `cluster` is accepted, and says so.
    fn accept(&mut self, cluster: &Cluster, acceptance: Acceptance) -> Result<String, Failure> {
        for (name, text) in [("reason", &acceptance.reason), ("owner", &acceptance.owner)] {
            if text.trim().is_empty() {
                return Err(Failure::usage(
                    format!("the {name} is empty"),
                    "a difference is accepted for a reason, and by somebody",
                ));
            }
        }
        if acceptance.expires < self.today {
            return Err(Failure::usage(
                format!("{} is over: today is {}", acceptance.expires, self.today),
                "name the last day on which the difference is acceptable",
            ));
        }
        let said = format!(
            "{} is accepted until {} by {}; `cargo xtask compare` counts its cases apart from now on.",
            cluster.id,
            acceptance.expires,
            visible(&acceptance.owner)
        );
        let entry = Entry::of(cluster, &self.run.migration, acceptance);
        // An entry under another id, which it is taken for by a signature, would be left behind.
        let former = self.entry_of(cluster).filter(|former| former.cluster != cluster.id);
        let removal = former.as_ref().map(Edit::Remove);
        let edits: Vec<Edit<'_>> = removal.into_iter().chain([Edit::Put(&entry)]).collect();
        self.edit(&edits)?;
        Ok(said)
    }

    /// Writes that `cluster` is not accepted, and says so.
    fn reject(&mut self, cluster: &Cluster) -> Result<String, Failure> {
        let mut had_entry = false;
        let mut current = cluster.clone();
        while let Some(entry) = self.entry_of(&current) {
            self.edit(&[Edit::Remove(&entry)])?;
            had_entry = true;
            current = self.find(&cluster.id)?;
        }
        let was = if had_entry {
            "; its entry is gone from the ledger"
        } else {
            ""
        };
        Ok(format!("{} stays open{was}.", cluster.id))
    }

    /// The entry that a cluster stands by.
    fn entry_of(&self, cluster: &Cluster) -> Option<Entry> {
        let (Standing::Accepted(acceptance) | Standing::Expired(acceptance)) = &cluster.standing else {
            return None;
        };
        let mut entries = self.ledger.of_migration(&self.run.migration);
        let entry = entries.find(|entry| entry.cluster == acceptance.entry && entry.blame == cluster.class.blame);
        entry.cloned()
    }

    fn edit(&mut self, edits: &[Edit<'_>]) -> Result<(), Failure> {
        self.ledger = Ledger::edit(&self.path, edits).map_err(|error| match error {
            EditError::Ledger(error) => Failure::in_file(error),
            EditError::Write(error) => Failure::Output {
                path: self.path.clone(),
                source: io::Error::other(error),
            },
        })?;
        Ok(())
    }
}
