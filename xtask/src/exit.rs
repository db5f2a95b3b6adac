//! The exit codes: a documented type, because CI jobs branch on them.

use std::fmt::Write as _;
use std::process::ExitCode;

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Exit {
    /// Everything asked for was done, and every gate holds.
    Pass = 0,
    /// A gate does not hold, or a check failed.
    GateFailed = 1,
    /// The command line, or a file a person wrote, is wrong.
    Usage = 2,
    /// No gate failed, but the budget ended before the evidence was enough to say that it holds.
    Inconclusive = 3,
    /// There was no case that the engines could be compared on, which is no proof of anything.
    NothingCompared = 4,
    /// The tool itself failed: it could not write its output, start a program, or keep a promise of its own.
    HarnessFailed = 5,
}

impl Exit {
    /// Every code, in order.
    pub(crate) const ALL: [Self; 6] = [
        Self::Pass,
        Self::GateFailed,
        Self::Usage,
        Self::Inconclusive,
        Self::NothingCompared,
        Self::HarnessFailed,
    ];

    /// The name, as the table of codes shows it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::GateFailed => "gate failed",
            Self::Usage => "usage",
            Self::Inconclusive => "inconclusive",
            Self::NothingCompared => "nothing compared",
            Self::HarnessFailed => "harness failed",
        }
    }

    const fn meaning(self) -> &'static str {
        match self {
            Self::Pass => "everything asked for was done, and every gate holds",
            Self::GateFailed => "a gate does not hold, or a check failed",
            Self::Usage => "the command line or a file you wrote is wrong",
            Self::Inconclusive => "no gate failed, but there was not enough evidence",
            Self::NothingCompared => "no case was comparable, which proves nothing",
            Self::HarnessFailed => "the tool itself failed",
        }
    }

    /// The table of codes that `--help` ends with.
    pub(crate) fn table() -> String {
        let mut table = String::from("Exit codes:\n");
        for exit in Self::ALL {
            let _ = writeln!(table, "  {}  {:<17} {}", exit as u8, exit.name(), exit.meaning());
        }
        table.trim_end().to_owned()
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

#[cfg(test)]
mod tests {
    use super::Exit;

    #[test]
    fn the_codes_are_what_ci_jobs_rely_on() {
        insta::assert_snapshot!(Exit::table(), @r"
        Exit codes:
          0  pass              everything asked for was done, and every gate holds
          1  gate failed       a gate does not hold, or a check failed
          2  usage             the command line or a file you wrote is wrong
          3  inconclusive      no gate failed, but there was not enough evidence
          4  nothing compared  no case was comparable, which proves nothing
          5  harness failed    the tool itself failed
        ");
    }
}
