//! The feature matrix: what was compared, with what, and what was not, and why.

use contract::{Feature, FeatureSet};
use harness::record::Manifest;
use harness::verdict::{FeatureTally, Tally};

/// What happened to the cases that use one feature.
pub(crate) struct Row {
    pub(crate) feature: Feature,
    pub(crate) tally: FeatureTally,
    pub(crate) why: String,
}

/// Every feature, by what became of it.
#[derive(Default)]
pub(crate) struct Matrix {
    /// Features that both engines have and that some case used.
    pub(crate) compared: FeatureSet,
    /// Features that some case used and that one of the engines lacks.
    pub(crate) gaps: Vec<Row>,
    /// Features that no case used: nothing is known of them.
    pub(crate) unused: FeatureSet,
}

/// Sorts the features by what became of the cases that use them. `None` if every case is of rules, which are one format and
/// no features.
pub(crate) fn of(manifest: &Manifest, tally: &Tally) -> Option<Matrix> {
    let is_of_rules = |format: &String| format == contract::Format::Rules.as_str();
    if !tally.formats.is_empty() && tally.formats.keys().all(is_of_rules) {
        return None;
    }
    let mut matrix = Matrix::default();
    for feature in Feature::ALL.iter().copied() {
        let counted = tally.features.get(feature.as_str()).cloned().unwrap_or_default();
        if counted.cases == 0 {
            matrix.unused.insert(feature);
        } else if let Some(why) = why(manifest, feature) {
            matrix.gaps.push(Row {
                feature,
                tally: counted,
                why,
            });
        } else {
            matrix.compared.insert(feature);
        }
    }
    Some(matrix)
}

/// Why a feature is not compared with legacy. Where both engines have it there is no reason: a case of it that was not
/// compared uses another feature too, which has a row of its own.
fn why(manifest: &Manifest, feature: Feature) -> Option<String> {
    let [legacy, new] = [&manifest.legacy, &manifest.new].map(|engine| {
        (
            &engine.description.name,
            engine.description.capabilities.contains(feature),
        )
    });
    match (legacy, new) {
        ((_, true), (_, true)) => None,
        ((_, true), (name, false)) => Some(format!("{name} lacks it: a parity failure")),
        ((name, false), (_, true)) => Some(format!("{name} lacks it")),
        ((_, false), (_, false)) => Some("neither engine has it".to_owned()),
    }
}
