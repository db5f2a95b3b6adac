//! The gates: what each measures, what it says, and when it holds.

mod timed;

use contract::text::grouped;

use super::{Compared, Decision, Gate, Tally};
use crate::mutants::PlantedFaults;

pub(super) use timed::{memory, overhead, overhead_p95};

fn decide(holds: bool) -> Decision {
    if holds { Decision::Pass } else { Decision::Fail }
}

fn percent(part: u64, whole: u64) -> String {
    let hundredths = part as f64 * 100.0 / whole as f64;
    // Never round up to a 100 % that is not one.
    let floored = (hundredths * 1000.0).floor() / 1000.0;
    if part == whole {
        "100 %".to_owned()
    } else {
        format!("{floored:.3} %")
    }
}

/// How many of the cases are `alike`, how many are open, and how many are accepted.
fn share(compared: &Compared, accepted: u64, alike: &str) -> String {
    format!(
        "{}: {} of {} cases {alike}, {} open{}",
        percent(compared.equal, compared.cases),
        grouped(compared.equal),
        grouped(compared.cases),
        grouped(compared.open().saturating_sub(accepted)),
        and_accepted(accepted)
    )
}

fn and_accepted(accepted: u64) -> String {
    match accepted {
        0 => String::new(),
        accepted => format!(", {} accepted", grouped(accepted)),
    }
}

/// New does what legacy does, in every case, and everything that legacy can do.
pub(super) fn parity(tally: &Tally, accepted: u64) -> Gate {
    let limit = "100 % equal to legacy, no feature lost".to_owned();
    let compared = &tally.legacy;
    let lost = match tally.lost_by_new {
        0 => String::new(),
        lost => format!("; {} cases that legacy can run and new cannot", grouped(lost)),
    };
    let name = "parity".to_owned();
    if compared.cases == 0 {
        let decision = Some(if tally.lost_by_new > 0 {
            Decision::Fail
        } else {
            Decision::Inconclusive
        });
        return Gate {
            name,
            decision,
            figure: format!("no case could be compared with legacy{lost}"),
            limit,
        };
    }
    // Refused alike is equal, but an application of which nothing ran was not looked at.
    let refused = tally
        .reach
        .applications
        .iter()
        .find(|(_, application)| application.refusal.is_some());
    let unseen = refused.map_or_else(String::new, |(name, _)| {
        format!(
            "; nothing of {} ran: its definitions are refused",
            contract::text::visible(name)
        )
    });
    let figure = format!("{}{lost}{unseen}", share(compared, accepted, "equal"));
    let decision = match decide(compared.open() == accepted && tally.lost_by_new == 0) {
        Decision::Pass if refused.is_some() => Decision::Inconclusive,
        decision => decision,
    };
    Gate {
        name,
        decision: Some(decision),
        figure,
        limit,
    }
}

/// Where legacy has no opinion, new does what is written.
pub(super) fn semantics(tally: &Tally, accepted: u64) -> Gate {
    let compared = &tally.reference;
    let name = "semantics".to_owned();
    let limit = "100 % as written, where legacy lacks the feature".to_owned();
    if compared.cases == 0 {
        return Gate {
            name,
            decision: None,
            figure: "no case used a feature that only new has".into(),
            limit,
        };
    }
    Gate {
        name,
        decision: Some(decide(compared.open() == accepted)),
        figure: share(compared, accepted, "as the reference"),
        limit,
    }
}

/// Wherever new's process dies, its runs come to the end they would have come to.
pub(super) fn recovery(tally: &Tally, accepted: u64) -> Gate {
    let name = "recovery".to_owned();
    let limit = "100 % as without the death of its process".to_owned();
    let recovery = &tally.recovery;
    if recovery.cases == 0 {
        return Gate {
            name,
            decision: None,
            figure: "new was not killed: it is not durable, or no workflow was compared".into(),
            limit,
        };
    }
    let open = recovery.cases - recovery.equal;
    let figure = format!(
        "{}: killed at {} points of {} cases, recovered alike after {}; {} cases open{}",
        percent(recovery.alike, recovery.points),
        grouped(recovery.points),
        grouped(recovery.cases),
        grouped(recovery.alike),
        grouped(open.saturating_sub(accepted)),
        and_accepted(accepted)
    );
    Gate {
        name,
        decision: Some(decide(open == accepted)),
        figure,
        limit,
    }
}

/// New's runs end badly no more often than legacy's, beyond the allowed increase.
pub(super) fn error_rate(tally: &Tally, allowed: f64) -> Gate {
    let name = "error_rate".to_owned();
    let limit = format!("at most {:.2} percentage points above legacy", allowed * 100.0);
    let compared = &tally.legacy;
    if compared.cases == 0 {
        return Gate {
            name,
            decision: None,
            figure: "no case was compared with legacy".into(),
            limit,
        };
    }
    let rate = |bad: u64| bad as f64 / compared.cases as f64;
    let [legacy, new] = [rate(compared.baseline_ended_badly), rate(compared.new_ended_badly)];
    let figure = format!(
        "new {:.2} %, legacy {:.2} % of runs did not succeed ({} and {} of {})",
        new * 100.0,
        legacy * 100.0,
        grouped(compared.new_ended_badly),
        grouped(compared.baseline_ended_badly),
        grouped(compared.cases)
    );
    Gate {
        name,
        decision: Some(decide(new <= legacy + allowed)),
        figure,
        limit,
    }
}

/// In virtual time, which is exact, no case takes longer than with legacy.
pub(super) fn makespan(tally: &Tally, limit_ratio: f64) -> Gate {
    let name = "makespan".to_owned();
    let limit = format!("at most {limit_ratio:.2}× legacy in every case, in virtual time");
    let Some(worst) = &tally.worst_makespan else {
        return Gate {
            name,
            decision: None,
            figure: "no case equal to legacy was measured".into(),
            limit,
        };
    };
    let figure = format!(
        "worst {:.3}× (case {}: new {}, legacy {}{}); {} of {} cases slower",
        worst.ratio(),
        contract::text::visible(&worst.id),
        worst.new.exact(),
        worst.legacy.exact(),
        if worst.is_barrier {
            ", as if each level of tasks waited for the whole level before it"
        } else {
            ""
        },
        grouped(tally.slower),
        grouped(tally.legacy.equal)
    );
    Gate {
        name,
        decision: Some(decide(worst.ratio() <= limit_ratio)),
        figure,
        limit,
    }
}

/// Nothing differs from itself, and what is wrong on purpose is found.
pub(super) fn controls(tally: &Tally, planted: Option<&PlantedFaults>) -> Gate {
    let name = "controls".to_owned();
    let limit = "no engine differs from itself; some planted fault is found".to_owned();
    let controls = &tally.controls;
    if controls.compared() == 0 && planted.is_none_or(|planted| planted.planted == 0) {
        return Gate {
            name,
            decision: None,
            figure: "no case was used for a control".into(),
            limit,
        };
    }
    let mut figure = format!(
        "{} of {} cases differ between an engine and itself",
        grouped(controls.alarms),
        grouped(controls.compared())
    );
    let found = planted.map_or(0, |planted| planted.found.len() as u64);
    let planted = planted.map_or(0, |planted| planted.planted);
    if planted > 0 {
        figure = format!(
            "{} of {} planted faults found; {figure}",
            grouped(found),
            grouped(planted)
        );
    }
    // What the controls cannot vouch for is neither right nor wrong.
    let is_blind = planted > 0 && found == 0;
    let decision = if controls.alarms > 0 || is_blind {
        Decision::Inconclusive
    } else {
        Decision::Pass
    };
    Gate {
        name,
        decision: Some(decision),
        figure,
        limit,
    }
}
