//! What of a record the report has.

use contract::FeatureSet;
use contract::text::visible;
use harness::causes::{self, cluster};
use harness::judge::Baseline;
use harness::ledger::{Acceptance, Entry};
use harness::record::{EngineRecord, Manifest};
use harness::timing::Conclusion;
use harness::timing::performance::Timed;
use harness::verdict::{self, Verdict};
use harness::{ledger, timing};

use super::{
    Against, Blame, Cases, Cluster, Controls, Counted, Decision, Engine, FORMAT_VERSION, Features, Gate, HeldTo, Like,
    NotCompared, Performance, Report, Row, Run, SCHEMA, Shift, Since, Stale, Standing, State, Terms,
};
use crate::causes::{reduced, replay};
use crate::ledger::{open_first, standing};
use crate::terminal::sentence;
use crate::traces::story;
use crate::{controls, html, matrix, performance};

impl Report {
    /// The report on `verdict`, with `folder` the place of the record as a person may type it.
    pub fn of(manifest: &Manifest, verdict: &Verdict, folder: &str) -> Self {
        let clusters = open_first(verdict).into_iter();
        Self {
            schema: SCHEMA.to_owned(),
            format_version: FORMAT_VERSION,
            migration: shown(&manifest.migration),
            decision: Some(verdict.decision).into(),
            sentence: sentence(verdict),
            cases: cases(verdict),
            gates: verdict.gates.iter().map(gate).collect(),
            clusters: clusters
                .map(|cluster| of_cluster(manifest, verdict, cluster, folder))
                .collect(),
            stale: verdict.stale.iter().map(stale).collect(),
            against: verdict.against.as_ref().map(against),
            performance: verdict.performance.as_ref().map(timed),
            features: features(manifest, verdict),
            controls: of_controls(verdict),
            run: run(manifest, verdict, folder),
        }
    }
}

impl From<Option<verdict::Decision>> for Decision {
    fn from(decision: Option<verdict::Decision>) -> Self {
        match decision {
            Some(verdict::Decision::Pass) => Self::Pass,
            Some(verdict::Decision::Fail) => Self::Fail,
            Some(verdict::Decision::Inconclusive) => Self::Inconclusive,
            Some(verdict::Decision::NothingCompared) => Self::NothingCompared,
            None => Self::NotMeasured,
        }
    }
}

fn shown(text: &str) -> String {
    visible(text).into_owned()
}

fn names(features: FeatureSet) -> Vec<String> {
    features.iter().map(|feature| feature.as_str().to_owned()).collect()
}

fn cases(verdict: &Verdict) -> Cases {
    let tally = &verdict.tally;
    let gathered: u64 = verdict.clusters.iter().map(|cluster| cluster.cases).sum();
    Cases {
        total: tally.cases,
        with_legacy: tally.legacy.cases,
        with_reference: tally.reference.cases,
        not_compared: tally.not_compared,
        lost: tally.lost_by_new,
        diverging: tally.divergences(),
        accepted: verdict.accepted.total(),
        unexplained: tally.divergences().saturating_sub(gathered),
        schedule_dependent: tally.schedule_dependent,
    }
}

fn gate(gate: &verdict::Gate) -> Gate {
    Gate {
        name: shown(&gate.name),
        decision: gate.decision.into(),
        figure: shown(&gate.figure),
        limit: shown(&gate.limit),
    }
}

fn of_cluster(manifest: &Manifest, verdict: &Verdict, cluster: &causes::Cluster, folder: &str) -> Cluster {
    let exemplar = &cluster.exemplar;
    let (held_to, held) = match exemplar.baseline {
        Baseline::Legacy => (HeldTo::Legacy, &manifest.legacy),
        Baseline::Reference => (HeldTo::Reference, &manifest.reference),
    };
    let baseline = shown(story::called(exemplar.baseline.into(), &held.description.name));
    let new = shown(&manifest.new.description.name);
    let case = format!("clusters/{}.json", cluster.id);
    let cluster::Counted {
        parity,
        semantics,
        recovery,
    } = cluster.counted;
    Cluster {
        id: shown(&cluster.id),
        sentence: shown(&story::sentence(&exemplar.divergence, &baseline, &new)),
        like: cluster.like.as_ref().map(|like| Like {
            name: shown(&like.name),
            about: shown(&like.about),
            beside: like.beside.iter().map(|bug| shown(bug)).collect(),
        }),
        blame: match cluster.class.blame {
            Some(harness::Blame::New) => Blame::New,
            Some(harness::Blame::Legacy) => Blame::Legacy,
            Some(harness::Blame::Both) => Blame::Both,
            None => Blame::Nobody,
        },
        aspect: exemplar.divergence.aspect.as_str().to_owned(),
        class: shown(&cluster.class.to_string()),
        path: shown(&exemplar.divergence.path),
        held_to,
        baseline: shown(&exemplar.divergence.baseline),
        new: shown(&exemplar.divergence.new),
        features: names(cluster.features),
        cases: cluster.cases,
        reduced: cluster.reduced,
        counted: Counted {
            parity,
            semantics,
            recovery,
        },
        standing: of_standing(cluster),
        since: verdict.against.as_ref().map(|against| {
            if against.known(&cluster.id).is_some() {
                Since::Known
            } else {
                Since::New
            }
        }),
        size: shown(&reduced(cluster)),
        replay: replay(manifest, &format!("{folder}/{case}")).join(" "),
        case: shown(&case),
    }
}

fn of_standing(cluster: &causes::Cluster) -> Standing {
    let (state, acceptance) = match &cluster.standing {
        ledger::Standing::Open => (State::Open, None),
        ledger::Standing::Accepted(acceptance) => (State::Accepted, Some(acceptance)),
        ledger::Standing::Expired(acceptance) => (State::Expired, Some(acceptance)),
    };
    let terms = |acceptance: &Acceptance| Terms {
        entry: shown(&acceptance.entry),
        reason: shown(&acceptance.reason),
        owner: shown(&acceptance.owner),
        expires: acceptance.expires.to_string(),
    };
    Standing {
        state,
        sentence: standing(cluster),
        terms: acceptance.map(terms),
    }
}

fn stale(entry: &Entry) -> Stale {
    Stale {
        about: shown(&ledger::summary(entry)),
        terms: Terms {
            entry: shown(&entry.cluster),
            reason: shown(&entry.reason),
            owner: shown(&entry.owner),
            expires: entry.expires.to_string(),
        },
    }
}

fn against(against: &causes::Against) -> Against {
    Against {
        run: shown(&against.run),
        new: against.new.iter().map(|id| shown(id)).collect(),
        known: against.known.iter().map(|known| shown(&known.id)).collect(),
        gone: against.gone.iter().map(|cluster| shown(&cluster.id)).collect(),
        faster: against.faster.iter().map(shift).collect(),
        slower: against.slower.iter().map(shift).collect(),
    }
}

fn shift(shift: &causes::Shift) -> Shift {
    Shift {
        id: shown(&shift.id),
        before: shift.before,
        now: shift.now,
    }
}

fn timed(performance: &timing::Performance) -> Performance {
    let skipped = performance.skipped.iter();
    Performance {
        rows: performance.workloads.iter().map(row).collect(),
        problems: performance
            .fitness
            .problems
            .iter()
            .map(|problem| shown(problem))
            .collect(),
        skipped: skipped
            .map(|skipped| shown(&format!("{}: {}", skipped.id, skipped.why)))
            .collect(),
    }
}

fn row(timed: &Timed) -> Row {
    // JSON has no infinity.
    let interval = [timed.ratio.lower, timed.ratio.upper];
    Row {
        id: shown(&timed.id),
        tasks: timed.tasks as u64,
        nanoseconds: timed.nanoseconds,
        ratio: timed.ratio.value,
        interval: interval.iter().all(|end| end.is_finite()).then_some(interval),
        p95: timed.p95,
        decision: match timed.conclusion {
            Conclusion::Within => Decision::Pass,
            Conclusion::Beyond => Decision::Fail,
            Conclusion::Undecided => Decision::Inconclusive,
        },
        words: performance::verdict(timed),
    }
}

fn features(manifest: &Manifest, verdict: &Verdict) -> Option<Features> {
    let matrix = matrix::of(manifest, &verdict.tally)?;
    let not_compared = |row: matrix::Row| NotCompared {
        feature: row.feature.as_str().to_owned(),
        cases: row.tally.cases,
        with_reference: row.tally.reference,
        not_compared: row.tally.not_compared,
        why: shown(&row.why),
    };
    Some(Features {
        compared: names(matrix.compared),
        not_compared: matrix.gaps.into_iter().map(not_compared).collect(),
        unused: names(matrix.unused),
    })
}

fn of_controls(verdict: &Verdict) -> Controls {
    let missed = verdict.planted.iter().flat_map(|planted| &planted.missed);
    Controls {
        planted: verdict.planted.as_ref().map(|planted| planted.planted),
        missed: missed.map(|missed| shown(&missed.name)).collect(),
        alarms: verdict.tally.controls.alarms,
        sentences: controls::lines(verdict),
    }
}

fn run(manifest: &Manifest, verdict: &Verdict, folder: &str) -> Run {
    let engine = |role: &str, engine: &EngineRecord| Engine {
        role: role.to_owned(),
        name: shown(&engine.description.name),
        version: shown(&engine.description.version),
    };
    Run {
        record: shown(folder),
        cutover: shown(&manifest.cutover),
        engines: vec![
            engine("legacy", &manifest.legacy),
            engine("new", &manifest.new),
            engine("reference", &manifest.reference),
        ],
        seed: manifest.seed,
        planted: manifest.planted.iter().map(|planted| shown(planted)).collect(),
        today: manifest.today.map(|today| today.to_string()),
        machine: [&manifest.machine.os, &manifest.machine.architecture].map(|text| shown(text)),
        command: html::command(manifest, verdict).join(" "),
    }
}
