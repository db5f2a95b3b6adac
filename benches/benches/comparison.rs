//! The harness: compared cases a second on one thread, and what each step of a comparison takes.

use std::hint::black_box;

use benches::contender;
use contract::stage::Stage;
use corpus::Case;
use corpus::generate::{Dials, Generator};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use harness::Engines;
use harness::judge::Unwatched;

const CASES: u64 = 1_000;

fn comparison(criterion: &mut Criterion) {
    let dials = Dials {
        min_tasks: 10,
        max_tasks: 20,
        ..Dials::default()
    };
    let generator = Generator::new(1, dials);
    let cases: Vec<Case> = (0..CASES).map(|index| generator.case(index)).collect();
    let engines = Engines {
        legacy: contender("dataflow"),
        new: contender("flow"),
        reference: contender("reference"),
    };
    let mut group = criterion.benchmark_group("comparison");
    group.throughput(Throughput::Elements(CASES));
    group.sample_size(20);
    group.bench_function("draw", |bencher| {
        bencher.iter(|| (0..CASES).for_each(|index| drop(black_box(generator.case(index)))));
    });
    group.bench_function("features", |bencher| {
        bencher.iter(|| cases.iter().map(|case| black_box(case.features()).len()).sum::<usize>());
    });
    for contender in [&engines.legacy, &engines.new, &engines.reference] {
        let mut stage = Stage::new();
        let can = |case: &&Case| contender.description.capabilities.is_superset(case.features());
        let own: Vec<&Case> = cases.iter().filter(can).collect();
        group.throughput(Throughput::Elements(own.len() as u64));
        group.bench_function(format!("play/{}", contender.description.name), |bencher| {
            bencher.iter(|| {
                for case in &own {
                    black_box(stage.play(&*contender.engine, &case.definition, &case.input, &case.script));
                }
            });
        });
    }
    group.throughput(Throughput::Elements(CASES));
    group.bench_function("judge", |bencher| {
        let mut stage = Stage::new();
        bencher.iter(|| {
            for case in &cases {
                black_box(engines.judge(&mut stage, case, case.features(), &Unwatched));
            }
        });
    });
    group.bench_function("draw and judge", |bencher| {
        let mut stage = Stage::new();
        bencher.iter(|| {
            for index in 0..CASES {
                let case = generator.case(index);
                black_box(engines.judge(&mut stage, &case, case.features(), &Unwatched));
            }
        });
    });
    group.finish();
}

criterion_group!(benches, comparison);
criterion_main!(benches);
