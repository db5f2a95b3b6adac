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

/// A row for each feature that was not compared with legacy in every case that uses it, and each that no case used.
pub(crate) fn gaps(manifest: &Manifest, tally: &Tally) -> Vec<Row> {
    let rows = Feature::ALL.iter().copied().map(|feature| {
        let counted = tally.features.get(feature.as_str()).cloned().unwrap_or_default();
        let why = why(manifest, feature, &counted);
        Row {
            feature,
            tally: counted,
            why,
        }
    });
    rows.filter(|row| !row.why.is_empty()).collect()
}

/// Features whose every case was compared with legacy.
pub(crate) fn compared(manifest: &Manifest, tally: &Tally) -> FeatureSet {
    let missing: FeatureSet = gaps(manifest, tally).iter().map(|row| row.feature).collect();
    FeatureSet::all().difference(missing)
}

fn why(manifest: &Manifest, feature: Feature, counted: &FeatureTally) -> String {
    let [legacy, new] =
        [&manifest.legacy, &manifest.new].map(|engine| engine.description.capabilities.contains(feature));
    let [legacy_name, new_name] = [&manifest.legacy, &manifest.new].map(|engine| engine.description.name.as_str());
    match (legacy, new) {
        (true, false) => format!("{new_name} lacks it: a parity failure for each case that needs no other"),
        (false, true) if counted.cases == 0 => format!("{legacy_name} lacks it, and no case used it"),
        (false, true) => format!("{legacy_name} lacks it"),
        (false, false) => "neither engine has it".to_owned(),
        (true, true) if counted.cases == 0 => "no case used it".to_owned(),
        // Both have it; cases of it that were not compared with legacy use another feature too, which has its own row.
        (true, true) => String::new(),
    }
}
