//! Each engine's own work: `run` on a host that costs nothing, beside the bare walk of the same graph and beside the crate
//! `dagrs`, and `load`.

#[path = "engines/dagrs_walk.rs"]
mod dagrs_walk;

use std::hint::black_box;
use std::sync::Arc;

use benches::{BareWalk, FreeHost, Shape};
use contract::stage::runtime;
use contract::{Definition, Engine, Host, Job, Json, Options, Workflow};
use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use flow::journal::MemoryJournal;
use flow::plan::{Plan, Settings};

const SIZES: [usize; 4] = [15, 1_000, 10_000, 100_000];

fn engine(name: &str) -> Box<dyn Engine> {
    (engines::find(name).expect("registered").build)(&Options::default()).expect("built without options")
}

fn job() -> Job {
    Job {
        run: "run".into(),
        input: Json::default(),
    }
}

fn compile(workflow: &Workflow) -> Arc<Plan> {
    let logic = Arc::new(contract::logic::engine());
    Arc::new(Plan::compile(workflow, Settings::default(), &logic).expect("the definition is sound"))
}

async fn with_journal(plan: Arc<Plan>, host: Arc<dyn Host>) -> usize {
    let run = flow::driver::run(plan, job(), host, MemoryJournal::default()).await;
    run.expect("memory does not fail").journal.len()
}

fn run(criterion: &mut Criterion) {
    let runtime = runtime();
    let host: Arc<dyn Host> = Arc::new(FreeHost);
    for shape in Shape::ALL {
        let mut group = criterion.benchmark_group(format!("run/{}", shape.name()));
        for size in SIZES {
            let workflow = shape.workflow(size);
            let definition = Definition::Dag(Arc::clone(&workflow));
            group.throughput(Throughput::Elements(size as u64));
            group.sample_size(if size > 1_000 { 10 } else { 50 });
            let walk = BareWalk::new(&workflow);
            group.bench_function(BenchmarkId::new("floor", size), |bencher| {
                bencher.iter(|| runtime.block_on(walk.run(Arc::clone(&host))));
            });
            // `flow` with every input kept in a journal in memory.
            let plan = compile(&workflow);
            group.bench_function(BenchmarkId::new("flow_with_journal", size), |bencher| {
                bencher.iter(|| black_box(runtime.block_on(with_journal(Arc::clone(&plan), Arc::clone(&host)))));
            });
            // It spawns a task and opens channels for each node, which takes minutes for 100,000.
            if size <= 1_000 {
                group.bench_function(BenchmarkId::new("dagrs", size), |bencher| {
                    bencher.iter_batched(
                        || dagrs_walk::graph(&workflow),
                        |graph| runtime.block_on(dagrs_walk::run(graph)),
                        BatchSize::PerIteration,
                    );
                });
            }
            for name in ["flow", "dataflow"] {
                let loaded = engine(name).load(&definition).expect("the definition is sound");
                group.bench_function(BenchmarkId::new(name, size), |bencher| {
                    bencher.iter(|| black_box(runtime.block_on(loaded.run(job(), Arc::clone(&host)))));
                });
            }
        }
        group.finish();
    }
}

fn load(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("load/layered");
    for size in [15, 1_000] {
        let definition = Definition::Dag(Shape::Layered.workflow(size));
        group.throughput(Throughput::Elements(size as u64));
        for name in ["flow", "dataflow", "reference"] {
            let engine = engine(name);
            group.bench_function(BenchmarkId::new(name, size), |bencher| {
                bencher.iter(|| black_box(engine.load(&definition).is_ok()));
            });
        }
    }
    group.finish();
}

criterion_group!(benches, run, load);
criterion_main!(benches);
