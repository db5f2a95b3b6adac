//! Draws cases of rules of those kinds that still reach something new, and of several of a kind the one that is most unlike
//! what was drawn before.

use std::collections::BTreeMap;

use super::shapes::{Group, Shape, shapes};
use crate::Case;
use crate::generate::rules::{RulesGenerator, Slant, WAYS_TO_BREAK};

/// How many candidates are looked at for each case.
const CANDIDATES: u64 = 32;

/// What remains of a kind's worth with each case of it.
const FADES: f64 = 0.75;
/// The worth of a kind before it was tried; more than one case can earn it by itself.
const UNTRIED: f64 = 6.0;

/// What is still to be reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sought {
    /// Something that rules go through which are accepted.
    pub in_runs: bool,
    /// A reason to refuse rules.
    pub in_refusals: bool,
}

/// Draws cases of rules towards what none has reached.
pub struct RulesGuide {
    seed: u64,
    generator: RulesGenerator,
    kinds: Vec<(Slant, f64)>,
    drawn: u64,
    /// The kind of the case that was drawn last.
    last: usize,
    sought: Sought,
    /// In how many of the cases so far there was something of a shape.
    seen: BTreeMap<Shape, u32>,
}

impl RulesGuide {
    /// A guide that draws from `seed`.
    pub fn new(seed: u64) -> Self {
        let large = [(false, 0.9), (false, 0.3), (true, 0.9), (true, 0.3)];
        let large = large.map(|(wild, forgiving)| Slant::Large { wild, forgiving });
        let broken = (0..WAYS_TO_BREAK).map(Slant::Broken);
        let kinds = large.into_iter().chain([Slant::None]).chain(broken);
        Self {
            seed,
            generator: RulesGenerator::new(seed),
            kinds: kinds.map(|slant| (slant, UNTRIED)).collect(),
            drawn: 0,
            last: 0,
            sought: Sought {
                in_runs: true,
                in_refusals: true,
            },
            seen: BTreeMap::new(),
        }
    }

    /// The next case, named `ruled<seed>-<place>`. Tell what it came to before the next one is drawn.
    pub fn draw(&mut self) -> Case {
        let place = self.drawn;
        self.drawn += 1;
        let worth = |kind: &usize| match (self.kinds[*kind], self.sought) {
            ((Slant::Broken(_), worth), Sought { in_refusals: true, .. })
            | ((Slant::None | Slant::Large { .. }, worth), Sought { in_runs: true, .. }) => worth,
            // Nothing that this kind can reach is missing.
            _ => -1.0,
        };
        // The first of the best.
        let best = (0..self.kinds.len())
            .rev()
            .max_by(|one, other| worth(one).total_cmp(&worth(other)));
        self.last = best.unwrap_or_default();
        let mut case = self.newest(place * CANDIDATES, self.kinds[self.last].0);
        for shape in shapes(&case) {
            *self.seen.entry(shape).or_default() += 1;
        }
        case.id = format!("ruled{}-{place}", self.seed);
        case.tags.push("guided".to_owned());
        case
    }

    /// Of the candidates from an index on the one with the most that is new or rare.
    fn newest(&self, first: u64, slant: Slant) -> Case {
        let mut best: Option<(f64, Case)> = None;
        for index in first..first + CANDIDATES {
            let case = self.generator.slanted(index, slant);
            let mut novelty: BTreeMap<Group, f64> = BTreeMap::new();
            for shape in shapes(&case) {
                let seen = f64::from(self.seen.get(&shape).copied().unwrap_or_default());
                *novelty.entry(shape.0).or_default() += (1.0 + seen).powi(-2);
            }
            // A little that is new in one group is worth as much as a lot in another.
            let novelty = novelty.into_values().map(f64::ln_1p).sum();
            if best.as_ref().is_none_or(|(most, _)| novelty > *most) {
                best = Some((novelty, case));
            }
        }
        best.expect("there is more than one candidate").1
    }

    /// Learns how many things the case that was drawn last was the first to reach, and what is still missing.
    pub fn tell(&mut self, new: usize, sought: Sought) {
        self.sought = sought;
        let worth = &mut self.kinds[self.last].1;
        *worth = *worth * FADES + new as f64;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: Sought = Sought {
        in_runs: true,
        in_refusals: true,
    };

    #[test]
    fn what_cannot_reach_anything_more_is_not_drawn() {
        let mut guide = RulesGuide::new(4);
        for in_refusals in [true, false] {
            let sought = Sought {
                in_runs: !in_refusals,
                in_refusals,
            };
            guide.draw();
            guide.tell(0, sought);
            for _ in 0..60 {
                let case = guide.draw();
                guide.tell(0, sought);
                let is_broken = matches!(guide.kinds[guide.last].0, Slant::Broken(_));
                assert_eq!(is_broken, in_refusals, "{}", case.id);
            }
        }
    }

    #[test]
    fn every_kind_is_tried_and_the_one_that_pays_is_drawn_most() {
        let mut guide = RulesGuide::new(3);
        let mut counts = vec![0; guide.kinds.len()];
        for _ in 0..100 {
            guide.draw();
            counts[guide.last] += 1;
            guide.tell(usize::from(guide.last == 7), ALL);
        }
        assert!(counts.iter().all(|count| *count > 0), "{counts:?}");
        assert!(counts.iter().all(|count| *count <= counts[7]), "{counts:?}");
    }

    #[test]
    fn the_same_answers_lead_to_the_same_cases() {
        let cases = |seed| {
            let mut guide = RulesGuide::new(seed);
            let draw = |place| {
                let case = guide.draw();
                guide.tell(place % 3, ALL);
                case
            };
            (0..40_usize).map(draw).collect::<Vec<Case>>()
        };
        assert_eq!(cases(5), cases(5));
        assert_ne!(cases(5), cases(6));
    }
}
