//! The new engine does what the semantics say.

use contract::{Options, conformance};
use flow::FlowEngine;

#[test]
fn the_engine_conforms() {
    conformance::check(&FlowEngine::new(&Options::new()).expect("no option is needed")).assert_clean();
}

#[test]
fn the_engine_conforms_when_told_to_skip_what_it_cannot_evaluate() {
    let options = Options::from([("condition_error".to_owned(), "skip".into())]);
    conformance::check(&FlowEngine::new(&options).expect("it has this option")).assert_clean();
}
