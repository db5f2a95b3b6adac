//! What engines have loaded, kept while one case after another is of the same rules.
//!
//! An application's definitions are many, and each of its messages is a case: loading all of them for each message would be
//! nearly all that a run does.

use std::sync::Arc;

use contract::observation::End;
use contract::stage::Stage;
use contract::{Definition, Engine, Loaded, Observation, Rules};
use corpus::Case;

/// The engines that run a case, each with a place of its own.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Place {
    Legacy,
    New,
    Reference,
}

/// Plays one case to one engine, listening to the application's log if the case writes to it.
pub fn play_once(stage: &mut Stage, engine: &dyn Engine, case: &Case) -> Observation {
    Kept::default().play(stage, engine, case, Place::New, false)
}

/// What a worker keeps from one case to the next.
#[derive(Default)]
pub struct Kept {
    rules: Option<Arc<Rules>>,
    writes_logs: bool,
    loaded: [Option<Result<Box<dyn Loaded>, End>>; 3],
}

impl Kept {
    /// Plays `case`, with what is kept if it is of the same rules. Unless `keep` says that the next case will be too, it is
    /// dropped here and now: an engine that panics then fails the case that it was dropped after.
    pub(crate) fn play(
        &mut self,
        stage: &mut Stage,
        engine: &dyn Engine,
        case: &Case,
        place: Place,
        keep: bool,
    ) -> Observation {
        let Definition::Rules(rules) = &case.definition else {
            stage.listen(false);
            return stage.play(engine, &case.definition, &case.input, &case.script);
        };
        let is_of_these = self.rules.as_ref().is_some_and(|kept| Arc::ptr_eq(kept, rules));
        if !is_of_these {
            // Nothing is left here if the one who judged the case before knew what comes next.
            for loaded in std::mem::take(&mut self.loaded).into_iter().flatten().flatten() {
                if let Err(end) = Stage::drop_loaded(loaded) {
                    tracing::error!(?end, "an engine could not let go of what it had loaded");
                }
            }
            self.rules = Some(Arc::clone(rules));
            self.writes_logs = rules.writes_logs();
        }
        stage.listen(self.writes_logs);
        let held = &mut self.loaded[place as usize];
        let loaded = held.get_or_insert_with(|| Stage::load(engine, &case.definition));
        let observation = match loaded {
            Ok(loaded) => stage.run(&**loaded, &case.input, &case.script),
            Err(end) => Observation::without_run(end.clone()),
        };
        // What a panic or a hang has left behind must not reach the next case.
        let is_sound = !matches!(observation.end, End::Crashed(_) | End::Hung(_));
        if keep && is_sound {
            return observation;
        }
        match held.take() {
            Some(Ok(loaded)) => match Stage::drop_loaded(loaded) {
                Ok(()) => observation,
                Err(end) => Observation { end, ..observation },
            },
            _ => observation,
        }
    }
}
