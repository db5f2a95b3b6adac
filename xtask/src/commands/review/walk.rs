//! One cluster after another: shows it, asks, and writes each answer before the next question.

use std::io::{self, BufRead, Write};

use harness::causes::Cluster;
use harness::ledger::{Acceptance, Date};

use super::Review;
use crate::failure::Failure;

/// What somebody answered.
enum Answer {
    Accept(Acceptance),
    Reject,
    Skip,
    Quit,
}

/// Asks about each cluster until there is none left, or nobody answers any more.
///
/// # Errors
/// If the ledger cannot be written, or whoever answers cannot be talked to.
pub(super) fn walk(review: &mut Review, input: &mut dyn BufRead, output: &mut dyn Write) -> anyhow::Result<()> {
    let ids: Vec<String> = review
        .run
        .verdict
        .clusters
        .iter()
        .map(|cluster| cluster.id.clone())
        .collect();
    let mut owner = String::new();
    for (number, id) in ids.iter().enumerate() {
        // An earlier answer may have changed where it stands.
        let cluster = review.find(id)?;
        writeln!(output, "\n{}", review.show(number + 1, &cluster))?;
        loop {
            let said = match ask(&cluster, &mut owner, input, output)? {
                Answer::Accept(acceptance) => review.accept(&cluster, acceptance),
                Answer::Reject => review.reject(&cluster),
                Answer::Skip => Ok(format!("{id} is left as it is.")),
                Answer::Quit => return Ok(()),
            };
            match said {
                Ok(said) => {
                    writeln!(output, "{said}")?;
                    break;
                }
                // What was typed can be typed again.
                Err(Failure::Input(problem)) => writeln!(output, "{problem}")?,
                Err(error) => return Err(error.into()),
            }
        }
    }
    writeln!(
        output,
        "\nThat was the last. What is open still fails its gate: cargo xtask compare"
    )?;
    Ok(())
}

/// What to do with a cluster. `owner` is who answered for the one before, and is taken if nobody is named.
fn ask(cluster: &Cluster, owner: &mut String, input: &mut dyn BufRead, output: &mut dyn Write) -> io::Result<Answer> {
    loop {
        let Some(word) = question("(a)ccept, (r)eject, (s)kip or (q)uit?", input, output)? else {
            return Ok(Answer::Quit);
        };
        match &*word.to_lowercase() {
            "a" | "accept" => {}
            "r" | "reject" => return Ok(Answer::Reject),
            "s" | "skip" => return Ok(Answer::Skip),
            "q" | "quit" => return Ok(Answer::Quit),
            _ => continue,
        }
        let Some(reason) = question("Why is it acceptable?", input, output)? else {
            return Ok(Answer::Quit);
        };
        let asked = if owner.is_empty() {
            "Who answers for it?".to_owned()
        } else {
            format!("Who answers for it? [{}]", contract::text::visible(owner))
        };
        match question(&asked, input, output)? {
            None => return Ok(Answer::Quit),
            Some(named) if named.is_empty() => {}
            Some(named) => *owner = named,
        }
        let expires = loop {
            match question("Until which day, such as 2027-01-31?", input, output)? {
                None => return Ok(Answer::Quit),
                Some(day) => match day.parse::<Date>() {
                    Ok(day) => break day,
                    Err(problem) => writeln!(output, "{problem}")?,
                },
            }
        };
        return Ok(Answer::Accept(Acceptance {
            entry: cluster.id.clone(),
            reason,
            owner: owner.clone(),
            expires,
        }));
    }
}

/// The answer, without the spaces around it. `None`: there is no more.
fn question(text: &str, input: &mut dyn BufRead, output: &mut dyn Write) -> io::Result<Option<String>> {
    write!(output, "{text} ")?;
    output.flush()?;
    let mut line = String::new();
    if input.read_line(&mut line)? == 0 {
        writeln!(output)?;
        return Ok(None);
    }
    Ok(Some(line.trim().to_owned()))
}

#[cfg(test)]
mod tests;
