//! What holds for the soak test itself: an engine without a fault passes, and one with a fault is named.

use super::*;

fn registered(name: &str) -> Box<dyn Engine> {
    (engines::find(name).unwrap().build)(&contract::Options::default()).unwrap()
}

fn soaked(engine: &dyn Engine, seed: u64) -> Result<Report, Box<Broken>> {
    soak(&Plan {
        engine,
        runs: 30,
        lasts: Millis(6 * 3_600_000),
        seed,
        memory: &|| Some(1),
    })
}

#[test]
fn a_durable_engine_keeps_every_rule_through_many_deaths() {
    for name in ["flow", "reference"] {
        let report = soaked(&*registered(name), 3).unwrap_or_else(|broken| panic!("{name}: {broken}"));
        assert!(report.deaths > 3 && report.recovered > 90, "{name}: {report:?}");
        assert!(
            report.made_again > 0 && report.made_again < report.calls,
            "{name}: {report:?}"
        );
        assert!(
            report.ended.len() >= 4 && report.lasted >= Millis(6 * 3_600_000),
            "{name}: {report:?}"
        );
        assert_eq!(report.memory, [Some(1); 2]);
    }
}

#[test]
fn one_seed_gives_one_report() {
    let engine = registered("reference");
    assert_eq!(soaked(&*engine, 4), soaked(&*engine, 4));
    assert_ne!(soaked(&*engine, 4), soaked(&*engine, 5));
}
