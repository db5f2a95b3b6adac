//! What a run allocates: exact, and the same on every machine with the same build.

use serde::{Deserialize, Serialize};

use super::performance::Timed;

/// What one run of an engine takes from the heap.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Heap {
    /// How often it asks for memory.
    pub allocations: u64,
    /// How many bytes it asks for in all.
    pub bytes: u64,
    /// The most bytes it has at once.
    pub peak: u64,
}

impl From<allocations::Allocations> for Heap {
    fn from(counted: allocations::Allocations) -> Self {
        Self {
            allocations: counted.count,
            bytes: counted.bytes,
            peak: counted.peak,
        }
    }
}

/// New's figure over legacy's.
fn ratio(figures: [u64; 2]) -> f64 {
    let [legacy, new] = figures.map(|figure| figure.max(1) as f64);
    new / legacy
}

/// A figure over all workloads.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HeapRatio {
    /// The geometric mean of new's over legacy's.
    pub mean: f64,
    /// The largest.
    pub worst: f64,
    /// The workload of the largest.
    pub worst_id: String,
}

/// What new allocates beside legacy, all workloads together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HeapRatios {
    /// On how many workloads.
    pub workloads: usize,
    /// How often memory is asked for.
    pub allocations: HeapRatio,
    /// The most that is there at once.
    pub peak: HeapRatio,
}

impl HeapRatios {
    /// Of the workloads on which it was counted.
    pub(super) fn of(workloads: &[Timed]) -> Option<Self> {
        let counted: Vec<(&str, [Heap; 2])> = workloads
            .iter()
            .filter_map(|timed| Some((&*timed.id, timed.heap?)))
            .collect();
        Some(Self {
            workloads: counted.len(),
            allocations: HeapRatio::of(&counted, |heap| heap.allocations)?,
            peak: HeapRatio::of(&counted, |heap| heap.peak)?,
        })
    }
}

impl HeapRatio {
    fn of(counted: &[(&str, [Heap; 2])], figure: impl Fn(Heap) -> u64) -> Option<Self> {
        let ratios: Vec<(f64, &str)> = counted
            .iter()
            .map(|(id, sides)| (ratio(sides.map(&figure)), *id))
            .collect();
        let (worst, id) = *ratios
            .iter()
            .max_by(|one, other| one.0.total_cmp(&other.0).then(other.1.cmp(one.1)))?;
        let logarithms: f64 = ratios.iter().map(|(ratio, _)| ratio.ln()).sum();
        Some(Self {
            mean: (logarithms / ratios.len() as f64).exp(),
            worst,
            worst_id: id.to_owned(),
        })
    }
}
