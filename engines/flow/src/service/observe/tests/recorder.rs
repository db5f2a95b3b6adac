//! A recorder that keeps the engine's metrics.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex, MutexGuard};

use metrics::{
    Counter, CounterFn, Gauge, GaugeFn, Histogram, HistogramFn, Key, KeyName, Metadata, Recorder, SharedString, Unit,
};

/// What it was told, by name and labels. Clones share it.
#[derive(Clone, Default)]
pub(super) struct Metrics(Arc<Mutex<BTreeMap<String, Kept>>>);

#[derive(Clone, Debug)]
enum Kept {
    Counter(u64),
    Gauge { now: f64, most: f64 },
    Histogram(Vec<f64>),
}

impl Metrics {
    fn all(&self) -> MutexGuard<'_, BTreeMap<String, Kept>> {
        self.0.lock().expect("nobody panics with it")
    }

    /// What a counter or a gauge says; 0 if nothing was ever told of it.
    pub(super) fn value(&self, name: &str) -> i64 {
        match self.all().get(name) {
            None => 0,
            Some(Kept::Counter(count)) => count.cast_signed(),
            Some(Kept::Gauge { now, .. }) => *now as i64,
            Some(Kept::Histogram(_)) => panic!("{name} is a histogram"),
        }
    }

    /// All of it, in alphabetical order.
    pub(super) fn show(&self) -> String {
        let mut text = String::new();
        for (name, kept) in &*self.all() {
            match kept {
                Kept::Counter(count) => writeln!(text, "{name}: {count}"),
                Kept::Gauge { now, most } => writeln!(text, "{name}: {now}, at most {most}"),
                Kept::Histogram(values) => {
                    let values: Vec<_> = values.iter().map(f64::to_string).collect();
                    writeln!(text, "{name}: {}", values.join(" "))
                }
            }
            .expect("a string takes all");
        }
        text
    }

    fn one(&self, key: &Key) -> Arc<One> {
        let labels = key.labels().map(|label| format!(" {}={}", label.key(), label.value()));
        Arc::new(One {
            name: format!("{}{}", key.name(), labels.collect::<String>()),
            of: self.clone(),
        })
    }
}

/// One metric of it.
struct One {
    name: String,
    of: Metrics,
}

impl One {
    fn change(&self, new: Kept, change: impl FnOnce(&mut Kept)) {
        change(self.of.all().entry(self.name.clone()).or_insert(new));
    }
}

impl CounterFn for One {
    fn increment(&self, value: u64) {
        self.change(Kept::Counter(0), |kept| match kept {
            Kept::Counter(count) => *count += value,
            other => panic!("{} was {other:?}", self.name),
        });
    }

    fn absolute(&self, _: u64) {
        panic!("{} only counts up", self.name);
    }
}

impl GaugeFn for One {
    fn increment(&self, value: f64) {
        self.change(Kept::Gauge { now: 0.0, most: 0.0 }, |kept| match kept {
            Kept::Gauge { now, most } => {
                *now += value;
                *most = most.max(*now);
            }
            other => panic!("{} was {other:?}", self.name),
        });
    }

    fn decrement(&self, value: f64) {
        GaugeFn::increment(self, -value);
    }

    fn set(&self, _: f64) {
        panic!("{} goes up and down", self.name);
    }
}

impl HistogramFn for One {
    fn record(&self, value: f64) {
        self.change(Kept::Histogram(Vec::new()), |kept| match kept {
            Kept::Histogram(values) => values.push(value),
            other => panic!("{} was {other:?}", self.name),
        });
    }
}

impl Recorder for Metrics {
    fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
        Counter::from_arc(self.one(key))
    }

    fn register_gauge(&self, key: &Key, _: &Metadata<'_>) -> Gauge {
        Gauge::from_arc(self.one(key))
    }

    fn register_histogram(&self, key: &Key, _: &Metadata<'_>) -> Histogram {
        Histogram::from_arc(self.one(key))
    }
}
