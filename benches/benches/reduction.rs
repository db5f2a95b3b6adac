//! Reduction: how long it takes to make a diverging case small, beside comparing that case once, which is the least that each step of it can
//! cost.

use std::hint::black_box;
use std::sync::Arc;

use benches::contender;
use contract::stage::Stage;
use corpus::Case;
use corpus::generate::{Dials, Generator};
use criterion::{Criterion, criterion_group, criterion_main};
use harness::Engines;
use harness::causes::reduce::reduce;
use harness::judge::{Comparison, Contender, Judgement, Unwatched};
use harness::mutants;

/// Known bugs of different kinds.
const MUTANTS: [&str; 3] = [
    "one-attempt-too-many",
    "ignores-the-last-need-of-a-join",
    "waits-for-the-level-before",
];

/// The migration with this bug in new, and the first case that shows it.
fn diverging(mutant: &str) -> (Engines, Case, Comparison) {
    let mutant = mutants::find(mutant).expect("it is in the list");
    let mut engines = Engines {
        legacy: contender("dataflow"),
        new: contender("flow"),
        reference: contender("reference"),
    };
    engines.new = Contender::new(mutants::plant(Arc::clone(&engines.new.engine), &[mutant]));
    let generator = Generator::new(1, Dials::default());
    let mut stage = Stage::new();
    let found = (0..).map(|index| generator.case(index)).find_map(|case| {
        match engines.judge(&mut stage, &case, case.features(), &Unwatched) {
            Judgement::Compared(comparison) if !comparison.is_equal() => Some((case, comparison)),
            _ => None,
        }
    });
    let (case, comparison) = found.expect("some case shows it");
    (engines, case, comparison)
}

fn reduction(criterion: &mut Criterion) {
    for name in MUTANTS {
        let (engines, case, comparison) = diverging(name);
        let class = comparison.class.as_deref().expect("it diverges").clone();
        let first = comparison.divergences.first().expect("it diverges").clone();
        let mut group = criterion.benchmark_group(format!("reduction/{name}"));
        group.sample_size(20);
        let mut stage = Stage::new();
        group.bench_function("floor", |bencher| {
            bencher.iter(|| black_box(engines.judge(&mut stage, &case, case.features(), &Unwatched)));
        });
        group.bench_function("reduce", |bencher| {
            bencher.iter(|| {
                let about = (&class, &first);
                black_box(reduce(&engines, &mut stage, &case, &comparison, about, &Unwatched)).runs
            });
        });
        group.finish();
    }
}

criterion_group!(benches, reduction);
criterion_main!(benches);
