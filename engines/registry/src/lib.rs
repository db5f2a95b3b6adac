//! Every engine by name, with its options. A new engine is one more line here.

mod nearest;

use contract::{Engine, OptionError, Options};
use flow::rules::Fix;

/// An engine that can be named.
#[derive(Clone, Copy, Debug)]
pub struct Registered {
    /// What it is called in `cutover.toml` and on the command line; also what it calls itself.
    pub name: &'static str,
    /// What it is, in a sentence.
    pub about: &'static str,
    /// What can be set, for people; what it really takes is what `build` accepts.
    pub options: &'static [EngineOption],
    /// Makes it.
    pub build: fn(&Options) -> Result<Box<dyn Engine>, OptionError>,
}

/// Something that can be set about an engine.
#[derive(Clone, Copy, Debug)]
pub struct EngineOption {
    /// The key under `options` in `cutover.toml`.
    pub name: &'static str,
    /// What it does, and its default.
    pub about: &'static str,
    /// What can be chosen from, if that is a list of names which it takes several of.
    pub choices: &'static [Choice],
}

/// A name that an option takes.
#[derive(Clone, Copy, Debug)]
pub struct Choice {
    /// The name.
    pub name: &'static str,
    /// What it stands for, in a line.
    pub about: &'static str,
    /// The aspects of behaviour in which choosing it makes a divergence, by their names.
    pub diverges: &'static [&'static str],
}

const MAX_PARALLEL: EngineOption = EngineOption {
    name: "max_parallel",
    about: "calls in flight at once, at most, whatever the definition allows; unlimited if absent",
    choices: &[],
};

const CONDITION_ERROR: EngineOption = EngineOption {
    name: "condition_error",
    about: "what a condition that cannot be evaluated does: `fail` its task (default) or `skip` it",
    choices: &[],
};

const FIX: EngineOption = EngineOption {
    name: "fix",
    about: "flaws of dataflow-rs to mend in rules, a list of these names (and where each diverges); none if absent",
    choices: &FIXES,
};

const FIXES: [Choice; Fix::ALL.len()] = {
    let mut choices = [Choice {
        name: "",
        about: "",
        diverges: &[],
    }; Fix::ALL.len()];
    let mut place = 0;
    while place < choices.len() {
        let fix = Fix::ALL[place];
        choices[place] = Choice {
            name: fix.as_str(),
            about: fix.about(),
            diverges: fix.aspects(),
        };
        place += 1;
    }
    choices
};

#[rustfmt::skip]
static ENGINES: &[Registered] = &[
    Registered { name: "reference", about: "the written semantics as an interpreter, the third voter", options: &[MAX_PARALLEL, CONDITION_ERROR], build: |options| Ok(Box::new(reference::Reference::new(options)?)) },
    Registered { name: "dataflow", about: "dataflow-rs 3.12, which runs tasks one after another", options: &[], build: |options| Ok(Box::new(dataflow::Dataflow::new(options)?)) },
    Registered { name: "flow", about: "the new engine: a pure core with a small async driver", options: &[MAX_PARALLEL, CONDITION_ERROR, FIX], build: |options| Ok(Box::new(flow::FlowEngine::new(options)?)) },
];

/// Every engine, in the order in which they are shown.
pub fn all() -> &'static [Registered] {
    ENGINES
}

/// The engine called `name`.
///
/// # Errors
/// If there is none; the error names those there are, and the one that was perhaps meant.
pub fn find(name: &str) -> Result<&'static Registered, UnknownEngine> {
    all()
        .iter()
        .find(|engine| engine.name == name)
        .ok_or_else(|| UnknownEngine { name: name.to_owned() })
}

/// A name that no engine has.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no engine is called `{}`\n{}registered are {}", contract::text::visible(name), self.hint(), names().join(", "))]
pub struct UnknownEngine {
    /// The name.
    pub name: String,
}

impl UnknownEngine {
    /// The registered name that is nearest to the one given, if any is near.
    pub fn nearest(&self) -> Option<&'static str> {
        nearest::nearest(&self.name, &names())
    }

    fn hint(&self) -> String {
        self.nearest()
            .map(|name| format!("did you mean `{name}`? "))
            .unwrap_or_default()
    }
}

fn names() -> Vec<&'static str> {
    all().iter().map(|engine| engine.name).collect()
}

#[cfg(test)]
mod tests {
    use contract::Options;

    use super::{all, find, names};

    #[test]
    fn every_engine_is_found_by_its_name_and_calls_itself_by_it() {
        for engine in all() {
            assert_eq!(find(engine.name).expect("it is registered").about, engine.about);
            let built = (engine.build)(&Options::new()).expect("an engine takes no options at all");
            assert_eq!(built.describe().name, engine.name);
        }
    }

    #[test]
    fn no_name_is_taken_twice() {
        let mut names = names();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), all().len());
    }

    #[test]
    fn an_option_that_is_listed_is_known_to_its_engine() {
        for engine in all() {
            for option in engine.options {
                let options = Options::from([(option.name.to_owned(), serde_json::json!({}))]);
                let error = (engine.build)(&options)
                    .err()
                    .expect("an object is no value of any option");
                assert!(!error.to_string().contains("unknown field"), "{error}");
            }
        }
    }

    #[test]
    fn a_choice_that_is_listed_is_taken_and_any_other_is_refused_with_all_of_them() {
        let option = |name: &str, choice: &str| Options::from([(name.to_owned(), serde_json::json!([choice]))]);
        let mut choices = 0;
        for engine in all() {
            for listed in engine.options {
                for choice in listed.choices {
                    choices += 1;
                    assert!((engine.build)(&option(listed.name, choice.name)).is_ok(), "{choice:?}");
                    let error = (engine.build)(&option(listed.name, "no such choice"))
                        .err()
                        .expect("it is unknown")
                        .to_string();
                    assert!(
                        error.contains("no such choice") && error.contains(choice.name),
                        "{error}"
                    );
                }
            }
        }
        assert!(choices >= 13);
    }

    #[test]
    fn an_option_that_an_engine_does_not_have_is_refused() {
        let options = Options::from([("no such option".to_owned(), true.into())]);
        for engine in all() {
            let error = (engine.build)(&options).err().expect("it is unknown");
            assert!(error.to_string().contains("no such option"), "{error}");
        }
    }

    #[test]
    fn an_unknown_name_gets_the_nearest_one_suggested() {
        let error = find("datafow").expect_err("it is misspelt");
        assert_eq!(error.nearest(), Some("dataflow"));
        let expected = format!(
            "no engine is called `datafow`\ndid you mean `dataflow`? registered are {}",
            names().join(", ")
        );
        assert_eq!(error.to_string(), expected);
        assert_eq!(find("temporal").expect_err("there is none").nearest(), None);
        assert!(
            find("\u{1b}[2J")
                .expect_err("there is none")
                .to_string()
                .starts_with("no engine is called `\\u{1b}[2J`")
        );
    }
}
