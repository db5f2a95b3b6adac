//! Where the tasks of a workflow stand in its picture, and how the lines between them run: in layers, from the top down.
//!
//! After Sugiyama, Tagawa and Toda (Methods for Visual Understanding of Hierarchical System Structures, 1981): circles are
//! broken, tasks are put in layers, lines that pass a layer get a place of their own in it, and each layer is sorted by the
//! mean of its neighbours. The places in a layer are the least-squares fit to these means that keeps the order and the
//! distances (an isotonic regression, by pooling adjacent violators). Nothing is random, so a graph has one picture.

/// How many times the layers are sorted by their neighbours.
const SWEEPS: usize = 12;
/// How many times the places are moved towards their neighbours.
const MOVES: usize = 8;

/// The measures of a picture, in pixels.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Measures {
    pub(crate) width: f64,
    pub(crate) height: f64,
    /// Between two tasks of a layer.
    pub(crate) apart: f64,
    /// Between two layers.
    pub(crate) between: f64,
}

/// A picture: what stands where.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Layout {
    /// The upper left corner of each task.
    pub(crate) places: Vec<(f64, f64)>,
    /// The lines, in the order of the edges that were given.
    pub(crate) lines: Vec<Line>,
    pub(crate) width: f64,
    pub(crate) height: f64,
}

/// A line from one task to another.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Line {
    /// Points that it runs through, top down: the lower edge of a task, the upper and lower end of each passage, the upper
    /// edge of a task.
    pub(crate) points: Vec<(f64, f64)>,
    /// Whether it points upwards: it closes a circle.
    pub(crate) is_reversed: bool,
}

/// The layer of each of `count` tasks: one more than the deepest that it needs. `edges` lead from what is needed to what needs
/// it. The edges that close a circle are turned round first; the second list says which.
pub(crate) fn layers(count: usize, edges: &[(usize, usize)]) -> (Vec<usize>, Vec<bool>) {
    let reversed = reversed(count, edges);
    let directed = directed(edges, &reversed);
    let mut open = vec![0_usize; count];
    let mut next = vec![Vec::new(); count];
    for &(from, to) in &directed {
        open[to] += 1;
        next[from].push(to);
    }
    let mut layers = vec![0; count];
    let mut ready: Vec<usize> = (0..count).filter(|node| open[*node] == 0).collect();
    let mut at = 0;
    while let Some(&node) = ready.get(at) {
        at += 1;
        for &to in &next[node] {
            layers[to] = layers[to].max(layers[node] + 1);
            open[to] -= 1;
            if open[to] == 0 {
                ready.push(to);
            }
        }
    }
    (layers, reversed)
}

/// Which edges lead back to where a walk came from.
fn reversed(count: usize, edges: &[(usize, usize)]) -> Vec<bool> {
    let mut leaving = vec![Vec::new(); count];
    for (index, &(from, _)) in edges.iter().enumerate() {
        leaving[from].push(index);
    }
    let mut reversed = vec![false; edges.len()];
    // 0: not seen, 1: on the way, 2: done.
    let mut state = vec![0_u8; count];
    for start in 0..count {
        if state[start] != 0 {
            continue;
        }
        state[start] = 1;
        let mut way = vec![(start, 0)];
        while let Some((node, taken)) = way.last_mut() {
            let Some(&edge) = leaving[*node].get(*taken) else {
                state[*node] = 2;
                way.pop();
                continue;
            };
            *taken += 1;
            let to = edges[edge].1;
            match state[to] {
                0 => {
                    state[to] = 1;
                    way.push((to, 0));
                }
                1 => reversed[edge] = true,
                _ => {}
            }
        }
    }
    reversed
}

fn directed(edges: &[(usize, usize)], reversed: &[bool]) -> Vec<(usize, usize)> {
    let turn =
        |(&(from, to), &is_reversed): (&(usize, usize), &bool)| if is_reversed { (to, from) } else { (from, to) };
    edges.iter().zip(reversed).map(turn).collect()
}

/// The tasks, and a passage for each line in each layer that it passes.
struct Graph {
    layers: Vec<Vec<usize>>,
    up: Vec<Vec<usize>>,
    down: Vec<Vec<usize>>,
    is_passage: Vec<bool>,
    /// For each edge, what it runs through, from the top down.
    ways: Vec<Vec<usize>>,
}

impl Graph {
    fn new(count: usize, edges: &[(usize, usize)], layer: &[usize]) -> Self {
        let depth = layer.iter().max().map_or(0, |deepest| deepest + 1);
        let mut graph = Self {
            layers: vec![Vec::new(); depth],
            up: vec![Vec::new(); count],
            down: vec![Vec::new(); count],
            is_passage: vec![false; count],
            ways: Vec::with_capacity(edges.len()),
        };
        for (node, layer) in layer.iter().enumerate() {
            graph.layers[*layer].push(node);
        }
        for &(from, to) in edges {
            let mut way = vec![from];
            for passed in layer[from] + 1..layer[to] {
                let passage = graph.is_passage.len();
                graph.is_passage.push(true);
                graph.up.push(Vec::new());
                graph.down.push(Vec::new());
                graph.layers[passed].push(passage);
                way.push(passage);
            }
            way.push(to);
            for pair in way.windows(2) {
                graph.down[pair[0]].push(pair[1]);
                graph.up[pair[1]].push(pair[0]);
            }
            graph.ways.push(way);
        }
        graph
    }

    /// Sorts each layer by the mean place of its neighbours, from above and from below in turn, and keeps the order in which
    /// the fewest lines cross.
    fn sort(&mut self) {
        let mut best = self.layers.clone();
        let mut fewest = self.crossings();
        for sweep in 0..SWEEPS {
            if fewest == 0 {
                break;
            }
            let downwards = sweep % 2 == 0;
            let depth = self.layers.len();
            for step in 1..depth {
                let (at, before) = if downwards {
                    (step, step - 1)
                } else {
                    (depth - 1 - step, depth - step)
                };
                let mut place = vec![0.0; self.is_passage.len()];
                for (position, node) in self.layers[before].iter().enumerate() {
                    place[*node] = position as f64;
                }
                let neighbours = if downwards { &self.up } else { &self.down };
                let mut keyed: Vec<(f64, usize)> = self.layers[at]
                    .iter()
                    .enumerate()
                    .map(|(position, node)| (mean(&neighbours[*node], &place).unwrap_or(position as f64), *node))
                    .collect();
                keyed.sort_by(|one, other| one.0.total_cmp(&other.0));
                self.layers[at] = keyed.into_iter().map(|(_, node)| node).collect();
            }
            let crossings = self.crossings();
            if crossings < fewest {
                fewest = crossings;
                best.clone_from(&self.layers);
            }
        }
        self.layers = best;
    }

    /// How many pairs of lines cross between neighbouring layers.
    fn crossings(&self) -> usize {
        let mut place = vec![0; self.is_passage.len()];
        for layer in &self.layers {
            for (position, node) in layer.iter().enumerate() {
                place[*node] = position;
            }
        }
        let mut crossings = 0;
        for layer in &self.layers {
            let mut seen: Vec<usize> = Vec::new();
            for node in layer {
                let mut ends: Vec<usize> = self.down[*node].iter().map(|to| place[*to]).collect();
                ends.sort_unstable();
                for end in &ends {
                    crossings += seen.len() - seen.partition_point(|other| other <= end);
                }
                for end in ends {
                    seen.insert(seen.partition_point(|other| *other <= end), end);
                }
            }
        }
        crossings
    }

    /// The middle of everything on its layer.
    fn middles(&self, measures: &Measures) -> Vec<f64> {
        let width = |node: usize| if self.is_passage[node] { 8.0 } else { measures.width };
        let mut middles = vec![0.0; self.is_passage.len()];
        for layer in &self.layers {
            let mut at = 0.0;
            for node in layer {
                middles[*node] = at + width(*node) / 2.0;
                at += width(*node) + measures.apart;
            }
        }
        for round in 0..2 * MOVES {
            let downwards = round % 2 == 0;
            let order: Vec<usize> = if downwards {
                (0..self.layers.len()).collect()
            } else {
                (0..self.layers.len()).rev().collect()
            };
            for at in order {
                let layer = &self.layers[at];
                let neighbours = if downwards { &self.up } else { &self.down };
                let wanted = |node: &usize| mean(&neighbours[*node], &middles).unwrap_or(middles[*node]);
                let targets: Vec<f64> = layer.iter().map(wanted).collect();
                let gap = |pair: &[usize]| f64::midpoint(width(pair[0]), width(pair[1])) + measures.apart;
                let gaps: Vec<f64> = layer.windows(2).map(gap).collect();
                for (node, middle) in layer.iter().zip(fit(&targets, &gaps)) {
                    middles[*node] = middle;
                }
            }
        }
        middles
    }
}

fn mean(nodes: &[usize], values: &[f64]) -> Option<f64> {
    let sum: f64 = nodes.iter().map(|node| values[*node]).sum();
    (!nodes.is_empty()).then(|| sum / nodes.len() as f64)
}

/// The places nearest to `targets`, by the sum of squares, whose distances are at least `gaps`.
fn fit(targets: &[f64], gaps: &[f64]) -> Vec<f64> {
    let mut offset = 0.0;
    // Without the gaps, what has to hold is that no place is before the one before it.
    let mut pools: Vec<(f64, usize)> = Vec::with_capacity(targets.len());
    let mut offsets = Vec::with_capacity(targets.len());
    for (index, target) in targets.iter().enumerate() {
        if index > 0 {
            offset += gaps[index - 1];
        }
        offsets.push(offset);
        let mut pool = (target - offset, 1);
        while let Some(before) = pools.last().copied().filter(|before| before.0 > pool.0) {
            pools.pop();
            let count = before.1 + pool.1;
            pool = (
                (before.0 * before.1 as f64 + pool.0 * pool.1 as f64) / count as f64,
                count,
            );
        }
        pools.push(pool);
    }
    let places = pools
        .into_iter()
        .flat_map(|(value, count)| std::iter::repeat_n(value, count));
    places.zip(offsets).map(|(place, offset)| place + offset).collect()
}

/// Lays out `count` tasks. `edges` lead from what is needed to what needs it; none leads to itself, and none is there twice.
pub(crate) fn layout(count: usize, edges: &[(usize, usize)], measures: &Measures) -> Layout {
    let (layer, reversed) = layers(count, edges);
    let mut graph = Graph::new(count, &directed(edges, &reversed), &layer);
    graph.sort();
    let middles = graph.middles(measures);
    let left = (0..graph.is_passage.len())
        .map(|node| {
            middles[node]
                - if graph.is_passage[node] {
                    4.0
                } else {
                    measures.width / 2.0
                }
        })
        .fold(f64::INFINITY, f64::min);
    let right = (0..graph.is_passage.len())
        .map(|node| {
            middles[node]
                + if graph.is_passage[node] {
                    4.0
                } else {
                    measures.width / 2.0
                }
        })
        .fold(0.0, f64::max);
    let left = if left.is_finite() { left } else { 0.0 };
    let top = |layer: usize| layer as f64 * (measures.height + measures.between);
    let places = (0..count)
        .map(|node| (middles[node] - measures.width / 2.0 - left, top(layer[node])))
        .collect();
    let line = |(way, &is_reversed): (&Vec<usize>, &bool)| {
        let first = layer[way[0]];
        let mut points = Vec::with_capacity(2 * way.len());
        for (step, node) in way.iter().enumerate() {
            let x = middles[*node] - left;
            if step > 0 {
                points.push((x, top(first + step)));
            }
            if step + 1 < way.len() {
                points.push((x, top(first + step) + measures.height));
            }
        }
        Line { points, is_reversed }
    };
    Layout {
        places,
        lines: graph.ways.iter().zip(&reversed).map(line).collect(),
        width: (right - left).max(measures.width.min(right - left)),
        height: graph.layers.len() as f64 * (measures.height + measures.between)
            - if graph.layers.is_empty() { 0.0 } else { measures.between },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MEASURES: Measures = Measures {
        width: 100.0,
        height: 40.0,
        apart: 20.0,
        between: 30.0,
    };

    /// Whether no two tasks overlap, and no line runs through a task that it does not belong to.
    fn check(count: usize, edges: &[(usize, usize)]) -> Layout {
        let layout = layout(count, edges, &MEASURES);
        for (one, a) in layout.places.iter().enumerate() {
            for b in &layout.places[..one] {
                let apart = (a.0 - b.0).abs() >= MEASURES.width + MEASURES.apart - 1e-6 || (a.1 - b.1).abs() > 1.0;
                assert!(apart, "{a:?} and {b:?} overlap");
            }
            assert!(
                a.0 >= -1e-6 && a.0 + MEASURES.width <= layout.width + 1e-6,
                "{a:?} of {}",
                layout.width
            );
        }
        for line in &layout.lines {
            // Between the lower edge of a layer and the upper edge of the next nothing stands, so only the parts that are
            // within a layer have to be looked at: they are upright.
            for pair in line.points[1..line.points.len() - 1].chunks(2) {
                let [(x, upper), (other, _)] = [pair[0], pair[1]];
                assert!((x - other).abs() < 1e-9);
                let through =
                    |place: &(f64, f64)| (place.1 - upper).abs() < 1.0 && x > place.0 && x < place.0 + MEASURES.width;
                assert!(!layout.places.iter().any(through), "a line runs through a task at {x}");
            }
        }
        layout
    }

    #[test]
    fn a_chain_runs_straight_down() {
        let layout = check(3, &[(0, 1), (1, 2)]);
        assert_eq!(layout.places, [(0.0, 0.0), (0.0, 70.0), (0.0, 140.0)]);
        assert_eq!((layout.width, layout.height), (100.0, 180.0));
    }

    #[test]
    fn a_diamond_is_symmetric() {
        let layout = check(4, &[(0, 1), (0, 2), (1, 3), (2, 3)]);
        assert!((layout.places[0].0 - 60.0).abs() < 1e-6 && (layout.places[3].0 - 60.0).abs() < 1e-6);
    }

    #[test]
    fn a_line_that_passes_a_layer_goes_around_what_is_in_it() {
        let layout = check(4, &[(0, 1), (1, 2), (0, 2), (0, 3), (3, 2)]);
        assert_eq!(layout.lines[2].points.len(), 4);
    }

    #[test]
    fn a_circle_is_drawn_with_one_line_upwards() {
        let layout = check(3, &[(0, 1), (1, 2), (2, 0)]);
        let upwards: Vec<bool> = layout.lines.iter().map(|line| line.is_reversed).collect();
        assert_eq!(upwards, [false, false, true]);
    }

    #[test]
    fn any_graph_is_drawn_without_overlaps() {
        let mut state = 1_u64;
        let mut draw = |below: usize| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (state >> 33) as usize % below
        };
        for _ in 0..200 {
            let count = 1 + draw(30);
            let mut edges: Vec<(usize, usize)> = (0..draw(60)).map(|_| (draw(count), draw(count))).collect();
            edges.retain(|(from, to)| from != to);
            edges.sort_unstable();
            edges.dedup();
            check(count, &edges);
        }
        assert_eq!(layout(0, &[], &MEASURES).places, []);
    }
}
