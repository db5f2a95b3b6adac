//! What the controls of a run leave to be said: cases that depend on their schedule, planted faults that no case reveals, and
//! engines that differ from themselves.

use contract::text::visible;
use harness::verdict::Verdict;

use crate::words::{cases, count};

/// How many faults are named.
const NAMED: usize = 10;

/// A line for each of them. None: there is nothing to say.
pub(crate) fn lines(verdict: &Verdict) -> Vec<String> {
    let mut lines = Vec::new();
    let tally = &verdict.tally;
    if tally.schedule_dependent > 0 {
        let some: Vec<_> = tally.depending.iter().map(|case| visible(&case.id)).collect();
        lines.push(format!(
            "{} depend on who comes first of what is due at one moment: new did what legacy does in another order; such as {}",
            cases(tally.schedule_dependent),
            some.join(", ")
        ));
    }
    for alarm in &tally.controls.first {
        lines.push(format!(
            "{} differs from itself on {}: {} {} is {}, and then {}",
            visible(&alarm.engine),
            visible(&alarm.id),
            alarm.divergence.aspect.as_str(),
            visible(&alarm.divergence.path),
            visible(&alarm.divergence.baseline),
            visible(&alarm.divergence.new)
        ));
    }
    let missed = verdict.planted.iter().flat_map(|planted| &planted.missed);
    lines.extend(missed.clone().take(NAMED).map(|missed| {
        let lacks = if missed.lacks.is_empty() {
            "no case shows it".to_owned()
        } else {
            format!("no case uses {} in such a way that it shows", missed.lacks)
        };
        format!("planted and not found: {}; {lacks}", missed.name)
    }));
    let missed = missed.count();
    if let more @ 1.. = missed.saturating_sub(NAMED) {
        lines.push(format!(
            "planted and not found: {} more, in verdict.json",
            count(more as u64)
        ));
    }
    if missed > 0 && tally.divergences() > 0 {
        lines.push(format!(
            "no fault is looked for where new differs without one: in {}",
            cases(tally.divergences())
        ));
    }
    lines
}

#[cfg(test)]
mod tests {
    use contract::{Feature, FeatureSet};
    use harness::config::Gates;
    use harness::mutants::PlantedFaults;
    use harness::mutants::control::MissedFault;

    use harness::verdict::{Compared, Depending, Tally};

    use super::*;

    #[test]
    fn what_the_corpus_does_not_reveal_is_named_with_what_it_lacks() {
        let missed = |name: &str, lacks: FeatureSet| MissedFault {
            name: name.to_owned(),
            lacks,
        };
        let planted = PlantedFaults {
            planted: 3,
            found: Vec::new(),
            missed: vec![
                missed("ignores-cancel", [Feature::Cancel].into()),
                missed("swaps", FeatureSet::EMPTY),
            ],
        };
        let tally = Tally {
            schedule_dependent: 2,
            depending: vec![Depending {
                index: 4,
                id: "g1-4\u{1b}".to_owned(),
            }],
            reference: Compared {
                cases: 7,
                equal: 4,
                ..Compared::default()
            },
            ..Tally::default()
        };
        let said = lines(&Verdict::of(tally, Some(planted), &Gates::default()));
        assert_eq!(said.len(), 4, "{said:#?}");
        assert!(said[0].starts_with("2 cases depend on who comes first") && !said[0].contains('\u{1b}'));
        assert_eq!(
            said[1],
            "planted and not found: ignores-cancel; no case uses cancel in such a way that it shows"
        );
        assert_eq!(said[2], "planted and not found: swaps; no case shows it");
        assert_eq!(
            said[3],
            "no fault is looked for where new differs without one: in 3 cases"
        );
    }

    #[test]
    fn where_all_is_well_nothing_is_said() {
        assert!(lines(&Verdict::of(Tally::default(), None, &Gates::default())).is_empty());
    }
}
