//! What a set of cases covers: shapes, sizes and features. It says nothing of how the cases end, which is the engines' matter.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use contract::rules::Rules;
use contract::{Definition, Feature, FeatureSet};
use serde::{Deserialize, Serialize};

use crate::Case;
use crate::import::dataflow_rs;

/// Upper bounds of the sizes that are counted together.
const SIZES: [usize; 7] = [0, 1, 5, 10, 20, 50, 200];

/// Counts over cases.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Stats {
    /// How many cases.
    pub cases: usize,
    /// How many tasks they have together.
    pub tasks: usize,
    /// The most tasks of one case.
    pub most_tasks: usize,
    /// Cases by size: those with at most as many tasks as the key, and more than the key before. The last key has no bound.
    pub sizes: BTreeMap<usize, usize>,
    /// Cases by tag.
    pub tags: BTreeMap<String, usize>,
    /// Cases by the number of features they use.
    pub feature_counts: BTreeMap<usize, usize>,
    /// Cases by each feature, under its name.
    pub features: BTreeMap<String, usize>,
    /// What is in the dataflow-rs definitions that cases run.
    #[serde(default, skip_serializing_if = "RulesStats::is_empty")]
    pub rules: RulesStats,
}

/// Counts over dataflow-rs definitions. Those that consecutive cases share count once.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RulesStats {
    /// How many cases run such definitions.
    pub cases: usize,
    /// How many sets of definitions there are.
    pub sets: usize,
    /// How many definitions are in them.
    pub workflows: usize,
    /// Their tasks by the name of the function, as far as they have the format's shape.
    pub functions: BTreeMap<String, usize>,
    /// The functions that are registered beside them.
    pub handlers: BTreeSet<Arc<str>>,
    /// What was counted last, to know it again.
    #[serde(skip)]
    last: Option<Arc<Rules>>,
}

impl RulesStats {
    fn is_empty(&self) -> bool {
        self.cases == 0
    }

    fn add(&mut self, rules: &Arc<Rules>) {
        self.cases += 1;
        if self.last.as_ref().is_some_and(|last| Arc::ptr_eq(last, rules)) {
            return;
        }
        self.last = Some(Arc::clone(rules));
        self.sets += 1;
        self.workflows += rules.workflows.len();
        for (name, count) in dataflow_rs::functions(rules) {
            *self.functions.entry(name).or_default() += count;
        }
        self.handlers.extend(rules.handlers.iter().cloned());
    }
}

impl Stats {
    /// Counts `cases`.
    pub fn of<'a>(cases: impl IntoIterator<Item = &'a Case>) -> Self {
        let mut stats = Self::default();
        for case in cases {
            stats.add(case);
        }
        stats
    }

    /// Counts one more.
    pub fn add(&mut self, case: &Case) {
        let tasks = case.size();
        let features = case.features();
        let size = SIZES.into_iter().find(|size| tasks <= *size).unwrap_or(usize::MAX);
        self.cases += 1;
        self.tasks += tasks;
        self.most_tasks = self.most_tasks.max(tasks);
        *self.sizes.entry(size).or_default() += 1;
        *self.feature_counts.entry(features.len()).or_default() += 1;
        for feature in features.iter() {
            *self.features.entry(feature.as_str().to_owned()).or_default() += 1;
        }
        if let Definition::Rules(rules) = &case.definition {
            self.rules.add(rules);
        }
        for tag in &case.tags {
            // Looked up first, because a tag is nearly always there already.
            match self.tags.get_mut(tag) {
                Some(count) => *count += 1,
                None => drop(self.tags.insert(tag.clone(), 1)),
            }
        }
    }

    /// The features that no case uses.
    pub fn missing(&self) -> FeatureSet {
        Feature::ALL
            .iter()
            .copied()
            .filter(|feature| !self.features.contains_key(feature.as_str()))
            .collect()
    }
}

impl fmt::Display for Stats {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let average = self.tasks as f64 / self.cases.max(1) as f64;
        writeln!(
            f,
            "{} cases with {average:.1} tasks on average, {} at most",
            self.cases, self.most_tasks
        )?;
        let mut least = 0;
        let sizes = self.sizes.iter().map(|(size, count)| {
            let label = match *size {
                0 => "none".to_owned(),
                1 => "1".to_owned(),
                usize::MAX => format!("above {}", SIZES[SIZES.len() - 1]),
                size => {
                    least = SIZES
                        .iter()
                        .rev()
                        .find(|bound| **bound < size)
                        .map_or(0, |bound| bound + 1);
                    format!("{least} to {size}")
                }
            };
            (label, *count)
        });
        self.section(f, "tasks", sizes)?;
        self.section(
            f,
            "features at once",
            self.feature_counts
                .iter()
                .map(|(count, cases)| (count.to_string(), *cases)),
        )?;
        let used = Feature::ALL.iter().filter_map(|feature| {
            let count = self.features.get(feature.as_str())?;
            Some((feature.as_str().to_owned(), *count))
        });
        self.section(f, "features", used)?;
        let tags = self
            .tags
            .iter()
            .map(|(tag, count)| (contract::text::visible(tag).into_owned(), *count));
        self.section(f, "tags", tags)?;
        self.write_rules(f)?;
        // They are features of this project's own definitions.
        if !self.missing().is_empty() && (self.cases == 0 || self.rules.cases < self.cases) {
            writeln!(f, "\nno case uses: {}", self.missing())?;
        }
        Ok(())
    }
}

impl Stats {
    fn write_rules(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rules = &self.rules;
        if rules.is_empty() {
            return Ok(());
        }
        let tasks: usize = rules.functions.values().sum();
        writeln!(
            f,
            "\ndataflow-rs definitions: {} in {} sets, with {tasks} tasks, for {} cases",
            rules.workflows, rules.sets, rules.cases
        )?;
        for (name, count) in &rules.functions {
            let share = 100.0 * *count as f64 / tasks.max(1) as f64;
            writeln!(f, "  {:<20} {count:>8} {share:>5.1} %", contract::text::visible(name))?;
        }
        let handlers: Vec<_> = rules
            .handlers
            .iter()
            .map(|name| contract::text::visible(name))
            .collect();
        if !handlers.is_empty() {
            writeln!(f, "  registered functions: {}", handlers.join(", "))?;
        }
        Ok(())
    }

    fn section(
        &self,
        f: &mut fmt::Formatter<'_>,
        title: &str,
        rows: impl Iterator<Item = (String, usize)>,
    ) -> fmt::Result {
        let mut rows = rows.peekable();
        if rows.peek().is_some() {
            writeln!(f, "\n{title}")?;
        }
        for (label, count) in rows {
            let share = 100.0 * count as f64 / self.cases.max(1) as f64;
            writeln!(f, "  {label:<20} {count:>8} {share:>5.1} %")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::Stats;
    use crate::generate::{Dials, Generator};

    #[test]
    fn stats_say_what_a_set_of_cases_covers() {
        let dials = Dials {
            max_tasks: 30,
            plain: 1.0,
            invalid: 0.0,
            hostile: 0.0,
            ..Dials::default()
        };
        let generator = Generator::new(1, dials);
        let cases: Vec<_> = (0..50).map(|index| generator.case(index)).collect();
        insta::assert_snapshot!(Stats::of(&cases), @r"
        50 cases with 13.4 tasks on average, 29 at most

        tasks
          1                           2   4.0 %
          2 to 5                      5  10.0 %
          6 to 10                     8  16.0 %
          11 to 20                   31  62.0 %
          21 to 50                    4   8.0 %

        features at once
          0                           1   2.0 %
          1                           6  12.0 %
          2                          17  34.0 %
          3                          19  38.0 %
          4                           7  14.0 %

        features
          needs                      46  92.0 %
          max_parallel               19  38.0 %
          when                       19  38.0 %
          template                   27  54.0 %
          failure_stop                6  12.0 %
          failure_continue            8  16.0 %

        tags
          pair                        2   4.0 %
          plain                      50 100.0 %
          shape:chain                12  24.0 %
          shape:diamond              11  22.0 %
          shape:fan-in                5  10.0 %
          shape:fan-out               2   4.0 %
          shape:fft                   1   2.0 %
          shape:independent           1   2.0 %
          shape:layered               5  10.0 %
          shape:random                8  16.0 %
          shape:spread                2   4.0 %
          shape:stencil               1   2.0 %
          shape:tree                  2   4.0 %
          tie                         1   2.0 %

        no case uses: empty_workflow, refusal, parallel, priority, run_if, failure_cancel, compensation, retry, task_timeout, run_timeout, cancel, pause_resume, user_input, for_each, handler_panic, big_integer, durable
        ");
    }

    #[test]
    fn definitions_that_cases_share_are_counted_once() {
        let task = |name: &str| serde_json::json!({"id": name, "name": name, "function": {"name": name, "input": {}}});
        let definition = serde_json::json!({"id": "w", "name": "w", "tasks": [task("map"), task("map"), task("ask")]});
        let options = crate::load::LoadOptions { messages: 10, seed: 1 };
        let application = crate::import::dataflow_rs::Application::new(vec![definition], options);
        let cases: Vec<_> = application.cases().collect();
        let shown = Stats::of(&cases).to_string();
        let rules = shown.split("\n\n").last().unwrap_or_default();
        insta::assert_snapshot!(rules, @r"
        dataflow-rs definitions: 1 in 1 sets, with 3 tasks, for 10 cases
          ask                         1  33.3 %
          map                         2  66.7 %
          registered functions: ask
        ");
    }

    #[test]
    fn nothing_is_covered_by_nothing() {
        assert_eq!(Stats::default().missing().len(), contract::Feature::ALL.len());
    }
}
