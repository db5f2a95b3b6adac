//! The gates that rest on what was timed and on what was allocated meanwhile.

use std::fmt::Write as _;

use contract::text::visible;

use super::super::{Decision, Gate};
use crate::config::MemoryLimits;
use crate::timing::performance::{Overall, Timed};
use crate::timing::{Conclusion, Limits, Performance};

fn not_measured(name: &str, figure: &str, limit: String) -> Gate {
    Gate {
        name: name.to_owned(),
        decision: None,
        figure: figure.to_owned(),
        limit,
    }
}

/// The gate `name`, as `judge` sees what was timed.
fn judged(
    name: &str,
    limit: String,
    performance: Option<&Performance>,
    judge: impl FnOnce(&Performance, &Overall) -> (Decision, String),
) -> Gate {
    match timed(performance) {
        Ok((performance, overall)) => {
            let (decision, figure) = judge(performance, overall);
            Gate {
                name: name.to_owned(),
                decision: Some(decision),
                figure,
                limit,
            }
        }
        Err(figure) => not_measured(name, &figure, limit),
    }
}

/// What was timed, or why there is nothing.
fn timed(performance: Option<&Performance>) -> Result<(&Performance, &Overall), String> {
    let Some(performance) = performance else {
        return Err("nothing was timed".to_owned());
    };
    match (&performance.overall, performance.skipped.first()) {
        (Some(overall), _) => Ok((performance, overall)),
        (None, Some(skipped)) => Err(format!(
            "nothing could be timed; of {}: {}",
            visible(&skipped.id),
            skipped.why
        )),
        (None, None) => Err("there was nothing to time".to_owned()),
    }
}

/// No workload takes longer than with legacy, beyond the limit, and neither do all together.
pub(in super::super) fn overhead(performance: Option<&Performance>, limits: &Limits) -> Gate {
    let limit = format!(
        "at most {:.2}× legacy for each workload and for all together, in real time",
        limits.max_ratio
    );
    judged("overhead", limit, performance, |performance, overall| {
        let count = |wanted| {
            performance
                .workloads
                .iter()
                .filter(|timed| timed.conclusion == wanted)
                .count()
        };
        let (beyond, undecided) = (count(Conclusion::Beyond), count(Conclusion::Undecided));
        let target = limits.target.map_or_else(String::new, |target| {
            let is_reached = if overall.ratio.upper <= target {
                "reached"
            } else {
                "not reached"
            };
            format!(", target {target:.2}× {is_reached}")
        });
        let worst = performance.workloads.first().map_or_else(String::new, |worst| {
            format!("worst {:.2}× ({})", worst.ratio.value, visible(&worst.id))
        });
        let mut figure = format!(
            "{:.2}× (at most {:.2}×) on the geometric mean{target}; {worst}; {} of {} workloads within",
            overall.ratio.value,
            overall.ratio.upper,
            count(Conclusion::Within),
            performance.workloads.len()
        );
        for (wanted, word) in [(Conclusion::Beyond, "beyond"), (Conclusion::Undecided, "undecided")] {
            if count(wanted) > 0 {
                let _ = write!(figure, ", {word}: {}", names(performance, wanted));
            }
        }
        let decision = if !performance.fitness.is_fit() {
            figure = format!(
                "cannot be believed: {}; {figure}",
                performance.fitness.problems.join("; ")
            );
            Decision::Inconclusive
        } else if beyond > 0 || overall.ratio.lower > limits.max_ratio {
            Decision::Fail
        } else if undecided > 0 || overall.ratio.upper > limits.max_ratio {
            Decision::Inconclusive
        } else {
            Decision::Pass
        };
        (decision, figure)
    })
}

/// The workloads that came out so, the worst first; a few of many.
fn names(performance: &Performance, wanted: Conclusion) -> String {
    const NAMED: usize = 5;
    let all: Vec<&Timed> = performance
        .workloads
        .iter()
        .filter(|timed| timed.conclusion == wanted)
        .collect();
    let named = all
        .iter()
        .take(NAMED)
        .map(|timed| format!("{} ({:.2}×)", visible(&timed.id), timed.ratio.value));
    let mut text = named.collect::<Vec<_>>().join(", ");
    if all.len() > NAMED {
        let _ = write!(text, " and {} more", all.len() - NAMED);
    }
    text
}

/// New has no slow tail: a median is blind to it.
pub(in super::super) fn overhead_p95(performance: Option<&Performance>, limits: &Limits) -> Gate {
    let limit = format!(
        "95th percentile at most {:.2}× legacy's for all workloads together",
        limits.p95_max_ratio
    );
    judged("overhead_p95", limit, performance, |performance, overall| {
        let p95 = overall.p95;
        let worst = performance
            .workloads
            .iter()
            .max_by(|one, other| one.p95.total_cmp(&other.p95));
        let figure = format!(
            "{:.2}× ({:.2}× to {:.2}×) on the geometric mean{}",
            p95.value,
            p95.lower,
            p95.upper,
            worst.map_or_else(String::new, |worst| format!(
                "; worst {:.2}× ({}, of {} pairs)",
                worst.p95,
                visible(&worst.id),
                worst.kept
            ))
        );
        let decision = if !performance.fitness.is_fit() {
            Decision::Inconclusive
        } else if p95.lower > limits.p95_max_ratio {
            Decision::Fail
        } else if p95.upper > limits.p95_max_ratio {
            Decision::Inconclusive
        } else {
            Decision::Pass
        };
        (decision, figure)
    })
}

/// New takes no more from the heap. Exact, so nothing about it is undecided.
pub(in super::super) fn memory(performance: Option<&Performance>, limits: &MemoryLimits) -> Gate {
    let name = "memory";
    let limit = format!(
        "on the geometric mean of all workloads, peak at most {:.2}× and allocations at most {:.2}× legacy's",
        limits.peak_max_ratio, limits.allocations_max_ratio
    );
    let Some(heap) = performance.and_then(|performance| performance.heap.as_ref()) else {
        let figure = match timed(performance) {
            Ok(_) => "allocations were not counted".to_owned(),
            Err(figure) => figure,
        };
        return not_measured(name, &figure, limit);
    };
    let shown = |ratio: &crate::timing::heap::HeapRatio| {
        format!(
            "{:.2}×, worst {:.2}× ({})",
            ratio.mean,
            ratio.worst,
            visible(&ratio.worst_id)
        )
    };
    let figure = format!("peak {}; allocations {}", shown(&heap.peak), shown(&heap.allocations));
    let holds = heap.peak.mean <= limits.peak_max_ratio && heap.allocations.mean <= limits.allocations_max_ratio;
    Gate {
        name: name.to_owned(),
        decision: Some(if holds { Decision::Pass } else { Decision::Fail }),
        figure,
        limit,
    }
}
