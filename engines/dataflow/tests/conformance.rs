//! dataflow-rs behind the contract does what it declares.

use contract::{Options, conformance};
use dataflow::Dataflow;

#[test]
fn the_engine_conforms() {
    conformance::check(&Dataflow::new(&Options::new()).expect("it has no options")).assert_clean();
}
