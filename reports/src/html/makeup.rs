//! On what: the features of the cases against what the engines can do, how large the cases are, and what they went through.

use contract::{Feature, Format};
use harness::record::Manifest;
use harness::verdict::Verdict;

use super::shown;
use crate::words::{cases, count, count_of};
use crate::{matrix, pairs, reach};

/// How many tags are shown.
const TAGS: usize = 40;
/// The length of the longest bar.
const BAR: f64 = 160.0;

/// The section.
pub(super) struct View {
    pub(super) origin: Vec<String>,
    pub(super) matrix: Vec<FeatureRow>,
    pub(super) engines: [String; 2],
    pub(super) sizes: Vec<BarRow>,
    pub(super) tags: Vec<BarRow>,
    pub(super) more_tags: Option<String>,
    pub(super) pairs: Option<String>,
    pub(super) pairs_missing: Option<String>,
    pub(super) rules: Vec<String>,
    pub(super) groups: Vec<BarRow>,
    pub(super) behaviours: Vec<BehaviourRow>,
    pub(super) masked: Option<String>,
}

/// What became of the cases that use one feature.
pub(super) struct FeatureRow {
    pub(super) name: &'static str,
    pub(super) look: &'static str,
    pub(super) has: [bool; 2],
    pub(super) cases: String,
    pub(super) legacy: String,
    pub(super) reference: String,
    pub(super) not_compared: String,
    pub(super) words: String,
}

/// A figure and a bar.
pub(super) struct BarRow {
    pub(super) label: String,
    pub(super) figure: String,
    pub(super) width: String,
}

/// A point of dataflow-rs' behaviour.
pub(super) struct BehaviourRow {
    pub(super) name: String,
    pub(super) kind: String,
    pub(super) meaning: String,
    pub(super) cases: String,
    pub(super) first: String,
    pub(super) is_reached: bool,
}

pub(super) fn view(manifest: &Manifest, verdict: &Verdict) -> View {
    let tally = &verdict.tally;
    let makeup = &tally.makeup;
    let mut tags: Vec<(&String, u64)> = makeup.tags.iter().map(|(tag, count)| (tag, *count)).collect();
    tags.sort_by_key(|(tag, count)| (std::cmp::Reverse(*count), *tag));
    let more = tags.len().saturating_sub(TAGS);
    tags.truncate(TAGS);
    let pairs = pairs::lines(manifest, tally);
    View {
        origin: origin(manifest, verdict),
        matrix: features(manifest, verdict),
        engines: [&manifest.legacy, &manifest.new].map(|engine| shown(&engine.description.name)),
        sizes: bars(
            makeup
                .sizes
                .iter()
                .map(|(size, count)| (size_label(*size), *count))
                .collect(),
        ),
        tags: bars(tags.into_iter().map(|(tag, count)| (shown(tag), count)).collect()),
        more_tags: (more > 0).then(|| format!("{} more, in verdict.json", count_of(more as u64, "tag"))),
        pairs_missing: pairs.as_ref().and_then(|(_, missing)| missing.clone()),
        pairs: pairs.map(|(reached, _)| reached),
        rules: reach::lines(manifest, tally),
        groups: reach::groups_of(tally)
            .into_iter()
            .map(|(name, reached, all)| BarRow {
                label: name.to_owned(),
                figure: format!("{reached} of {all}"),
                width: super::number(reached as f64 / all.max(1) as f64 * BAR),
            })
            .collect(),
        behaviours: behaviours(verdict),
        masked: reach::masked(tally),
    }
}

fn origin(manifest: &Manifest, verdict: &Verdict) -> Vec<String> {
    let mut lines = Vec::new();
    if manifest.generated > 0 {
        lines.push(format!(
            "{} generated from seed {}",
            count_of(manifest.generated, "workflow"),
            manifest.seed
        ));
    }
    if manifest.rules > 0 {
        lines.push(format!(
            "{} of rules generated from seed {}",
            cases(manifest.rules),
            manifest.seed
        ));
    }
    if manifest.listed > 0 {
        let paths: Vec<String> = manifest.paths.iter().map(|path| shown(path)).collect();
        let made = if manifest.made > 0 {
            format!(
                ", {} of them messages made for definitions, {} for each",
                count(manifest.made),
                count(manifest.messages)
            )
        } else {
            String::new()
        };
        lines.push(format!("{} from {}{made}", cases(manifest.listed), paths.join(", ")));
    }
    if let Some(only) = manifest.only {
        lines.push(format!("only cases that use nothing beyond {only}"));
    }
    for (format, counted) in &verdict.tally.formats {
        lines.push(format!(
            "format {}: {}, {} compared, {} equal",
            shown(format),
            cases(counted.cases),
            count(counted.compared),
            count(counted.equal)
        ));
    }
    lines
}

fn features(manifest: &Manifest, verdict: &Verdict) -> Vec<FeatureRow> {
    let tally = &verdict.tally;
    let Some(matrix) = matrix::of(manifest, tally) else {
        return Vec::new();
    };
    let has = |feature: Feature| {
        [&manifest.legacy, &manifest.new].map(|engine| engine.description.capabilities.contains(feature))
    };
    let row = |feature: Feature| {
        let counted = tally.features.get(feature.as_str()).cloned().unwrap_or_default();
        let gap = matrix.gaps.iter().find(|row| row.feature == feature);
        let (look, words) = match gap {
            _ if matrix.unused.contains(feature) => ("none", "no case uses it".to_owned()),
            None => ("pass", "compared".to_owned()),
            Some(row) if row.tally.not_compared > 0 => ("open", shown(&row.why)),
            Some(row) => ("held", format!("{}: held to the reference", shown(&row.why))),
        };
        FeatureRow {
            name: feature.as_str(),
            look,
            has: has(feature),
            cases: count(counted.cases),
            legacy: count(counted.legacy),
            reference: count(counted.reference),
            not_compared: count(counted.not_compared),
            words,
        }
    };
    Feature::ALL.iter().copied().map(row).collect()
}

fn bars(counted: Vec<(String, u64)>) -> Vec<BarRow> {
    let most = counted.iter().map(|(_, count)| *count).max().unwrap_or(1).max(1);
    let bar = |(label, number): (String, u64)| BarRow {
        label,
        figure: count(number),
        width: super::number((number as f64 / most as f64 * BAR).max(1.0)),
    };
    counted.into_iter().map(bar).collect()
}

/// `3 to 4 tasks`: the key is an upper bound, and a power of two.
fn size_label(size: u64) -> String {
    match size {
        0 => "no task".to_owned(),
        1 => "1 task".to_owned(),
        2 => "2 tasks".to_owned(),
        size => format!("{} to {} tasks", count(size / 2 + 1), count(size)),
    }
}

fn behaviours(verdict: &Verdict) -> Vec<BehaviourRow> {
    let tally = &verdict.tally;
    if !tally.formats.contains_key(Format::Rules.as_str()) {
        return Vec::new();
    }
    let row = |behaviour: &contract::Behaviour| {
        let reached = tally.reach.behaviours.get(behaviour.as_str());
        BehaviourRow {
            name: behaviour.to_string(),
            kind: behaviour.kind().to_string(),
            meaning: behaviour.meaning().to_owned(),
            cases: count(reached.map_or(0, |reached| reached.cases)),
            first: reached.map_or_else(String::new, |reached| shown(&reached.id)),
            is_reached: reached.is_some(),
        }
    };
    contract::Behaviour::ALL.iter().map(row).collect()
}
