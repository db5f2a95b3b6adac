//! Rules, a message at a time: each engine on the workloads that `compare` times, beside the evaluation of the same JSONLogic alone.
//!
//! The definitions that people really use are in the bench `rules`, which has pairs and ratios instead.

use std::hint::black_box;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use benches::FreeHost;
use contract::rules::{Message, Rules, steps};
use contract::{Definition, Finished, Host, Job, Loaded, Options};
use corpus::Case;
use corpus::workloads::Shape;
use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use datalogic_rs::bumpalo::Bump;
use datalogic_rs::datavalue::OwnedDataValue;
use datalogic_rs::{DataValue, Logic};
use futures::future::BoxFuture;
use serde_json::{Value, json};

const SHAPES: [Shape; 4] = [Shape::Mappings, Shape::Branches, Shape::Checks, Shape::Calls];
const SIZES: [usize; 3] = [10, 100, 1_000];

/// Every expression that the message makes an engine evaluate, each once: of a task whose condition does not hold, the condition
/// alone.
fn expressions(rules: &Rules, context: &OwnedDataValue) -> Vec<Logic> {
    let logic = contract::logic::engine();
    let arena = Bump::new();
    let holds = |condition: &Logic| {
        let found = logic.evaluate(condition, context.to_arena(&arena), &arena);
        found.is_ok_and(|value| *value == DataValue::Bool(true))
    };
    let compiled = |expression: &Value| contract::logic::compile(&logic, expression).expect("it compiles");
    let mut found = Vec::new();
    for workflow in &rules.workflows {
        steps::each_task(workflow, |task, _| {
            if let Some(condition) = task.get("condition") {
                found.push(compiled(condition));
                if !holds(&compiled(condition)) {
                    return;
                }
            }
            let input = &task["function"]["input"];
            for list in ["mappings", "rules"] {
                let expressions = input[list].as_array().into_iter().flatten();
                found.extend(expressions.map(|item| compiled(&item["logic"])));
            }
        });
    }
    found
}

fn start<'run>(loaded: &'run dyn Loaded, case: &Case, host: &Arc<dyn Host>) -> BoxFuture<'run, Finished> {
    let job = Job {
        run: "run".into(),
        input: Arc::clone(&case.input),
    };
    loaded.run(job, Arc::clone(host))
}

fn messages(criterion: &mut Criterion) {
    let host: Arc<dyn Host> = Arc::new(FreeHost);
    for shape in SHAPES {
        let mut group = criterion.benchmark_group(format!("message/{}", shape.as_str()));
        for size in SIZES {
            let case = shape.workload(size);
            let Definition::Rules(rules) = &case.definition else {
                unreachable!("these shapes are of rules");
            };
            group.throughput(Throughput::Elements(size as u64));
            group.sample_size(if size > 100 { 20 } else { 50 });
            let message = Message::of(&case.input);
            let context = json!({"data": message.data, "metadata": message.metadata, "temp_data": message.temp_data});
            let context = OwnedDataValue::from(&context);
            let expressions = expressions(rules, &context);
            // A call has nothing to evaluate.
            if !expressions.is_empty() {
                let logic = contract::logic::engine();
                group.bench_function(BenchmarkId::new("floor", size), |bencher| {
                    let mut arena = Bump::new();
                    bencher.iter(|| {
                        let ready = context.to_arena(&arena);
                        for expression in &expressions {
                            let _ = black_box(logic.evaluate(expression, ready, &arena));
                        }
                        arena.reset();
                    });
                });
            }
            for name in ["dataflow", "flow"] {
                let engine =
                    (engines::find(name).expect("registered").build)(&Options::default()).expect("it is built");
                let loaded = engine.load(&case.definition).expect("the definition is sound");
                group.bench_function(BenchmarkId::new(name, size), |bencher| {
                    bencher.iter_batched(
                        || start(&*loaded, &case, &host),
                        |mut run| match run.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
                            Poll::Ready(finished) => finished,
                            Poll::Pending => unreachable!("the host answers at once"),
                        },
                        BatchSize::SmallInput,
                    );
                });
            }
        }
        group.finish();
    }
}

criterion_group!(benches, messages);
criterion_main!(benches);
