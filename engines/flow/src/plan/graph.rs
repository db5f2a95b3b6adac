//! Edges between tasks as flat arrays, and the circles among them.
//!
//! Both algorithms are linear and keep their own stack: a chain of a hundred thousand tasks must not overflow the thread's.

/// Adjacency as two arrays (compressed sparse rows): the targets of node *n* are `targets[offsets[n]..offsets[n + 1]]`.
#[derive(Debug)]
pub(crate) struct Edges {
    offsets: Box<[u32]>,
    targets: Box<[u32]>,
}

impl Edges {
    /// Of `nodes` nodes, with the edges `pairs` (from, to). The targets of a node keep the order that `pairs` has.
    pub(super) fn new(nodes: usize, pairs: &[(u32, u32)]) -> Self {
        let mut offsets = vec![0u32; nodes + 1];
        for (from, _) in pairs {
            offsets[*from as usize + 1] += 1;
        }
        for node in 0..nodes {
            offsets[node + 1] += offsets[node];
        }
        let mut next = offsets.clone();
        let mut targets = vec![0u32; pairs.len()];
        for (from, to) in pairs {
            let place = &mut next[*from as usize];
            targets[*place as usize] = *to;
            *place += 1;
        }
        Self {
            offsets: offsets.into(),
            targets: targets.into(),
        }
    }

    /// Where the edges of `node` lead to.
    pub(crate) fn of(&self, node: u32) -> &[u32] {
        &self.targets[self.range(node)]
    }

    /// The places of the edges of `node`, for [`Edges::target`]: unlike [`Edges::of`], they borrow nothing.
    pub(crate) fn range(&self, node: u32) -> std::ops::Range<usize> {
        self.offsets[node as usize] as usize..self.offsets[node as usize + 1] as usize
    }

    /// Where the edge at `place` leads to.
    pub(crate) fn target(&self, place: usize) -> u32 {
        self.targets[place]
    }

    fn nodes(&self) -> usize {
        self.offsets.len() - 1
    }
}

/// Whether no path leads back to where it began (Kahn). `incoming` is each node's number of incoming edges.
pub(super) fn is_acyclic(edges: &Edges, incoming: &[u32]) -> bool {
    let mut missing = incoming.to_vec();
    let mut free: Vec<u32> = (0..edges.nodes() as u32)
        .filter(|node| missing[*node as usize] == 0)
        .collect();
    let mut removed = 0;
    while let Some(node) = free.pop() {
        removed += 1;
        for target in edges.of(node) {
            missing[*target as usize] -= 1;
            if missing[*target as usize] == 0 {
                free.push(*target);
            }
        }
    }
    removed == edges.nodes()
}

/// The strongly connected components of two nodes or more (Tarjan).
pub(super) fn circles(edges: &Edges) -> Vec<Vec<u32>> {
    const UNSEEN: u32 = u32::MAX;
    let nodes = edges.nodes();
    let mut search = Search {
        seen_as: vec![UNSEEN; nodes],
        lowest: vec![0; nodes],
        is_open: vec![false; nodes],
        open: Vec::new(),
        next: 0,
    };
    let mut path: Vec<(u32, std::ops::Range<usize>)> = Vec::new();
    let mut circles = Vec::new();
    for root in 0..nodes as u32 {
        if search.seen_as[root as usize] != UNSEEN {
            continue;
        }
        search.enter(root);
        path.push((root, edges.range(root)));
        while let Some((node, places)) = path.last_mut() {
            let node = *node;
            if let Some(place) = places.next() {
                let target = edges.target(place);
                if search.seen_as[target as usize] == UNSEEN {
                    search.enter(target);
                    path.push((target, edges.range(target)));
                } else if search.is_open[target as usize] {
                    search.lower(node, search.seen_as[target as usize]);
                }
                continue;
            }
            path.pop();
            if let Some((parent, _)) = path.last() {
                search.lower(*parent, search.lowest[node as usize]);
            }
            if search.lowest[node as usize] == search.seen_as[node as usize] {
                let component = search.close(node);
                if component.len() > 1 {
                    circles.push(component);
                }
            }
        }
    }
    circles
}

/// What Tarjan's algorithm keeps by node.
struct Search {
    /// The number under which it was first seen.
    seen_as: Vec<u32>,
    /// The lowest such number that can be reached from it.
    lowest: Vec<u32>,
    /// Whether its component is still being found.
    is_open: Vec<bool>,
    open: Vec<u32>,
    next: u32,
}

impl Search {
    fn enter(&mut self, node: u32) {
        self.seen_as[node as usize] = self.next;
        self.lowest[node as usize] = self.next;
        self.next += 1;
        self.is_open[node as usize] = true;
        self.open.push(node);
    }

    fn lower(&mut self, node: u32, reachable: u32) {
        let lowest = &mut self.lowest[node as usize];
        *lowest = reachable.min(*lowest);
    }

    fn close(&mut self, root: u32) -> Vec<u32> {
        let start = self
            .open
            .iter()
            .rposition(|node| *node == root)
            .expect("a node is open until its component is closed");
        let component = self.open.split_off(start);
        for node in &component {
            self.is_open[*node as usize] = false;
        }
        component
    }
}

#[cfg(test)]
mod tests {
    use super::{Edges, circles, is_acyclic};

    #[track_caller]
    fn check(nodes: usize, pairs: &[(u32, u32)], expected: &[&[u32]]) {
        let edges = Edges::new(nodes, pairs);
        let mut incoming = vec![0; nodes];
        for (_, to) in pairs {
            incoming[*to as usize] += 1;
        }
        let mut found = circles(&edges);
        for circle in &mut found {
            circle.sort_unstable();
        }
        found.sort();
        assert_eq!(found, expected);
        assert_eq!(is_acyclic(&edges, &incoming), expected.is_empty());
    }

    #[test]
    fn a_graph_without_circles_has_none() {
        check(0, &[], &[]);
        check(4, &[(0, 1), (0, 2), (1, 3), (2, 3)], &[]);
    }

    #[test]
    fn each_circle_is_found_once_and_whole() {
        check(2, &[(0, 1), (1, 0)], &[&[0, 1]]);
        check(
            6,
            &[(0, 1), (1, 2), (2, 1), (2, 3), (3, 4), (4, 5), (5, 3)],
            &[&[1, 2], &[3, 4, 5]],
        );
        check(4, &[(0, 1), (1, 2), (2, 0), (1, 3), (3, 1)], &[&[0, 1, 2, 3]]);
    }

    #[test]
    fn a_long_circle_does_not_exhaust_the_stack() {
        let nodes = 200_000;
        let pairs: Vec<_> = (0..nodes).map(|node| (node, (node + 1) % nodes)).collect();
        assert_eq!(circles(&Edges::new(nodes as usize, &pairs))[0].len(), nodes as usize);
    }
}
