//! Each example runs to its end.

#[path = "../examples/approval.rs"]
mod approval;
#[path = "../examples/pipeline.rs"]
mod pipeline;
#[path = "../examples/progress.rs"]
mod progress;
#[path = "../examples/saga.rs"]
mod saga;

#[test]
fn each_example_runs_to_its_end() {
    for example in [approval::main, pipeline::main, progress::main, saga::main] {
        example().expect("an example that a reader copies works");
    }
}
