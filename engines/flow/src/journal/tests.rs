//! Facts about records, and about runs that die at each of their writes.

use std::sync::Arc;

use contract::stage::{Death, Left, Stage};
use contract::{Definition, Engine, Json, Millis, Script};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::record::{Chain, Damage, Record};
use crate::FlowEngine;
use crate::core::Input;
use crate::sample::{show, workflow};

fn record(at: u64, output: Value) -> Record {
    Record {
        clock: Millis(1_000_000 + at),
        at: Millis(at),
        inputs: vec![
            Input::Started {
                input: Json::new(output),
            },
            Input::Settled,
        ],
    }
}

#[test]
fn what_is_written_is_read_again_to_the_last_bit() {
    let values = json!([0.1 + 0.2, 1.0, -0.0, 5e-324, 1, u64::MAX, i64::MIN, "größe\u{0}", {"b": null, "a": [true]}]);
    let written = record(7, values);
    let bytes = Chain::new("r").encode(&written);
    assert_eq!(Chain::new("r").decode(&bytes).as_ref(), Ok(&written));
}

#[test]
fn a_record_fits_only_behind_the_one_it_was_written_behind() {
    let mut writer = Chain::new("r");
    let [first, second, third] = [1, 2, 3].map(|at| writer.encode(&record(at, json!(at))));
    let mut reader = Chain::new("r");
    assert_eq!(
        reader.decode(&second),
        Err(Damage::Checksum),
        "the first one is missing"
    );
    assert!(reader.decode(&first).is_ok());
    assert_eq!(reader.decode(&first), Err(Damage::Checksum), "it comes twice");
    assert_eq!(reader.decode(&third), Err(Damage::Checksum), "they are exchanged");
    assert!(reader.decode(&second).is_ok());
    assert_eq!(
        Chain::new("s").decode(&first),
        Err(Damage::Checksum),
        "it is of another run"
    );
    assert_eq!(reader.decode(&[1, 2, 3]), Err(Damage::CutOff));
}

proptest! {
    #[test]
    fn no_changed_bit_and_no_cut_goes_unnoticed(
        text in ".{0,40}", number in any::<f64>(), place in any::<prop::sample::Index>(), bit in 0u8..8,
    ) {
        let bytes = Chain::new("r").encode(&record(3, json!({"text": text, "number": number})));
        let place = place.index(bytes.len());
        prop_assert!(Chain::new("r").decode(&bytes[..place]).is_err());
        let mut changed = bytes;
        changed[place] ^= 1 << bit;
        prop_assert_eq!(Chain::new("r").decode(&changed), Err(Damage::Checksum));
    }
}

/// A run that dies at any of its writes, whatever is left of the write, ends as the one that does not die.
#[track_caller]
fn check_every_death(fields: Value, script: Value) {
    let script: Arc<Script> = Arc::new(serde_json::from_value(script).expect("a script"));
    let engine = FlowEngine::new(&contract::Options::new()).expect("no options");
    let loaded = engine
        .load(&Definition::Dag(Arc::new(workflow(fields))))
        .expect("a right definition");
    let input = Arc::new(json!({"n": 7}));
    let mut stage = Stage::new();
    let expected = stage.run_durably(&*loaded, &input, &script, &[]);
    assert!(expected.writes > 1, "it writes each instant down");
    for write in 1..=expected.writes {
        for left in Left::ALL {
            let again = Death {
                write: write + 1,
                left: Left::Part,
            };
            for deaths in [&[Death { write, left }][..], &[Death { write, left }, again]] {
                let seen = stage.run_durably(&*loaded, &input, &script, deaths);
                let (end, expected_end) = (&seen.observation.end, &expected.observation.end);
                assert_eq!(end, expected_end, "{deaths:?}\n{}", show(&seen.observation));
                assert_eq!(seen.observation.makespan, expected.observation.makespan, "{deaths:?}");
                assert!(seen.repeated.is_empty(), "{deaths:?}: {:?}", seen.repeated);
            }
        }
    }
}

#[test]
fn a_pipeline_with_retries_and_a_timeout_survives_each_death() {
    check_every_death(
        json!({"tasks": [
            {"id": "a", "retry": {"max_attempts": 3, "initial": 10}},
            {"id": "b", "timeout": 30, "retry": {"max_attempts": 2}},
            {"id": "c", "needs": ["a", "b"], "call": {"handler": "do", "input": {"template": {"var": "tasks.a.output"}}}},
        ], "timeout": 500}),
        json!({"tasks": {
            "a": {"attempts": [{"takes": 5, "then": {"fails": {"kind": "transient", "message": "no"}}}, {"takes": 7, "then": {"returns": 0.1}}]},
            "b": {"attempts": [{"takes": 1, "then": "never_returns"}, {"takes": 12}]},
        }}),
    );
}

#[test]
fn an_approval_with_a_pause_survives_each_death() {
    check_every_death(
        json!({"tasks": [
            {"id": "a"},
            {"id": "q", "needs": ["a"], "ask": {"variable": "v", "prompt": "?"}},
            {"id": "each", "needs": ["q"], "for_each": {"var": "tasks.q.output"}, "retry": {"max_attempts": 2, "initial": 3}},
        ], "max_parallel": 2}),
        json!({"tasks": {"each[1]": {"attempts": [{"takes": 4, "then": {"panics": "oh"}}, {"takes": 2}]}},
            "signals": [
                {"at": 0, "signal": "pause"}, {"at": 8, "signal": "resume"},
                {"at": 9, "signal": {"respond": {"task": "nobody", "value": 1}}},
                {"at": 20, "signal": {"respond": {"task": "q", "value": [1, 2, 3]}}},
                {"at": 22, "signal": "pause"}, {"at": 50, "signal": "resume"}]}),
    );
}

#[test]
fn a_saga_survives_each_death() {
    check_every_death(
        json!({"tasks": [
            {"id": "a", "compensate": {"handler": "undo", "input": {"template": {"var": "output"}}}},
            {"id": "b", "needs": ["a"], "compensate": {"handler": "undo"}},
            {"id": "c", "needs": ["b"]},
        ], "on_failure": "compensate"}),
        json!({"tasks": {
            "a": {"compensate": {"takes": 6}},
            "b": {"compensate": {"takes": 5, "then": {"fails": {"kind": "x", "message": "stuck"}}}},
            "c": {"attempts": [{"takes": 3, "then": {"fails": {"kind": "permanent", "message": "no"}}}]},
        }}),
    );
}

#[test]
fn a_cancelled_run_survives_each_death() {
    check_every_death(
        json!({"tasks": [{"id": "a"}, {"id": "b"}, {"id": "c", "needs": ["a"]}]}),
        json!({"tasks": {"a": {"attempts": [{"takes": 5}]}, "b": {"attempts": [{"takes": 50}]}, "c": {"attempts": [{"takes": 60}]}},
            "signals": [{"at": 20, "signal": "cancel"}, {"at": 21, "signal": "cancel"}]}),
    );
}
