//! The cases of a run: those read from files first, then those made for an application's definitions, generated ones last.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::Arc;

use contract::{Format, Rules};
use corpus::Case;
use corpus::generate::Generator;
use corpus::import::dataflow_rs;

use crate::verdict::Application;

/// A corpus, as a pure function from a place to a case.
pub struct Cases {
    listed: Vec<Case>,
    /// For each listed case, its application.
    application_of: Vec<Option<usize>>,
    /// Applications whose cases are made when they are asked for, each with its place among all applications.
    made: Vec<(dataflow_rs::Application, usize)>,
    generator: Option<(Generator, u64)>,
    rules: Option<(Draw, u64)>,
    applications: Vec<Application>,
}

/// One in so many generated workflows is also played with deaths of the engine's process.
const KILLED: u64 = 24;

type Draw = Box<dyn Fn(u64) -> Case + Send + Sync>;

impl Cases {
    /// `listed`, and as many generated workflows as asked for.
    pub fn new(listed: Vec<Case>, generator: Option<(Generator, u64)>) -> Self {
        let (applications, application_of) = applications(&listed);
        Self {
            listed,
            application_of,
            made: Vec::new(),
            generator,
            rules: None,
            applications,
        }
    }

    /// And the cases of an application, which goes by `name`.
    #[must_use]
    pub fn with_application(mut self, name: String, application: dataflow_rs::Application) -> Self {
        let tasks = tasks(application.rules());
        self.made.push((application, self.applications.len()));
        self.applications.push(Application { name, tasks });
        self
    }

    /// And `count` cases of rules, of which `draw` gives each by its place among them.
    #[must_use]
    pub fn with_rules(mut self, draw: impl Fn(u64) -> Case + Send + Sync + 'static, count: u64) -> Self {
        self.rules = (count > 0).then(|| (Box::new(draw) as Draw, count));
        self
    }

    /// How many there are.
    pub fn count(&self) -> u64 {
        [self.listed(), self.made(), self.generated(), self.rules()]
            .into_iter()
            .fold(0, u64::saturating_add)
    }

    /// How many were read from files.
    pub fn listed(&self) -> u64 {
        self.listed.len() as u64
    }

    /// How many are made for the definitions of applications.
    pub fn made(&self) -> u64 {
        self.made.iter().map(|(application, _)| application.count()).sum()
    }

    /// How many workflows are generated.
    pub fn generated(&self) -> u64 {
        self.generator.as_ref().map_or(0, |(_, count)| *count)
    }

    /// How many cases of rules are generated.
    pub fn rules(&self) -> u64 {
        self.rules.as_ref().map_or(0, |(_, count)| *count)
    }

    /// The case at `index`, which is below [`Self::count`].
    ///
    /// # Panics
    /// If it is not.
    pub fn case(&self, index: u64) -> Cow<'_, Case> {
        let Some(beyond) = index.checked_sub(self.listed()) else {
            return Cow::Borrowed(&self.listed[index as usize]);
        };
        if let Some((application, place, _)) = self.made_at(index) {
            return Cow::Owned(application.case(place));
        }
        let generated = beyond - self.made();
        match (&self.generator, generated.checked_sub(self.generated()), &self.rules) {
            (_, Some(rules), Some((draw, _))) => Cow::Owned(draw(rules)),
            (Some((generator, _)), None, _) => Cow::Owned(generator.case(generated)),
            _ => panic!("the case {index} is beyond the end of the corpus"),
        }
    }

    /// The places at which cases of this format may be: of the generated ones it is known, the others have to be looked at.
    pub fn of_format(&self, format: Format) -> impl Iterator<Item = u64> {
        let given = self.listed() + self.made();
        let workflows = given..given + self.generated();
        let drawn = match format {
            Format::Dag => workflows,
            Format::Rules => workflows.end..workflows.end + self.rules(),
        };
        (0..given).chain(drawn)
    }

    /// Whether new is also killed on the case at `index`: on every case from a file, and on a sample of the generated ones.
    pub fn is_killed(&self, index: u64) -> bool {
        index < self.listed() || (index - self.listed()).is_multiple_of(KILLED)
    }

    /// The application that the case at `index` is a message of, if it is one of several of the same definitions.
    pub fn application(&self, index: u64) -> Option<&Application> {
        self.application_at(index).map(|place| &self.applications[place])
    }

    /// Whether two cases are of the very same rules, so that what was loaded for one can be kept for the other.
    pub(crate) fn share_rules(&self, index: u64, other: u64) -> bool {
        let application = self.application_at(index);
        application.is_some() && application == self.application_at(other)
    }

    fn application_at(&self, index: u64) -> Option<usize> {
        if index < self.listed() {
            self.application_of[index as usize]
        } else {
            self.made_at(index).map(|(_, _, application)| application)
        }
    }

    /// The application whose cases are made that `index` belongs to, the case's place in it, and its own among all.
    fn made_at(&self, index: u64) -> Option<(&dataflow_rs::Application, u64, usize)> {
        let mut place = index.checked_sub(self.listed())?;
        for (application, among_all) in &self.made {
            match place.checked_sub(application.count()) {
                None => return Some((application, place, *among_all)),
                Some(beyond) => place = beyond,
            }
        }
        None
    }
}

/// The applications that several cases are messages of, and for each case, its application.
fn applications(listed: &[Case]) -> (Vec<Application>, Vec<Option<usize>>) {
    let mut sets: Vec<(&Arc<Rules>, Vec<&str>)> = Vec::new();
    let mut set_of = Vec::with_capacity(listed.len());
    for case in listed {
        let set = case.definition.rules().map(|rules| {
            // Cases of one set stand side by side, so the search ends at once.
            let known = sets.iter().rposition(|(known, _)| Arc::ptr_eq(known, rules));
            let place = known.unwrap_or_else(|| {
                sets.push((rules, Vec::new()));
                sets.len() - 1
            });
            sets[place].1.push(&case.id);
            place
        });
        set_of.push(set);
    }
    let mut applications = Vec::new();
    let place_of: Vec<Option<usize>> = sets
        .iter()
        .map(|(rules, ids)| {
            (ids.len() > 1).then(|| {
                applications.push(Application {
                    name: common_name(ids),
                    tasks: tasks(rules),
                });
                applications.len() - 1
            })
        })
        .collect();
    let application_of = set_of.into_iter().map(|set| place_of[set?]).collect();
    (applications, application_of)
}

/// What the ids of an application's cases have in common, without the number at its end.
fn common_name(ids: &[&str]) -> String {
    let first = ids.first().copied().unwrap_or_default();
    let common = ids.iter().fold(first.len(), |common, id| {
        let alike = first.bytes().zip(id.bytes()).take_while(|(one, other)| one == other);
        common.min(alike.count())
    });
    let name = first[..first.floor_char_boundary(common)].trim_end_matches(|end: char| !end.is_alphabetic());
    if name.is_empty() { first } else { name }.to_owned()
}

/// Every task of every workflow, those in groups included, as `workflow/task`.
fn tasks(rules: &Rules) -> BTreeSet<String> {
    fn add(workflow: &str, steps: &serde_json::Value, tasks: &mut BTreeSet<String>) {
        for step in steps.as_array().into_iter().flatten() {
            match (step.get("tasks"), step["id"].as_str()) {
                (Some(members), _) => add(workflow, members, tasks),
                (None, Some(task)) => drop(tasks.insert(contract::rules::call_name(workflow, task).to_string())),
                (None, None) => {}
            }
        }
    }
    let mut tasks = BTreeSet::new();
    for workflow in &rules.workflows {
        add(
            workflow["id"].as_str().unwrap_or_default(),
            &workflow["tasks"],
            &mut tasks,
        );
    }
    tasks
}

#[cfg(test)]
mod tests {
    use contract::Definition;
    use serde_json::json;

    use super::*;

    fn of(id: &str, rules: &Arc<Rules>) -> Case {
        Case {
            format_version: 1,
            id: id.to_owned(),
            why: String::new(),
            tags: Vec::new(),
            definition: Definition::Rules(Arc::clone(rules)),
            input: Arc::default(),
            script: Arc::default(),
        }
    }

    fn orders() -> Arc<Rules> {
        let workflow = json!({"id": "o", "name": "o", "tasks": [
            {"id": "a"}, {"id": "g", "tasks": [{"id": "b"}, {"id": "h", "tasks": [{"id": "c"}]}]}
        ]});
        Arc::new(Rules {
            workflows: vec![workflow.clone(), workflow],
            ..Rules::default()
        })
    }

    #[test]
    fn the_messages_of_one_application_are_told_by_their_common_rules() {
        let (orders, other) = (orders(), orders());
        let cases = Cases::new(
            vec![of("orders-1", &orders), of("orders-12", &orders), of("single", &other)],
            None,
        );
        let names = (0..3).map(|index| cases.application(index).map(|found| &*found.name));
        assert_eq!(names.collect::<Vec<_>>(), [Some("orders"), Some("orders"), None]);
        assert!(cases.share_rules(0, 1) && !cases.share_rules(1, 2) && !cases.share_rules(2, 3));
    }

    #[test]
    fn the_tasks_of_an_application_are_those_in_groups_too() {
        assert_eq!(tasks(&orders()), ["o/a", "o/b", "o/c"].map(str::to_owned).into());
    }

    #[test]
    fn an_applications_cases_come_after_what_was_listed_and_share_its_rules() {
        let options = corpus::load::LoadOptions { messages: 2, seed: 1 };
        let made = |id: &str| {
            let definition = json!({"id": id, "name": id, "tasks": [
                {"id": "a", "name": "a", "function": {"name": "log", "input": {"message": "x"}}}
            ]});
            dataflow_rs::Application::new(vec![definition], options)
        };
        let cases = Cases::new(vec![of("listed", &orders())], None)
            .with_application("first".to_owned(), made("o"))
            .with_application("second".to_owned(), made("p"));
        let ids = (0..cases.count()).map(|index| cases.case(index).id.clone());
        assert_eq!(ids.collect::<Vec<_>>(), ["listed", "o-0", "o-1", "p-0", "p-1"]);
        let names = (0..5).map(|index| cases.application(index).map(|found| &*found.name));
        let [first, second] = ["first", "second"].map(Some);
        assert_eq!(names.collect::<Vec<_>>(), [None, first, first, second, second]);
        assert!(cases.share_rules(1, 2) && !cases.share_rules(2, 3) && !cases.share_rules(0, 1));
    }

    #[test]
    fn rules_come_after_workflows_and_workflows_after_what_was_listed() {
        let orders = orders();
        let generator = Generator::new(1, corpus::generate::Dials::default());
        let drawn = Arc::clone(&orders);
        let cases = Cases::new(vec![of("listed", &orders)], Some((generator, 2)))
            .with_rules(move |index| of(&format!("r1-{index}"), &drawn), 2);
        let ids = (0..cases.count()).map(|index| cases.case(index).id.clone());
        assert_eq!(ids.collect::<Vec<_>>(), ["listed", "g1-0", "g1-1", "r1-0", "r1-1"]);
    }
}
