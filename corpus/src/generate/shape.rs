//! Shapes of graphs: which task needs which. Rows, stencils, butterflies and spreads are those of Task Bench (Slaughter et
//! al., 2020).

use super::draw::Draw;

/// The shape of a case's graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is described at its weight in `Shapes`")]
pub enum Shape {
    Independent,
    Chain,
    FanOut,
    FanIn,
    Diamond,
    Tree,
    Layered,
    Stencil,
    Fft,
    Spread,
    Random,
}

/// The most needs that a task of a random graph has: beyond it edges cost time and tell nothing new.
const MOST_RANDOM_NEEDS: usize = 8;

impl Shape {
    /// Every shape.
    pub const ALL: [Self; 11] = [
        Self::Independent,
        Self::Chain,
        Self::FanOut,
        Self::FanIn,
        Self::Diamond,
        Self::Tree,
        Self::Layered,
        Self::Stencil,
        Self::Fft,
        Self::Spread,
        Self::Random,
    ];

    /// The tag that a case of this shape has.
    pub const fn tag(self) -> &'static str {
        match self {
            Self::Independent => "shape:independent",
            Self::Chain => "shape:chain",
            Self::FanOut => "shape:fan-out",
            Self::FanIn => "shape:fan-in",
            Self::Diamond => "shape:diamond",
            Self::Tree => "shape:tree",
            Self::Layered => "shape:layered",
            Self::Stencil => "shape:stencil",
            Self::Fft => "shape:fft",
            Self::Spread => "shape:spread",
            Self::Random => "shape:random",
        }
    }
}

/// The needs of `tasks` tasks: for each, places before its own, without repetition.
pub(super) fn needs(shape: Shape, tasks: usize, density: Option<f64>, draw: &mut Draw) -> Vec<Vec<u32>> {
    let mut needs = vec![Vec::new(); tasks];
    let last = tasks.saturating_sub(1);
    match shape {
        Shape::Independent => {}
        Shape::Chain => fill(&mut needs, |task, _| (task - 1..task).collect()),
        Shape::FanOut => fill(&mut needs, |_, _| vec![0]),
        Shape::FanIn => fill(
            &mut needs,
            |task, _| if task == last { (0..task).collect() } else { Vec::new() },
        ),
        Shape::Diamond => diamonds(&mut needs, draw),
        Shape::Tree => tree(&mut needs, draw),
        Shape::Layered => {
            let width = width(tasks, draw);
            rows(&mut needs, width, |_, _, row_before| {
                let mut chosen: Vec<usize> = (0..draw.between(1, 3)).map(|_| draw.below(row_before)).collect();
                chosen.sort_unstable();
                chosen.dedup();
                chosen
            });
        }
        Shape::Stencil => {
            let width = width(tasks, draw);
            rows(&mut needs, width, |_, column, width| {
                (column.saturating_sub(1)..(column + 2).min(width)).collect()
            });
        }
        Shape::Fft => {
            let levels = (1..7).rev().find(|levels| (levels + 1) << levels <= tasks).unwrap_or(1);
            rows(&mut needs, 1 << levels, |row, column, width| {
                let partner = column ^ (1 << ((row - 1) % levels));
                if partner < width {
                    vec![column.min(partner), column.max(partner)]
                } else {
                    vec![column]
                }
            });
        }
        Shape::Spread => {
            let width = width(tasks, draw).max(2);
            let arms = draw.between(2, 4) as usize;
            rows(&mut needs, width, |row, column, width| {
                let mut chosen: Vec<usize> = (0..arms)
                    .map(|arm| (column + row + arm * width.div_ceil(arms)) % width)
                    .collect();
                chosen.sort_unstable();
                chosen.dedup();
                chosen
            });
        }
        Shape::Random => {
            let density = density.unwrap_or_else(|| draw.fraction() * draw.fraction());
            fill(&mut needs, |task, draw_from| {
                let mut chosen: Vec<usize> = draw_from
                    .filter(|_| draw.chance(density))
                    .take(MOST_RANDOM_NEEDS)
                    .collect();
                chosen.retain(|need| *need < task);
                chosen
            });
        }
    }
    needs
}

/// Sets the needs of every task but the first. `choose` gets the task and the places before it, the nearest first.
fn fill(needs: &mut [Vec<u32>], mut choose: impl FnMut(usize, std::iter::Rev<std::ops::Range<usize>>) -> Vec<usize>) {
    for (task, needs) in needs.iter_mut().enumerate().skip(1) {
        *needs = choose(task, (0..task).rev())
            .into_iter()
            .map(|need| need as u32)
            .collect();
    }
}

/// About as many rows as columns, give or take.
fn width(tasks: usize, draw: &mut Draw) -> usize {
    let side = (tasks as f64).sqrt();
    ((side * (0.5 + draw.fraction())) as usize).max(1)
}

/// Lays tasks out in rows. `choose` gets the row, the column and the width of the row before, and gives columns of that row.
fn rows(needs: &mut [Vec<u32>], width: usize, mut choose: impl FnMut(usize, usize, usize) -> Vec<usize>) {
    for (task, needs) in needs.iter_mut().enumerate().skip(width) {
        let (row, column) = (task / width, task % width);
        let before = (row - 1) * width;
        *needs = choose(row, column, width)
            .into_iter()
            .map(|column| (before + column) as u32)
            .collect();
    }
}

fn diamonds(needs: &mut [Vec<u32>], draw: &mut Draw) {
    let mut top = 0;
    while top + 1 < needs.len() {
        let left = needs.len() - top - 1;
        let width = (draw.between(2, 5) as usize).min(left);
        needs[top + 1..=top + width].fill(vec![top as u32]);
        let bottom = top + width + 1;
        if bottom < needs.len() {
            needs[bottom] = (top + 1..bottom).map(|middle| middle as u32).collect();
        }
        top = bottom;
    }
}

fn tree(needs: &mut [Vec<u32>], draw: &mut Draw) {
    let arity = draw.between(2, 4) as usize;
    let last = needs.len().saturating_sub(1);
    let grows_outwards = draw.chance(0.5);
    for task in 1..needs.len() {
        let parent = (task - 1) / arity;
        if grows_outwards {
            needs[task].push(parent as u32);
        } else {
            // The same tree seen from its leaves: the root is declared last.
            needs[last - parent].push((last - task) as u32);
        }
    }
}
